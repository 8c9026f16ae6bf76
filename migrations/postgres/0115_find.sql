-- The global search. Through row-level security PostgreSQL may not use an index for LIKE (it is not leakproof), so
-- each search runs as the owner and says the scope itself: what it returns is never outside.
-- At most `most` ids, the best first. `words` is escaped for LIKE by the caller.
CREATE FUNCTION sites.search_site(words text, most int) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT id FROM sites.site
  WHERE unit_path <@ (SELECT base.scope())
    AND ((name || ' ' || url || ' ' || host) ILIKE '%' || words || '%'
      OR unit_id IN (SELECT units.search_units('%' || lower(words) || '%')))
  ORDER BY name NOT ILIKE words || '%', length(name), id LIMIT most
$$;

CREATE INDEX finding_grams ON findings.finding
  USING gin (base.grams(url || ' ' || text || ' ' || coalesce(site_name, '')));
CREATE FUNCTION findings.search_finding(words text, most int) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT id FROM (SELECT id, state, severity_rank FROM findings.finding
      WHERE unit_path <@ (SELECT base.scope())
        AND base.grams(url || ' ' || text || ' ' || coalesce(site_name, ''))
          @> base.grams(regexp_replace(words, '\\(.)', '\1', 'g'))
        AND lower(url || ' ' || text || ' ' || coalesce(site_name, '')) LIKE '%' || lower(words) || '%'
      LIMIT 500) AS hit
  ORDER BY state <> 'open', severity_rank DESC, id DESC LIMIT most
$$;

CREATE INDEX incident_words ON incidents.incident
  USING gin ((number || ' ' || title || ' ' || coalesce(site_name, '') || ' ' || coalesce(url, '')) gin_trgm_ops);
CREATE FUNCTION incidents.search_incident(words text, most int) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT id FROM incidents.incident
  WHERE unit_path <@ (SELECT base.scope())
    AND (number || ' ' || title || ' ' || coalesce(site_name, '') || ' ' || coalesce(url, '')) ILIKE '%' || words || '%'
  ORDER BY closed_at IS NOT NULL OR dismissed_at IS NOT NULL, id DESC LIMIT most
$$;

REVOKE ALL ON FUNCTION sites.search_site, findings.search_finding, incidents.search_incident FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sites.search_site, findings.search_finding, incidents.search_incident TO jiaodun_app;
