-- Doors of the pharmacy: shipments, stock, destruction, holds, recalls. Only for who accounts for kits without being
-- blinded, each after an access record that names the study site and, for one shipment, its number.
-- `functions.sql` says what every function here keeps to.

-- owner: may this person account for kits at this site, as others committed it; with `writes` as a pharmacist, else also as
CREATE OR REPLACE FUNCTION public.sealed_may_account(person bigint, site bigint, writes boolean) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.core_delegation d
          JOIN public.core_staffmember s ON s.id = d.staff_id
         WHERE d.staff_id = person AND s.is_active
           AND (s.role = 'pharmacist' AND d.task = 'manage_supply'
                OR NOT writes AND s.role = 'unblinded_monitor' AND d.task = 'monitor_supply')
           AND (d.site_id IS NULL OR d.site_id = site)
           AND d.starts_at <= clock_timestamp() AND (d.ends_at IS NULL OR clock_timestamp() < d.ends_at)
           -- Older than this transaction; see sealed_may_look.
           AND age(d.xmin) > 0 AND age(s.xmin) > 0)
$$;

-- owner: the access record of who accounts for kits, committed earlier, fresh and, if `whole`, of no single shipment; or fails
CREATE OR REPLACE FUNCTION public.sealed_accounting(access bigint, writes boolean, whole boolean)
RETURNS public.randomization_accessrecord
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    SELECT * INTO STRICT looking FROM public.randomization_accessrecord a
     WHERE a.id = access AND a.purpose = 'supply' AND a.tx <> pg_current_xact_id()::text::bigint
       AND clock_timestamp() - a.at BETWEEN interval '0' AND interval '60 seconds'
       AND NOT (whole AND a.shipment <> '')
       AND public.sealed_is_ours('access', a.id) AND public.sealed_may_account(a.person_id, a.site_id, writes);
    PERFORM public.sealed_await_disk();
    RETURN looking;
END $$;

