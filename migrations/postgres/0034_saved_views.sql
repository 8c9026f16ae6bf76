-- What a person keeps of the user interface: how they like it, what they were writing, named views of lists,
-- and the files that they took out of lists.

-- One person's own, and nobody else's, however high in the tree: not a unit's data.
CREATE TABLE auth.preference (
  account_id uuid NOT NULL REFERENCES auth.account,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 80),
  value jsonb NOT NULL CHECK (length(value::text) <= 16384),
  updated_at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (account_id, key)
);
ALTER TABLE auth.preference ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON auth.preference USING (account_id::text = (SELECT base.actor_id()));
GRANT SELECT, INSERT, UPDATE ON auth.preference TO jiaodun_app;

-- Forms that were begun and not sent. An empty value is a form that was sent or thrown away.
CREATE TABLE auth.draft (
  account_id uuid NOT NULL REFERENCES auth.account,
  form text NOT NULL CHECK (length(form) BETWEEN 1 AND 120),
  value jsonb CHECK (length(value::text) <= 262144),
  updated_at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (account_id, form)
);
ALTER TABLE auth.draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON auth.draft USING (account_id::text = (SELECT base.actor_id()));
GRANT SELECT, INSERT, UPDATE ON auth.draft TO jiaodun_app;

-- A list as somebody wants to find it again: filters, order, columns. `shared`: offered to colleagues of the unit.
CREATE TABLE auth.saved_view (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  account_id uuid NOT NULL REFERENCES auth.account,
  account_name text NOT NULL,
  unit_path ltree NOT NULL,
  list text NOT NULL CHECK (length(list) BETWEEN 1 AND 80),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
  search jsonb NOT NULL CHECK (length(search::text) <= 8192),
  columns text[],
  shared boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT base.now(),
  removed_at timestamptz
);
CREATE UNIQUE INDEX saved_view_name ON auth.saved_view (account_id, list, name) WHERE removed_at IS NULL;
CREATE INDEX ON auth.saved_view (list, unit_path) WHERE removed_at IS NULL;
CALL base.protect('auth.saved_view');

-- A list that was taken out as a file: who, which, how many rows, why. The file itself expires.
CREATE TABLE auth.list_export (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  account_id uuid NOT NULL REFERENCES auth.account,
  account_name text NOT NULL,
  unit_path ltree NOT NULL,
  request jsonb NOT NULL,
  reason text,
  state text NOT NULL CHECK (state IN ('queued', 'ready', 'failed', 'expired')),
  expected_rows int NOT NULL,
  rows int,
  sha256 text,
  bytes bigint,
  problem jsonb,
  asked_at timestamptz NOT NULL DEFAULT base.now(),
  finished_at timestamptz,
  expires_at timestamptz,
  CONSTRAINT has_file CHECK ((state IN ('ready', 'expired')) = (sha256 IS NOT NULL)),
  CONSTRAINT many_rows_need_a_reason CHECK (expected_rows <= 1000 OR reason IS NOT NULL)
);
CREATE INDEX ON auth.list_export (account_id, asked_at);
CREATE INDEX ON auth.list_export (expires_at) WHERE state = 'ready';
CALL base.protect('auth.list_export');
