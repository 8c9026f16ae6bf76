-- To-do items. Who must act is a key, resolved when it is read: `account:<id>`, `post:<unit>:<post>` or
-- `role:<unit>:<role>`; so a successor sees what the predecessor had.
CREATE SCHEMA tasks;
GRANT USAGE ON SCHEMA tasks TO jiaodun_app;

-- One request of a bureau to many units; each unit has its own task.
CREATE TABLE tasks.campaign (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  title text NOT NULL,
  why text NOT NULL,
  -- No request without a legal basis.
  legal_basis text NOT NULL CHECK (length(btrim(legal_basis)) >= 2),
  due_at timestamptz NOT NULL,
  minutes int NOT NULL CHECK (minutes BETWEEN 1 AND 6000),
  link text,
  wants_file boolean NOT NULL DEFAULT false,
  targets int NOT NULL,
  asked_by text NOT NULL,
  asked_by_name text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT base.now(),
  withdrawn_by text,
  withdrawn_at timestamptz,
  withdrawn_reason text,
  CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL))
);
CREATE INDEX ON tasks.campaign USING gist (unit_path);
CALL base.protect('tasks.campaign');

CREATE TABLE tasks.task (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  -- What it is about, once: raising the same key again changes nothing.
  key text NOT NULL UNIQUE,
  kind text NOT NULL,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  holder_key text NOT NULL CHECK (holder_key ~ '^(account:|post:|role:)'),
  title text NOT NULL,
  why text NOT NULL,
  legal_basis text NOT NULL,
  link text,
  due_at timestamptz NOT NULL,
  minutes int NOT NULL CHECK (minutes BETWEEN 1 AND 6000),
  campaign_id uuid REFERENCES tasks.campaign,
  wants_file boolean NOT NULL DEFAULT false,
  -- Closed by the module that raised it, when it sees that it is done.
  by_machine boolean NOT NULL DEFAULT false,
  -- Has reminders of its own (incidents): not in the daily one, and not escalated here.
  exempt boolean NOT NULL DEFAULT false,
  asked_by text,
  asked_by_name text NOT NULL,
  asked_unit_path ltree,
  -- Whose work it is about: may not do it (rule 2).
  author text,
  state text NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'claimed', 'signing', 'returned', 'done', 'cancelled')),
  claimed_by text,
  claimed_by_name text,
  delegate_id text,
  delegate_name text,
  delegate_until timestamptz,
  sign_rule text NOT NULL DEFAULT 'none' CHECK (sign_rule IN ('none', 'all', 'any')),
  -- The number of the submission at hand.
  round int NOT NULL DEFAULT 0,
  done_by text,
  done_by_name text,
  outcome text,
  returned_reason text,
  returned_field text,
  raised_at timestamptz NOT NULL DEFAULT base.now(),
  submitted_at timestamptz,
  settled_at timestamptz,
  -- How many acts its history has.
  seq int NOT NULL DEFAULT 1,
  CHECK (state <> 'open' OR claimed_by IS NULL),
  CHECK (state <> 'claimed' OR claimed_by IS NOT NULL),
  CHECK ((state IN ('done', 'cancelled')) = (settled_at IS NOT NULL)),
  CHECK (state <> 'signing' OR (done_by IS NOT NULL AND sign_rule <> 'none')),
  CHECK ((delegate_id IS NULL) = (delegate_until IS NULL)),
  CONSTRAINT delegate_is_another CHECK (delegate_id IS NULL OR delegate_id <> claimed_by),
  CONSTRAINT four_eyes CHECK (author IS NULL
    OR (author IS DISTINCT FROM claimed_by AND author IS DISTINCT FROM done_by AND author IS DISTINCT FROM delegate_id))
);
CREATE INDEX task_to_do ON tasks.task (holder_key, due_at) WHERE state IN ('open', 'claimed');
CREATE INDEX task_delegated ON tasks.task (delegate_id) WHERE state = 'claimed' AND delegate_id IS NOT NULL;
CREATE INDEX task_claimed ON tasks.task (claimed_by) WHERE state = 'claimed';
CREATE INDEX task_asked ON tasks.task (asked_by, due_at) WHERE asked_by IS NOT NULL;
CREATE INDEX task_campaign ON tasks.task (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX task_live ON tasks.task (due_at, id) WHERE state IN ('open', 'claimed', 'signing', 'returned');
CREATE INDEX task_unit ON tasks.task (unit_id, raised_at);
CREATE INDEX task_settled ON tasks.task (done_by, settled_at DESC) WHERE state = 'done';
CREATE INDEX ON tasks.task USING gist (unit_path);
CALL base.protect('tasks.task');

-- What happened to a task, in order: from these rows alone its state can be told again.
CREATE TABLE tasks.act (
  task_id uuid NOT NULL REFERENCES tasks.task,
  seq int NOT NULL,
  unit_path ltree NOT NULL,
  act text NOT NULL,
  before text,
  after text NOT NULL,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  data jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (task_id, seq)
);
CREATE INDEX ON tasks.act USING gist (unit_path);
CREATE INDEX ON tasks.act (act, at) WHERE act IN ('return', 'send_back', 'finish');
CALL base.protect('tasks.act');
REVOKE UPDATE ON tasks.act FROM jiaodun_app;

-- What a person handed in. A task that was sent back has several.
CREATE TABLE tasks.submission (
  task_id uuid NOT NULL REFERENCES tasks.task,
  round int NOT NULL,
  unit_path ltree NOT NULL,
  done_by text NOT NULL,
  done_by_name text NOT NULL,
  answer text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (task_id, round),
  UNIQUE (task_id, round, done_by)
);
CALL base.protect('tasks.submission');
REVOKE UPDATE ON tasks.submission FROM jiaodun_app;

CREATE TABLE tasks.file (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  task_id uuid NOT NULL REFERENCES tasks.task,
  unit_path ltree NOT NULL,
  name text NOT NULL,
  sha256 text NOT NULL,
  bytes bigint NOT NULL,
  -- The submission that it belongs to: the next one at the time of its upload.
  round int NOT NULL,
  added_by text NOT NULL,
  added_by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON tasks.file (task_id);
CALL base.protect('tasks.file');
REVOKE UPDATE ON tasks.file FROM jiaodun_app;

CREATE TABLE tasks.signer (
  task_id uuid NOT NULL REFERENCES tasks.task,
  signer_key text NOT NULL CHECK (signer_key ~ '^(account:|post:|role:)'),
  unit_path ltree NOT NULL,
  added_by text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (task_id, signer_key)
);
CREATE INDEX ON tasks.signer (signer_key);
CALL base.protect('tasks.signer');
REVOKE UPDATE ON tasks.signer FROM jiaodun_app;

-- A countersignature is of one submission, and never by who handed it in.
CREATE TABLE tasks.signature (
  task_id uuid NOT NULL,
  round int NOT NULL,
  signer_key text NOT NULL,
  unit_path ltree NOT NULL,
  done_by text NOT NULL,
  signed_by text NOT NULL,
  signed_by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (task_id, round, signer_key),
  FOREIGN KEY (task_id, signer_key) REFERENCES tasks.signer,
  FOREIGN KEY (task_id, round, done_by) REFERENCES tasks.submission (task_id, round, done_by),
  CONSTRAINT four_eyes CHECK (signed_by <> done_by)
);
CALL base.protect('tasks.signature');
REVOKE UPDATE ON tasks.signature FROM jiaodun_app;

-- Nobody, not even by direct SQL, makes a task done that lacks its countersignatures.
CREATE FUNCTION tasks.refuse_unsigned() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, tasks AS $$
BEGIN
  IF NEW.state = 'done' AND NEW.sign_rule <> 'none' AND NEW.done_by IS NOT NULL AND (
    NOT EXISTS (SELECT FROM tasks.signature s WHERE s.task_id = NEW.id AND s.round = NEW.round)
    OR NEW.sign_rule = 'all' AND EXISTS (SELECT FROM tasks.signer g WHERE g.task_id = NEW.id AND NOT EXISTS
      (SELECT FROM tasks.signature s WHERE s.task_id = NEW.id AND s.round = NEW.round AND s.signer_key = g.signer_key)))
  THEN
    RAISE EXCEPTION 'task % lacks a countersignature', NEW.id USING ERRCODE = '23514', CONSTRAINT = 'countersigned';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER countersigned BEFORE INSERT OR UPDATE OF state ON tasks.task
  FOR EACH ROW EXECUTE FUNCTION tasks.refuse_unsigned();

CREATE TABLE tasks.copy (
  task_id uuid NOT NULL REFERENCES tasks.task,
  account_id text NOT NULL,
  account_name text NOT NULL,
  unit_path ltree NOT NULL,
  added_by text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (task_id, account_id)
);
CREATE INDEX ON tasks.copy (account_id);
CALL base.protect('tasks.copy');
REVOKE UPDATE ON tasks.copy FROM jiaodun_app;

-- A person's reminder of one China day: the row is the limit of one.
CREATE TABLE tasks.reminder (
  account_id text NOT NULL,
  day date NOT NULL,
  unit_path ltree NOT NULL,
  tasks int NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (account_id, day)
);
CALL base.protect('tasks.reminder');
REVOKE UPDATE ON tasks.reminder FROM jiaodun_app;

-- An overdue task told to the next level, once for each step and due time.
CREATE TABLE tasks.escalation (
  task_id uuid NOT NULL REFERENCES tasks.task,
  step int NOT NULL,
  due_at timestamptz NOT NULL,
  unit_path ltree NOT NULL,
  level text NOT NULL CHECK (level IN ('leader', 'office', 'city')),
  -- How many people it reached; 0 means that nobody is there.
  reached int NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (task_id, step, due_at)
);
CALL base.protect('tasks.escalation');
REVOKE UPDATE ON tasks.escalation FROM jiaodun_app;

-- A bureau's one-click reminder of a late school; `nth` in its week is limited by the policy.
CREATE TABLE tasks.nudge (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  week date NOT NULL,
  nth int NOT NULL CHECK (nth BETWEEN 1 AND 7),
  tasks int NOT NULL,
  reached int NOT NULL,
  sent_by text NOT NULL,
  sent_by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  UNIQUE (unit_id, week, nth)
);
CREATE INDEX ON tasks.nudge USING gist (unit_path);
CALL base.protect('tasks.nudge');
REVOKE UPDATE ON tasks.nudge FROM jiaodun_app;

-- The bureau's rules about asking and reminding; the newest one that is in force counts.
CREATE TABLE tasks.policy (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  -- {minLeadDays, monthlyCap, nudgesPerWeek, remindHour, dueSoonDays, escalate: [{afterDays, level}]}
  rules jsonb NOT NULL,
  source text NOT NULL,
  effective_from timestamptz NOT NULL,
  set_by text NOT NULL,
  set_by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
CALL base.protect_published('tasks.policy');
REVOKE UPDATE ON tasks.policy FROM jiaodun_app;

-- Days on which the working week is broken; the newest version of a year counts.
CREATE TABLE tasks.calendar (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  year int NOT NULL CHECK (year BETWEEN 2000 AND 2100),
  days_off date[] NOT NULL,
  work_days date[] NOT NULL,
  source text NOT NULL,
  set_by text NOT NULL,
  set_by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON tasks.calendar (year, id DESC);
CALL base.protect_published('tasks.calendar');
REVOKE UPDATE ON tasks.calendar FROM jiaodun_app;

INSERT INTO tasks.calendar (unit_path, year, days_off, work_days, source, set_by, set_by_name)
SELECT '', 2026, array(SELECT d::date FROM (VALUES ('2026-01-01'::date, '2026-01-03'::date),
    ('2026-02-15', '2026-02-23'), ('2026-04-04', '2026-04-06'), ('2026-05-01', '2026-05-05'),
    ('2026-06-19', '2026-06-21'), ('2026-09-25', '2026-09-27'), ('2026-10-01', '2026-10-07')) AS p(a, b),
    generate_series(p.a, p.b, '1 day') AS d),
  ARRAY['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10']::date[],
  '国务院办公厅关于2026年部分节假日安排的通知', 'system:seed', '系统';

CREATE VIEW tasks.task_view WITH (security_invoker) AS
  SELECT id, key, kind, unit_id, unit_path, holder_key, title, why, legal_basis, link, due_at, minutes, campaign_id,
    asked_by, asked_by_name, state, claimed_by, claimed_by_name, done_by, done_by_name, outcome, raised_at, settled_at
  FROM tasks.task;
GRANT SELECT ON tasks.task_view TO jiaodun_app;
