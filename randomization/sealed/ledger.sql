-- The ledger of kits, and the shelf that follows from it (ADR 7). `functions.sql` says what every function here keeps
-- to. Whoever asks about one kit reads all of them, and no row of the asking transaction counts on the shelf: a choice
-- is told only once it is committed, so that trying and rolling back shows nothing.

-- owner: where a kit is after a step; NULL when the step does not fit (the same table as rules/ledger.py)
CREATE OR REPLACE FUNCTION public.sealed_place_after(place text, step text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT m.becomes
      FROM (VALUES
        ('nowhere', 'received', 'quarantine'), ('shelf', 'quarantined', 'quarantine'),
        ('quarantine', 'released', 'shelf'), ('shelf', 'assigned', 'assigned'),
        ('assigned', 'ordered', 'assigned'), ('assigned', 'preparing', 'bench'),
        ('bench', 'prepared', 'ready'), ('bench', 'failed', 'waste'), ('ready', 'failed', 'waste'),
        ('assigned', 'failed', 'waste'), ('waste', 'failed', 'waste'), ('destroyed', 'failed', 'destroyed'),
        ('lost', 'failed', 'lost'), ('ready', 'not_given', 'waste'),
        ('ready', 'handed_over', 'ward'), ('ward', 'started', 'ward'), ('ward', 'given', 'ward'),
        ('ward', 'part_given', 'ward'), ('ward', 'not_given', 'ward'), ('ward', 'returned', 'waste'),
        ('quarantine', 'withdrawn', 'waste'), ('shelf', 'withdrawn', 'waste'), ('assigned', 'withdrawn', 'waste'),
        ('bench', 'withdrawn', 'waste'), ('ready', 'withdrawn', 'waste'),
        ('ward', 'withdrawn', 'ward'), ('waste', 'withdrawn', 'waste'),
        ('destroyed', 'withdrawn', 'destroyed'), ('lost', 'withdrawn', 'lost'),
        ('waste', 'destroyed', 'destroyed'),
        ('quarantine', 'lost', 'lost'), ('shelf', 'lost', 'lost'), ('assigned', 'lost', 'lost'),
        ('bench', 'lost', 'lost'), ('ready', 'lost', 'lost'), ('ward', 'lost', 'lost'), ('waste', 'lost', 'lost')
      ) m (was, step, becomes)
     WHERE m.was = $1 AND m.step = $2
$$;

-- owner: where every kit is, and whether it was ever withdrawn; or, with `committed`, as earlier transactions left it
CREATE OR REPLACE FUNCTION public.sealed_standing(committed boolean)
RETURNS TABLE (kit text, place text, withdrawn boolean)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT m.kit_number::text, (array_agg(m.place::text ORDER BY m.id DESC))[1], bool_or(m.step = 'withdrawn')
      FROM sealed.sealed_movement m
     WHERE NOT committed OR m.tx <> pg_current_xact_id()::text::bigint
     GROUP BY m.kit_number
$$;

-- trigger: stamps a movement with its turn, its transaction, the clock and the place it leads to
CREATE OR REPLACE FUNCTION public.sealed_stamp_movement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was text;
BEGIN
    PERFORM public.sealed_by_turns();
    -- A year that no calendar has would stay in the ledger, and break whatever reads that kit.
    IF NEW.at NOT BETWEEN clock_timestamp() - interval '10 years' AND clock_timestamp() + interval '1 day' THEN
        RAISE EXCEPTION 'refused';
    END IF;
    NEW.id := nextval('sealed.sealed_movement_id_seq');
    NEW.tx := pg_current_xact_id()::text::bigint;
    NEW.recorded_at := clock_timestamp();
    SELECT coalesce(max(s.place) FILTER (WHERE s.kit = NEW.kit_number), 'nowhere') INTO was
      FROM public.sealed_standing(false) s;
    -- What happened is written down even where it does not fit; reconciliation shows it.
    NEW.place := coalesce(public.sealed_place_after(was, NEW.step), was);
    RETURN NEW;
END $$;

-- owner: kits that may be given at a study site: on its shelf, not withdrawn, not about to expire
CREATE OR REPLACE FUNCTION public.sealed_shelf(site bigint) RETURNS TABLE (number text, arm text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT k.number::text, k.arm::text
      FROM sealed.sealed_kitcontent k
      JOIN sealed.sealed_shipment h ON h.number = k.shipment
      JOIN public.sealed_standing(true) s ON s.kit = k.number
     WHERE s.place = 'shelf' AND NOT s.withdrawn AND h.site_id = site
       -- An interval: since PostgreSQL 18 the session's TimeZone decides what the abbreviation UTC means.
       AND k.expires_on > (SELECT (clock_timestamp() AT TIME ZONE interval '0')::date + 1)
$$;

-- owner: how often the rarest arm of the list is among these arms of kits
CREATE OR REPLACE FUNCTION public.sealed_fewest(arms text[]) RETURNS bigint
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce(min(n.kits), 0)
      FROM (SELECT count(k.arm) AS kits
              FROM (SELECT DISTINCT p.arm::text FROM sealed.sealed_place p) a
              LEFT JOIN unnest(arms) k (arm) ON k.arm = a.arm
             GROUP BY a.arm) n
$$;

-- owner: since when it is too early to tell by arm what was taken from the shelf: until noon of the day after, by UTC
CREATE OR REPLACE FUNCTION public.sealed_recent() RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    -- At midnight one kit, bound before and committed after, could be counted by itself; until noon nobody holds a
    -- transaction that everybody else waits for. Asked once for all rows: a question is under way at noon, too.
    SELECT date_trunc('day', (clock_timestamp() AT TIME ZONE interval '0') - interval '12 hours') AT TIME ZONE interval '0'
$$;

-- owner: kits that every arm has left, whichever arm the recent ones were of; `known`: those that fill another bag aside
CREATE OR REPLACE FUNCTION public.sealed_left(site bigint, OUT known bigint, OUT surely bigint)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    -- A shelf that is counted after each kit would tell whose kit emptied it; made up participants could be used to see
    -- where. So while it is recent, every kit counts for all arms. Only cells fail a count: kits that fill another bag do
    -- not close the supply while blinded people could tell whose bag it was, and one of them is allowed for beforehand.
    WITH since AS (SELECT public.sealed_recent() AS at),
    kits AS (
        SELECT k.arm::text AS arm, k.lot, s.number IS NOT NULL AS shelved, t.kit_number IS NOT NULL AS taken, t.known,
               k.expires_on > (SELECT (clock_timestamp() AT TIME ZONE interval '0')::date + 1) AS lasts
          FROM sealed.sealed_kitcontent k
          JOIN sealed.sealed_shipment h ON h.number = k.shipment AND h.site_id = site
          LEFT JOIN public.sealed_shelf(site) s ON s.number = k.number
          LEFT JOIN (SELECT m.kit_number, m.access_id IS NULL AS known FROM sealed.sealed_movement m
                      WHERE m.step = 'assigned' AND m.tx <> pg_current_xact_id()::text::bigint
                        AND m.recorded_at >= (SELECT at FROM since)) t ON t.kit_number = k.number),
    -- Where all that was left of a lot went from the shelf otherwise, what was taken of it is missed as well.
    cleared AS (
        SELECT k.arm::text, k.lot
          FROM sealed.sealed_movement m JOIN sealed.sealed_kitcontent k ON k.number = m.kit_number
         WHERE m.step IN ('quarantined', 'withdrawn', 'lost') AND m.tx <> pg_current_xact_id()::text::bigint
           AND m.recorded_at >= (SELECT at FROM since)
        EXCEPT SELECT k.arm, k.lot FROM kits k WHERE k.shelved),
    counted AS (
        SELECT public.sealed_fewest(array_agg(k.arm) FILTER (WHERE k.shelved OR k.taken AND k.lasts AND c.lot IS NULL)) AS fewest,
               count(*) FILTER (WHERE k.taken) AS taken, count(*) FILTER (WHERE k.taken AND k.known) AS known
          FROM kits k LEFT JOIN cleared c ON c.arm = k.arm AND c.lot = k.lot)
    SELECT c.fewest - c.known, c.fewest - c.known - greatest(1, c.taken - c.known) FROM counted c
$$;

-- owner: has the pharmacy put the supply of this study site on hold?
CREATE OR REPLACE FUNCTION public.sealed_held(site bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce((SELECT h.held FROM sealed.sealed_hold h WHERE h.site_id = site ORDER BY h.id DESC LIMIT 1), false)
$$;

-- owner: kits of each arm kept back for a second attempt of who is randomized already
CREATE OR REPLACE FUNCTION public.sealed_reserve() RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    -- Randomization is at most a day before the infusion and the pharmacy prepares few bags a day, so about two
    -- participants wait for a bag at once, and each may need a second kit of what then turns out to be one arm.
    SELECT 2
$$;

-- application: returns nothing arm-dependent (open only while every arm has a kit beyond the reserve and the list a place)
CREATE OR REPLACE FUNCTION public.sealed_supply_open(site bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stocked boolean;
    held boolean;
BEGIN
    -- Snapshots kept over midnight would tell of every kit of the day by itself.
    PERFORM public.audit_read_committed();
    stocked := (public.sealed_left(site)).known > public.sealed_reserve();
    held := public.sealed_held(site);
    RETURN stocked AND NOT held AND (SELECT count(*) FROM sealed.sealed_place)
                                    > (SELECT count(*) FROM public.randomization_randomizationrequest);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- owner: the number on the bag of a request, the only one that people know: six digits by a keyed hash and Damm's check digit
CREATE OR REPLACE FUNCTION public.sealed_new_bag(request text) RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    key bytea := (SELECT k.kit_order_key FROM sealed.sealed_sealedsecret k LIMIT 1);
    turn integer := 0;
    drawn text;
BEGIN
    LOOP
        turn := turn + 1;
        drawn := public.sealed_checked(sha256(key || convert_to('bag:' || request || ':' || turn, 'UTF8')));
        -- No kit has it either, so that nobody takes a bag for a kit.
        EXIT WHEN NOT EXISTS (SELECT FROM sealed.sealed_movement m WHERE drawn IN (m.kit_number, m.bag));
    END LOOP;
    RETURN drawn;
END $$;

-- owner: every bag by the number that people know: whose it is, where, and the kit that fills it now
CREATE OR REPLACE FUNCTION public.sealed_bags() RETURNS TABLE (bag text, subject bigint, site bigint, kit text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH mine AS (SELECT pg_current_xact_id()::text::bigint AS tx),
    given AS (
        SELECT b.bag::text, r.subject_id AS subject
          FROM sealed.sealed_binding b JOIN public.randomization_randomizationrequest r ON r.id = b.request_id
         WHERE (SELECT tx FROM mine) NOT IN (b.tx, r.tx)
        UNION ALL
        SELECT b.bag::text, q.subject_id
          FROM sealed.sealed_secondbinding b JOIN public.randomization_kitrequest q ON q.id = b.request_id
         WHERE (SELECT tx FROM mine) NOT IN (b.tx, q.tx)),
    filled AS (
        SELECT m.bag::text, (array_agg(m.kit_number::text ORDER BY m.id DESC))[1] AS kit
          FROM sealed.sealed_movement m
         WHERE m.step = 'assigned' AND m.tx <> (SELECT tx FROM mine) GROUP BY m.bag)
    SELECT g.bag, g.subject, p.site_id, f.kit
      FROM given g JOIN filled f ON f.bag = g.bag JOIN public.enrollment_subject p ON p.id = g.subject
$$;

-- owner: are these people in the study, as far as they are named?
CREATE OR REPLACE FUNCTION public.sealed_are_staff(people bigint[]) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    -- No foreign key asks: checking one marks the row it points to, and so tells who wrote in the room after which look.
    SELECT NOT EXISTS (SELECT FROM unnest(people) u (person)
                        WHERE person IS NOT NULL
                          AND NOT EXISTS (SELECT FROM public.core_staffmember s WHERE s.id = person))
$$;

-- owner: the arm of a participant's place in the list, bound by an earlier transaction
CREATE OR REPLACE FUNCTION public.sealed_arm_of(subject bigint) RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT p.arm::text
      FROM public.randomization_randomizationrequest r
      JOIN sealed.sealed_binding b ON b.request_id = r.id
      JOIN sealed.sealed_place p ON p.place = b.place
     WHERE r.subject_id = subject AND pg_current_xact_id()::text::bigint NOT IN (r.tx, b.tx)
$$;

-- owner: the next kit for a participant; by a keyed hash, never by number, expiry or position
CREATE OR REPLACE FUNCTION public.sealed_choose(site bigint, arm text, salt text) RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT s.number
      FROM public.sealed_shelf(site) s CROSS JOIN (SELECT kit_order_key FROM sealed.sealed_sealedsecret LIMIT 1) k
     ORDER BY s.arm <> $2, sha256(k.kit_order_key || convert_to(salt || ':' || s.number, 'UTF8'))
     LIMIT 1
$$;

-- owner: was this bag prepared, from whichever kit, and is it past giving, as earlier transactions left it?
CREATE OR REPLACE FUNCTION public.sealed_bag_lost(bag text) RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    -- Given: to whom it was not for. Preparing takes a pharmacist's access record; the other steps anybody may claim.
    SELECT coalesce(bool_or(m.step = 'prepared')
                    AND bool_or(m.step IN ('not_given', 'given', 'part_given', 'returned')), false)
      FROM sealed.sealed_movement m
     WHERE m.tx <> pg_current_xact_id()::text::bigint
       AND m.kit_number IN (SELECT f.kit_number FROM sealed.sealed_movement f WHERE f.step = 'assigned' AND f.bag = $1)
$$;

-- application: returns nothing arm-dependent ('bound', 'wait' or 'hold': a second kit of the participant's arm)
CREATE OR REPLACE FUNCTION public.sealed_bind_second_kit(request bigint) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me bigint := pg_current_xact_id()::text::bigint;
    asked public.randomization_kitrequest;
    replaced text;
    chosen text;
    bag text;
    place bigint;
BEGIN
    PERFORM public.audit_read_committed();
    PERFORM public.sealed_by_turns();
    SELECT * INTO STRICT asked FROM public.randomization_kitrequest q WHERE q.id = request AND q.tx <> me;
    IF EXISTS (SELECT FROM sealed.sealed_secondbinding b WHERE b.request_id = asked.id) THEN
        RETURN 'bound';
    END IF;
    -- Only in the place of a bag that this room gave this participant and that was lost; one request names it, for both
    -- columns are unique. Requests made up at will would empty the shelf, and where it closes tells who shares an arm.
    SELECT b.bag INTO STRICT replaced
      FROM public.randomization_kit k JOIN public.sealed_bags() b ON b.bag = k.number
     WHERE k.id = asked.replaces_id AND b.subject = asked.subject_id;
    IF NOT public.sealed_bag_lost(replaced) THEN
        RAISE EXCEPTION 'refused';
    END IF;
    IF public.sealed_bound_here() THEN
        RETURN 'wait';
    END IF;
    SELECT p.site_id INTO STRICT place FROM public.enrollment_subject p WHERE p.id = asked.subject_id;
    -- Whichever arm it is for, every arm must have one.
    IF (public.sealed_left(place)).surely < 1 THEN
        RETURN 'hold';
    END IF;
    chosen := public.sealed_choose(place, public.sealed_arm_of(asked.subject_id), 'second:' || asked.id);
    IF (SELECT k.arm FROM sealed.sealed_kitcontent k WHERE k.number = chosen)
       IS DISTINCT FROM public.sealed_arm_of(asked.subject_id) THEN
        RETURN 'hold';
    END IF;
    bag := public.sealed_new_bag('second:' || asked.id);
    INSERT INTO sealed.sealed_secondbinding (request_id, bag, tx) VALUES (asked.id, bag, me);
    INSERT INTO sealed.sealed_movement (kit_number, bag, step, at, person_id, note)
    VALUES (chosen, bag, 'assigned', asked.at, asked.requested_by_id, '');
    RETURN 'bound';
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent (the bag bound to a request for a second one by an earlier transaction)
CREATE OR REPLACE FUNCTION public.sealed_second_kit(request bigint) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN (SELECT b.bag FROM sealed.sealed_secondbinding b
             WHERE b.request_id = request AND b.tx <> pg_current_xact_id()::text::bigint);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent, for it returns nothing (a step outside the pharmacy, of a bag that people know)
CREATE OR REPLACE FUNCTION public.sealed_record_step(bag text, step text, happened timestamptz, person bigint,
                                                     second_person bigint, note text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    filling text;
BEGIN
    SELECT b.kit INTO STRICT filling FROM public.sealed_bags() b WHERE b.bag = $1;
    IF step NOT IN ('ordered', 'handed_over', 'started', 'given', 'part_given', 'not_given', 'returned')
       OR NOT public.sealed_are_staff(ARRAY[person, second_person]) THEN
        RAISE EXCEPTION 'refused';
    END IF;
    -- Whatever the ledger says of the kit: a refusal would tell.
    INSERT INTO sealed.sealed_movement (kit_number, step, at, person_id, second_person_id, note)
    VALUES (filling, step, happened, person, second_person, note);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- owner: the kit that fills a bag of the access record's participant
CREATE OR REPLACE FUNCTION public.sealed_kit_for(access bigint, bag text) RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT b.kit FROM public.sealed_bags() b
     WHERE b.bag = $2 AND b.subject = (SELECT a.subject_id FROM public.sealed_access(access) a)
$$;

-- owner: one row in the ledger under an access record; refuses a step that does not fit, and a kit not to be used any more
CREATE OR REPLACE FUNCTION public.sealed_move(access bigint, kit text, step text, happened timestamptz,
                                              second_person bigint, residual numeric, note text) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person bigint := (SELECT a.person_id FROM public.randomization_accessrecord a WHERE a.id = access);
    was text;
    spoiled boolean;
BEGIN
    PERFORM public.sealed_by_turns();
    SELECT s.place, s.withdrawn OR k.expires_on <= (clock_timestamp() AT TIME ZONE interval '0')::date
      INTO was, spoiled
      FROM sealed.sealed_kitcontent k LEFT JOIN public.sealed_standing(false) s ON s.kit = k.number
     WHERE k.number = $2;
    IF public.sealed_place_after(coalesce(was, 'nowhere'), step) IS NULL
       OR (spoiled AND step IN ('released', 'assigned', 'preparing', 'prepared'))
       OR second_person = person OR NOT public.sealed_are_staff(ARRAY[second_person]) THEN
        RAISE EXCEPTION 'refused';
    END IF;
    INSERT INTO sealed.sealed_movement (kit_number, step, at, person_id, second_person_id, access_id, residual_ml, note)
    VALUES (kit, step, happened, person, second_person, access, residual, note);
END $$;

-- application: demands a disclosure, returns nothing (a step of the pharmacy with a bag of the record's participant)
CREATE OR REPLACE FUNCTION public.sealed_prepare_step(access bigint, bag text, step text, happened timestamptz,
                                                      second_person bigint, note text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    filling text;
BEGIN
    filling := public.sealed_kit_for(access, bag);
    IF filling IS NULL OR step NOT IN ('preparing', 'failed', 'not_given') THEN
        RAISE EXCEPTION 'refused';
    END IF;
    PERFORM public.sealed_move(access, filling, step, happened, second_person, NULL, note);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (another kit of the same arm fills a bag of the record's participant; is there one?)
CREATE OR REPLACE FUNCTION public.sealed_substitute(access bigint, bag text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
    filling text;
    chosen text;
    chosen_arm text;
    place bigint;
BEGIN
    PERFORM public.audit_read_committed();
    looking := public.sealed_access(access);
    filling := public.sealed_kit_for(access, bag);
    IF filling IS NULL OR public.sealed_bound_here() THEN
        RAISE EXCEPTION 'refused';
    END IF;
    PERFORM public.sealed_by_turns();
    SELECT p.site_id INTO STRICT place FROM public.enrollment_subject p WHERE p.id = looking.subject_id;
    chosen := public.sealed_choose(place, public.sealed_arm_of(looking.subject_id), 'other:' || access);
    SELECT k.arm INTO chosen_arm FROM sealed.sealed_kitcontent k WHERE k.number = chosen;
    IF chosen_arm IS DISTINCT FROM public.sealed_arm_of(looking.subject_id) THEN
        RETURN false;
    END IF;
    IF (SELECT s.place FROM public.sealed_standing(true) s WHERE s.kit = filling) NOT IN ('waste', 'lost', 'destroyed') THEN
        RAISE EXCEPTION 'refused';
    END IF;
    INSERT INTO sealed.sealed_movement (kit_number, bag, step, at, person_id, access_id, note)
    VALUES (chosen, bag, 'assigned', looking.at, looking.person_id, access, '');
    RETURN true;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- trigger: stamps a request for a second kit with its transaction and the clock
CREATE OR REPLACE FUNCTION public.sealed_stamp_kit_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.tx := pg_current_xact_id()::text::bigint;
    NEW.at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER sealed_stamp BEFORE INSERT ON sealed.sealed_movement
    FOR EACH ROW EXECUTE FUNCTION public.sealed_stamp_movement();
CREATE OR REPLACE TRIGGER sealed_stamp BEFORE INSERT ON public.randomization_kitrequest
    FOR EACH ROW EXECUTE FUNCTION public.sealed_stamp_kit_request();
