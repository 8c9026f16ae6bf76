-- Roles as data, grants that end, delegation, looking as another, tokens with bounds, and who saw whose number.

-- Roles: the built-in ones are written here at each start from the program (a changed one becomes a new version);
-- the others are composed by one administrator and approved by another. A version is never changed.
CREATE TABLE auth.role (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  name text NOT NULL,
  version int NOT NULL,
  zh text NOT NULL,
  en text NOT NULL,
  built_in boolean NOT NULL,
  unit_path ltree NOT NULL,
  permissions text[] NOT NULL,
  reason text NOT NULL DEFAULT '',
  state text NOT NULL CHECK (state IN ('proposed', 'active', 'refused', 'replaced', 'retired')),
  proposed_by text NOT NULL,
  proposed_by_name text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT base.now(),
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  ended_by_name text,
  ended_at timestamptz,
  UNIQUE (name, version),
  CHECK (built_in OR name ~ '^own_[a-z0-9_]{2,30}$'),
  CONSTRAINT four_eyes CHECK (decided_by IS NULL OR decided_by <> proposed_by),
  CONSTRAINT decided CHECK ((state = 'proposed') = (decided_by IS NULL))
);
CREATE UNIQUE INDEX one_active_role ON auth.role (name) WHERE state = 'active';
CREATE UNIQUE INDEX one_proposed_role ON auth.role (name) WHERE state = 'proposed';
CALL base.protect_published('auth.role');

-- One row for each permission of a role that holds: what a query about rights joins.
CREATE VIEW auth.role_permission WITH (security_invoker) AS
  SELECT r.name AS role, r.built_in, p.permission FROM auth.role r, unnest(r.permissions) AS p (permission)
  WHERE r.state = 'active';
GRANT SELECT ON auth.role_permission TO jiaodun_app;

-- A grant ends by one person, at once; having it back takes the two people of a new grant. The auditor of one unit
-- is a class of its own, like the three administrators.
ALTER TABLE auth.role_grant
  ALTER COLUMN class SET EXPRESSION AS (CASE WHEN role IN ('system_admin', 'security_admin', 'audit_admin',
    'unit_auditor') THEN role ELSE 'business' END),
  ADD COLUMN revoked_by text,
  ADD COLUMN revoked_by_name text,
  ADD COLUMN revoked_at timestamptz,
  ADD COLUMN revoke_reason text,
  DROP CONSTRAINT role_grant_state_check,
  ADD CONSTRAINT role_grant_state_check CHECK (state IN ('proposed', 'approved', 'refused', 'revoked')),
  ADD CONSTRAINT revoked CHECK ((state = 'revoked') = (revoked_by IS NOT NULL)
    AND (revoked_by IS NULL) = (revoke_reason IS NULL));
DROP INDEX auth.one_live_grant;
CREATE UNIQUE INDEX one_live_grant ON auth.role_grant (account_id, role) WHERE state IN ('proposed', 'approved');
CREATE INDEX ON auth.role_grant (role) WHERE state = 'approved';

-- 三员分立 holds for a person, not only for an account: two accounts of one person count as one.
CREATE FUNCTION auth.demand_one_class(person uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF person IS NULL THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('auth.person:' || person));
  IF (SELECT count(DISTINCT g.class) > 1 FROM auth.role_grant g JOIN auth.account a ON a.id = g.account_id
      WHERE a.person_id = person AND g.state IN ('proposed', 'approved')) THEN
    RAISE EXCEPTION 'one person would hold roles that exclude each other'
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'exclusive_role';
  END IF;
END $$;
REVOKE ALL ON FUNCTION auth.demand_one_class FROM PUBLIC;

CREATE FUNCTION auth.check_grant_class() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  PERFORM auth.demand_one_class((SELECT person_id FROM auth.account WHERE id = NEW.account_id));
  RETURN NULL;
END $$;
CREATE TRIGGER one_class AFTER INSERT OR UPDATE OF role, state, account_id ON auth.role_grant
  FOR EACH ROW WHEN (NEW.state IN ('proposed', 'approved')) EXECUTE FUNCTION auth.check_grant_class();

CREATE FUNCTION auth.check_account_class() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  PERFORM auth.demand_one_class(NEW.person_id);
  RETURN NULL;
END $$;
CREATE TRIGGER one_class AFTER UPDATE OF person_id ON auth.account
  FOR EACH ROW WHEN (NEW.person_id IS NOT NULL) EXECUTE FUNCTION auth.check_account_class();

-- The audit role cannot be switched off: whoever works on the database, an enabled account with it stays.
CREATE FUNCTION auth.keep_auditor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('auth.audit_admin'));
  IF NOT EXISTS (SELECT FROM auth.role_grant g JOIN auth.account a ON a.id = g.account_id
      WHERE g.role = 'audit_admin' AND g.state = 'approved' AND NOT a.disabled) THEN
    RAISE EXCEPTION 'the last audit administrator stays'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'last_auditor';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_auditor AFTER UPDATE OF state, role, account_id ON auth.role_grant FOR EACH ROW
  WHEN (OLD.role = 'audit_admin' AND OLD.state = 'approved' AND
    (NEW.state, NEW.role, NEW.account_id) IS DISTINCT FROM (OLD.state, OLD.role, OLD.account_id))
  EXECUTE FUNCTION auth.keep_auditor();
