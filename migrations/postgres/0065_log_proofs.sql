-- Links of version 2: bound to a Merkle root, named by the installation that made them, and signed.

-- Which installation this is: the name of its chain wherever its segments go. One row, made at first use.
CREATE TABLE logs.installation (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  id uuid NOT NULL,
  since timestamptz NOT NULL DEFAULT base.now()
);
GRANT SELECT, INSERT ON logs.installation TO jiaodun_app;

-- Keys that signed links: each machine that seals has its own.
CREATE TABLE logs.signer (
  fingerprint text PRIMARY KEY CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
  public_key text NOT NULL,
  since timestamptz NOT NULL DEFAULT base.now()
);
GRANT SELECT, INSERT ON logs.signer TO jiaodun_app;

ALTER TABLE logs.segment
  ADD COLUMN link_version smallint NOT NULL DEFAULT 1 CHECK (link_version IN (1, 2)),
  -- What the link says its chain and source are; null: 'main' and the source's number here.
  ADD COLUMN link_chain text,
  ADD COLUMN link_source text,
  ADD COLUMN merkle_root text CHECK (merkle_root ~ '^[0-9a-f]{64}$'),
  ADD COLUMN leaves bigint CHECK (leaves > 0),
  ADD COLUMN sm3 text CHECK (sm3 ~ '^[0-9a-f]{64}$'),
  -- A forwarder may not use up the names of another one.
  DROP CONSTRAINT segment_origin_key,
  ADD UNIQUE (chain, origin),
  ADD COLUMN signer text REFERENCES logs.signer,
  ADD COLUMN signature bytea CHECK (length(signature) = 64),
  ADD CONSTRAINT signed_since_version_2 CHECK (link_version = 1 OR (link_chain IS NOT NULL
    AND link_source IS NOT NULL AND merkle_root IS NOT NULL AND leaves IS NOT NULL AND signer IS NOT NULL
    AND signature IS NOT NULL));

-- Heads of chains as they entered the audit log: a chain that ends before one of them was rolled back.
CREATE TABLE logs.chain_anchor (
  chain text NOT NULL REFERENCES logs.chain_head,
  chain_seq bigint NOT NULL,
  link text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (chain, chain_seq)
);
GRANT SELECT, INSERT ON logs.chain_anchor TO jiaodun_app;
GRANT INSERT ON logs.chain_head TO jiaodun_app;

-- Installations that send their sealed segments here. The chain is named by the installation's id.
CREATE TABLE logs.forwarder (
  id uuid PRIMARY KEY,
  chain text NOT NULL UNIQUE REFERENCES logs.chain_head,
  unit_path ltree NOT NULL,
  name text NOT NULL,
  -- The token that it first came with: nobody else's segments are taken for this chain.
  token text NOT NULL,
  since timestamptz NOT NULL DEFAULT base.now(),
  heard_at timestamptz NOT NULL DEFAULT base.now(),
  -- How far its own chain had come when it was last heard.
  their_seq bigint NOT NULL DEFAULT 0,
  -- Why its segments are refused at the moment; null: they are not.
  problem text
);
CREATE INDEX ON logs.forwarder USING gist (unit_path);
CALL base.protect('logs.forwarder');

-- Keys whose signatures are taken from a forwarder: the first ones at once, later ones when a person here accepts them.
CREATE TABLE logs.forwarder_key (
  forwarder_id uuid NOT NULL REFERENCES logs.forwarder,
  unit_path ltree NOT NULL,
  fingerprint text NOT NULL,
  public_key text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT base.now(),
  accepted_at timestamptz,
  accepted_by text,
  PRIMARY KEY (forwarder_id, fingerprint)
);
CREATE INDEX ON logs.forwarder_key USING gist (unit_path);
CALL base.protect('logs.forwarder_key');

-- Which source here stands for which of theirs.
CREATE TABLE logs.forwarded_source (
  forwarder_id uuid NOT NULL REFERENCES logs.forwarder,
  unit_path ltree NOT NULL,
  their_id text NOT NULL,
  format text NOT NULL,
  source_id int NOT NULL REFERENCES logs.source,
  PRIMARY KEY (forwarder_id, their_id, format)
);
CREATE INDEX ON logs.forwarded_source USING gist (unit_path);
CALL base.protect('logs.forwarded_source');

-- The city's signed receipts for our segments.
CREATE TABLE logs.forward_receipt (
  chain_seq bigint PRIMARY KEY,
  link text NOT NULL,
  city text NOT NULL,
  received_at text NOT NULL,
  public_key text NOT NULL,
  signature bytea NOT NULL CHECK (length(signature) = 64),
  at timestamptz NOT NULL DEFAULT base.now()
);
GRANT SELECT, INSERT ON logs.forward_receipt TO jiaodun_app;

-- How the sending goes: one row.
CREATE TABLE logs.forward_state (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  target text NOT NULL,
  tried_at timestamptz,
  done_at timestamptz,
  -- Of the segment on its way.
  sent_bytes bigint NOT NULL DEFAULT 0,
  all_bytes bigint NOT NULL DEFAULT 0,
  failures int NOT NULL DEFAULT 0,
  problem text
);
GRANT SELECT, INSERT, UPDATE ON logs.forward_state TO jiaodun_app;
