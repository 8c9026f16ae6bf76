-- The catalogue of the logs: who sends what, and every sealed segment with its place in the chain.
CREATE SCHEMA logs;
GRANT USAGE ON SCHEMA logs TO jiaodun_app;

CREATE TABLE logs.source (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 120),
  unit_path ltree NOT NULL,
  -- 'unknown' is a quarantined sender: its lines are kept raw and not read.
  format text NOT NULL
    CHECK (format IN ('squid', 'dnsmasq', 'isc-dhcpd', 'conntrack', 'access', 'auto', 'unknown')),
  realm text NOT NULL DEFAULT 'main',
  zone text NOT NULL DEFAULT 'Asia/Shanghai',
  lease_seconds int CHECK (lease_seconds > 0),
  -- The website of an access log whose lines do not name it.
  host text,
  -- Year of year-less dates; null: the one that puts the date nearest to the receipt.
  fixed_year int CHECK (fixed_year BETWEEN 1970 AND 2199),
  tolerance_seconds numeric NOT NULL DEFAULT 2 CHECK (tolerance_seconds >= 0),
  senders inet[] NOT NULL DEFAULT '{}',
  created timestamptz NOT NULL DEFAULT base.now(),
  CHECK ((format = 'unknown') = (name LIKE 'unregistered:%'))
);
CREATE INDEX ON logs.source USING gist (unit_path);
CREATE INDEX ON logs.source USING gin (senders);
CALL base.protect('logs.source');

-- One sender belongs to one source, whatever the caller may see of the others.
CREATE FUNCTION logs.refuse_shared_sender() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('logs.senders'));
  IF EXISTS (SELECT FROM logs.source s WHERE s.id <> NEW.id AND s.senders && NEW.senders) THEN
    RAISE EXCEPTION 'a sender belongs to another source' USING ERRCODE = '23505', CONSTRAINT = 'one_sender';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER one_sender AFTER INSERT OR UPDATE OF senders ON logs.source
  FOR EACH ROW EXECUTE FUNCTION logs.refuse_shared_sender();

-- Each link binds the segment's hash and facts to all segments before it; see src/modules/logs/README.md.
CREATE TABLE logs.chain_head (
  chain text PRIMARY KEY,
  chain_seq bigint NOT NULL,
  link text NOT NULL
);
INSERT INTO logs.chain_head VALUES ('main', 0, repeat('0', 64));
GRANT SELECT, UPDATE ON logs.chain_head TO jiaodun_app;

CREATE TABLE logs.segment (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  chain text NOT NULL REFERENCES logs.chain_head,
  chain_seq bigint NOT NULL,
  -- The spool file or upload that it was sealed from: sealing the same one again registers nothing.
  origin text NOT NULL UNIQUE,
  source_id int NOT NULL REFERENCES logs.source,
  unit_path ltree NOT NULL,
  file text NOT NULL,
  sha256 text NOT NULL,
  prev_link text NOT NULL,
  link text NOT NULL,
  records bigint NOT NULL,
  raw_bytes bigint NOT NULL,
  first_recv timestamptz NOT NULL,
  last_recv timestamptz NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT base.now(),
  indexed_at timestamptz,
  parsed bigint,
  -- Lines that the decoder knows and that say nothing worth a row.
  ignored bigint,
  unparsable bigint,
  -- Earliest and latest time that its lines tell; null before indexing or when none tells any.
  first_ts timestamptz,
  last_ts timestamptz,
  UNIQUE (chain, chain_seq)
);
CREATE INDEX ON logs.segment USING gist (unit_path);
CREATE INDEX ON logs.segment (source_id, last_recv);
CREATE INDEX ON logs.segment (id) WHERE indexed_at IS NULL;
-- What coverage answers are made of, without reading every segment of a source.
CREATE INDEX ON logs.segment (source_id, last_recv) WHERE indexed_at IS NULL;
CREATE INDEX ON logs.segment (source_id, coalesce(last_ts, last_recv)) WHERE unparsable > 0;
CALL base.protect('logs.segment');
-- What was sealed is never changed; only the state of its index is filled in.
REVOKE UPDATE ON logs.segment FROM jiaodun_app;
GRANT UPDATE (indexed_at, parsed, ignored, unparsable, first_ts, last_ts) ON logs.segment TO jiaodun_app;

-- A spool file whose segments are registered: after a crash it is thrown away, not sealed again.
CREATE TABLE logs.sealed_spool (
  id text PRIMARY KEY,
  segments int NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
GRANT SELECT, INSERT ON logs.sealed_spool TO jiaodun_app;

-- An upload; the same content for the same source is taken once.
CREATE TABLE logs.upload (
  id uuid PRIMARY KEY,
  source_id int NOT NULL REFERENCES logs.source,
  unit_path ltree NOT NULL,
  -- Of the content, unpacked when it came compressed.
  sha256 text NOT NULL,
  records bigint NOT NULL,
  bytes bigint NOT NULL,
  cut bigint NOT NULL,
  segments bigint[] NOT NULL,
  actor_id text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  CONSTRAINT once UNIQUE (source_id, sha256)
);
CREATE INDEX ON logs.upload USING gist (unit_path);
CALL base.protect('logs.upload');

-- Datagrams that the kernel of a collector threw away: a hole in every source that sends by UDP.
CREATE TABLE logs.receive_loss (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  collector text NOT NULL,
  began timestamptz NOT NULL,
  ended timestamptz NOT NULL,
  datagrams bigint NOT NULL
);
CREATE INDEX ON logs.receive_loss (ended);
GRANT SELECT, INSERT ON logs.receive_loss TO jiaodun_app;

-- What other modules may read.
CREATE VIEW logs.source_view WITH (security_invoker) AS
  SELECT id, name, unit_path, format, realm, zone, tolerance_seconds FROM logs.source;
GRANT SELECT ON logs.source_view TO jiaodun_app;
