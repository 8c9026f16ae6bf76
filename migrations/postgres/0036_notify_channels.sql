-- Channels, receipts, preferences, templates and escalation chains of messages.

-- A way out of the house. The webhook address and the keys are in `sealed`, encrypted by the application.
CREATE TABLE notify.channel (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  kind text NOT NULL CHECK (kind IN ('mail', 'sms', 'webhook', 'wecom', 'dingtalk', 'feishu')),
  name text NOT NULL,
  -- Where it leads, without anything secret: `oapi.dingtalk.com`.
  host text NOT NULL,
  sealed bytea NOT NULL,
  settings jsonb NOT NULL,
  enabled boolean NOT NULL DEFAULT true,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT base.now(),
  changed_at timestamptz NOT NULL DEFAULT base.now(),
  tested_at timestamptz,
  tested_ok boolean,
  tested_detail text,
  UNIQUE (unit_path, name)
);
CREATE INDEX ON notify.channel USING gist (unit_path);
CALL base.protect('notify.channel');

-- The nearest enabled channel of a kind at or above a unit. A unit's sender does not see the bureau's channels.
CREATE FUNCTION notify.channel_for(wanted text, path ltree) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_catalog AS $$
  SELECT id FROM notify.channel WHERE kind = wanted AND enabled AND unit_path @> path
  ORDER BY nlevel(unit_path) DESC, id LIMIT 1
$$;
REVOKE ALL ON FUNCTION notify.channel_for FROM PUBLIC;
GRANT EXECUTE ON FUNCTION notify.channel_for TO jiaodun_app;

-- A chain of whom to tell when nobody answers; each change is a new version.
CREATE TABLE notify.chain (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  key text NOT NULL,
  version int NOT NULL,
  name text NOT NULL,
  steps jsonb NOT NULL,
  set_by text NOT NULL,
  set_by_name text NOT NULL,
  from_at timestamptz NOT NULL DEFAULT base.now(),
  UNIQUE (unit_path, key, version)
);
CALL base.protect_published('notify.chain');
REVOKE UPDATE ON notify.chain FROM jiaodun_app;

CREATE TABLE notify.chain_run (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  key text NOT NULL UNIQUE,
  chain_key text NOT NULL,
  chain_version int NOT NULL,
  kind text NOT NULL,
  urgent boolean NOT NULL,
  subject jsonb NOT NULL,
  body jsonb NOT NULL,
  link text,
  started_at timestamptz NOT NULL DEFAULT base.now(),
  acknowledged_at timestamptz,
  acknowledged_by text,
  acknowledged_how text,
  CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);
CREATE INDEX ON notify.chain_run USING gist (unit_path);
CALL base.protect('notify.chain_run');
REVOKE UPDATE ON notify.chain_run FROM jiaodun_app;
GRANT UPDATE (acknowledged_at, acknowledged_by, acknowledged_how) ON notify.chain_run TO jiaodun_app;

-- A step with the people and addresses as they were when the chain started. Nothing may change when it is due.
CREATE TABLE notify.chain_step (
  run_id uuid NOT NULL REFERENCES notify.chain_run,
  unit_path ltree NOT NULL,
  seq int NOT NULL,
  due_at timestamptz NOT NULL,
  recipients jsonb NOT NULL,
  channels text[] NOT NULL,
  fired_at timestamptz,
  PRIMARY KEY (run_id, seq)
);
CREATE INDEX due_chain_steps ON notify.chain_step (due_at) WHERE fired_at IS NULL;
CREATE INDEX ON notify.chain_step USING gist (unit_path);
CALL base.protect('notify.chain_step');
REVOKE UPDATE ON notify.chain_step FROM jiaodun_app;
GRANT UPDATE (fired_at) ON notify.chain_step TO jiaodun_app;

ALTER TABLE notify.message ADD COLUMN kind text NOT NULL DEFAULT 'notice', ADD COLUMN acknowledged_at timestamptz,
  ADD COLUMN wants_acknowledgement boolean NOT NULL DEFAULT false;

-- Every message on its way by one channel to one recipient; until now only mails were kept here.
ALTER TABLE notify.mail RENAME TO delivery;
ALTER TABLE notify.delivery
  ADD COLUMN channel text NOT NULL DEFAULT 'mail'
    CHECK (channel IN ('app', 'mail', 'sms', 'webhook', 'wecom', 'dingtalk', 'feishu')),
  ADD COLUMN channel_id uuid REFERENCES notify.channel,
  ADD COLUMN kind text NOT NULL DEFAULT 'obligation',
  ADD COLUMN urgent boolean NOT NULL DEFAULT false,
  ADD COLUMN link text,
  ADD COLUMN account_id uuid REFERENCES auth.account,
  ADD COLUMN message_id uuid REFERENCES notify.message,
  ADD COLUMN chain_run_id uuid REFERENCES notify.chain_run,
  ADD COLUMN state text NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'sending', 'done', 'dead', 'given_up')),
  ADD COLUMN due_at timestamptz NOT NULL DEFAULT base.now(),
  -- Attempts after which it is given to people as a dead letter.
  ADD COLUMN budget int NOT NULL DEFAULT 12,
  -- What goes out as one: the id is the Message-ID or idempotency header of every attempt.
  ADD COLUMN batch_id uuid,
  -- Waiting messages with the same one may be merged.
  ADD COLUMN group_key text,
  -- Refused together with others: sent alone from now on.
  ADD COLUMN alone boolean NOT NULL DEFAULT false,
  ADD COLUMN ack_sha256 bytea UNIQUE,
  -- The carrier's id of it, by which its delivery report names it.
  ADD COLUMN carrier_id text,
  ADD COLUMN given_up_reason text,
  ADD COLUMN given_up_by text;
