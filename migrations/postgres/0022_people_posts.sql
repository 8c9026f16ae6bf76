-- People, their posts in time, leading groups, certificates, call-backs. Two times run through it: when something
-- held (dates, end exclusive) and since when it is known (`recorded_from`, `recorded_to`). A correction closes a
-- row's recorded time and adds another row; what was believed on any day stays answerable.

-- Dates of posts are days in China.
CREATE FUNCTION units.today() RETURNS date LANGUAGE sql STABLE AS $$
  SELECT (base.now() AT TIME ZONE 'Asia/Shanghai')::date
$$;
-- Midnight in China at the start of a day.
CREATE FUNCTION units.instant_of(day date) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT day::timestamp AT TIME ZONE 'Asia/Shanghai'
$$;

CREATE DOMAIN units.post AS text CHECK (VALUE IN ('leader', 'deputy', 'network_admin', 'security_officer', 'reviewer',
  'secrecy_officer', 'column_owner', 'moderator', 'duty', 'teacher'));

-- The order in which one of several posts names a person.
CREATE FUNCTION units.post_rank(post text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT array_position(ARRAY['leader', 'deputy', 'network_admin', 'security_officer', 'secrecy_officer', 'reviewer',
    'column_owner', 'moderator', 'duty', 'teacher'], post)
$$;

ALTER TABLE units.person
  -- Two registrations of one person were found out by somebody, and this one gave way.
  ADD COLUMN merged_into uuid REFERENCES units.person CHECK (merged_into <> id);
CREATE INDEX ON units.person (name, phone) WHERE merged_into IS NULL AND phone IS NOT NULL;
CREATE INDEX ON units.person (name, lower(email)) WHERE merged_into IS NULL AND email IS NOT NULL;
CREATE INDEX ON units.person (unit_path, person_no) WHERE merged_into IS NULL;

-- One person may hold two posts that control each other only by an exception that a second person approved,
-- for a year at most.
CREATE TABLE units.post_exception (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id uuid NOT NULL REFERENCES units.person,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  reason text NOT NULL CHECK (reason <> ''),
  starts_on date NOT NULL,
  expires_on date NOT NULL,
  proposed_by text NOT NULL,
  proposed_name text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT base.now(),
  decided_by text,
  decided_name text,
  decided_at timestamptz,
  approved boolean,
  -- When its end was told to those who must find somebody else.
  expiry_told_at timestamptz,
  CONSTRAINT exception_of_a_year CHECK (expires_on > starts_on AND expires_on <= starts_on + interval '1 year'),
  CONSTRAINT exception_by_two CHECK (decided_by IS DISTINCT FROM proposed_by),
  CHECK ((decided_by IS NULL) = (approved IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  UNIQUE (id, person_id, unit_id, starts_on, expires_on, approved)
);
CREATE INDEX ON units.post_exception USING gist (unit_path);
CREATE INDEX ON units.post_exception (expires_on) WHERE approved AND expiry_told_at IS NULL;
CALL base.protect('units.post_exception');
REVOKE UPDATE ON units.post_exception FROM jiaodun_app;
GRANT UPDATE (decided_by, decided_name, decided_at, approved, expiry_told_at) ON units.post_exception TO jiaodun_app;

CREATE FUNCTION units.decide_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.approved IS NOT NULL AND (NEW.approved, NEW.decided_by, NEW.decided_at)
      IS DISTINCT FROM (OLD.approved, OLD.decided_by, OLD.decided_at) THEN
    RAISE EXCEPTION 'decided already' USING ERRCODE = 'check_violation', CONSTRAINT = 'decided_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decide_once BEFORE UPDATE ON units.post_exception FOR EACH ROW EXECUTE FUNCTION units.decide_once();

CREATE TABLE units.appointment (
  row_id uuid PRIMARY KEY DEFAULT uuidv7(),
  -- What all versions of one appointment share.
  id uuid NOT NULL,
  person_id uuid NOT NULL REFERENCES units.person,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  post units.post NOT NULL,
  document_no text,
  -- Null: nobody said.
  full_time boolean,
  starts_on date NOT NULL,
  ends_on date,
  exception_id uuid,
  exception_starts_on date,
  exception_expires_on date,
  exception_approved boolean GENERATED ALWAYS AS (CASE WHEN exception_id IS NOT NULL THEN true END) STORED,
  -- Why this version was written: the first entry, an end, a correction, a hand-over, a merge.
  change text NOT NULL CHECK (change IN ('appointed', 'ended', 'corrected', 'merged')),
  reason text,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  recorded_from timestamptz NOT NULL DEFAULT base.now(),
  recorded_to timestamptz,
  withdrawn_reason text,
  CONSTRAINT appointment_ends_after_start CHECK (ends_on > starts_on),
  CHECK (recorded_to >= recorded_from),
  CONSTRAINT appointment_within_exception CHECK (exception_id IS NULL OR (exception_starts_on IS NOT NULL
    AND exception_expires_on IS NOT NULL AND starts_on >= exception_starts_on
    AND ends_on IS NOT NULL AND ends_on <= exception_expires_on)),
  CONSTRAINT appointment_exception_approved
    FOREIGN KEY (exception_id, person_id, unit_id, exception_starts_on, exception_expires_on, exception_approved)
    REFERENCES units.post_exception (id, person_id, unit_id, starts_on, expires_on, approved),
  CONSTRAINT one_appointment_at_a_time EXCLUDE USING gist (person_id WITH =, unit_id WITH =, (post::text) WITH =,
    daterange(starts_on, ends_on) WITH &&) WHERE (recorded_to IS NULL),
  -- D38: who runs the network does not watch over it.
  CONSTRAINT administrator_is_not_security_officer EXCLUDE USING gist (person_id WITH =, unit_id WITH =,
    (post::text) WITH <>, daterange(starts_on, ends_on) WITH &&)
    WHERE (recorded_to IS NULL AND exception_id IS NULL AND post IN ('network_admin', 'security_officer'))
);
CREATE UNIQUE INDEX one_version ON units.appointment (id) WHERE recorded_to IS NULL;
CREATE INDEX ON units.appointment (id, recorded_from);
CREATE INDEX ON units.appointment (person_id, unit_path);
CREATE INDEX ON units.appointment (unit_id, post);
CREATE INDEX ON units.appointment USING gist (unit_path);
CREATE INDEX ON units.appointment (ends_on) WHERE recorded_to IS NULL AND ends_on IS NOT NULL;
CALL base.protect('units.appointment');
REVOKE UPDATE ON units.appointment FROM jiaodun_app;
GRANT UPDATE (recorded_to, withdrawn_reason) ON units.appointment TO jiaodun_app;

-- Nothing recorded is overwritten: a version may only be closed, once. (A unit that moves takes its rows along.)
CREATE FUNCTION units.only_close() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.recorded_to IS NOT NULL AND (NEW.recorded_to, NEW.withdrawn_reason)
      IS DISTINCT FROM (OLD.recorded_to, OLD.withdrawn_reason) THEN
    RAISE EXCEPTION 'a closed version does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'only_close';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER only_close BEFORE UPDATE ON units.appointment FOR EACH ROW EXECUTE FUNCTION units.only_close();

-- Where a person holds or held a post, that person is known by name, wherever they are at home
-- (a county reviewer lent to a small school).
CREATE POLICY appointed ON units.person FOR SELECT
  USING (EXISTS (SELECT FROM units.appointment a WHERE a.person_id = person.id));
-- And nobody is appointed whom the appointing side cannot see. (As a policy it would be found to go round in circles.)
CREATE FUNCTION units.check_appointee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM units.person p WHERE p.id = NEW.person_id) THEN
    RAISE EXCEPTION 'this person is outside the scope' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER known_person BEFORE INSERT ON units.appointment FOR EACH ROW EXECUTE FUNCTION units.check_appointee();

INSERT INTO units.appointment (id, person_id, unit_id, unit_path, post, starts_on, change, actor_id, actor_name)
  SELECT uuidv7(), id, unit_id, unit_path, post, (registered_at AT TIME ZONE 'Asia/Shanghai')::date, 'appointed',
    'system:migration', 'migration' FROM units.person;

-- What other modules may read. Dates are days in China; `ends_on` is exclusive, null is open.
CREATE VIEW units.appointment_view WITH (security_invoker) AS
  SELECT id, person_id, unit_id, unit_path, post::text AS post, starts_on, ends_on
  FROM units.appointment WHERE recorded_to IS NULL;
-- `post`: the first of those that the person holds today; null when there is none.
CREATE OR REPLACE VIEW units.person_view WITH (security_invoker) AS
  SELECT p.id, p.person_no, p.name, p.unit_id, p.unit_path,
    (SELECT a.post::text FROM units.appointment a WHERE a.person_id = p.id AND a.recorded_to IS NULL
       AND a.starts_on <= (SELECT units.today()) AND coalesce(a.ends_on > (SELECT units.today()), true)
     ORDER BY a.unit_id <> p.unit_id, units.post_rank(a.post), a.starts_on LIMIT 1) AS post,
    p.email, p.phone
  FROM units.person p;
GRANT SELECT ON units.appointment_view TO jiaodun_app;
ALTER TABLE units.person DROP COLUMN post;

-- Two people with one name and one number who are two people: looked at and kept apart.
CREATE TABLE units.distinct_people (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  person_a uuid NOT NULL REFERENCES units.person,
  person_b uuid NOT NULL REFERENCES units.person,
  unit_path ltree NOT NULL,
  reason text NOT NULL,
  actor_id text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  CHECK (person_a < person_b),
  UNIQUE (person_a, person_b)
);
CALL base.protect('units.distinct_people');
REVOKE UPDATE ON units.distinct_people FROM jiaodun_app;

-- Somebody leaves and another takes over, on a day.
CREATE TABLE units.hand_over (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  from_person uuid NOT NULL REFERENCES units.person,
  to_person uuid NOT NULL REFERENCES units.person,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  on_day date NOT NULL,
  document_no text,
  with_things boolean NOT NULL,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  -- When sites, devices and accounts went over.
  done_at timestamptz,
  CHECK (from_person <> to_person)
);
CREATE INDEX ON units.hand_over (on_day) WHERE done_at IS NULL;
CREATE INDEX ON units.hand_over (from_person);
CALL base.protect('units.hand_over');
REVOKE UPDATE ON units.hand_over FROM jiaodun_app;
GRANT UPDATE (done_at) ON units.hand_over TO jiaodun_app;

-- 领导小组: a change is a new version, and closes the one before.
CREATE TABLE units.leading_group (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  document_no text NOT NULL CHECK (document_no <> ''),
  established_on date NOT NULL,
  closed_on date,
  change_reason text,
  office_name text,
  office_phone text,
  office_head uuid REFERENCES units.person,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT base.now(),
  CONSTRAINT group_closes_after_start CHECK (closed_on > established_on),
  CONSTRAINT one_leading_group EXCLUDE USING gist (unit_id WITH =, daterange(established_on, closed_on) WITH &&)
);
CREATE INDEX ON units.leading_group USING gist (unit_path);
CALL base.protect('units.leading_group');
REVOKE UPDATE ON units.leading_group FROM jiaodun_app;
GRANT UPDATE (closed_on) ON units.leading_group TO jiaodun_app;

CREATE TABLE units.leading_group_member (
  group_id uuid NOT NULL REFERENCES units.leading_group,
  person_id uuid NOT NULL REFERENCES units.person,
  unit_path ltree NOT NULL,
  role text NOT NULL CHECK (role IN ('head', 'deputy_head', 'member')),
  duties text,
  place smallint NOT NULL,
  PRIMARY KEY (group_id, person_id)
);
CREATE UNIQUE INDEX one_head ON units.leading_group_member (group_id) WHERE role = 'head';
CREATE INDEX ON units.leading_group_member (person_id);
CALL base.protect('units.leading_group_member');
REVOKE UPDATE ON units.leading_group_member FROM jiaodun_app;

-- 持证上岗. What the paper says is not changed; a wrong entry is withdrawn and made anew.
CREATE TABLE units.certificate (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id uuid NOT NULL REFERENCES units.person,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  type text NOT NULL,
  number text NOT NULL,
  issuer text NOT NULL,
  issued_on date NOT NULL,
  -- The first day on which it no longer holds; null: it does not expire.
  expires_on date CHECK (expires_on > issued_on),
  scan_sha256 text,
  scan_type text CHECK (scan_type IN ('application/pdf', 'image/jpeg', 'image/png')),
  scan_bytes int,
  scan_by text,
  registered_by text NOT NULL,
  registered_name text NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT base.now(),
  verified_by text,
  verified_name text,
  verified_at timestamptz,
  genuine boolean,
  verdict_reason text,
  withdrawn_at timestamptz,
  withdrawn_reason text,
  CONSTRAINT certificate_by_two CHECK (verified_by IS DISTINCT FROM registered_by
    AND (scan_by IS NULL OR verified_by IS DISTINCT FROM scan_by)),
  CHECK ((verified_by IS NULL) = (genuine IS NULL) AND (verified_by IS NULL) = (verified_at IS NULL)),
  CHECK ((scan_sha256 IS NULL) = (scan_type IS NULL))
);
CREATE UNIQUE INDEX one_certificate ON units.certificate (type, number, issuer) WHERE withdrawn_at IS NULL;
CREATE INDEX ON units.certificate USING gist (unit_path);
CREATE INDEX ON units.certificate (person_id);
CREATE INDEX ON units.certificate (expires_on) WHERE withdrawn_at IS NULL;
CALL base.protect('units.certificate');
REVOKE UPDATE ON units.certificate FROM jiaodun_app;
GRANT UPDATE (person_id, unit_id, unit_path, scan_sha256, scan_type, scan_bytes, scan_by, verified_by, verified_name, verified_at,
  genuine, verdict_reason, withdrawn_at, withdrawn_reason) ON units.certificate TO jiaodun_app;
CREATE POLICY of_known_person ON units.certificate FOR SELECT
  USING (EXISTS (SELECT FROM units.person p WHERE p.id = person_id));

CREATE FUNCTION units.verify_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.verified_by IS NOT NULL AND (NEW.verified_by, NEW.genuine, NEW.verified_at, NEW.scan_sha256)
      IS DISTINCT FROM (OLD.verified_by, OLD.genuine, OLD.verified_at, OLD.scan_sha256) THEN
    RAISE EXCEPTION 'verified already' USING ERRCODE = 'check_violation', CONSTRAINT = 'verified_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER verify_once BEFORE UPDATE ON units.certificate FOR EACH ROW EXECUTE FUNCTION units.verify_once();

-- Which step before the end of a certificate was told: each once.
CREATE TABLE units.certificate_reminder (
  certificate_id uuid NOT NULL REFERENCES units.certificate,
  days int NOT NULL,
  unit_path ltree NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (certificate_id, days)
);
CALL base.protect('units.certificate_reminder');
REVOKE UPDATE ON units.certificate_reminder FROM jiaodun_app;

-- Somebody rang the number on file and noted who answered (D39).
CREATE TABLE units.call_back (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id uuid NOT NULL REFERENCES units.person,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  -- The number as it was then.
  phone text NOT NULL,
  called_at timestamptz NOT NULL,
  result text NOT NULL CHECK (result IN ('reached', 'no_answer', 'wrong_person', 'out_of_service')),
  answered_by text,
  note text,
  caller_id text NOT NULL,
  caller_name text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT base.now(),
  CHECK (called_at <= recorded_at)
);
CREATE INDEX ON units.call_back (person_id, called_at DESC);
CREATE INDEX ON units.call_back USING gist (unit_path);
CALL base.protect('units.call_back');
REVOKE UPDATE ON units.call_back FROM jiaodun_app;
GRANT UPDATE (person_id, unit_id, unit_path) ON units.call_back TO jiaodun_app;
CREATE POLICY of_known_person ON units.call_back FOR SELECT
  USING (EXISTS (SELECT FROM units.person p WHERE p.id = person_id));

-- 五到位 of each unit, as it was last computed on each day: the trend, and what lists sort by.
-- 0 missing, 1 partly, 2 in place; null: there was no way to know.
CREATE TABLE units.five_in_place (
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  day date NOT NULL,
  leader smallint CHECK (leader BETWEEN 0 AND 2),
  organisation smallint CHECK (organisation BETWEEN 0 AND 2),
  people smallint CHECK (people BETWEEN 0 AND 2),
  responsibility smallint CHECK (responsibility BETWEEN 0 AND 2),
  measures smallint CHECK (measures BETWEEN 0 AND 2),
  in_place smallint NOT NULL CHECK (in_place BETWEEN 0 AND 5),
  missing int NOT NULL,
  computed_at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (unit_id, day)
);
CREATE INDEX ON units.five_in_place USING gist (unit_path);
CALL base.protect('units.five_in_place');

-- In a merge of units, papers go where their people go; posts stay what they were, in the unit that was.
INSERT INTO units.path_rule (table_name, on_merge, reason) VALUES
  ('units.certificate', 'transfer', 'papers go with the person'),
  ('units.call_back', 'transfer', 'papers go with the person');
