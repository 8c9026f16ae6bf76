CREATE SCHEMA units;
GRANT USAGE ON SCHEMA units TO jiaodun_app;

CREATE TABLE units.unit (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  -- Initials and full pinyin, so that `wzez` finds 温州市第二中学.
  pinyin text NOT NULL DEFAULT '',
  kind text NOT NULL CHECK (kind IN ('city', 'county', 'school')),
  parent_id uuid REFERENCES units.unit,
  unit_path ltree NOT NULL UNIQUE,
  uscc text,
  school_code text,
  address text,
  phone text,
  registered_at timestamptz NOT NULL DEFAULT base.now(),
  CHECK ((kind = 'city') = (parent_id IS NULL)),
  CHECK (subpath(unit_path, -1) = text2ltree(code))
);
CREATE INDEX ON units.unit USING gist (unit_path);
CREATE INDEX ON units.unit (parent_id);
CREATE INDEX ON units.unit USING gin ((name || ' ' || code || ' ' || pinyin) gin_trgm_ops);
CREATE UNIQUE INDEX one_city ON units.unit ((true)) WHERE kind = 'city';
-- A unit sees itself, what is below it, and its own line upwards (whom to report to).
CALL base.protect_published('units.unit');

CREATE TABLE units.person (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  person_no text NOT NULL UNIQUE,
  name text NOT NULL,
  pinyin text NOT NULL DEFAULT '',
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  post text NOT NULL
    CHECK (post IN ('leader', 'deputy', 'network_admin', 'security_officer', 'reviewer', 'duty', 'teacher')),
  phone text,
  email text,
  registered_at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON units.person USING gist (unit_path);
CREATE INDEX ON units.person (unit_id);
CREATE INDEX ON units.person USING gin ((name || ' ' || person_no || ' ' || pinyin) gin_trgm_ops);
CALL base.protect('units.person');

CREATE TABLE units.import_run (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  kind text NOT NULL,
  file_name text NOT NULL,
  accepted int NOT NULL,
  rejected int NOT NULL,
  -- The error workbook in the file store.
  error_sha256 text,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON units.import_run USING gist (unit_path);
CALL base.protect('units.import_run');

-- What other modules may read.
CREATE VIEW units.unit_view WITH (security_invoker) AS
  SELECT id, code, name, kind, parent_id, unit_path FROM units.unit;
CREATE VIEW units.person_view WITH (security_invoker) AS
  SELECT id, person_no, name, unit_id, unit_path, post, email FROM units.person;
GRANT SELECT ON units.unit_view, units.person_view TO jiaodun_app;