-- owner: six digits from random bytes and Damm's check digit (the same as rules/kit_numbers.py)
CREATE OR REPLACE FUNCTION public.sealed_checked(random bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    damm text := '03175986427092154863420687135917509834266123045978'
                 '36742095815869720134894536201794386172052581436790';
    digits text := lpad((('x' || substr(encode(random, 'hex'), 1, 15))::bit(60)::bigint % 1000000)::text, 6, '0');
    state integer := 0;
BEGIN
    FOR position IN 1..6 LOOP
        state := substr(damm, state * 10 + substr(digits, position, 1)::integer + 1, 1)::integer;
    END LOOP;
    RETURN digits || state;
END $$;

-- owner: a fresh kit number
CREATE OR REPLACE FUNCTION public.sealed_new_kit_number() RETURNS text
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    number text;
BEGIN
    LOOP
        number := public.sealed_checked(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
        EXIT WHEN NOT EXISTS (SELECT FROM sealed.sealed_movement m WHERE number IN (m.kit_number, m.bag));
    END LOOP;
    RETURN number;
END $$;

-- application: demands a disclosure, returns nothing (a shipment arrives: its kits, in quarantine, get their numbers here)
CREATE OR REPLACE FUNCTION public.sealed_receive(
    access bigint, arm text, lot text, expires date, kits integer, vials integer, storage text, arrived timestamptz,
    condition text, warmest numeric, coldest numeric, excursion text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
    kit text;
BEGIN
    looking := public.sealed_accounting(access, true, false);
    IF looking.shipment = '' OR kits NOT BETWEEN 1 AND 200
       OR NOT EXISTS (SELECT FROM sealed.sealed_place p WHERE p.arm = $2) THEN
        RAISE EXCEPTION 'refused';
    END IF;
    PERFORM public.sealed_by_turns();
    INSERT INTO sealed.sealed_shipment (number, site_id, received_at, condition, warmest_c, coldest_c, excursion)
    VALUES (looking.shipment, looking.site_id, arrived, condition, warmest, coldest, excursion);
    FOR turn IN 1..kits LOOP
        kit := public.sealed_new_kit_number();
        INSERT INTO sealed.sealed_kitcontent (number, arm, lot, expires_on, shipment, vials, storage_place)
        VALUES (kit, $2, $3, expires, looking.shipment, vials, storage);
        PERFORM public.sealed_move(access, kit, 'received', arrived, NULL, NULL, '');
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (every kit of the record's site or shipment, and where it is)
CREATE OR REPLACE FUNCTION public.sealed_stock(access bigint)
RETURNS TABLE (kit_number text, arm text, lot text, expires_on date, shipment text, vials integer, storage_place text,
               place text, usable boolean, bag text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_accounting(access, false, false);
    RETURN QUERY
    SELECT k.number::text, k.arm::text, k.lot::text, k.expires_on, k.shipment::text, k.vials::integer,
           k.storage_place::text, s.place,
           EXISTS (SELECT FROM public.sealed_shelf(looking.site_id) f WHERE f.number = k.number), b.bag
      FROM sealed.sealed_kitcontent k
      JOIN sealed.sealed_shipment h ON h.number = k.shipment
      JOIN public.sealed_standing(false) s ON s.kit = k.number
      LEFT JOIN public.sealed_bags() b ON b.kit = k.number
     WHERE h.site_id = looking.site_id AND looking.shipment IN ('', h.number)
     ORDER BY k.arm, k.lot, k.number;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (the shipments of the record's site, as they arrived)
CREATE OR REPLACE FUNCTION public.sealed_shipments(access bigint)
RETURNS TABLE (number text, received_at timestamptz, condition text, warmest_c numeric, coldest_c numeric,
               excursion text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_accounting(access, false, false);
    RETURN QUERY
    SELECT h.number::text, h.received_at, h.condition::text, h.warmest_c, h.coldest_c, h.excursion::text
      FROM sealed.sealed_shipment h
     WHERE h.site_id = looking.site_id AND looking.shipment IN ('', h.number)
     ORDER BY h.received_at, h.number;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (the ledger of the record's site or shipment, in order)
CREATE OR REPLACE FUNCTION public.sealed_ledger(access bigint)
RETURNS TABLE (kit_number text, step text, place text, at timestamptz, person_id bigint, second_person_id bigint,
               residual_ml numeric, note text, recorded_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_accounting(access, false, false);
    RETURN QUERY
    SELECT m.kit_number::text, m.step::text, m.place::text, m.at, m.person_id, m.second_person_id, m.residual_ml,
           m.note::text, m.recorded_at
      FROM sealed.sealed_movement m
      JOIN sealed.sealed_kitcontent k ON k.number = m.kit_number
      JOIN sealed.sealed_shipment h ON h.number = k.shipment
     WHERE h.site_id = looking.site_id AND looking.shipment IN ('', h.number)
     ORDER BY m.id;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure, returns nothing (the same step of several kits of the record's site or shipment)
CREATE OR REPLACE FUNCTION public.sealed_supply_step(access bigint, kits text[], step text, happened timestamptz,
                                                     second_person bigint, residual numeric, note text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
    kit text;
BEGIN
    looking := public.sealed_accounting(access, true, false);
    IF step NOT IN ('quarantined', 'released', 'returned', 'destroyed', 'lost', 'withdrawn')
       -- Release and destruction take two people, both of whom may know.
       OR step IN ('released', 'destroyed')
          AND NOT coalesce(public.sealed_may_account(second_person, looking.site_id, true), false)
       OR step = 'destroyed' AND residual IS NULL
       OR coalesce(cardinality(kits), 0) = 0 THEN
        RAISE EXCEPTION 'refused';
    END IF;
    FOREACH kit IN ARRAY kits LOOP
        IF NOT EXISTS (SELECT FROM sealed.sealed_kitcontent k JOIN sealed.sealed_shipment h ON h.number = k.shipment
                        WHERE k.number = kit AND h.site_id = looking.site_id AND looking.shipment IN ('', h.number)) THEN
            RAISE EXCEPTION 'refused';
        END IF;
        PERFORM public.sealed_move(access, kit, step, happened, second_person, residual, note);
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (where the kits of a lot are, and which participants' bags they filled)
CREATE OR REPLACE FUNCTION public.sealed_trace(access bigint, lot text)
RETURNS TABLE (kit_number text, place text, bag text, participant text, given boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_accounting(access, false, false);
    RETURN QUERY
    SELECT k.number::text, s.place, b.bag, p.number::text,
           EXISTS (SELECT FROM sealed.sealed_movement m
                    WHERE m.kit_number = k.number AND m.step IN ('started', 'given', 'part_given'))
      FROM sealed.sealed_kitcontent k
      JOIN sealed.sealed_shipment h ON h.number = k.shipment
      JOIN public.sealed_standing(false) s ON s.kit = k.number
      LEFT JOIN public.sealed_bags() b ON b.kit = k.number
      LEFT JOIN public.enrollment_subject p ON p.id = b.subject
     WHERE h.site_id = looking.site_id AND looking.shipment IN ('', h.number) AND k.lot = $2
     ORDER BY p.number, k.number;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (withdraws every kit of a lot wherever it is, and opens an urgent case; how many kits)
CREATE OR REPLACE FUNCTION public.sealed_withdraw_lot(access bigint, lot text, cause text, note text) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
    kit text;
    withdrawn integer := 0;
BEGIN
    looking := public.sealed_accounting(access, true, false);
    PERFORM public.sealed_by_turns();
    FOR kit IN SELECT k.number FROM sealed.sealed_kitcontent k
                 JOIN sealed.sealed_shipment h ON h.number = k.shipment
                 JOIN public.sealed_standing(false) s ON s.kit = k.number
                WHERE h.site_id = looking.site_id AND looking.shipment IN ('', h.number) AND k.lot = $2
                  AND NOT s.withdrawn ORDER BY k.number LOOP
        -- Also of kits that are given or destroyed already: the row leaves them where they are.
        INSERT INTO sealed.sealed_movement (kit_number, step, at, person_id, access_id, note)
        VALUES (kit, 'withdrawn', looking.at, looking.person_id, access, note);
        withdrawn := withdrawn + 1;
    END LOOP;
    IF withdrawn = 0 THEN
        RAISE EXCEPTION 'refused';
    END IF;
    INSERT INTO sealed.sealed_recall (site_id, lot, cause, note, access_id, at)
    VALUES (looking.site_id, $2, cause, note, access, looking.at);
    RETURN withdrawn;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (the urgent cases of the record's site)
CREATE OR REPLACE FUNCTION public.sealed_recalls(access bigint)
RETURNS TABLE (lot text, cause text, note text, at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_accounting(access, false, true);
    RETURN QUERY
    SELECT c.lot::text, c.cause::text, c.note::text, c.at FROM sealed.sealed_recall c
     WHERE c.site_id = looking.site_id ORDER BY c.id;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure, returns nothing (puts the supply of the record's site on hold, or lifts the hold)
CREATE OR REPLACE FUNCTION public.sealed_set_hold(access bigint, held boolean, reason text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_accounting(access, true, true);
    INSERT INTO sealed.sealed_hold (site_id, held, reason, access_id, at)
    VALUES (looking.site_id, held, reason, access, looking.at);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (is the record's site on hold, why, since when, and how many kits of an arm are kept back)
CREATE OR REPLACE FUNCTION public.sealed_hold_of(access bigint, OUT held boolean, OUT reason text, OUT since timestamptz,
                                                 OUT reserve integer, OUT warning integer)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_accounting(access, false, true);
    SELECT h.held, h.reason::text, h.at INTO held, reason, since
      FROM sealed.sealed_hold h WHERE h.site_id = looking.site_id ORDER BY h.id DESC LIMIT 1;
    held := coalesce(held, false);
    reserve := public.sealed_reserve();
    warning := public.sealed_warning();
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- owner: the number of usable kits of an arm from which on the pharmacy is warned
CREATE OR REPLACE FUNCTION public.sealed_warning() RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    -- The reserve and what a fortnight of recruitment may take, the time in which a shipment can come.
    SELECT public.sealed_reserve() + 4
$$;

-- application: returns nothing arm-dependent (was some arm short of kits here, recent steps aside?)
CREATE OR REPLACE FUNCTION public.sealed_was_low(site bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me bigint := pg_current_xact_id()::text::bigint;
BEGIN
    PERFORM public.audit_read_committed();
    -- As of a midnight, so that asking before and after somebody is randomized shows nothing; by the stamped clock, for
    -- the application says itself when a step happened. A site where nothing was written by then has not begun.
    RETURN (
        WITH kits AS (
            SELECT k.arm::text, k.expires_on, l.place
              FROM sealed.sealed_kitcontent k
              JOIN sealed.sealed_shipment h ON h.number = k.shipment
              JOIN (SELECT m.kit_number, (array_agg(m.place::text ORDER BY m.id DESC))[1] AS place
                      FROM sealed.sealed_movement m
                     WHERE m.tx <> me AND m.recorded_at < (SELECT public.sealed_recent())
                     GROUP BY m.kit_number) l ON l.kit_number = k.number
             WHERE h.site_id = site)
        SELECT EXISTS (SELECT FROM kits) AND public.sealed_warning() > public.sealed_fewest(ARRAY(
                   SELECT s.arm FROM kits s
                    WHERE s.place = 'shelf'
                      AND s.expires_on > (clock_timestamp() AT TIME ZONE interval '0')::date + 14)));
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent (how many kits took each step at a site, once all of them are gone for good)
CREATE OR REPLACE FUNCTION public.sealed_totals(site bigint) RETURNS TABLE (step text, kits bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY
    WITH here AS (
        SELECT s.kit, s.place FROM public.sealed_standing(true) s
          JOIN sealed.sealed_kitcontent k ON k.number = s.kit
          JOIN sealed.sealed_shipment h ON h.number = k.shipment WHERE h.site_id = site)
    SELECT m.step::text, count(DISTINCT m.kit_number)
      FROM sealed.sealed_movement m JOIN here ON here.kit = m.kit_number
     WHERE m.step IN ('received', 'given', 'part_given', 'not_given', 'destroyed', 'lost')
       -- All are counted, whichever comes first.
       AND (SELECT count(*) FILTER (WHERE here.place NOT IN ('destroyed', 'lost')) FROM here) = 0
     GROUP BY m.step;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;