CREATE TRIGGER keep_auditor_row AFTER DELETE ON auth.role_grant FOR EACH ROW
  WHEN (OLD.role = 'audit_admin' AND OLD.state = 'approved') EXECUTE FUNCTION auth.keep_auditor();

CREATE FUNCTION auth.keep_auditor_account() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM auth.role_grant g WHERE g.account_id = NEW.id AND g.role = 'audit_admin'
      AND g.state = 'approved') THEN
    PERFORM pg_advisory_xact_lock(hashtext('auth.audit_admin'));
    IF NOT EXISTS (SELECT FROM auth.role_grant g JOIN auth.account a ON a.id = g.account_id
        WHERE g.role = 'audit_admin' AND g.state = 'approved' AND NOT a.disabled) THEN
      RAISE EXCEPTION 'the last audit administrator stays'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'last_auditor';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_auditor AFTER UPDATE OF disabled ON auth.account FOR EACH ROW
  WHEN (NEW.disabled AND NOT OLD.disabled) EXECUTE FUNCTION auth.keep_auditor_account();

-- A person lends named permissions to another account of the same unit or below. It gives rights, never scope.
CREATE TABLE auth.delegation (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  from_account uuid NOT NULL REFERENCES auth.account,
  -- Names as they were: a recipient may not read the accounts above.
  from_name text NOT NULL,
  from_unit text NOT NULL,
  to_account uuid NOT NULL REFERENCES auth.account,
  to_name text NOT NULL,
  to_unit text NOT NULL,
  -- The recipient's unit.
  unit_path ltree NOT NULL,
  permissions text[] NOT NULL CHECK (cardinality(permissions) > 0),
  role text,
  reason text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'offered' CHECK (state IN ('offered', 'accepted', 'declined', 'ended')),
  offered_at timestamptz NOT NULL DEFAULT base.now(),
  answered_at timestamptz,
  ended_at timestamptz,
  ended_by text,
  ended_by_name text,
  CHECK (from_account <> to_account),
  CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '90 days'),
  CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
  CHECK ((state = 'offered') <= (answered_at IS NULL))
);
CREATE INDEX ON auth.delegation (to_account) WHERE state = 'accepted';
CREATE INDEX ON auth.delegation (from_account);
CREATE INDEX ON auth.delegation USING gist (unit_path);
CALL base.protect('auth.delegation');

-- A look at the system as another account, tied to the looker's session. `seen` is what was looked at.
CREATE TABLE auth.view_as (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  session_id uuid NOT NULL REFERENCES auth.session (id),
  viewer_id uuid NOT NULL REFERENCES auth.account,
  viewer_name text NOT NULL,
  target_id uuid NOT NULL REFERENCES auth.account,
  target_name text NOT NULL,
  unit_path ltree NOT NULL,
  reason text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT base.now(),
  ends_at timestamptz NOT NULL,
  ended_at timestamptz,
  seen text[] NOT NULL DEFAULT '{}',
  CHECK (viewer_id <> target_id),
  CHECK (ends_at <= started_at + interval '1 hour')
);
CREATE UNIQUE INDEX one_view ON auth.view_as (session_id) WHERE ended_at IS NULL;
CREATE INDEX ON auth.view_as (target_id, started_at);
CALL base.protect('auth.view_as');

-- Tokens: what goes beyond the machine role waits for a second person; a rotated secret works a little longer.
ALTER TABLE auth.token
  ADD COLUMN created_by_name text NOT NULL DEFAULT '',
  ADD COLUMN allowed_from cidr[] NOT NULL DEFAULT '{}',
  ADD COLUMN last_used_from inet,
  ADD COLUMN previous_sha256 bytea UNIQUE,
  ADD COLUMN previous_until timestamptz,
  ADD COLUMN rotated_at timestamptz,
  ADD COLUMN revoked_by_name text,
  ADD COLUMN state text NOT NULL DEFAULT 'active' CHECK (state IN ('proposed', 'active', 'refused')),
  ADD COLUMN decided_by text,
  ADD COLUMN decided_by_name text,
  ADD COLUMN decided_at timestamptz,
  ADD CONSTRAINT token_four_eyes CHECK (decided_by IS NULL OR decided_by <> created_by),
  ADD CONSTRAINT token_lasts CHECK (expires_at <= created_at + interval '367 days');

-- Whose phone number was opened, by whom, when and why; the person may read it.
CREATE TABLE auth.phone_reveal (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  person_id uuid NOT NULL REFERENCES units.person,
  unit_path ltree NOT NULL,
  account_id uuid NOT NULL REFERENCES auth.account,
  account_name text NOT NULL,
  account_unit text NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON auth.phone_reveal (person_id, at);
CREATE INDEX ON auth.phone_reveal (account_id, at);
CALL base.protect('auth.phone_reveal');
REVOKE UPDATE ON auth.phone_reveal FROM jiaodun_app;
