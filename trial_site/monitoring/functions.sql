-- Database functions of freezing and locking. Re-applied after every migrate by trial_site.audit.privileges.
-- The line above each function says who may call it; privileges.py and `manage.py doctor` read it.

-- trigger: refuses a change of what is frozen or locked; arguments are the form's code, if any, and its visit's column
CREATE OR REPLACE FUNCTION public.monitoring_refuse_frozen() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    form_code text := TG_ARGV[0];
    version jsonb;
    number text;
    place bigint;
BEGIN
    -- Whoever freezes waits for the changes under way, and later ones see the freeze.
    PERFORM pg_advisory_xact_lock_shared(741099, 3);
    -- What may unblind is hidden whatever is frozen, if nothing but that text changes.
    IF TG_OP = 'UPDATE' AND EXISTS (
           SELECT FROM public.monitoring_hiddentext h
            WHERE h."table" = TG_TABLE_NAME AND h.record_id = (to_jsonb(OLD) ->> 'id')::bigint
              AND to_jsonb(NEW) ->> h."column"::text = '[hidden]'
              AND to_jsonb(NEW) - h."column"::text - 'version'::text
                  = to_jsonb(OLD) - h."column"::text - 'version'::text) THEN
        RETURN NEW;
    END IF;
    FOREACH version IN ARRAY array_remove(ARRAY[
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END], NULL)
    LOOP
        number := coalesce(version ->> 'number', version ->> 'subject');
        place := (version ->> 'site_id')::bigint;
        IF version ? 'subject_id' THEN
            SELECT s.number, s.site_id INTO number, place FROM public.enrollment_subject s
             WHERE s.id = (version ->> 'subject_id')::bigint;
        END IF;
        IF EXISTS (SELECT FROM public.monitoring_freeze f WHERE f.lifted_at IS NULL AND CASE f.scope
                     WHEN 'database' THEN true
                     WHEN 'site' THEN f.site_id = place
                     WHEN 'participant' THEN form_code <> '' AND f.subject = number
                     WHEN 'visit' THEN f.record_id = (version ->> TG_ARGV[1])::bigint
                     ELSE f.form = form_code AND f.record_id = (version ->> 'id')::bigint END) THEN
            RAISE EXCEPTION '% is frozen or locked.', TG_TABLE_NAME USING ERRCODE = 'TS006';
        END IF;
    END LOOP;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

-- trigger: a freeze begins or ends when no change is under way
CREATE OR REPLACE FUNCTION public.monitoring_freeze_alone() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(741099, 3);
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER freeze_alone BEFORE INSERT OR UPDATE ON public.monitoring_freeze
    FOR EACH STATEMENT EXECUTE FUNCTION public.monitoring_freeze_alone();

-- application: returns nothing arm-dependent, nothing at all (puts [hidden] in place of a reported text that the application may only insert)
CREATE OR REPLACE FUNCTION public.monitoring_hide(hidden bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    place record;
BEGIN
    SELECT h."table"::text AS "table", h."column"::text AS "column", h.record_id INTO STRICT place
      FROM public.monitoring_hiddentext h WHERE h.id = hidden;
    IF (place."table", place."column") NOT IN (
           ('monitoring_querymessage', 'text'), ('enrollment_eligibilityassessment', 'comment'),
           ('enrollment_withdrawal', 'stated_reason'), ('randomization_randomizedinerror', 'why'),
           ('outcomes_safetyreport', 'narrative'), ('monitoring_datareview', 'conclusions'),
           ('monitoring_auditreview', 'findings'), ('randomization_lettercount', 'comment'),
           ('outcomes_endpointread', 'software'), ('randomization_codebreak', 'why'), ('randomization_impactassessment', 'learned'),
           ('randomization_impactassessment', 'consequences')) THEN
        RAISE EXCEPTION 'Nothing is hidden there.';
    END IF;
    EXECUTE format('UPDATE public.%I SET %I = ''[hidden]'' WHERE id = $1', place."table", place."column")
      USING place.record_id;
END $$;
