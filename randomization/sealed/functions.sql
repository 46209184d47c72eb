-- The closed list of doors to the sealed room (ADR 2). Re-applied after every migrate.
-- The line above each function says who may call it and what it promises; `manage.py doctor` compares this
-- file with pg_proc. Every name is schema-qualified or resolved with pg_temp last; every failure leaves
-- through one handler with one sentence and no detail. Queries over kits always read the whole shelf, so that
-- not even the statistics views count differently for the two arms. `privileges.py` pins more than the search path
-- of what the application calls: nothing its session sets may show a plan or move the date.

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
                             ELSE false END) THEN
        RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
    END IF;
    RETURN NEW;
END $$;

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

-- owner: numbers of kits that can be given: released, not withdrawn, not expired, bound to nobody
CREATE OR REPLACE FUNCTION public.sealed_shelf() RETURNS TABLE (number text, arm text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT k.number::text, k.arm::text FROM public.sealed_kitcontent k
     -- An interval: since PostgreSQL 18 the session's TimeZone decides what the abbreviation UTC means.
     WHERE k.released AND NOT k.withdrawn
       AND k.expires_on > (clock_timestamp() AT TIME ZONE interval '0')::date + 1
       AND NOT EXISTS (SELECT 1 FROM public.sealed_binding b WHERE b.kit_number = k.number)
$$;

-- application: returns nothing arm-dependent (open only while every arm has a usable kit and the list a place)
CREATE OR REPLACE FUNCTION public.sealed_supply_open() RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    answer boolean;
BEGIN
    SELECT (SELECT count(DISTINCT s.arm) FROM public.sealed_shelf() s)
           >= (SELECT greatest(count(DISTINCT p.arm), 1) FROM public.sealed_place p)
       AND (SELECT count(*) FROM public.sealed_place)
           > (SELECT count(*) FROM public.randomization_randomizationrequest)
      INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent (one randomization number and one kit number, or 'wait', or 'hold')
CREATE OR REPLACE FUNCTION public.sealed_allocate(request bigint, OUT outcome text, OUT randomization_number text,
                                                  OUT kit_number text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me bigint := pg_current_xact_id()::text::bigint;
    asked public.randomization_randomizationrequest;
    bound public.sealed_binding;
    spot public.sealed_place;
BEGIN
    PERFORM pg_advisory_xact_lock(741099, 2);
    SELECT * INTO STRICT asked FROM public.randomization_randomizationrequest r WHERE r.id = request AND r.tx <> me;
    SELECT * INTO bound FROM public.sealed_binding b WHERE b.request_id = asked.id;
    IF FOUND THEN
        outcome := 'allocated'; randomization_number := bound.randomization_number; kit_number := bound.kit_number;
        RETURN;
    END IF;
    -- In list order, each only after its predecessor has committed: one candidate at a time, with one answer.
    IF (SELECT count(*) FROM public.sealed_binding b WHERE b.place < asked.place AND b.tx <> me) <> asked.place - 1 THEN
        outcome := 'wait';
        RETURN;
    END IF;
    SELECT * INTO STRICT spot FROM public.sealed_place p WHERE p.place = asked.place;
    IF (SELECT count(DISTINCT s.arm) FROM public.sealed_shelf() s)
       < (SELECT count(DISTINCT p.arm) FROM public.sealed_place p) THEN
        outcome := 'hold';
        RETURN;
    END IF;
    SELECT s.number INTO STRICT kit_number
      FROM public.sealed_shelf() s CROSS JOIN (SELECT kit_order_key FROM public.sealed_sealedsecret LIMIT 1) k
     ORDER BY s.arm <> spot.arm, sha256(k.kit_order_key || convert_to(asked.subject_id || ':' || s.number, 'UTF8'))
     LIMIT 1;
    INSERT INTO public.sealed_binding (place, request_id, randomization_number, kit_number, tx)
    VALUES (asked.place, asked.id, spot.randomization_number, kit_number, me);
    outcome := 'allocated';
    randomization_number := spot.randomization_number;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- owner: the access record, if it was committed earlier, is fresh, and its person may still look
CREATE OR REPLACE FUNCTION public.sealed_access(access bigint) RETURNS public.randomization_accessrecord
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT a.* FROM public.randomization_accessrecord a
     WHERE a.id = access AND a.purpose = 'prepare' AND a.tx <> pg_current_xact_id()::text::bigint
       AND clock_timestamp() - a.at BETWEEN interval '0' AND interval '60 seconds'
       AND public.sealed_may_look(a.person_id, a.subject_id)
$$;

-- owner: the kits bound to a participant by committed transactions; reads no table the application can rewrite
CREATE OR REPLACE FUNCTION public.sealed_kits_of(subject bigint) RETURNS TABLE (number text)
LANGUAGE sql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT b.kit_number::text
      FROM public.sealed_binding b JOIN public.randomization_randomizationrequest r ON r.id = b.request_id
     WHERE r.subject_id = subject AND pg_current_xact_id()::text::bigint NOT IN (r.tx, b.tx)
$$;

-- application: demands a disclosure (what the kits of the access record's one participant contain)
CREATE OR REPLACE FUNCTION public.sealed_disclose(access bigint)
RETURNS TABLE (kit_number text, arm text, lot text, expires_on date)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_access(access);
    IF looking.id IS NULL THEN
        RAISE EXCEPTION 'refused';
    END IF;
    RETURN QUERY
    SELECT k.number::text, k.arm::text, k.lot::text, k.expires_on
      FROM public.sealed_kits_of(looking.subject_id) m JOIN public.sealed_kitcontent k ON k.number = m.number;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure, returns nothing (stores the unblinded preparation record of a kit)
CREATE OR REPLACE FUNCTION public.sealed_record_preparation(
    access bigint, kit text, thawed timestamptz, cells numeric, viability numeric, volume numeric, checker bigint,
    use_by timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_access(access);
    IF looking.id IS NULL OR NOT EXISTS (SELECT 1 FROM public.sealed_kits_of(looking.subject_id) m
                                          WHERE m.number = kit) THEN
        RAISE EXCEPTION 'refused';
    END IF;
    INSERT INTO public.sealed_preparation (kit_number, access_id, thawed_at, cells_millions, viability_percent,
                                           volume_ml, checked_by_id, use_by)
    VALUES (kit, access, thawed, cells, viability, volume, checker, use_by);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent (which place went to which request, with which numbers, in which turn)
CREATE OR REPLACE FUNCTION public.sealed_bindings()
RETURNS TABLE (place integer, request_id bigint, randomization_number text, kit_number text, turn bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Ids are given out under the lock of sealed_allocate; transaction ids are not, so they do not tell the turn.
    RETURN QUERY
    SELECT b.place, b.request_id, b.randomization_number::text, b.kit_number::text, row_number() OVER (ORDER BY b.id)
      FROM public.sealed_binding b;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: returns nothing arm-dependent (both true, whatever the arms, until somebody tampers with the room)
CREATE OR REPLACE FUNCTION public.sealed_intact(OUT list_is_committed boolean, OUT list_is_followed boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT count(*) = 1 AND bool_and(c.sha256 = (
               SELECT encode(sha256(convert_to(max(encode(s.salt, 'hex')) || chr(10) || string_agg(
                          p.place || ',' || p.randomization_number || ',' || p.arm || chr(10), '' ORDER BY p.place),
                      'UTF8')), 'hex')
                 FROM public.sealed_place p CROSS JOIN public.sealed_sealedsecret s))
      INTO list_is_committed
      FROM public.randomization_allocationcommitment c;
    SELECT coalesce(bool_and(p.arm = k.arm AND p.randomization_number = b.randomization_number), true)
      INTO list_is_followed
      FROM public.sealed_binding b
      LEFT JOIN public.sealed_place p ON p.place = b.place
      LEFT JOIN public.sealed_kitcontent k ON k.number = b.kit_number;
    list_is_committed := coalesce(list_is_committed, false);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

CREATE OR REPLACE TRIGGER sealed_stamp BEFORE INSERT ON public.randomization_randomizationrequest
    FOR EACH ROW EXECUTE FUNCTION public.sealed_stamp_request();
CREATE OR REPLACE TRIGGER sealed_stamp BEFORE INSERT ON public.randomization_accessrecord
    FOR EACH ROW EXECUTE FUNCTION public.sealed_stamp_access();
