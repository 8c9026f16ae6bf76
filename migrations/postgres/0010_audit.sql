-- Who did what, when, before and after. Append-only for the application; a Merkle tree (RFC 6962) over the
-- entries is signed at checkpoints, so a later change of any entry shows.
CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO jiaodun_app;

CREATE TABLE audit.entry (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  -- Position in the tree, given by the checkpoint that first covers the entry: commit order, without gaps.
  leaf_index bigint UNIQUE,
  at timestamptz NOT NULL DEFAULT base.now(),
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  unit_path ltree NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  before jsonb,
  after jsonb,
  -- Personal data never enters a leaf unsalted (rule 7).
  salt bytea NOT NULL,
  leaf bytea NOT NULL
);
CREATE INDEX ON audit.entry USING gist (unit_path);
CREATE INDEX ON audit.entry (at);
CREATE INDEX ON audit.entry (subject);
ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY scope ON audit.entry FOR SELECT USING (unit_path <@ (SELECT base.scope()));
-- An act is recorded whatever the actor may read: the law wants it, and reading stays scoped.
CREATE POLICY append ON audit.entry FOR INSERT WITH CHECK (true);
CREATE POLICY place ON audit.entry FOR UPDATE USING (unit_path <@ (SELECT base.scope()) AND leaf_index IS NULL)
  WITH CHECK (unit_path <@ (SELECT base.scope()));
GRANT SELECT, INSERT ON audit.entry TO jiaodun_app;
GRANT UPDATE (leaf_index) ON audit.entry TO jiaodun_app;

-- RFC 6962 leaf: SHA-256(0x00 ‖ entry); the entry commits to before/after through a salted hash.
CREATE FUNCTION audit.leaf_of(id uuid, at timestamptz, actor_id text, action text, subject text,
  unit_path ltree, before jsonb, after jsonb, salt bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
  SELECT sha256('\x00'::bytea || convert_to(jsonb_build_array(id, extract(epoch FROM at)::text, actor_id, action,
    subject, unit_path::text,
    encode(sha256(salt || convert_to(jsonb_build_array(before, after)::text, 'UTF8')), 'hex'))::text, 'UTF8'))
$$;

CREATE FUNCTION audit.fill_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.salt := uuid_send(gen_random_uuid());
  NEW.leaf_index := NULL;
  NEW.leaf := audit.leaf_of(NEW.id, NEW.at, NEW.actor_id, NEW.action, NEW.subject, NEW.unit_path,
    NEW.before, NEW.after, NEW.salt);
  RETURN NEW;
END $$;
CREATE TRIGGER fill_leaf BEFORE INSERT ON audit.entry FOR EACH ROW EXECUTE FUNCTION audit.fill_leaf();

CREATE TABLE audit.checkpoint (
  size bigint PRIMARY KEY,
  root bytea NOT NULL,
  -- The perfect subtrees of the tree at this size, largest first: the next checkpoint goes on from here.
  frontier bytea[] NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  signature bytea NOT NULL
);
GRANT SELECT, INSERT ON audit.checkpoint TO jiaodun_app;
