-- Doors of the unblinded monitor: queries about the pharmacy's records, and the end of its accounts. Blinded people learn
-- one word of all this: whether the accounts of a site are closed. `functions.sql` says what every function here keeps to.

-- owner: is this step of a query the pharmacist's (true) or the unblinded monitor's (false)? NULL: there is no such step
CREATE OR REPLACE FUNCTION public.sealed_query_step(was text, becomes text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT m.by_pharmacist
      FROM (VALUES
        ('', 'open', false), ('open', 'answered', true), ('open', 'closed', false), ('open', 'cancelled', false),
        ('answered', 'closed', false), ('answered', 'open', false), ('closed', 'open', false)
      ) m (was, becomes, by_pharmacist)
     WHERE m.was = $1 AND m.becomes = $2
$$;

-- owner: how every query about the pharmacy of a study site stands
CREATE OR REPLACE FUNCTION public.sealed_query_states(site bigint) RETURNS TABLE (query text, state text)
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT m.query::text, (array_agg(m.state::text ORDER BY m.id DESC))[1]
      FROM sealed.sealed_pharmacymessage m WHERE m.site_id = site GROUP BY m.query
$$;

-- owner: did the unblinded monitor close the accounts of this study site, and has the pharmacy written nothing since?
CREATE OR REPLACE FUNCTION public.sealed_accounts_stand(site bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    WITH latest AS (SELECT c.closed, c.at FROM sealed.sealed_closure c WHERE c.site_id = site ORDER BY c.id DESC LIMIT 1),
    written AS (
        SELECT m.recorded_at AS at
          FROM sealed.sealed_movement m
          JOIN sealed.sealed_kitcontent k ON k.number = m.kit_number
          JOIN sealed.sealed_shipment h ON h.number = k.shipment
         WHERE h.site_id = site
        UNION ALL
        SELECT q.at FROM sealed.sealed_pharmacymessage q WHERE q.site_id = site)
    SELECT coalesce((SELECT l.closed AND (SELECT max(w.at) FROM written w) IS NOT DISTINCT FROM
                                         (SELECT max(w.at) FROM written w WHERE w.at <= l.at)
                       FROM latest l), false)
$$;

-- application: returns nothing arm-dependent (one word: did the unblinded monitor close queries and accounts of this site?)
CREATE OR REPLACE FUNCTION public.sealed_accounts_closed(site bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN public.sealed_accounts_stand(site);
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure, returns nothing (a message of a query at the record's site; without a number, a new query)
CREATE OR REPLACE FUNCTION public.sealed_write_query(access bigint, query text, about text, becomes text, message text)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
    was text := '';
    number text := query;
BEGIN
    looking := public.sealed_accounting(access, false, false);
    PERFORM public.sealed_by_turns();
    IF query <> '' THEN
        SELECT s.state INTO STRICT was FROM public.sealed_query_states(looking.site_id) s WHERE s.query = $2;
    ELSE
        number := 'P' || lpad((('x' || substr(md5(gen_random_uuid()::text), 1, 15))::bit(60)::bigint % 100000000)::text,
                              8, '0');
    END IF;
    IF public.sealed_query_step(was, becomes)
           IS DISTINCT FROM public.sealed_may_account(looking.person_id, looking.site_id, true)
       OR btrim(message) = '' AND becomes <> 'closed'
       OR about <> '' AND NOT EXISTS (
              SELECT FROM sealed.sealed_shipment h LEFT JOIN sealed.sealed_kitcontent k ON k.shipment = h.number
               WHERE h.site_id = looking.site_id AND looking.shipment IN ('', h.number)
                 AND about IN (h.number, k.number)) THEN
        RAISE EXCEPTION 'refused';
    END IF;
    INSERT INTO sealed.sealed_pharmacymessage (site_id, query, about, state, text, person_id, access_id, at)
    VALUES (looking.site_id, number, about, becomes, btrim(message), looking.person_id, access, clock_timestamp());
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (every message of the queries about the pharmacy of the record's site, in order)
CREATE OR REPLACE FUNCTION public.sealed_queries(access bigint)
RETURNS TABLE (query text, about text, state text, message text, person_id bigint, at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_accounting(access, false, true);
    RETURN QUERY
    SELECT m.query::text, m.about::text, m.state::text, m.text::text, m.person_id, m.at
      FROM sealed.sealed_pharmacymessage m WHERE m.site_id = looking.site_id ORDER BY m.id;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure, returns nothing (the unblinded monitor closes the accounts of the record's site, or opens them)
CREATE OR REPLACE FUNCTION public.sealed_close_accounts(access bigint, closed boolean, note text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_accounting(access, false, true);
    PERFORM public.sealed_by_turns();
    IF public.sealed_may_account(looking.person_id, looking.site_id, true)
       OR closed = public.sealed_accounts_stand(looking.site_id)
       OR closed AND EXISTS (SELECT FROM public.sealed_query_states(looking.site_id) s WHERE s.state IN ('open', 'answered'))
       -- A bag that is with a participant, or between pharmacy and ward, is not accounted for.
       OR closed AND EXISTS (
              SELECT FROM public.sealed_standing(false) s
                JOIN sealed.sealed_kitcontent k ON k.number = s.kit
                JOIN sealed.sealed_shipment h ON h.number = k.shipment
               WHERE h.site_id = looking.site_id AND s.place IN ('assigned', 'bench', 'ready', 'ward')) THEN
        RAISE EXCEPTION 'refused';
    END IF;
    INSERT INTO sealed.sealed_closure (site_id, closed, note, person_id, access_id, at)
    VALUES (looking.site_id, closed, note, looking.person_id, access, clock_timestamp());
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;

-- application: demands a disclosure (every closing and opening of the accounts of the record's site, and whether they stand closed)
CREATE OR REPLACE FUNCTION public.sealed_closures(access bigint)
RETURNS TABLE (closed boolean, note text, person_id bigint, at timestamptz, stands boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    looking public.randomization_accessrecord;
BEGIN
    looking := public.sealed_accounting(access, false, true);
    RETURN QUERY
    SELECT c.closed, c.note::text, c.person_id, c.at,
           c.id = max(c.id) OVER () AND public.sealed_accounts_stand(looking.site_id)
      FROM sealed.sealed_closure c WHERE c.site_id = looking.site_id ORDER BY c.id DESC;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'The sealed room refuses.' USING ERRCODE = 'TS001';
END $$;