ALTER TABLE notify.delivery DROP CONSTRAINT mail_level_check;
ALTER TABLE notify.delivery ADD CONSTRAINT delivery_level CHECK
  (level IN ('composed', 'sent', 'accepted', 'delivered', 'opened', 'acknowledged', 'failed'));
UPDATE notify.delivery SET state = CASE level WHEN 'accepted' THEN 'done' WHEN 'failed' THEN 'dead' ELSE 'waiting' END;
ALTER TABLE notify.delivery ADD CONSTRAINT given_up_with_reason CHECK
  ((state = 'given_up') = (given_up_reason IS NOT NULL) AND (state = 'given_up') = (given_up_by IS NOT NULL));
-- Its queue: one per configured channel, one for the mail server of the configuration.
ALTER TABLE notify.delivery ADD COLUMN lane text GENERATED ALWAYS AS (coalesce(channel_id::text, channel)) STORED;
CREATE INDEX delivery_due ON notify.delivery (lane, urgent DESC, due_at, id) WHERE state = 'waiting';
CREATE INDEX delivery_sending ON notify.delivery (lane) WHERE state = 'sending';
CREATE INDEX delivery_dead ON notify.delivery (id DESC) WHERE state = 'dead';
CREATE INDEX delivery_batch ON notify.delivery (batch_id) WHERE state IN ('waiting', 'sending');
CREATE INDEX delivery_group ON notify.delivery (group_key, due_at, id) WHERE state = 'waiting';
CREATE INDEX ON notify.delivery (message_id);
CREATE INDEX ON notify.delivery (chain_run_id);
CREATE INDEX ON notify.delivery (channel_id, carrier_id) WHERE carrier_id IS NOT NULL;

-- One try. Written before anything is sent, so that a crash in the middle is known: `unknown`.
CREATE TABLE notify.attempt (
  delivery_id uuid NOT NULL REFERENCES notify.delivery,
  attempt int NOT NULL,
  unit_path ltree NOT NULL,
  batch_id uuid NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT base.now(),
  ended_at timestamptz,
  outcome text CHECK (outcome IN ('accepted', 'permanent', 'temporary', 'unreachable', 'unknown')),
  detail text,
  PRIMARY KEY (delivery_id, attempt),
  CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX ON notify.attempt USING gist (unit_path);
CALL base.protect('notify.attempt');
REVOKE UPDATE ON notify.attempt FROM jiaodun_app;
GRANT UPDATE (ended_at, outcome, detail) ON notify.attempt TO jiaodun_app;

-- How far it got, each with its time and proof. Nothing is claimed that was not answered, reported or clicked.
CREATE TABLE notify.receipt (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  delivery_id uuid NOT NULL REFERENCES notify.delivery,
  unit_path ltree NOT NULL,
  level text NOT NULL
    CHECK (level IN ('composed', 'sent', 'accepted', 'delivered', 'opened', 'acknowledged', 'failed')),
  -- 0: of no attempt.
  attempt int NOT NULL DEFAULT 0,
  at timestamptz NOT NULL DEFAULT base.now(),
  proof text NOT NULL,
  UNIQUE (delivery_id, level, attempt)
);
CREATE INDEX ON notify.receipt USING gist (unit_path);
CALL base.protect('notify.receipt');
REVOKE UPDATE ON notify.receipt FROM jiaodun_app;

-- A lane's token bucket, its worker, and whether it is broken.
CREATE TABLE notify.lane (
  lane text PRIMARY KEY,
  tokens double precision,
  refilled_at timestamptz NOT NULL DEFAULT base.now(),
  pump uuid,
  pump_until timestamptz,
  paused_until timestamptz,
  failures int NOT NULL DEFAULT 0,
  broken_since timestamptz,
  alarmed_at timestamptz,
  last_error text
);
ALTER TABLE notify.lane ENABLE ROW LEVEL SECURITY;
CREATE POLICY system ON notify.lane USING ((SELECT base.scope()) = ''::ltree);
-- Who sees a channel sees how it is; the mail server of the configuration is everybody's.
CREATE POLICY reader ON notify.lane FOR SELECT
  USING (lane = 'mail' OR EXISTS (SELECT FROM notify.channel c WHERE c.id::text = lane));
GRANT SELECT, INSERT, UPDATE ON notify.lane TO jiaodun_app;

CREATE TABLE notify.preference (
  account_id uuid PRIMARY KEY REFERENCES auth.account,
  unit_path ltree NOT NULL,
  language text NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
  -- China time; from 22:00 to 07:00 is across midnight.
  quiet_from time,
  quiet_to time,
  -- {kind: [mail, sms]}: kinds that are not named go as by default.
  channels jsonb NOT NULL DEFAULT '{}',
  changed_at timestamptz NOT NULL DEFAULT base.now(),
  CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
  CHECK (quiet_from <> quiet_to)
);
ALTER TABLE notify.preference ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON notify.preference USING (account_id::text = (SELECT base.actor_id()));
CREATE POLICY system ON notify.preference USING ((SELECT base.scope()) = ''::ltree);
GRANT SELECT, INSERT, UPDATE ON notify.preference TO jiaodun_app;

-- Wording of a kind of message; each change is a new version.
CREATE TABLE notify.template (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  kind text NOT NULL,
  language text NOT NULL CHECK (language IN ('zh', 'en')),
  version int NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  short text NOT NULL,
  set_by text NOT NULL,
  set_by_name text NOT NULL,
  from_at timestamptz NOT NULL DEFAULT base.now(),
  UNIQUE (kind, language, version)
);
CALL base.protect_published('notify.template');
REVOKE UPDATE ON notify.template FROM jiaodun_app;
