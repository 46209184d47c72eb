-- The door of a code break: the arm of one participant, and nothing else of the room, for whoever is delegated for
-- it at that site. `functions.sql` says what every function here keeps to.

-- owner: does this person hold a delegation to break codes in force at this participant's site, as others committed it?
CREATE OR REPLACE FUNCTION public.sealed_may_break(person bigint, subject bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (
        SELECT 1 FROM public.core_delegation d
          JOIN public.core_staffmember s ON s.id = d.staff_id
          JOIN public.enrollment_subject p ON p.id = subject
         WHERE d.staff_id = person AND s.is_active AND d.task = 'break_code'
           AND s.role IN ('principal_investigator', 'investigator', 'medical_monitor')
           AND (d.site_id IS NULL OR d.site_id = p.site_id)
           AND d.starts_at <= clock_timestamp() AND (d.ends_at IS NULL OR clock_timestamp() < d.ends_at)
           -- Older than this transaction; see sealed_may_look.
           AND age(d.xmin) > 0 AND age(s.xmin) > 0 AND age(p.xmin) > 0)
$$;

-- application: demands a disclosure (the arm of the access record's one participant, whose code break is committed)
CREATE OR REPLACE FUNCTION public.sealed_break_code(access bigint, OUT arm text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    SELECT p.arm INTO STRICT arm
      FROM public.randomization_accessrecord a
      JOIN public.randomization_codebreak c
        ON c.access_id = a.id AND c.subject_id = a.subject_id AND c.broken_by_id = a.person_id AND age(c.xmin) > 0
      JOIN public.randomization_randomizationrequest r ON r.subject_id = a.subject_id
      JOIN sealed.sealed_binding b ON b.request_id = r.id
      JOIN sealed.sealed_place p ON p.place = b.place
     WHERE a.id = access AND a.purpose = 'code_break'
       AND pg_current_xact_id()::text::bigint NOT IN (a.tx, r.tx, b.tx)
       AND clock_timestamp() - a.at BETWEEN interval '0' AND interval '60 seconds'
       AND public.sealed_is_ours('access', a.id) AND public.sealed_may_break(a.person_id, a.subject_id);
    PERFORM public.sealed_await_disk();
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;
