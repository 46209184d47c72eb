-- The door of the closed report: who shares a group, under letters that name no arm, for the unblinded statistician.
-- `functions.sql` says what every function here keeps to.

-- owner: does this person hold a delegation to report to the board in force for the whole study, as others committed it?
CREATE OR REPLACE FUNCTION public.sealed_may_report(person bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.core_delegation d JOIN public.core_staffmember s ON s.id = d.staff_id
         WHERE d.staff_id = person AND s.is_active AND s.role = 'unblinded_statistician' AND d.task = 'report_closed'
           AND d.site_id IS NULL
           AND d.starts_at <= clock_timestamp() AND (d.ends_at IS NULL OR clock_timestamp() < d.ends_at)
           -- Older than this transaction; see sealed_may_look.
           AND age(d.xmin) > 0 AND age(s.xmin) > 0)
$$;

-- trigger: stamps an access record for the whole study; refuses a person without a delegation in force
CREATE OR REPLACE FUNCTION public.sealed_stamp_study_access() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    NEW.tx := pg_current_xact_id()::text::bigint;
    NEW.at := clock_timestamp();
    IF NOT (CASE WHEN NEW.unblinding_id IS NULL THEN public.sealed_may_report(NEW.person_id)
                 ELSE public.sealed_may_unblind(NEW.person_id) END) THEN
        RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
    END IF;
    PERFORM public.sealed_remember('study', NEW.id);
    RETURN NEW;
END $$;

-- application: demands a disclosure (who shares a group; the letters are drawn anew with every code break)
CREATE OR REPLACE FUNCTION public.sealed_groups(access bigint) RETURNS TABLE (subject_id bigint, letter text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.randomization_studyaccess a
                    WHERE a.id = access AND a.unblinding_id IS NULL
                      AND a.tx <> pg_current_xact_id()::text::bigint
                      AND clock_timestamp() - a.at BETWEEN interval '0' AND interval '60 seconds'
                      AND public.sealed_is_ours('study', a.id) AND public.sealed_may_report(a.person_id)) THEN
        RAISE EXCEPTION 'refused';
    END IF;
    PERFORM public.sealed_await_disk();
    RETURN QUERY
    SELECT r.subject_id, chr(64 + dense_rank() OVER (ORDER BY sha256(
               k.kit_order_key || convert_to('closed report:' || c.breaks || ':' || p.arm, 'UTF8')))::int)
      FROM sealed.sealed_binding b
      JOIN sealed.sealed_place p ON p.place = b.place
      JOIN public.randomization_randomizationrequest r ON r.id = b.request_id
     CROSS JOIN (SELECT kit_order_key FROM sealed.sealed_sealedsecret LIMIT 1) k
     CROSS JOIN (SELECT count(*) AS breaks FROM public.randomization_codebreak) c
     WHERE b.tx <> pg_current_xact_id()::text::bigint
     ORDER BY r.subject_id;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

CREATE OR REPLACE TRIGGER sealed_stamp BEFORE INSERT ON public.randomization_studyaccess
    FOR EACH ROW EXECUTE FUNCTION public.sealed_stamp_study_access();
