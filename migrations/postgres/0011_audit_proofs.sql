-- Proofs of the audit tree, its witnesses, and a lock that holds for the owner, too.

-- Version 2 of a leaf commits to the actor's name as well: a changed name would otherwise not show. Entries of
-- version 1 keep their leaves. The statement is what a leaf hashes; content enters it by a salted hash only.
ALTER TABLE audit.entry ADD COLUMN leaf_version smallint NOT NULL DEFAULT 1 CHECK (leaf_version IN (1, 2));
ALTER TABLE audit.entry ALTER COLUMN leaf_version SET DEFAULT 2;

CREATE FUNCTION audit.content_of(leaf_version smallint, actor_name text, before jsonb, after jsonb)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE leaf_version WHEN 1 THEN jsonb_build_array(before, after)::text
    ELSE jsonb_build_array(before, after, actor_name)::text END
$$;

CREATE FUNCTION audit.statement_of(id uuid, at timestamptz, actor_id text, action text, subject text,
  unit_path ltree, content text, salt bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_array(id, extract(epoch FROM at)::text, actor_id, action, subject, unit_path::text,
    encode(sha256(salt || convert_to(content, 'UTF8')), 'hex'))::text
$$;

CREATE OR REPLACE FUNCTION audit.fill_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.salt := uuid_send(gen_random_uuid());
  NEW.leaf_index := NULL;
  NEW.leaf_version := 2;
  NEW.leaf := sha256('\x00'::bytea || convert_to(audit.statement_of(NEW.id, NEW.at, NEW.actor_id, NEW.action,
    NEW.subject, NEW.unit_path, audit.content_of(2::smallint, NEW.actor_name, NEW.before, NEW.after), NEW.salt), 'UTF8'));
  RETURN NEW;
END $$;
DROP FUNCTION audit.leaf_of;

CREATE INDEX entry_words ON audit.entry USING gin ((actor_name || ' ' || action || ' ' || subject) gin_trgm_ops);
CREATE INDEX ON audit.entry (actor_id, id);

-- Roots of the perfect subtrees of 2^8, 2^16, … leaves: a proof reads hundreds of rows, not millions.
CREATE TABLE audit.node (
  level smallint NOT NULL CHECK (level IN (8, 16, 24, 32, 40)),
  index bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (level, index)
);
GRANT SELECT, INSERT ON audit.node TO jiaodun_app;

-- A witness keeps the newest checkpoint that it has seen outside this system and signs the next one only when
-- it grew out of that: a log that is rolled back or forked finds no second signature.
CREATE TABLE audit.witness (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  name text NOT NULL,
  unit_path ltree NOT NULL,
  public_key text NOT NULL UNIQUE,
  registered_by text NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT base.now(),
  retired_at timestamptz
);
CALL base.protect('audit.witness');

CREATE TABLE audit.cosignature (
  size bigint NOT NULL REFERENCES audit.checkpoint,
  witness_id uuid NOT NULL REFERENCES audit.witness,
  unit_path ltree NOT NULL,
  signature bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (size, witness_id)
);
CREATE INDEX ON audit.cosignature (witness_id, size DESC);
ALTER TABLE audit.cosignature ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON audit.cosignature USING (unit_path <@ (SELECT base.scope()));
GRANT SELECT, INSERT ON audit.cosignature TO jiaodun_app;

-- Nobody changes or deletes what was recorded: triggers bind the owner and a superuser, whom grants do not.
-- The one change allowed is that an entry gets its place in the tree.
CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'entry' THEN
    IF OLD.leaf_index IS NULL AND to_jsonb(NEW) - 'leaf_index' = to_jsonb(OLD) - 'leaf_index' THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'the audit log is append-only: % of audit.% is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['entry', 'checkpoint', 'node', 'cosignature'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit.%I
      FOR EACH ROW EXECUTE FUNCTION audit.refuse_change()', name);
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON audit.%I
      FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change()', name);
    EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER append_only', name);
    EXECUTE format('ALTER TABLE audit.%I ENABLE ALWAYS TRIGGER no_truncate', name);
  END LOOP;
  EXECUTE 'ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER fill_leaf';
END $$;

-- The triggers themselves cannot be dropped or switched off but by a migration that says so
-- (SET LOCAL jiaodun.audit_migration = 'on'). A superuser who drops the event triggers first is not stopped, but
-- shown: by the tree, and by the witnesses outside. Only a superuser may make an event trigger: the built-in server's
-- owner is one; with a server of one's own, give the tables to a role of their own (docs/guide/operator.md).
CREATE FUNCTION base.refuse_audit_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
  IF current_setting('jiaodun.audit_migration', true) = 'on' THEN RETURN; END IF;
  IF TG_EVENT = 'ddl_command_start' THEN
    -- A schema that goes with everything in it takes these triggers along before sql_drop could fire.
    RAISE EXCEPTION 'the audit log is append-only: % is refused', TG_TAG USING ERRCODE = 'insufficient_privilege';
  ELSIF TG_EVENT = 'sql_drop' THEN
    FOR one IN SELECT * FROM pg_event_trigger_dropped_objects() 
      WHERE schema_name = 'audit' OR object_identity = 'audit' OR object_identity ~ ' on audit\.' LOOP
      RAISE EXCEPTION 'the audit log is append-only: % is refused', TG_TAG USING ERRCODE = 'insufficient_privilege';
    END LOOP;
  ELSE
    FOR one IN SELECT * FROM pg_event_trigger_ddl_commands()
      WHERE schema_name = 'audit' OR object_identity ~ ' on audit\.' LOOP
      RAISE EXCEPTION 'the audit log is append-only: % is refused', TG_TAG USING ERRCODE = 'insufficient_privilege';
    END LOOP;
  END IF;
END $$;
DO $$
BEGIN
  CREATE EVENT TRIGGER jiaodun_audit_ddl ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE', 'ALTER TRIGGER', 'CREATE TRIGGER', 'CREATE FUNCTION', 'ALTER FUNCTION', 'CREATE RULE',
      'CREATE POLICY', 'ALTER POLICY')
    EXECUTE FUNCTION base.refuse_audit_ddl();
  CREATE EVENT TRIGGER jiaodun_audit_schema ON ddl_command_start WHEN TAG IN ('DROP SCHEMA', 'DROP OWNED')
    EXECUTE FUNCTION base.refuse_audit_ddl();
  CREATE EVENT TRIGGER jiaodun_audit_drop ON sql_drop EXECUTE FUNCTION base.refuse_audit_ddl();
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'not a superuser: the owner of the tables could still alter audit.*';
END $$;
