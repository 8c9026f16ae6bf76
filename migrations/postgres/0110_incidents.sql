CREATE SCHEMA incidents;
GRANT USAGE ON SCHEMA incidents TO jiaodun_app;

-- Rules as data (rule 8): every change is a new row; an incident freezes the one in force when it opens.
CREATE TABLE incidents.policy (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_path ltree NOT NULL,
  body jsonb NOT NULL,
  from_at timestamptz NOT NULL DEFAULT base.now(),
  set_by text NOT NULL
);
CALL base.protect_published('incidents.policy');

CREATE SEQUENCE incidents.number;
GRANT USAGE ON SEQUENCE incidents.number TO jiaodun_app;

CREATE TABLE incidents.incident (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  number text NOT NULL UNIQUE,
  title text NOT NULL,
  summary text NOT NULL DEFAULT '',
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  site_id uuid,
  site_name text,
  url text,
  exercise boolean NOT NULL,
  origin text NOT NULL CHECK (origin IN ('machine', 'person')),
  opened_by text NOT NULL,
  -- Whom a complaint names: public address, port and time of the source.
  source jsonb,
  t0 timestamptz NOT NULL,
  policy jsonb NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT base.now(),
  -- A clean re-crawl after the fault; taken back when it re-appears.
  contained_at timestamptz,
  closed_at timestamptz,
  dismissed_at timestamptz,
  -- How often it came back. Each time both clocks start anew, as a round of their own.
  reopened int NOT NULL DEFAULT 0,
  CHECK (t0 <= opened_at)
);
CREATE INDEX ON incidents.incident USING gist (unit_path);
CREATE INDEX ON incidents.incident (site_id);
CREATE UNIQUE INDEX one_open_per_site ON incidents.incident (site_id)
  WHERE closed_at IS NULL AND dismissed_at IS NULL AND NOT exercise AND site_id IS NOT NULL;
CALL base.protect('incidents.incident');

-- A deadline is a row with an absolute time (rule 4). No pause, no reset: nothing may change due_at.
CREATE TABLE incidents.obligation (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  incident_id uuid NOT NULL REFERENCES incidents.incident,
  unit_path ltree NOT NULL,
  round int NOT NULL,
  addressee text NOT NULL CHECK (addressee IN ('bureau', 'police')),
  due_at timestamptz NOT NULL,
  sent_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  UNIQUE (incident_id, round, addressee),
  CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);
CREATE INDEX ON incidents.obligation USING gist (unit_path);
CREATE INDEX open_obligations ON incidents.obligation (due_at) WHERE acknowledged_at IS NULL;
CALL base.protect('incidents.obligation');
REVOKE UPDATE ON incidents.obligation FROM jiaodun_app;
GRANT UPDATE (sent_at, acknowledged_at, acknowledged_by) ON incidents.obligation TO jiaodun_app;

-- One escalation step of a round; fired once, in order, late rather than never.
CREATE TABLE incidents.step (
  incident_id uuid NOT NULL REFERENCES incidents.incident,
  unit_path ltree NOT NULL,
  round int NOT NULL,
  minute int NOT NULL,
  due_at timestamptz NOT NULL,
  fired_at timestamptz,
  PRIMARY KEY (incident_id, round, minute)
);
CREATE INDEX due_steps ON incidents.step (due_at) WHERE fired_at IS NULL;
CALL base.protect('incidents.step');
REVOKE UPDATE ON incidents.step FROM jiaodun_app;
GRANT UPDATE (fired_at) ON incidents.step TO jiaodun_app;

CREATE TABLE incidents.report (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  incident_id uuid NOT NULL REFERENCES incidents.incident,
  obligation_id uuid NOT NULL REFERENCES incidents.obligation,
  unit_path ltree NOT NULL,
  addressee text NOT NULL,
  recipient text NOT NULL,
  attempt int NOT NULL,
  composed_at timestamptz NOT NULL DEFAULT base.now(),
  docx_sha256 text NOT NULL,
  pdf_sha256 text NOT NULL,
  check_code text NOT NULL,
  late_reason text,
  -- The one-time link; only its digest is kept.
  token_sha256 bytea NOT NULL UNIQUE,
  UNIQUE (obligation_id, attempt)
);
CREATE INDEX ON incidents.report USING gist (unit_path);
CALL base.protect('incidents.report');
REVOKE UPDATE ON incidents.report FROM jiaodun_app;

-- composed → accepted (by the mail server) → opened → acknowledged. Only the last fulfils the obligation.
CREATE TABLE incidents.receipt (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  report_id uuid NOT NULL REFERENCES incidents.report,
  unit_path ltree NOT NULL,
  level text NOT NULL CHECK (level IN ('composed', 'sent', 'accepted', 'opened', 'acknowledged', 'failed')),
  at timestamptz NOT NULL DEFAULT base.now(),
  detail text,
  UNIQUE (report_id, level)
);
CALL base.protect('incidents.receipt');
REVOKE UPDATE ON incidents.receipt FROM jiaodun_app;

CREATE TABLE incidents.entry (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  incident_id uuid NOT NULL REFERENCES incidents.incident,
  unit_path ltree NOT NULL,
  -- (what, of what): an entry of a repeated job is written once.
  key text NOT NULL,
  kind text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  zh text NOT NULL,
  en text NOT NULL,
  by_name text NOT NULL,
  link text,
  UNIQUE (incident_id, key)
);
CREATE INDEX ON incidents.entry USING gist (unit_path);
CALL base.protect('incidents.entry');
REVOKE UPDATE ON incidents.entry FROM jiaodun_app;

CREATE TABLE incidents.incident_finding (
  incident_id uuid NOT NULL REFERENCES incidents.incident,
  finding_id uuid NOT NULL,
  unit_path ltree NOT NULL,
  PRIMARY KEY (incident_id, finding_id)
);
CALL base.protect('incidents.incident_finding');

-- Steps of the response that a job has finished: a repeated job goes on where it was.
CREATE TABLE incidents.progress (
  incident_id uuid NOT NULL REFERENCES incidents.incident,
  unit_path ltree NOT NULL,
  round int NOT NULL,
  what text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (incident_id, round, what)
);
CALL base.protect('incidents.progress');

-- What takes two people (rule 2): to dismiss an incident as a false alarm, and to state that content which no
-- crawl can see is gone. The database refuses one person for both.
CREATE TABLE incidents.proposal (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  incident_id uuid NOT NULL REFERENCES incidents.incident,
  unit_path ltree NOT NULL,
  round int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('contained', 'dismissed')),
  reason text NOT NULL,
  proposed_by text NOT NULL,
  proposed_by_name text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT base.now(),
  approved boolean,
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  CONSTRAINT four_eyes CHECK (decided_by IS NULL OR decided_by <> proposed_by),
  CHECK ((approved IS NULL) = (decided_by IS NULL))
);
CREATE INDEX ON incidents.proposal USING gist (unit_path);
CREATE UNIQUE INDEX one_waiting ON incidents.proposal (incident_id, kind) WHERE approved IS NULL;
CALL base.protect('incidents.proposal');
