-- Work with findings: false alarms that two people agree on and that end some day, orders to schools, the numbers of
-- days to mend; proposals for the word list; rescans of all sites.

-- ------------------------------------------------------------------ false alarms
-- What is to be ignored, where, why and until when. Said by one person, agreed to by another (rule 2).
CREATE TABLE findings.suppression (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  -- For the scope 'term' the unit below which it holds, else the unit of the finding.
  unit_path ltree NOT NULL,
  scope text NOT NULL CHECK (scope IN ('finding', 'page_text', 'site_rule', 'term')),
  finding_id uuid NOT NULL REFERENCES findings.finding,
  fingerprint bytea NOT NULL,
  site_id uuid,
  site_name text,
  page text NOT NULL,
  rule text NOT NULL,
  -- The target of a link, else the text.
  subject text NOT NULL,
  reason text NOT NULL CHECK (length(reason) >= 4),
  expires_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'approved', 'refused', 'withdrawn')),
  proposed_by text NOT NULL,
  proposed_by_name text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT base.now(),
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  decision_note text,
  withdrawn_by text,
  withdrawn_by_name text,
  withdrawn_at timestamptz,
  withdrawn_reason text,
  CONSTRAINT two_people CHECK (decided_by IS NULL OR decided_by <> proposed_by),
  CONSTRAINT at_most_two_years CHECK (expires_at > proposed_at AND expires_at <= proposed_at + interval '731 days'),
  CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
  CHECK ((state IN ('approved', 'refused')) <= (decided_by IS NOT NULL)),
  CHECK ((state = 'proposed') <= (decided_by IS NULL)),
  CHECK ((state = 'refused') <= (decision_note IS NOT NULL)),
  CHECK ((state = 'withdrawn') = (withdrawn_by IS NOT NULL AND withdrawn_at IS NOT NULL))
);
CREATE INDEX ON findings.suppression USING gist (unit_path);
CREATE INDEX ON findings.suppression (site_id, state);
CREATE INDEX ON findings.suppression (rule, subject) WHERE scope = 'term';
CREATE UNIQUE INDEX one_proposal ON findings.suppression (finding_id, scope) WHERE state = 'proposed';
CALL base.protect_published('findings.suppression');
-- What was said stays as it was said.
REVOKE UPDATE ON findings.suppression FROM jiaodun_app;
GRANT UPDATE (state, decided_by, decided_by_name, decided_at, decision_note, withdrawn_by, withdrawn_by_name,
  withdrawn_at, withdrawn_reason) ON findings.suppression TO jiaodun_app;

-- ------------------------------------------------------------------ orders
CREATE TABLE findings.rectification (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  site_id uuid,
  site_name text,
  words text NOT NULL,
  due_at timestamptz NOT NULL,
  findings int NOT NULL CHECK (findings > 0),
  issued_by text NOT NULL,
  issued_by_name text NOT NULL,
  issued_at timestamptz NOT NULL DEFAULT base.now(),
  -- When its last finding was no longer to be mended; empty again when one returns.
  settled_at timestamptz,
  CHECK (due_at > issued_at)
);
CREATE INDEX ON findings.rectification USING gist (unit_path);
CALL base.protect('findings.rectification');
REVOKE UPDATE ON findings.rectification FROM jiaodun_app;
GRANT UPDATE (settled_at) ON findings.rectification TO jiaodun_app;

-- Days to mend by severity: proposed figures that the bureau changes; no law gives them. The newest row is in force.
CREATE TABLE findings.fix_days (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  critical int NOT NULL CHECK (critical BETWEEN 1 AND 365),
  high int NOT NULL CHECK (high BETWEEN critical AND 365),
  medium int NOT NULL CHECK (medium BETWEEN high AND 365),
  low int NOT NULL CHECK (low BETWEEN medium AND 365),
  info int NOT NULL CHECK (info BETWEEN low AND 365),
  changed_by text NOT NULL,
  changed_by_name text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT base.now()
);
CALL base.protect_published('findings.fix_days');
REVOKE UPDATE ON findings.fix_days FROM jiaodun_app;

-- ------------------------------------------------------------------ the finding itself
ALTER TABLE findings.finding
  ADD COLUMN suppression_id uuid REFERENCES findings.suppression,
  -- Sightings that were ignored because of a suppression.
  ADD COLUMN times_suppressed int NOT NULL DEFAULT 0,
  -- How often the unit said that it was mended and the machine saw it again.
  ADD COLUMN times_returned int NOT NULL DEFAULT 0,
  ADD COLUMN rectification_id uuid REFERENCES findings.rectification,
  ADD COLUMN due_at timestamptz;
CREATE INDEX ON findings.finding (rectification_id) WHERE rectification_id IS NOT NULL;
CREATE INDEX ON findings.finding (suppression_id) WHERE suppression_id IS NOT NULL;
CREATE INDEX ON findings.finding (rule, state, severity_rank DESC, id DESC);
CREATE INDEX ON findings.finding (kind, severity_rank DESC, id DESC);
CREATE INDEX ON findings.finding (unit_id, severity_rank DESC, id DESC);
CREATE INDEX ON findings.finding (due_at) WHERE state IN ('open', 'fixed') AND due_at IS NOT NULL;

