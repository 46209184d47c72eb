-- Database functions of the history. Re-applied after every migrate by trial_site.audit.privileges.
-- The line above each function says who may call it; privileges.py and `manage.py doctor` read it.

-- owner: refuses a transaction that sees the study as it was when it began: it would write by what is true no more
CREATE OR REPLACE FUNCTION public.audit_read_committed() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    -- Every rule that a lock makes sure of looks after it has the lock, and must then see what others committed.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'Changes are made under READ COMMITTED.' USING ERRCODE = 'TS007';
    END IF;
END $$;

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
        -- What others know a row by; two rows that change places would bring with them what names them.
        IF new_row -> 'id' <> old_row -> 'id' THEN
            RAISE EXCEPTION 'A row of % keeps its number.', TG_TABLE_NAME USING ERRCODE = 'TS005';
        END IF;
        SELECT jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value)
          INTO old_values, new_values
          FROM jsonb_each(old_row) o JOIN jsonb_each(new_row) n USING (key)
         WHERE o.value IS DISTINCT FROM n.value;
    END IF;
    IF session_user <> current_user THEN
        PERFORM public.audit_read_committed();
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
        'INSERT INTO %I.%I (tx, at, "table", record_id, subject_id, operation, old, new, actor_id, actor,'
        ' role, site, action, reason, request, login)'
        ' VALUES (pg_current_xact_id()::text::bigint, clock_timestamp(), $1, $2, $3, $4, $5, $6, $7, $8,'
        ' $9, $10, $11, $12, $13, session_user)', TG_TABLE_SCHEMA, history)
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

-- owner: extends a chain, named with its schema, by one seal: leaves, Merkle root, hash over the previous seal (ADR 8)
CREATE OR REPLACE FUNCTION public.audit_extend_chain(chain text, salted boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stamp constant text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
    nothing constant bytea := decode(repeat('00', 32), 'hex');
    last record;
    seen pg_snapshot;
    oldest bigint;
    hashes bytea[];
    sealed text;
    sealed_at timestamptz;
BEGIN
    PERFORM public.audit_read_committed();
    PERFORM pg_advisory_xact_lock(741099, 80);
    EXECUTE format($q$ SELECT id, at, tx, hash FROM %s UNION ALL SELECT 0, NULL, 0, $1 ORDER BY id DESC LIMIT 1 $q$,
                   chain || '_seal') INTO last USING nothing;
    -- Every transaction below the oldest one that runs is over: nothing of it can come late.
    seen := pg_current_snapshot();
    oldest := pg_snapshot_xmin(seen)::text::bigint;
    -- The server's counter is behind the last seal, or behind a row, only in a new server filled from a dump. There
    -- all rows are looked through again; which ones are sealed already is known by their leaves.
    EXECUTE format($q$
        WITH added AS (
            INSERT INTO %2$s (event_id, seal, salt, leaf)
            SELECT e.id, $1, e.salt, sha256('\x00'::bytea || e.salt || convert_to(json_build_array(
                       e.id::text, e.tx::text, to_char(e.at AT TIME ZONE interval '0', $2), e."table",
                       e.record_id::text, e.subject_id::text, e.operation, e.old::text, e.new::text, e.actor_id::text,
                       e.actor, e.role, e.site, e.action, e.reason, e.request, e.login)::text, 'UTF8'))
              FROM (SELECT *, CASE WHEN $3 THEN uuid_send(gen_random_uuid()) ELSE '' END AS salt FROM %1$s
                     WHERE tx >= $4 AND tx < $5 OR tx >= $6) e
             WHERE NOT EXISTS (SELECT FROM %2$s l WHERE l.event_id = e.id)
            RETURNING event_id, leaf)
        SELECT array_agg(leaf ORDER BY event_id),
               coalesce(range_agg(int8range(event_id, event_id, '[]'))::text, '{}') FROM added $q$,
        chain || '_event', chain || '_leaf')
       INTO hashes, sealed
      USING last.id + 1, stamp, salted, CASE WHEN oldest < last.tx THEN 0 ELSE last.tx END, oldest,
            pg_snapshot_xmax(seen)::text::bigint;
    -- A seal every time, whether there are rows or not: how many seals there are, and when, must not tell of rows.
    WHILE cardinality(hashes) > 1 LOOP
        SELECT array_agg(CASE WHEN p.other IS NULL THEN p.one ELSE sha256('\x01'::bytea || p.one || p.other) END
                         ORDER BY p.n)
          INTO hashes
          FROM (SELECT u.n, u.one, lead(u.one) OVER (ORDER BY u.n) AS other
                  FROM unnest(hashes) WITH ORDINALITY u (one, n)) p
         WHERE p.n % 2 = 1;
    END LOOP;
    -- Where leaves are salted, so is their absence: else it could be computed who wrote when.
    hashes := coalesce(hashes, ARRAY[CASE WHEN salted THEN sha256(uuid_send(gen_random_uuid())) ELSE sha256('') END]);
    sealed_at := clock_timestamp();
    EXECUTE format($q$ INSERT INTO %s (id, at, tx, ids, root, previous, hash)
                       VALUES ($1, $2, $3, $4, $5, $6, $7) $q$, chain || '_seal')
      USING last.id + 1, sealed_at, oldest, sealed, hashes[1], last.hash, sha256(convert_to(json_build_array(
                'trial-seal-1', split_part(chain, '.', 2) || '_event', (last.id + 1)::text,
                to_char(sealed_at AT TIME ZONE interval '0', stamp), oldest::text, sealed, encode(hashes[1], 'hex'),
                encode(last.hash, 'hex'))::text, 'UTF8'));
END $$;

-- application: returns nothing arm-dependent, nothing at all (seals what is new in the open history)
CREATE OR REPLACE FUNCTION public.audit_seal() RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.audit_extend_chain('public.audit', false);
END $$;
