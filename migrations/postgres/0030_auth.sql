CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO jiaodun_app;

CREATE TABLE auth.account (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  username text NOT NULL UNIQUE,
  name text NOT NULL,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  -- PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$hash (RFC 9106).
  password_hash text NOT NULL,
  must_change_password boolean NOT NULL DEFAULT true,
  disabled boolean NOT NULL DEFAULT false,
  last_sign_in_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON auth.account USING gist (unit_path);
CALL base.protect('auth.account');

-- One needs to propose, another to approve (rule 2). The three administrators exclude each other and every
-- business role (三员分立): the exclusion constraint compares the class of any two live grants of an account.
CREATE TABLE auth.role_grant (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  account_id uuid NOT NULL REFERENCES auth.account,
  unit_path ltree NOT NULL,
  role text NOT NULL,
  class text GENERATED ALWAYS AS (CASE WHEN role IN ('system_admin', 'security_admin', 'audit_admin')
    THEN role ELSE 'business' END) STORED,
  state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'approved', 'refused')),
  proposed_by text NOT NULL,
  proposed_by_name text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT base.now(),
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  CONSTRAINT four_eyes CHECK (decided_by IS NULL OR decided_by <> proposed_by),
  CONSTRAINT decided CHECK ((state = 'proposed') = (decided_by IS NULL)),
  CONSTRAINT exclusive_role EXCLUDE USING gist (account_id WITH =, class WITH <>)
    WHERE (state IN ('proposed', 'approved'))
);
CREATE UNIQUE INDEX one_live_grant ON auth.role_grant (account_id, role) WHERE state <> 'refused';
CALL base.protect('auth.role_grant');

CREATE TABLE auth.session (
  secret_sha256 bytea PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES auth.account,
  unit_path ltree NOT NULL,
  started_at timestamptz NOT NULL DEFAULT base.now(),
  seen_at timestamptz NOT NULL DEFAULT base.now(),
  ended_at timestamptz
);
CREATE INDEX ON auth.session (account_id) WHERE ended_at IS NULL;
CALL base.protect('auth.session');

CREATE TABLE auth.token (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  name text NOT NULL,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  secret_sha256 bytea NOT NULL UNIQUE,
  permissions text[] NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT base.now(),
  expires_at timestamptz NOT NULL,
  last_used_at timestamptz,
  revoked_at timestamptz
);
CALL base.protect('auth.token');

-- Failed tries by user name, whether it exists or not: locking tells nothing about which names exist.
CREATE TABLE auth.sign_in_failure (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  username text NOT NULL,
  remote text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON auth.sign_in_failure (username, at);
ALTER TABLE auth.sign_in_failure ENABLE ROW LEVEL SECURITY;
-- Belongs to no unit: only the system (scope '*') works with it.
CREATE POLICY system_only ON auth.sign_in_failure USING ((SELECT base.scope()) = ''::ltree);
GRANT SELECT, INSERT ON auth.sign_in_failure TO jiaodun_app;

CREATE VIEW auth.account_view WITH (security_invoker) AS
  SELECT a.id, a.username, a.name, a.unit_id, a.unit_path, a.disabled,
    array(SELECT g.role FROM auth.role_grant g WHERE g.account_id = a.id AND g.state = 'approved') AS roles
  FROM auth.account a;
GRANT SELECT ON auth.account_view TO jiaodun_app;