-- Nothing becomes a false alarm but by what two people agreed on, neither of whom had reported it as mended.
CREATE FUNCTION findings.guard_false_alarm() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM findings.suppression s WHERE s.id = NEW.suppression_id AND s.state = 'approved'
      AND s.unit_path @> NEW.unit_path AND s.decided_by = NEW.judged_by
      AND s.proposed_by IS DISTINCT FROM NEW.fixed_by AND s.decided_by IS DISTINCT FROM NEW.fixed_by) THEN
    RAISE EXCEPTION 'four_eyes: a false alarm needs a suppression that two others agreed on'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER guard_false_alarm_new AFTER INSERT ON findings.finding
  FOR EACH ROW WHEN (NEW.state = 'false_alarm') EXECUTE FUNCTION findings.guard_false_alarm();
CREATE TRIGGER guard_false_alarm AFTER UPDATE OF state, suppression_id ON findings.finding
  FOR EACH ROW WHEN (NEW.state = 'false_alarm' AND (OLD.state <> 'false_alarm'
    OR NEW.suppression_id IS DISTINCT FROM OLD.suppression_id)) EXECUTE FUNCTION findings.guard_false_alarm();

-- What happened besides changes of state.
ALTER TABLE findings.change ADD COLUMN act text NOT NULL DEFAULT 'state'
  CHECK (act IN ('state', 'ordered', 'returned', 'proposed', 'refused', 'withdrawn', 'lapsed'));

CREATE OR REPLACE VIEW findings.finding_view WITH (security_invoker) AS
  SELECT id, unit_id, unit_path, site_id, site_name, kind, rule, severity, severity_rank, url, part, start_offset,
    end_offset, text, context, view, href, state, found_at, last_seen_at, times_seen, first_check, last_check,
    fixed_at, closed_at, suppression_id, times_suppressed, times_returned, due_at
  FROM findings.finding;

-- ------------------------------------------------------------------ the word list
CREATE TABLE watch.word_proposal (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  -- The version that the editor saw.
  based_on int NOT NULL CHECK (based_on >= 0),
  note text NOT NULL CHECK (length(note) >= 2),
  upserts jsonb NOT NULL,
  removals jsonb NOT NULL,
  added int NOT NULL,
  changed int NOT NULL,
  removed int NOT NULL,
  -- Only adds or changes terms that put a page before a person: in force without a second one (docs/decisions/0070).
  immediate boolean NOT NULL,
  state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'approved', 'refused', 'withdrawn')),
  proposed_by text NOT NULL,
  proposed_by_name text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT base.now(),
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  decision_note text,
  -- The version that it became.
  version int,
  CONSTRAINT two_people CHECK (decided_by IS NULL OR decided_by <> proposed_by OR state = 'withdrawn'),
  CONSTRAINT decided_by_another CHECK ((state = 'approved') <= (immediate OR decided_by IS NOT NULL)),
  CHECK ((state = 'refused') <= (decided_by IS NOT NULL AND decision_note IS NOT NULL)),
  CHECK ((version IS NOT NULL) = (state = 'approved'))
);
CREATE INDEX ON watch.word_proposal (state, id DESC);
CALL base.protect_published('watch.word_proposal');
REVOKE UPDATE ON watch.word_proposal FROM jiaodun_app;
GRANT UPDATE (state, decided_by, decided_by_name, decided_at, decision_note, version) ON watch.word_proposal
  TO jiaodun_app;

ALTER TABLE watch.word_list
  ADD COLUMN proposal_id uuid REFERENCES watch.word_proposal,
  ADD COLUMN approved_by_name text,
  ADD COLUMN note text;
-- Versions of before this migration were saved by one person.
ALTER TABLE watch.word_list ADD CONSTRAINT by_proposal CHECK (proposal_id IS NOT NULL) NOT VALID;

-- ------------------------------------------------------------------ rescans
CREATE TABLE watch.rescan (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  reason text NOT NULL,
  -- Only a check with this version of the word list, or a later one, counts.
  word_version int NOT NULL CHECK (word_version >= 0),
  at_once int NOT NULL CHECK (at_once BETWEEN 1 AND 100),
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'cancelled', 'done')),
  total int NOT NULL,
  started_by text NOT NULL,
  started_by_name text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT base.now(),
  ended_at timestamptz,
  CHECK ((state IN ('cancelled', 'done')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX one_live ON watch.rescan (unit_path) WHERE state IN ('running', 'paused');
CREATE INDEX ON watch.rescan USING gist (unit_path);
CALL base.protect('watch.rescan');
REVOKE UPDATE ON watch.rescan FROM jiaodun_app;
GRANT UPDATE (state, ended_at, total, at_once) ON watch.rescan TO jiaodun_app;

CREATE TABLE watch.rescan_site (
  rescan_id uuid NOT NULL REFERENCES watch.rescan,
  site_id uuid NOT NULL REFERENCES sites.site,
  unit_path ltree NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'asked', 'done')),
  asked_at timestamptz,
  check_id uuid,
  -- How the check ended: what could not be looked at is not "clean" (rule 6).
  result text,
  PRIMARY KEY (rescan_id, site_id),
  CHECK ((state = 'done') = (check_id IS NOT NULL AND result IS NOT NULL))
);
CREATE INDEX ON watch.rescan_site (rescan_id, state);
CREATE INDEX ON watch.rescan_site (site_id) WHERE state = 'asked';
CREATE INDEX ON watch.rescan_site USING gist (unit_path);
CALL base.protect('watch.rescan_site');
REVOKE UPDATE ON watch.rescan_site FROM jiaodun_app;
GRANT UPDATE (state, asked_at, check_id, result) ON watch.rescan_site TO jiaodun_app;
