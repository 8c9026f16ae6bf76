-- Probes of registered sites: does it open, where does its name lead, how is its certificate, what does it give away.

-- How each site stands with the probes: one row a site, made when it is first met.
CREATE TABLE watch.site_watch (
  site_id uuid PRIMARY KEY REFERENCES sites.site,
  unit_path ltree NOT NULL,
  next_probe_at timestamptz NOT NULL,
  next_look_at timestamptz NOT NULL,
  next_files_at timestamptz NOT NULL,
  -- Somebody wants to know now: such a probe is kept, and counts for nothing.
  asked_at timestamptz,
  -- Who is at it, and until when others leave it alone: what a killed worker held is taken up after that.
  holder text,
  lease_until timestamptz,
  look_holder text,
  look_lease_until timestamptz,
  probed_at timestamptz,
  verdict text NOT NULL DEFAULT 'unknown' CHECK (verdict IN ('unknown', 'open', 'down', 'unseen')),
  result text,
  status int,
  ms int,
  reason text,
  since timestamptz,
  looked_at timestamptz,
  facts jsonb NOT NULL DEFAULT '{}',
  cert_expires_at timestamptz,
  CHECK ((verdict = 'unknown') = (probed_at IS NULL))
);
CREATE INDEX ON watch.site_watch (next_probe_at);
CREATE INDEX ON watch.site_watch (next_look_at);
CREATE INDEX ON watch.site_watch (asked_at) WHERE asked_at IS NOT NULL;
CREATE INDEX ON watch.site_watch USING gist (unit_path);
CALL base.protect('watch.site_watch');

-- Every request of a probe. `counts`: the one that a planned probe is judged by; repeats and second looks explain it.
CREATE TABLE watch.probe (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  site_id uuid NOT NULL REFERENCES sites.site,
  unit_path ltree NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  vantage text NOT NULL CHECK (vantage IN ('own', 'repeat', 'second')),
  counts boolean NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('open', 'down', 'unseen')),
  result text NOT NULL,
  status int NOT NULL,
  ms int NOT NULL CHECK (ms >= 0),
  address text,
  reason text,
  CHECK ((verdict = 'open') = (result = 'ok'))
);
CREATE INDEX ON watch.probe (site_id, at DESC);
CREATE INDEX ON watch.probe USING gist (unit_path);
CALL base.protect('watch.probe');
REVOKE UPDATE ON watch.probe FROM jiaodun_app;

-- Counted probes by day in China: what uptime and the weekly rule are reckoned from.
CREATE TABLE watch.probe_day (
  site_id uuid NOT NULL REFERENCES sites.site,
  day date NOT NULL,
  unit_path ltree NOT NULL,
  opened int NOT NULL DEFAULT 0,
  failed int NOT NULL DEFAULT 0,
  unseen int NOT NULL DEFAULT 0,
  PRIMARY KEY (site_id, day)
);
CREATE INDEX ON watch.probe_day USING gist (unit_path);
CALL base.protect('watch.probe_day');

-- From the first failed probe to the first good one. `confirmed`: a second vantage point saw the same.
CREATE TABLE watch.outage (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  site_id uuid NOT NULL REFERENCES sites.site,
  unit_path ltree NOT NULL,
  began_at timestamptz NOT NULL,
  ended_at timestamptz CHECK (ended_at >= began_at),
  result text NOT NULL,
  reason text,
  confirmed boolean NOT NULL DEFAULT false,
  probes int NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX one_open_outage ON watch.outage (site_id) WHERE ended_at IS NULL;
CREATE INDEX ON watch.outage (site_id, began_at DESC);
CREATE INDEX ON watch.outage USING gist (unit_path);
CALL base.protect('watch.outage');

-- What a look at names, certificate and headers found to be different from the look before.
CREATE TABLE watch.site_change (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  site_id uuid NOT NULL REFERENCES sites.site,
  unit_path ltree NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  what text NOT NULL,
  before text,
  after text
);
CREATE INDEX ON watch.site_change (site_id, at DESC);
CREATE INDEX ON watch.site_change USING gist (unit_path);
CALL base.protect('watch.site_change');
REVOKE UPDATE ON watch.site_change FROM jiaodun_app;

-- Every version of the probes' rules. The newest is in force; none means those that the program brings.
CREATE TABLE watch.probe_rules (
  version int PRIMARY KEY CHECK (version > 0),
  unit_path ltree NOT NULL,
  body jsonb NOT NULL,
  changed_by text NOT NULL,
  changed_by_name text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT base.now()
);
CALL base.protect_published('watch.probe_rules');
REVOKE UPDATE ON watch.probe_rules FROM jiaodun_app;

-- What other modules may read.
CREATE VIEW watch.availability_view WITH (security_invoker) AS
  SELECT site_id, unit_path, verdict, result, since, probed_at, looked_at, cert_expires_at FROM watch.site_watch;
GRANT SELECT ON watch.availability_view TO jiaodun_app;
