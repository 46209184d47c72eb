-- The closed list of doors to the sealed room (ADR 2). Re-applied after every migrate.
-- The line above each function says who may call it and what it promises; `manage.py doctor` compares this
-- file with pg_proc. Every name is schema-qualified or resolved with pg_temp last; every failure leaves
-- through one handler with one sentence and no detail. Queries over kits always read the whole shelf, so that
-- not even the statistics views count differently for the two arms. `privileges.py` pins more than the search path
-- of what the application calls: nothing its session sets may show a plan or move the date.

-- owner: waits until no other transaction works in the room; nobody else's before this one ends
CREATE OR REPLACE FUNCTION public.sealed_by_turns() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- A table that the application cannot name: of an advisory lock it could ask whether somebody waits for it.
    LOCK TABLE sealed.sealed_sealedsecret IN EXCLUSIVE MODE;
END $$;

-- trigger: stamps a request with its transaction, the clock and its place in the list
CREATE OR REPLACE FUNCTION public.sealed_stamp_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(741099, 1);
    NEW.tx := pg_current_xact_id()::text::bigint;
    NEW.at := clock_timestamp();
    SELECT coalesce(max(place), 0) + 1 INTO NEW.place FROM public.randomization_randomizationrequest;
    RETURN NEW;
END $$;

-- trigger: stamps an access record; refuses a person without an unblinded delegation in force
CREATE OR REPLACE FUNCTION public.sealed_stamp_access() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.tx := pg_current_xact_id()::text::bigint;
    NEW.at := clock_timestamp();
    IF NOT (CASE NEW.purpose WHEN 'prepare' THEN public.sealed_may_look(NEW.person_id, NEW.subject_id)
                             WHEN 'code_break' THEN public.sealed_may_break(NEW.person_id, NEW.subject_id)
                             WHEN 'supply' THEN public.sealed_may_account(NEW.person_id, NEW.site_id, false)
                             ELSE false END) THEN
        RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
    END IF;
    PERFORM public.sealed_remember('access', NEW.id);
    RETURN NEW;
END $$;

-- owner: what tells this session from every other one, by process and connection, and by what only it can know
CREATE OR REPLACE FUNCTION public.sealed_session() RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    -- Process ids and ports come round again.
    SELECT encode(sha256(convert_to(
               pg_backend_pid() || ' ' || coalesce(host(inet_client_addr()), '') || ' ' || coalesce(inet_client_port(), 0)
               || ' ' || coalesce(nullif(current_setting('trial.session', true), ''),
                                  set_config('trial.session', gen_random_uuid()::text || gen_random_uuid()::text, false)),
               'UTF8')), 'hex')
$$;

-- owner: writes down which session an access record ('access') or one for the whole study ('study') comes from
CREATE OR REPLACE FUNCTION public.sealed_remember(kind text, record bigint) RETURNS void
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    INSERT INTO sealed.sealed_looking (kind, record_id, session) VALUES (kind, record, public.sealed_session())
$$;

-- owner: did this transaction bind a kit already? A second one could be compared with the first and rolled back
CREATE OR REPLACE FUNCTION public.sealed_bound_here() RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM sealed.sealed_movement m
                    WHERE m.step = 'assigned' AND m.tx = pg_current_xact_id()::text::bigint)
$$;

-- owner: may this session look by this record? Not through a door that another one opened, nor at what it may roll back
CREATE OR REPLACE FUNCTION public.sealed_is_ours(kind text, record bigint) RETURNS boolean
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM sealed.sealed_looking l
                    WHERE l.kind = $1 AND l.record_id = record AND l.session = (SELECT public.sealed_session()))
           -- Kits bound in this transaction stand in stock and ledger: whose they are, and taken back.
           AND NOT public.sealed_bound_here()
$$;

