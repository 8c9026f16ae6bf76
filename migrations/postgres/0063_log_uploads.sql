-- Files that come in many pieces, and files that are put into folders.

-- An upload in pieces (tus 1.0). Bytes before `offset_bytes` are on disk: it is moved on after fdatasync only.
CREATE TABLE logs.bulk_upload (
  id uuid PRIMARY KEY,
  source_id int NOT NULL REFERENCES logs.source,
  unit_path ltree NOT NULL,
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  name text NOT NULL CHECK (length(name) <= 255),
  -- What the sender recognises the same file by, so that it finds the upload again.
  mark text CHECK (length(mark) BETWEEN 1 AND 200),
  length bigint NOT NULL CHECK (length > 0),
  -- Of the bytes as sent, when the sender told it.
  sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  offset_bytes bigint NOT NULL DEFAULT 0 CHECK (offset_bytes BETWEEN 0 AND length),
  -- `<from>:<file>`; a piece ends where the next one begins, whatever else is in its file.
  parts text[] NOT NULL DEFAULT '{}',
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'received', 'done', 'failed', 'expired')),
  -- Of a failed one: the declared error that says why, and its details.
  error text,
  details jsonb NOT NULL DEFAULT '{}',
  records bigint,
  segments bigint[],
  cut bigint,
  already boolean,
  created timestamptz NOT NULL DEFAULT base.now(),
  touched timestamptz NOT NULL DEFAULT base.now(),
  ended timestamptz,
  CHECK (state = 'open' OR state = 'expired' OR offset_bytes = length),
  CHECK ((state IN ('done', 'failed', 'expired')) = (ended IS NOT NULL)),
  CHECK ((state = 'failed') = (error IS NOT NULL)),
  CHECK ((state = 'done') = (records IS NOT NULL))
);
CREATE INDEX ON logs.bulk_upload USING gist (unit_path);
CREATE INDEX ON logs.bulk_upload (source_id, created DESC);
CREATE INDEX ON logs.bulk_upload (source_id, sha256) WHERE state = 'done';
CREATE INDEX ON logs.bulk_upload (touched) WHERE state IN ('open', 'received');
-- One file is sent by one upload at a time.
CREATE UNIQUE INDEX one_open_upload ON logs.bulk_upload (source_id, actor_id, mark) WHERE state = 'open';
CALL base.protect('logs.bulk_upload');
REVOKE UPDATE ON logs.bulk_upload FROM jiaodun_app;
GRANT UPDATE (offset_bytes, parts, state, error, details, records, segments, cut, already, touched, ended)
  ON logs.bulk_upload TO jiaodun_app;

-- How the folders of each collector stand, as seen last. `problem` is a word that the contract knows.
CREATE TABLE logs.drop_folder (
  collector text NOT NULL,
  folder text NOT NULL CHECK (length(folder) BETWEEN 1 AND 255),
  source_id int REFERENCES logs.source,
  unit_path ltree NOT NULL,
  problem text,
  waiting int NOT NULL,
  waiting_bytes bigint NOT NULL,
  -- Since when the longest waiting file has been there.
  oldest timestamptz,
  failed int NOT NULL,
  taken bigint NOT NULL DEFAULT 0,
  last_taken timestamptz,
  seen timestamptz NOT NULL,
  -- The folder is no longer there.
  gone boolean NOT NULL DEFAULT false,
  PRIMARY KEY (collector, folder)
);
CREATE INDEX ON logs.drop_folder USING gist (unit_path);
CALL base.protect('logs.drop_folder');
