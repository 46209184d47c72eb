-- Database functions of the history. Re-applied after every migrate by trial_site.audit.privileges.
-- The line above each function says who may call it; privileges.py and `manage.py doctor` read it.

-- trigger: writes one history row per changed row; refuses a write by the application role that names no actor
CREATE OR REPLACE FUNCTION public.audit_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    history text := TG_ARGV[0];
    ignored text[] := TG_ARGV[1]::text[];
    reason_needed boolean := TG_ARGV[2]::boolean;
    without_reason text[] := TG_ARGV[3]::text[];
    context jsonb := coalesce(nullif(current_setting('trial.context', true), ''), '{}')::jsonb;
    old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - ignored END;
    new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - ignored END;
    whole jsonb := coalesce(new_row, old_row);
    old_values jsonb := old_row;
    new_values jsonb := new_row;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF old_row = new_row THEN
            RETURN NULL;
        END IF;
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value)
          INTO old_values, new_values
          FROM jsonb_each(old_row) o JOIN jsonb_each(new_row) n USING (key)
         WHERE o.value IS DISTINCT FROM n.value;
    END IF;
    IF session_user <> current_user THEN
        IF coalesce(context ->> 'actor', '') = '' THEN
            RAISE EXCEPTION 'A change of % needs an actor.', TG_TABLE_NAME USING ERRCODE = 'TS002';
        END IF;
        -- Filling in what was empty is no change of a saved value; emptying or replacing one is.
        IF reason_needed AND TG_OP <> 'INSERT' AND coalesce(context ->> 'reason', '') = '' AND EXISTS (
               SELECT FROM jsonb_each_text(old_values) o
                WHERE o.value NOT IN ('', '{}') AND o.key <> ALL (without_reason)) THEN
            RAISE EXCEPTION 'A change of % needs a reason.', TG_TABLE_NAME USING ERRCODE = 'TS003';
        END IF;
    END IF;
    EXECUTE format(
        'INSERT INTO public.%I (tx, at, "table", record_id, subject_id, operation, old, new, actor_id, actor,'
        ' role, site, action, reason, request, login)'
        ' VALUES (pg_current_xact_id()::text::bigint, clock_timestamp(), $1, $2, $3, $4, $5, $6, $7, $8,'
        ' $9, $10, $11, $12, $13, session_user)', history)
    USING TG_TABLE_NAME::text, (whole ->> 'id')::bigint,
        CASE WHEN TG_TABLE_NAME = 'enrollment_subject' THEN (whole ->> 'id')::bigint
             ELSE (whole ->> 'subject_id')::bigint END,
        left(TG_OP, 1), old_values, new_values, (context ->> 'actor_id')::bigint,
        coalesce(context ->> 'actor', ''), coalesce(context ->> 'role', ''), coalesce(context ->> 'site', ''),
        coalesce(context ->> 'action', ''), coalesce(context ->> 'reason', ''),
        coalesce(context ->> 'request', '');
    RETURN NULL;
END $$;

-- trigger: row triggers do not see TRUNCATE, so emptying a tracked table is refused to everyone
CREATE OR REPLACE FUNCTION public.audit_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% of % is never allowed.', TG_OP, TG_TABLE_NAME USING ERRCODE = 'TS004';
END $$;

-- trigger: a state machine kept by the database; arguments are the column and then every allowed 'from>to'
CREATE OR REPLACE FUNCTION public.audit_transition() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was text := to_jsonb(OLD) ->> TG_ARGV[0];
    becomes text := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    IF was IS DISTINCT FROM becomes AND NOT (was || '>' || becomes = ANY (TG_ARGV[1:])) THEN
        RAISE EXCEPTION '% cannot go from % to %.', TG_TABLE_NAME, was, becomes USING ERRCODE = 'TS005';
    END IF;
    RETURN NEW;
END $$;
