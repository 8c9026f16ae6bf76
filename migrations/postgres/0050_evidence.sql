-- Sealed bags, what is in them, and who had them in hand. Nothing here is ever changed or deleted: the bag's file
-- is content-addressed, its rows and its custody are append-only for the application.
CREATE SCHEMA evidence;
GRANT USAGE ON SCHEMA evidence TO jiaodun_app;

CREATE TABLE evidence.bag (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  incident_id uuid NOT NULL,
  -- The case as the bag itself names it, and the bag's number in the case.
  case_id text NOT NULL,
  number int NOT NULL CHECK (number > 0),
  file_name text NOT NULL,
  -- Of the whole file; also its name in the file store.
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint NOT NULL,
  public_key_id text NOT NULL,
  -- Exactly what was signed, byte for byte.
  manifest bytea NOT NULL,
  -- What could not be taken: [{item, problem}].
  incomplete jsonb NOT NULL,
  sealed_at timestamptz NOT NULL,
  sealed_by text NOT NULL,
  sealed_by_name text NOT NULL,
  UNIQUE (incident_id, number)
);
CREATE INDEX ON evidence.bag USING gist (unit_path);
CREATE INDEX ON evidence.bag (sealed_at);
CALL base.protect('evidence.bag');
REVOKE UPDATE ON evidence.bag FROM jiaodun_app;

CREATE TABLE evidence.item (
  bag_id uuid NOT NULL REFERENCES evidence.bag,
  seq int NOT NULL,
  unit_path ltree NOT NULL,
  path text NOT NULL,
  bytes bigint NOT NULL,
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  source text NOT NULL,
  tool text NOT NULL,
  collector text NOT NULL,
  acquired_at timestamptz NOT NULL,
  clock_offset_ms double precision,
  PRIMARY KEY (bag_id, seq),
  UNIQUE (bag_id, path)
);
CREATE INDEX ON evidence.item USING gist (unit_path);
CREATE INDEX ON evidence.item (sha256);
CALL base.protect('evidence.item');
REVOKE UPDATE ON evidence.item FROM jiaodun_app;

CREATE TABLE evidence.custody (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  bag_id uuid NOT NULL REFERENCES evidence.bag,
  unit_path ltree NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  act text NOT NULL CHECK (act IN ('sealed', 'bag_read', 'item_read', 'verified')),
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  -- The item that was read, the verifier's answer.
  detail text NOT NULL DEFAULT ''
);
CREATE INDEX ON evidence.custody USING gist (unit_path);
CREATE INDEX ON evidence.custody (bag_id, at);
CALL base.protect('evidence.custody');
REVOKE UPDATE ON evidence.custody FROM jiaodun_app;

-- What other modules may read.
CREATE VIEW evidence.bag_view WITH (security_invoker) AS
  SELECT id, unit_path, incident_id, case_id, number, file_name, sha256, bytes, sealed_at FROM evidence.bag;
GRANT SELECT ON evidence.bag_view TO jiaodun_app;