-- owner: does this person hold an unblinded delegation in force at this participant's site, as others committed it?
CREATE OR REPLACE FUNCTION public.sealed_may_look(person bigint, subject bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.core_delegation d
          JOIN public.core_staffmember s ON s.id = d.staff_id
          JOIN public.enrollment_subject p ON p.id = subject
         WHERE d.staff_id = person AND s.is_active AND s.role = 'pharmacist' AND d.task = 'prepare_product'
           AND (d.site_id IS NULL OR d.site_id = p.site_id)
           AND d.starts_at <= clock_timestamp() AND (d.ends_at IS NULL OR clock_timestamp() < d.ends_at)
           -- Older than this transaction, whose savepoints have later ids than itself: what it wrote, and could
           -- roll back, does not count.
           AND age(d.xmin) > 0 AND age(s.xmin) > 0 AND age(p.xmin) > 0)
$$;

-- application: returns nothing arm-dependent ('bound', 'wait' or 'hold'; the numbers are told once this is committed)
CREATE OR REPLACE FUNCTION public.sealed_allocate(request bigint) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me bigint := pg_current_xact_id()::text::bigint;
    asked public.randomization_randomizationrequest;
    spot sealed.sealed_place;
    site bigint;
    held boolean;
    short boolean;
    chosen text;
    bag text;
