-- What several slots decide together. Re-applied after every migrate by trial_site.audit.privileges.

-- trigger: a new slot gets its day on the study site's calendar; refuses a blocked or full day, whoever inserts
CREATE OR REPLACE FUNCTION public.dosing_slot_fits() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    room integer;
BEGIN
    -- Whoever reserves here next waits until this reservation is committed, and then counts it.
    SELECT u.capacity INTO STRICT room FROM public.dosing_infusionunit u WHERE u.site_id = NEW.site_id FOR UPDATE;
    SELECT (NEW.starts_at AT TIME ZONE s.zone)::date INTO STRICT NEW."on"
      FROM public.core_studysite s WHERE s.id = NEW.site_id;
    IF EXISTS (SELECT FROM public.dosing_blockedday b
                WHERE b.site_id = NEW.site_id AND b."on" = NEW."on" AND b.opened_at IS NULL) THEN
        RAISE EXCEPTION 'The day is blocked.' USING ERRCODE = 'check_violation', CONSTRAINT = 'slot_day_open';
    END IF;
    IF (SELECT count(*) FROM public.dosing_infusionslot t
         WHERE t.site_id = NEW.site_id AND t."on" = NEW."on" AND t.state <> 'cancelled') >= room THEN
        RAISE EXCEPTION 'The day is full.' USING ERRCODE = 'check_violation', CONSTRAINT = 'slot_capacity';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE TRIGGER dosing_slot_fits BEFORE INSERT ON public.dosing_infusionslot
    FOR EACH ROW EXECUTE FUNCTION public.dosing_slot_fits();
