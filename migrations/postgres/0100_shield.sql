CREATE SCHEMA shield;
GRANT USAGE ON SCHEMA shield TO jiaodun_app;

CREATE TABLE shield.entry (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  host text NOT NULL CHECK (host = lower(host)),
  reason text NOT NULL,
  incident_id uuid,
  added_at timestamptz NOT NULL DEFAULT base.now(),
  added_by text NOT NULL,
  added_by_name text NOT NULL,
  withdrawn_at timestamptz,
  withdrawn_by_name text,
  withdrawn_reason text,
  CHECK ((withdrawn_at IS NULL) = (withdrawn_by_name IS NULL))
);
CREATE INDEX ON shield.entry USING gist (unit_path);
CREATE UNIQUE INDEX one_active ON shield.entry (host, coalesce(incident_id, '00000000-0000-0000-0000-000000000000'))
  WHERE withdrawn_at IS NULL;
CALL base.protect('shield.entry');

-- One zone for the whole city: what a resolver loads. Never changed after publication.
CREATE TABLE shield.version (
  serial bigint PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT base.now(),
  entries int NOT NULL,
  zone text NOT NULL,
  sha256 text NOT NULL,
  checked text NOT NULL CHECK (checked IN ('passed', 'not_checked')),
  checked_by text
);
GRANT SELECT, INSERT ON shield.version TO jiaodun_app;