BEGIN
    PERFORM public.audit_read_committed();
    PERFORM public.sealed_by_turns();
    SELECT * INTO STRICT asked FROM public.randomization_randomizationrequest r WHERE r.id = request AND r.tx <> me;
    IF EXISTS (SELECT FROM sealed.sealed_binding b WHERE b.request_id = asked.id) THEN
        RETURN 'bound';
    END IF;
    -- In list order, each only after its predecessor has committed.
    IF public.sealed_bound_here()
       OR (SELECT count(*) FROM sealed.sealed_binding b WHERE b.place < asked.place AND b.tx <> me) <> asked.place - 1 THEN
        RETURN 'wait';
    END IF;
    SELECT * INTO STRICT spot FROM sealed.sealed_place p WHERE p.place = asked.place;
    SELECT p.site_id INTO STRICT site FROM public.enrollment_subject p WHERE p.id = asked.subject_id;
    -- Both are asked in any case: else what EXPLAIN counts tells a hold from a short shelf.
    held := public.sealed_held(site);
    short := (public.sealed_left(site)).surely < 1;
    IF held OR short THEN
        RETURN 'hold';
    END IF;
    chosen := public.sealed_choose(site, spot.arm, asked.subject_id::text);
    IF (SELECT k.arm FROM sealed.sealed_kitcontent k WHERE k.number = chosen) IS DISTINCT FROM spot.arm THEN
        RETURN 'hold';
    END IF;
    bag := public.sealed_new_bag('place:' || asked.id);
    INSERT INTO sealed.sealed_binding (place, request_id, randomization_number, bag, tx)
    VALUES (asked.place, asked.id, spot.randomization_number, bag, me);
    INSERT INTO sealed.sealed_movement (kit_number, bag, step, at, person_id, note)
    VALUES (chosen, bag, 'assigned', asked.at, asked.requested_by_id, '');
    RETURN 'bound';
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent (the numbers of randomization and bag bound to a request by an earlier transaction)
CREATE OR REPLACE FUNCTION public.sealed_bound(request bigint)
RETURNS TABLE (randomization_number text, kit_number text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT b.randomization_number::text, b.bag::text FROM sealed.sealed_binding b
     WHERE b.request_id = request AND b.tx <> pg_current_xact_id()::text::bigint;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- owner: waits until all that is committed, an access record among it, survives a crash; every disclosure waits after it read
CREATE OR REPLACE FUNCTION public.sealed_await_disk() RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    seen pg_lsn := pg_current_wal_insert_lsn();
    me text := pg_current_xact_id()::text;
BEGIN
    -- Takes a transaction id for the block it is called in, as a write there does: others count ids, not what was done.
    PERFORM pg_logical_emit_message(true, 'sealed_await_disk', '');
    -- And once in a transaction up to 63 more, for a step takes some more than a look: they can be counted at the time and
    -- later.
    IF current_setting('trial.blurred', true) IS DISTINCT FROM me THEN
        PERFORM set_config('trial.blurred', me, true);
        FOR turn IN 1..get_byte(uuid_send(gen_random_uuid()), 0) % 64 LOOP
            BEGIN
                PERFORM pg_logical_emit_message(true, 'sealed_await_disk', '');
            EXCEPTION WHEN no_data_found THEN
                NULL;
            END;
        END LOOP;
    END IF;
    -- The session decides whether its commit waits for the disk, so we do not trust that it did.
    IF current_setting('server_version_num')::integer >= 170000 THEN
        PERFORM pg_logical_emit_message(false, 'sealed_await_disk', '', true);
        RETURN;
    END IF;
    -- Older servers flush whole pages by themselves: one is filled, then the turn of the WAL writer is waited for.
    PERFORM pg_logical_emit_message(false, 'sealed_await_disk', repeat(' ', 2 * current_setting('wal_block_size')::integer));
    WHILE pg_current_wal_flush_lsn() < seen LOOP
        PERFORM pg_sleep(0.01);
    END LOOP;
END $$;

-- owner: the access record, if it was committed earlier, is fresh, and its person may still look
CREATE OR REPLACE FUNCTION public.sealed_access(access bigint) RETURNS public.randomization_accessrecord
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    SELECT * INTO looking FROM public.randomization_accessrecord a
     WHERE a.id = access AND a.purpose = 'prepare' AND a.tx <> pg_current_xact_id()::text::bigint
       AND clock_timestamp() - a.at BETWEEN interval '0' AND interval '60 seconds'
       AND public.sealed_is_ours('access', a.id) AND public.sealed_may_look(a.person_id, a.subject_id);
    PERFORM public.sealed_await_disk();
    RETURN looking;
END $$;

-- application: demands a disclosure (what the kits of the access record's one participant contain)
CREATE OR REPLACE FUNCTION public.sealed_disclose(access bigint)
RETURNS TABLE (kit_number text, arm text, lot text, expires_on date, filled_from text, storage_place text, usable boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_access(access);
    IF looking.id IS NULL THEN
        RAISE EXCEPTION 'refused';
    END IF;
    RETURN QUERY
    SELECT b.bag, k.arm::text, k.lot::text, k.expires_on, k.number::text, k.storage_place::text,
           NOT s.withdrawn AND k.expires_on > (clock_timestamp() AT TIME ZONE interval '0')::date
           AND s.place NOT IN ('waste', 'lost', 'destroyed')
      FROM public.sealed_bags() b
      JOIN sealed.sealed_kitcontent k ON k.number = b.kit
      JOIN public.sealed_standing(true) s ON s.kit = k.number
     WHERE b.subject = looking.subject_id;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure, returns nothing (stores the unblinded preparation record of a kit)
CREATE OR REPLACE FUNCTION public.sealed_record_preparation(
    access bigint, kit text, thawed timestamptz, cells numeric, viability numeric, volume numeric, checker bigint,
    use_by timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    filling text;
BEGIN
    filling := public.sealed_kit_for(access, kit);
    IF filling IS NULL THEN
        RAISE EXCEPTION 'refused';
    END IF;
    IF (SELECT s.place FROM public.sealed_standing(false) s WHERE s.kit = filling) = 'assigned' THEN
        PERFORM public.sealed_move(access, filling, 'preparing', thawed, checker, NULL, '');
    END IF;
    PERFORM public.sealed_move(access, filling, 'prepared', clock_timestamp(), checker, NULL, '');
    INSERT INTO sealed.sealed_preparation (kit_number, access_id, thawed_at, cells_millions, viability_percent,
                                           volume_ml, checked_by_id, use_by)
    VALUES (filling, access, thawed, cells, viability, volume, checker, use_by);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent (which place went to which request, with which numbers, in which turn)
CREATE OR REPLACE FUNCTION public.sealed_bindings()
RETURNS TABLE (place integer, request_id bigint, randomization_number text, kit_number text, turn bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Ids are given out under the lock of sealed_allocate; transaction ids are not, so they do not tell the turn.
    RETURN QUERY
    SELECT b.place, b.request_id, b.randomization_number::text, b.bag::text, row_number() OVER (ORDER BY b.id)
      FROM sealed.sealed_binding b WHERE b.tx <> pg_current_xact_id()::text::bigint;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent (both true, whatever the arms, until somebody tampers with the room)
CREATE OR REPLACE FUNCTION public.sealed_intact(OUT list_is_committed boolean, OUT list_is_followed boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT count(*) = 1 AND bool_and(c.sha256 = (
               SELECT encode(sha256(convert_to(max(encode(s.salt, 'hex')) || chr(10) || string_agg(
                          p.place || ',' || p.randomization_number || ',' || p.arm || chr(10), '' ORDER BY p.place),
                      'UTF8')), 'hex')
                 FROM sealed.sealed_place p CROSS JOIN sealed.sealed_sealedsecret s))
      INTO list_is_committed
      FROM public.randomization_allocationcommitment c;
    SELECT coalesce(bool_and(coalesce(p.randomization_number = b.randomization_number, false)), true)
      INTO list_is_followed
      FROM sealed.sealed_binding b LEFT JOIN sealed.sealed_place p ON p.place = b.place;
    -- Every kit that ever filled a bag is of the arm of the participant's place. Asked in one query: with a question per
    -- kit, what EXPLAIN counts would say how many bags were filled anew.
    list_is_followed := list_is_followed AND coalesce((
        SELECT bool_and(coalesce(k.arm = p.arm, false))
          FROM public.sealed_bags() b
          LEFT JOIN public.randomization_randomizationrequest r ON r.subject_id = b.subject
          LEFT JOIN sealed.sealed_binding g ON g.request_id = r.id
          LEFT JOIN sealed.sealed_place p ON p.place = g.place
          LEFT JOIN sealed.sealed_movement m ON m.step = 'assigned' AND m.bag = b.bag
          LEFT JOIN sealed.sealed_kitcontent k ON k.number = m.kit_number), true);
    list_is_committed := coalesce(list_is_committed, false);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent, nothing at all (seals what is new in the room's history)
CREATE OR REPLACE FUNCTION public.sealed_extend_chain() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Asked plainly or not at all: EXPLAIN would count the rows that were written since.
    IF current_query() IS DISTINCT FROM 'SELECT public.sealed_extend_chain()' THEN
        RAISE EXCEPTION 'refused';
    END IF;
    -- By the clock, whether the room was written or not: a seal whenever it is would tell how often.
    IF EXISTS (SELECT FROM sealed.sealed_seal s WHERE s.at > clock_timestamp() - interval '10 minutes') THEN
        RETURN;
    END IF;
    PERFORM public.audit_extend_chain('sealed.sealed', true);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent (the seals of the room from a number on: hashes over salted rows)
CREATE OR REPLACE FUNCTION public.sealed_chain(since bigint) RETURNS TABLE (chain text, number bigint, at timestamptz, hash text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT 'sealed_event', s.id, s.at, encode(s.hash, 'hex') FROM sealed.sealed_seal s WHERE s.id >= since ORDER BY s.id;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

CREATE OR REPLACE TRIGGER sealed_stamp BEFORE INSERT ON public.randomization_randomizationrequest
    FOR EACH ROW EXECUTE FUNCTION public.sealed_stamp_request();
CREATE OR REPLACE TRIGGER sealed_stamp BEFORE INSERT ON public.randomization_accessrecord
    FOR EACH ROW EXECUTE FUNCTION public.sealed_stamp_access();
