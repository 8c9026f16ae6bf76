-- A website that is no more, or was registered wrongly, is retired: it stays on file with everything that was seen of
-- it, nobody looks at it any longer, and its host may be registered anew.
ALTER TABLE sites.site ADD COLUMN retired_at timestamptz;
ALTER TABLE sites.site DROP CONSTRAINT one_host;
CREATE UNIQUE INDEX one_host ON sites.site (host) WHERE retired_at IS NULL;
CREATE INDEX ON sites.site (host);

-- Each retirement with its end, if it was taken back. What was said stays as it was said.
CREATE TABLE sites.retirement (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  site_id uuid NOT NULL REFERENCES sites.site,
  unit_path ltree NOT NULL,
  reason text NOT NULL CHECK (length(reason) >= 2),
  retired_at timestamptz NOT NULL DEFAULT base.now(),
  retired_by text NOT NULL,
  retired_by_name text NOT NULL,
  restored_at timestamptz CHECK (restored_at >= retired_at),
  restored_by text,
  restored_by_name text,
  restored_reason text,
  CHECK ((restored_at IS NULL) = (restored_by IS NULL)),
  CHECK ((restored_at IS NULL) = (restored_by_name IS NULL)),
  CHECK ((restored_at IS NULL) = (restored_reason IS NULL))
);
CREATE UNIQUE INDEX one_retirement ON sites.retirement (site_id) WHERE restored_at IS NULL;
CREATE INDEX ON sites.retirement (site_id);
CREATE INDEX ON sites.retirement USING gist (unit_path);
CALL base.protect('sites.retirement');
REVOKE UPDATE ON sites.retirement FROM jiaodun_app;
GRANT UPDATE (restored_at, restored_by, restored_by_name, restored_reason) ON sites.retirement TO jiaodun_app;

-- The register as others read it, with those that are no more; `live_site_view` is what is looked at.
CREATE OR REPLACE VIEW sites.site_view WITH (security_invoker) AS
  SELECT id, unit_id, unit_path, name, url, host, resolve_to, server_address, health, last_checked_at, open_findings,
    head_id, manager_id, retired_at
  FROM sites.site;
CREATE VIEW sites.live_site_view WITH (security_invoker) AS SELECT * FROM sites.site_view WHERE retired_at IS NULL;
GRANT SELECT ON sites.live_site_view TO jiaodun_app;

CREATE OR REPLACE FUNCTION sites.search_site(words text, most int) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT id FROM sites.site
  WHERE unit_path <@ (SELECT base.scope()) AND retired_at IS NULL
    AND ((name || ' ' || url || ' ' || host) ILIKE '%' || words || '%'
      OR unit_id IN (SELECT units.search_units('%' || lower(words) || '%')))
  ORDER BY name NOT ILIKE words || '%', length(name), id LIMIT most
$$;

-- A rescan leaves out what was retired meanwhile: it ends without a check of it.
ALTER TABLE watch.rescan_site DROP CONSTRAINT rescan_site_state_check;
ALTER TABLE watch.rescan_site ADD CONSTRAINT rescan_site_state_check
  CHECK (state IN ('waiting', 'asked', 'done', 'retired'));
