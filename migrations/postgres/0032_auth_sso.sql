-- Sign-in through other systems (single sign-on): which systems, whose identity there is whose account here.

-- A way in. It lets in accounts below its unit and no others: a county's server cannot name a city officer.
CREATE TABLE auth.sso_connector (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  kind text NOT NULL CHECK (kind IN ('oidc', 'ldap', 'cas', 'wecom', 'dingtalk', 'zwdd')),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT base.now()
);
CALL base.protect('auth.sso_connector');

-- Its settings, one row per proposal: one person proposes, another approves. The approved one works; it is never
-- overwritten, only replaced by a later one or switched off.
CREATE TABLE auth.sso_version (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  connector_id uuid NOT NULL REFERENCES auth.sso_connector,
  unit_path ltree NOT NULL,
  name_zh text NOT NULL,
  name_en text NOT NULL,
  settings jsonb NOT NULL,
  -- Sealed with the key in the data directory; null where the kind needs none.
  secret bytea,
  state text NOT NULL DEFAULT 'proposed'
    CHECK (state IN ('proposed', 'withdrawn', 'approved', 'refused', 'replaced', 'switched_off')),
  proposed_by text NOT NULL,
  proposed_by_name text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT base.now(),
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  ended_by text,
  ended_by_name text,
  ended_at timestamptz,
  CONSTRAINT sso_version_four_eyes CHECK (decided_by IS NULL OR decided_by <> proposed_by),
  CONSTRAINT sso_version_decided CHECK ((state IN ('proposed', 'withdrawn')) = (decided_by IS NULL))
);
CREATE UNIQUE INDEX sso_one_approved ON auth.sso_version (connector_id) WHERE state = 'approved';
CREATE UNIQUE INDEX sso_one_proposed ON auth.sso_version (connector_id) WHERE state = 'proposed';
CREATE INDEX ON auth.sso_version (connector_id);
CALL base.protect('auth.sso_version');

-- An identity of the other system and the account that it is, once somebody approved. `matched_by` tells on what
-- ground the account stands there: never a name.
CREATE TABLE auth.sso_binding (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  connector_id uuid NOT NULL REFERENCES auth.sso_connector,
  -- The account's unit; the connector's as long as no account stands there.
  unit_path ltree NOT NULL,
  issuer text NOT NULL,
  subject text NOT NULL,
  display_name text NOT NULL,
  employee_no text,
  phone_masked text,
  account_id uuid REFERENCES auth.account,
  matched_by text CHECK (matched_by IN ('employee_no', 'phone', 'holder', 'administrator')),
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'bound', 'refused', 'unbound')),
  asked_at timestamptz NOT NULL DEFAULT base.now(),
  chosen_by text,
  chosen_by_name text,
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  ended_by text,
  ended_by_name text,
  ended_at timestamptz,
  last_sign_in_at timestamptz,
  CONSTRAINT sso_binding_four_eyes CHECK (decided_by IS NULL OR
    (decided_by IS DISTINCT FROM chosen_by AND decided_by IS DISTINCT FROM account_id::text)),
  CONSTRAINT sso_binding_decided CHECK ((state = 'pending') = (decided_by IS NULL)),
  CONSTRAINT sso_binding_matched CHECK ((account_id IS NULL) = (matched_by IS NULL)),
  CONSTRAINT sso_binding_account CHECK (state NOT IN ('bound', 'unbound') OR account_id IS NOT NULL),
  CONSTRAINT sso_binding_ended CHECK ((state = 'unbound') = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX sso_one_identity ON auth.sso_binding (connector_id, issuer, subject)
  WHERE state IN ('pending', 'bound');
CREATE UNIQUE INDEX sso_one_bound ON auth.sso_binding (connector_id, account_id) WHERE state = 'bound';
CREATE INDEX ON auth.sso_binding (account_id);
CREATE INDEX ON auth.sso_binding USING gist (unit_path);
CALL base.protect('auth.sso_binding');

-- Sign-ins that came through a connector. The session's `method` is `sso:<id>`: it ends when the other system says
-- so, or when the binding ends, also when its second step was taken later.
CREATE TABLE auth.sso_login (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  binding_id uuid NOT NULL REFERENCES auth.sso_binding,
  connector_id uuid NOT NULL REFERENCES auth.sso_connector,
  unit_path ltree NOT NULL,
  -- CAS names the session by its ticket in a back-channel logout.
  ticket_sha256 bytea,
  -- OpenID Connect wants the ID token back at the end (RP-initiated logout, id_token_hint). Sealed.
  id_token bytea,
  at timestamptz NOT NULL DEFAULT base.now(),
  -- The other system ended it, or the binding ended: no second step leads in any more.
  ended_at timestamptz
);
CREATE INDEX ON auth.sso_login (binding_id);
CREATE INDEX ON auth.sso_login (connector_id, ticket_sha256);
CALL base.protect('auth.sso_login');
CREATE INDEX ON auth.session (method) WHERE ended_at IS NULL AND method LIKE 'sso:%';
