-- Sources in full: by what they are known, how long their logs are kept, when they ended; what each has sent without
-- adding up its segments; and how far each one's clock is from ours.
ALTER TABLE logs.source
  -- SHA-256 of the certificates (DER) with which it sends over TLS.
  ADD COLUMN certificates text[] NOT NULL DEFAULT '{}'
    CHECK (array_to_string(certificates, ',') ~ '^([0-9a-f]{64}(,[0-9a-f]{64})*)?$'),
  ADD COLUMN expected_per_hour int CHECK (expected_per_hour > 0),
  -- 'school_site': logs of a school's public website, which are kept longer.
  ADD COLUMN retention text NOT NULL DEFAULT 'other' CHECK (retention IN ('school_site', 'other')),
  ADD COLUMN note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
  -- Of a quarantined sender: somebody looked and does not want it.
  ADD COLUMN retired timestamptz,
  -- When a quarantined sender became this source.
  ADD COLUMN adopted timestamptz;
CREATE INDEX ON logs.source USING gin (certificates);
CREATE INDEX ON logs.source (name, id);

-- One sender belongs to one source that is not retired, and to one beside it for its flows. Ranges may lie within each
-- other: the narrowest one counts.
CREATE OR REPLACE FUNCTION logs.refuse_shared_sender() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.retired IS NOT NULL THEN RETURN NEW; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('logs.senders'));
  IF EXISTS (SELECT FROM logs.source s WHERE s.id <> NEW.id AND s.retired IS NULL
      AND (s.senders && NEW.senders OR s.certificates && NEW.certificates)
      AND (s.format IN ('netflow', 'h3c-flow')) = (NEW.format IN ('netflow', 'h3c-flow'))) THEN
    RAISE EXCEPTION 'a sender belongs to another source' USING ERRCODE = '23505', CONSTRAINT = 'one_sender';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER one_sender ON logs.source;
CREATE TRIGGER one_sender AFTER INSERT OR UPDATE OF senders, certificates, format, retired ON logs.source
  FOR EACH ROW EXECUTE FUNCTION logs.refuse_shared_sender();

-- What a source has sent. Kept by triggers: a source gives 17,000 segments a day, and a list must not add them up.
CREATE TABLE logs.source_figures (
  source_id int PRIMARY KEY REFERENCES logs.source,
  unit_path ltree NOT NULL,
  segments bigint NOT NULL,
  records bigint NOT NULL,
  raw_bytes bigint NOT NULL,
  unparsable bigint NOT NULL DEFAULT 0,
  first_recv timestamptz NOT NULL,
  last_recv timestamptz NOT NULL
);
CREATE INDEX ON logs.source_figures USING gist (unit_path);
CALL base.protect('logs.source_figures');
REVOKE INSERT, UPDATE ON logs.source_figures FROM jiaodun_app;
INSERT INTO logs.source_figures
  SELECT g.source_id, s.unit_path, count(*), sum(g.records), sum(g.raw_bytes), coalesce(sum(g.unparsable), 0),
    min(g.first_recv), max(g.last_recv)
  FROM logs.segment g JOIN logs.source s ON s.id = g.source_id GROUP BY g.source_id, s.unit_path;

CREATE FUNCTION logs.count_segment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    UPDATE logs.source_figures SET unparsable = unparsable + coalesce(NEW.unparsable, 0) - coalesce(OLD.unparsable, 0)
    WHERE source_id = NEW.source_id;
    RETURN NEW;
  END IF;
  INSERT INTO logs.source_figures AS f
    VALUES (NEW.source_id, NEW.unit_path, 1, NEW.records, NEW.raw_bytes, 0, NEW.first_recv, NEW.last_recv)
    ON CONFLICT (source_id) DO UPDATE SET segments = f.segments + 1, records = f.records + excluded.records,
      raw_bytes = f.raw_bytes + excluded.raw_bytes, first_recv = least(f.first_recv, excluded.first_recv),
      last_recv = greatest(f.last_recv, excluded.last_recv);
  RETURN NEW;
END $$;
CREATE TRIGGER count_new AFTER INSERT ON logs.segment FOR EACH ROW EXECUTE FUNCTION logs.count_segment();
CREATE TRIGGER count_unparsable AFTER UPDATE OF unparsable ON logs.segment FOR EACH ROW
  WHEN (coalesce(NEW.unparsable, 0) <> coalesce(OLD.unparsable, 0)) EXECUTE FUNCTION logs.count_segment();

-- A source that gets another owner takes along what it sent and what is told of it: at most `many` rows of each table
-- a call. Answers how many there were. The path is no part of a segment's hash, and nobody can set another one than
-- the source's own.
CREATE FUNCTION logs.carry_rows(of_source int, many int) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  path ltree;
  one regclass;
  carried bigint;
  total bigint := 0;
BEGIN
  SELECT unit_path INTO path FROM logs.source WHERE id = of_source FOR SHARE;
  FOR one IN SELECT c.oid::regclass FROM pg_class c
      JOIN pg_attribute p ON p.attrelid = c.oid AND p.attname = 'unit_path'
      JOIN pg_attribute s ON s.attrelid = c.oid AND s.attname = 'source_id'
      WHERE c.relnamespace = 'logs'::regnamespace AND c.relkind = 'r' ORDER BY c.relname LOOP
    EXECUTE format('UPDATE %s SET unit_path = $1 WHERE ctid = ANY(ARRAY(SELECT ctid FROM %s
      WHERE source_id = $2 AND unit_path <> $1 LIMIT $3))', one, one) USING path, of_source, many;
    GET DIAGNOSTICS carried = ROW_COUNT;
    total := total + carried;
  END LOOP;
  RETURN total;
END $$;
REVOKE ALL ON FUNCTION logs.carry_rows FROM PUBLIC;
GRANT EXECUTE ON FUNCTION logs.carry_rows TO jiaodun_app;

-- The last minutes of a source by our clock: the least of (receipt - the line's own time), the way adding delay only.
-- A ring of 16 that is overwritten; what is concluded from it is kept below.
CREATE TABLE logs.clock_minute (
  source_id int NOT NULL REFERENCES logs.source,
  slot smallint NOT NULL CHECK (slot BETWEEN 0 AND 15),
  minute int NOT NULL,
  least_ms bigint NOT NULL,
  samples int NOT NULL,
  unit_path ltree NOT NULL,
  PRIMARY KEY (source_id, slot)
);
CREATE INDEX ON logs.clock_minute USING gist (unit_path);
CALL base.protect('logs.clock_minute');

-- How far a source's clock was ahead of ours (negative: behind), as known at a moment of receipt. Written when it
-- changes, and once an hour. `spread_ms`: how much the minutes differ; `steady`: they agree, so it is the clock and
-- not a queue that is being emptied.
CREATE TABLE logs.clock_offset (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id int NOT NULL REFERENCES logs.source,
  unit_path ltree NOT NULL,
  at timestamptz NOT NULL,
  offset_ms bigint NOT NULL,
  spread_ms bigint NOT NULL,
  samples int NOT NULL,
  minutes int NOT NULL,
  steady boolean NOT NULL,
  UNIQUE (source_id, at)
);
CREATE INDEX ON logs.clock_offset USING gist (unit_path);
CALL base.protect('logs.clock_offset');
REVOKE UPDATE ON logs.clock_offset FROM jiaodun_app;

-- What other modules may read.
CREATE OR REPLACE VIEW logs.source_view WITH (security_invoker) AS
  SELECT id, name, unit_path, format, realm, zone, tolerance_seconds, retention, retired FROM logs.source;
