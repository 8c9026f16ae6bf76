CREATE SCHEMA notify;
GRANT USAGE ON SCHEMA notify TO jiaodun_app;

-- In-app messages, one row per reader.
CREATE TABLE notify.message (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  account_id uuid NOT NULL REFERENCES auth.account,
  unit_path ltree NOT NULL,
  -- (event, step, recipient): the same message is never shown twice.
  key text NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  link text,
  urgent boolean NOT NULL DEFAULT false,
  at timestamptz NOT NULL DEFAULT base.now(),
  read_at timestamptz,
  UNIQUE (account_id, key)
);
CREATE INDEX ON notify.message (account_id, id DESC);
CREATE INDEX ON notify.message (account_id) WHERE read_at IS NULL;
ALTER TABLE notify.message ENABLE ROW LEVEL SECURITY;
-- A message is its reader's alone; the system writes.
CREATE POLICY own ON notify.message USING (account_id::text = (SELECT base.actor_id()));
CREATE POLICY system ON notify.message USING ((SELECT base.scope()) = ''::ltree);
GRANT SELECT, INSERT, UPDATE ON notify.message TO jiaodun_app;

-- Outgoing mail and how far it got. `accepted` means: taken by the mail server, no more.
CREATE TABLE notify.mail (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  -- (obligation, step, recipient, attempt): the same mail is composed once.
  key text NOT NULL UNIQUE,
  recipient text NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  -- [{fileName, sha256, contentType}] in the file store.
  attachments jsonb NOT NULL DEFAULT '[]',
  level text NOT NULL DEFAULT 'composed' CHECK (level IN ('composed', 'accepted', 'failed')),
  error text,
  attempts int NOT NULL DEFAULT 0,
  at timestamptz NOT NULL DEFAULT base.now(),
  accepted_at timestamptz,
  response text
);
CREATE INDEX ON notify.mail USING gist (unit_path);
CREATE INDEX ON notify.mail (level, id);
CALL base.protect('notify.mail');
