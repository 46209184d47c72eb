-- The door of the final unblinding: every arm, once the database is locked and two people have said so.
-- `functions.sql` says what every function here keeps to.

-- owner: does this person hold a delegation to unblind in force for the whole study, as others committed it?
CREATE OR REPLACE FUNCTION public.sealed_may_unblind(person bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.core_delegation d JOIN public.core_staffmember s ON s.id = d.staff_id
         WHERE d.staff_id = person AND s.is_active AND s.role IN ('principal_investigator', 'statistician')
           AND d.task = 'unblind_study' AND d.site_id IS NULL
           AND d.starts_at <= clock_timestamp() AND (d.ends_at IS NULL OR clock_timestamp() < d.ends_at)
           -- Older than this transaction; see sealed_may_look.
           AND age(d.xmin) > 0 AND age(s.xmin) > 0)
$$;

-- owner: is this lock of the database in force, as an earlier transaction committed it? It then stays so until we end.
CREATE OR REPLACE FUNCTION public.sealed_database_locked(lock bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- FOR SHARE waits for who unlocks, and refuses a snapshot taken before they did.
    PERFORM FROM public.monitoring_freeze f
      WHERE f.id = lock AND f.scope = 'database' AND f.lifted_at IS NULL AND age(f.xmin) > 0 FOR SHARE;
    RETURN FOUND;
END $$;

-- trigger: stamps the final unblinding; refuses it without the lock, and unless both people are delegated
CREATE OR REPLACE FUNCTION public.sealed_stamp_unblinding() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.tx := pg_current_xact_id()::text::bigint;
    NEW.at := clock_timestamp();
    IF NOT (public.sealed_may_unblind(NEW.person_id) AND public.sealed_may_unblind(NEW.second_person_id)
            AND NEW.person_id IS DISTINCT FROM NEW.second_person_id AND public.sealed_database_locked(NEW.lock_id)) THEN
        RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
    END IF;
    RETURN NEW;
END $$;

-- owner: does this access record open the whole study: committed, fresh, of a person still delegated, while the lock lasts?
CREATE OR REPLACE FUNCTION public.sealed_final_look(access bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me bigint := pg_current_xact_id()::text::bigint;
    rests_on bigint;
BEGIN
    -- That two people were delegated was asked by the trigger when they unblinded; nobody changes that record.
    SELECT u.lock_id INTO rests_on
      FROM public.randomization_studyaccess a
      JOIN public.randomization_studyunblinding u ON u.id = a.unblinding_id
     WHERE a.id = access AND me NOT IN (a.tx, u.tx) AND u.person_id <> u.second_person_id
       AND clock_timestamp() - a.at BETWEEN interval '0' AND interval '60 seconds'
       AND public.sealed_is_ours('study', a.id) AND public.sealed_may_unblind(a.person_id);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM public.sealed_await_disk();
    RETURN public.sealed_database_locked(rests_on);
END $$;

-- application: demands a disclosure (the arm of everybody randomized, after the final unblinding and while its lock lasts)
CREATE OR REPLACE FUNCTION public.sealed_study_arms(access bigint) RETURNS TABLE (subject_id bigint, arm text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT public.sealed_final_look(access) THEN
        RAISE EXCEPTION 'refused';
    END IF;
    RETURN QUERY
    SELECT r.subject_id, p.arm::text
      FROM sealed.sealed_binding b
      JOIN sealed.sealed_place p ON p.place = b.place
      JOIN public.randomization_randomizationrequest r ON r.id = b.request_id
     WHERE b.tx <> pg_current_xact_id()::text::bigint
     ORDER BY r.subject_id;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (what every bag was filled with, after the final unblinding and while its lock lasts)
CREATE OR REPLACE FUNCTION public.sealed_study_bags(access bigint)
RETURNS TABLE (subject_id bigint, bag text, arm text, lot text, cells_millions numeric, viability_percent numeric,
               volume_ml numeric, handed_over_at timestamptz, returned_at timestamptz, residual_ml numeric)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT public.sealed_final_look(access) THEN
        RAISE EXCEPTION 'refused';
    END IF;
    RETURN QUERY
    SELECT b.subject, b.bag, k.arm::text, k.lot::text, p.cells_millions, p.viability_percent, p.volume_ml,
           max(m.at) FILTER (WHERE m.step = 'handed_over'), max(m.at) FILTER (WHERE m.step = 'returned'), max(m.residual_ml)
      FROM public.sealed_bags() b
      JOIN sealed.sealed_kitcontent k ON k.number = b.kit
      LEFT JOIN sealed.sealed_preparation p ON p.kit_number = b.kit
      LEFT JOIN sealed.sealed_movement m ON m.kit_number = b.kit
     GROUP BY b.subject, b.bag, k.id, p.id
     ORDER BY b.subject, b.bag;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

CREATE OR REPLACE TRIGGER sealed_stamp BEFORE INSERT ON public.randomization_studyunblinding
    FOR EACH ROW EXECUTE FUNCTION public.sealed_stamp_unblinding();
