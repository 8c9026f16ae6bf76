CREATE SCHEMA sites;
GRANT USAGE ON SCHEMA sites TO jiaodun_app;

CREATE TABLE sites.site (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  name text NOT NULL,
  url text NOT NULL,
  -- Host as in the URL standard: lower case, IDN in punycode, the scheme's default port left out.
  host text NOT NULL CONSTRAINT one_host UNIQUE,
  resolve_to text,
  icp_no text,
  police_no text,
  manager_id uuid REFERENCES units.person,
  server_address text,
  -- As the last check saw it; a site that was never looked at is unknown, never clean.
  health text NOT NULL DEFAULT 'unknown'
    CHECK (health IN ('unknown', 'clean', 'faulty', 'unreachable', 'blocked')),
  last_checked_at timestamptz,
  open_findings int NOT NULL DEFAULT 0 CHECK (open_findings >= 0),
  -- Worst first: faults, then what could not be looked at, then clean.
  badness smallint NOT NULL GENERATED ALWAYS AS (CASE health WHEN 'faulty' THEN 4 WHEN 'unreachable' THEN 3
    WHEN 'blocked' THEN 2 WHEN 'unknown' THEN 1 ELSE 0 END) STORED,
  registered_at timestamptz NOT NULL DEFAULT base.now(),
  CHECK ((health = 'unknown') >= (last_checked_at IS NULL))
);
CREATE INDEX ON sites.site USING gist (unit_path);
CREATE INDEX ON sites.site (badness DESC, open_findings DESC, host);
CREATE INDEX ON sites.site (unit_id);
CREATE INDEX ON sites.site USING gin ((name || ' ' || url || ' ' || host) gin_trgm_ops);
CALL base.protect('sites.site');

-- What other modules may read.
CREATE VIEW sites.site_view WITH (security_invoker) AS
  SELECT id, unit_id, unit_path, name, url, host, resolve_to, server_address, health, last_checked_at, open_findings
  FROM sites.site;
GRANT SELECT ON sites.site_view TO jiaodun_app;
