-- Faults found on sites. The machine finds and the machine closes; people report as fixed or judge an alarm
-- false. `site_id` is a plain column: the register of sites stands above this module.
CREATE SCHEMA findings;
GRANT USAGE ON SCHEMA findings TO jiaodun_app;

CREATE TABLE findings.finding (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  site_id uuid,
  site_name text,
  -- SHA-256 over site, page, rule and the text or target that was found: the same fault is one row for ever.
  fingerprint bytea NOT NULL UNIQUE CHECK (length(fingerprint) = 32),
  kind text NOT NULL,
  rule text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('info', 'low', 'medium', 'high', 'critical')),
  severity_rank smallint NOT NULL GENERATED ALWAYS AS (CASE severity WHEN 'critical' THEN 4 WHEN 'high' THEN 3
    WHEN 'medium' THEN 2 WHEN 'low' THEN 1 ELSE 0 END) STORED,
  url text NOT NULL,
  part text,
  start_offset int NOT NULL,
  end_offset int NOT NULL,
  text text NOT NULL,
  context text NOT NULL,
  view text NOT NULL,
  href text,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'fixed', 'closed', 'false_alarm')),
  found_at timestamptz NOT NULL DEFAULT base.now(),
  last_seen_at timestamptz NOT NULL DEFAULT base.now(),
  times_seen int NOT NULL DEFAULT 1,
  first_check uuid,
  last_check uuid,
  fixed_by text,
  fixed_at timestamptz,
  closed_by text,
  closed_at timestamptz,
  judged_by text,
  CHECK ((state = 'fixed') <= (fixed_by IS NOT NULL)),
  CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
  -- Only the machine closes, after looking again (rule 2: finder and closer are never one person).
  CONSTRAINT closed_by_machine CHECK (closed_by IS NULL OR closed_by LIKE 'system:%'),
  -- Who said it was fixed does not judge that it never was a fault.
  CONSTRAINT four_eyes CHECK (judged_by IS NULL OR fixed_by IS NULL OR judged_by <> fixed_by)
);
CREATE INDEX ON findings.finding USING gist (unit_path);
CREATE INDEX ON findings.finding (site_id, state);
CREATE INDEX ON findings.finding (state, severity_rank DESC, id DESC);
CREATE INDEX ON findings.finding (severity_rank DESC, id DESC);
CREATE INDEX ON findings.finding USING gin ((url || ' ' || text || ' ' || coalesce(site_name, '')) gin_trgm_ops);
CALL base.protect('findings.finding');

-- Every change of state. Nothing here is ever changed.
CREATE TABLE findings.change (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  finding_id uuid NOT NULL REFERENCES findings.finding,
  unit_path ltree NOT NULL,
  before text,
  after text NOT NULL,
  check_id uuid,
  note text,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON findings.change (finding_id);
CREATE INDEX ON findings.change USING gist (unit_path);
CALL base.protect('findings.change');
REVOKE UPDATE ON findings.change FROM jiaodun_app;

CREATE VIEW findings.finding_view WITH (security_invoker) AS
  SELECT id, unit_id, unit_path, site_id, site_name, kind, rule, severity, severity_rank, url, part, start_offset,
    end_offset, text, context, view, href, state, found_at, last_seen_at, times_seen, first_check, last_check,
    fixed_at, closed_at
  FROM findings.finding;
GRANT SELECT ON findings.finding_view TO jiaodun_app;
