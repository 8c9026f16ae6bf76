-- The completeness ledger: what came from each source in each hour, what is provably missing, and who answered for it.

-- What a segment brought into the ledger, so that reading it again takes out exactly that before it puts in anew.
ALTER TABLE logs.segment ADD COLUMN tally jsonb;
GRANT UPDATE (tally) ON logs.segment TO jiaodun_app;

-- Adds hour by hour.
CREATE FUNCTION logs.plus(a bigint[], b bigint[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_agg(x + y ORDER BY n) FROM unnest(a, b) WITH ORDINALITY AS both_of (x, y, n)
$$;

-- One row per source and day in China, 24 figures each: 2000 sources × 183 days are 366,000 rows instead of 8.8 million.
-- Records received live count in the hour of receipt, those of files in the hour that they tell themselves.
CREATE TABLE logs.ledger_day (
  source_id int NOT NULL REFERENCES logs.source,
  day date NOT NULL,
  unit_path ltree NOT NULL,
  received bigint[] NOT NULL CHECK (cardinality(received) = 24),
  parsed bigint[] NOT NULL CHECK (cardinality(parsed) = 24),
  ignored bigint[] NOT NULL CHECK (cardinality(ignored) = 24),
  unparsable bigint[] NOT NULL CHECK (cardinality(unparsable) = 24),
  -- Numbers missing in a running count of the writer.
  lost bigint[] NOT NULL CHECK (cardinality(lost) = 24),
  -- What was usual when the day was over; null while it lasts, or when nothing had been learned.
  expected real[] CHECK (cardinality(expected) = 24),
  PRIMARY KEY (source_id, day)
) WITH (fillfactor = 70);
CREATE INDEX ON logs.ledger_day USING gist (unit_path);
CREATE INDEX ON logs.ledger_day (day) WHERE expected IS NULL;
CALL base.protect('logs.ledger_day');

-- Where each running count (and each promised sign of life) of a source began and ended in a segment, and what is
-- missing between it and the next segment that has it.
CREATE TABLE logs.counter_edge (
  source_id int NOT NULL REFERENCES logs.source,
  counter text NOT NULL CHECK (length(counter) BETWEEN 1 AND 400),
  segment_id bigint NOT NULL REFERENCES logs.segment,
  unit_path ltree NOT NULL,
  -- Null: read again, it has no such count any more.
  edge jsonb,
  lost_after bigint NOT NULL DEFAULT 0,
  -- Hour (number since 1970) in which `lost_after` stands in the ledger.
  lost_hour int,
  PRIMARY KEY (source_id, counter, segment_id)
);
CREATE INDEX ON logs.counter_edge (source_id, segment_id);
CREATE INDEX ON logs.counter_edge USING gist (unit_path);
CALL base.protect('logs.counter_edge');

-- When a source was last heard.
CREATE TABLE logs.source_pulse (
  source_id int PRIMARY KEY REFERENCES logs.source,
  unit_path ltree NOT NULL,
  -- Newest record that came live. A source that is fed by files only has no row.
  last_live timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX ON logs.source_pulse USING gist (unit_path);
CALL base.protect('logs.source_pulse');

-- What was agreed about a source beside its rate: its longest silence and its signs of life.
CREATE TABLE logs.source_rhythm (
  source_id int PRIMARY KEY REFERENCES logs.source,
  unit_path ltree NOT NULL,
  max_silence_seconds int CHECK (max_silence_seconds BETWEEN 60 AND 31536000),
  -- A text that every sign of life contains (`-- MARK --`), and how often one comes.
  beat_text text CHECK (length(beat_text) BETWEEN 3 AND 200),
  beat_seconds int CHECK (beat_seconds BETWEEN 10 AND 86400),
  -- No alarms: a source that sends only now and then.
  quiet boolean NOT NULL DEFAULT false,
  CHECK ((beat_text IS NULL) = (beat_seconds IS NULL))
);
CREATE INDEX ON logs.source_rhythm USING gist (unit_path);
CALL base.protect('logs.source_rhythm');

-- What is usual, by hour of the week in China (0 = Monday 00:00): the middle and the low fifth of the weeks seen.
CREATE TABLE logs.source_rate (
  source_id int PRIMARY KEY REFERENCES logs.source,
  unit_path ltree NOT NULL,
  usual real[] NOT NULL CHECK (cardinality(usual) = 168),
  least real[] NOT NULL CHECK (cardinality(least) = 168),
  weeks int NOT NULL,
  learned_at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON logs.source_rate USING gist (unit_path);
CALL base.protect('logs.source_rate');

-- When a collector lived and could write: an interval grows by a beat each minute.
CREATE TABLE logs.collector_beat (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  collector text NOT NULL,
  began timestamptz NOT NULL,
  ended timestamptz NOT NULL,
  disk_free bigint,
  disk_total bigint,
  CHECK (ended >= began)
);
CREATE INDEX ON logs.collector_beat (collector, ended);
CREATE INDEX ON logs.collector_beat (ended);
GRANT SELECT, INSERT, UPDATE ON logs.collector_beat TO jiaodun_app;

-- A time for which records are missing, or may be. Without a source: of a collector, and so of all that send to it.
CREATE TABLE logs.gap (
  id uuid PRIMARY KEY,
  source_id int REFERENCES logs.source,
  collector text,
  unit_path ltree NOT NULL,
  -- The same gap told again is the same row.
  key text NOT NULL UNIQUE,
  proof text NOT NULL CHECK (proof IN ('silence', 'counter', 'heartbeat', 'collector', 'kernel', 'shedding')),
  began timestamptz NOT NULL,
  -- Null: it lasts.
  ended timestamptz,
  -- Records proved missing; null when nobody can know. 0: what seemed missing came later.
  lost bigint,
  found_at timestamptz NOT NULL DEFAULT base.now(),
  CHECK ((source_id IS NULL) = (collector IS NOT NULL)),
  CHECK (ended >= began)
);
CREATE INDEX ON logs.gap (source_id, began);
CREATE INDEX ON logs.gap (source_id, coalesce(ended, 'infinity'));
CREATE INDEX ON logs.gap (source_id) WHERE ended IS NULL;
CREATE INDEX ON logs.gap (began) WHERE source_id IS NULL;
CREATE INDEX ON logs.gap USING gist (unit_path);
CALL base.protect('logs.gap');
-- A dead collector is everybody's gap.
CREATE POLICY of_all ON logs.gap FOR SELECT USING (source_id IS NULL);

-- Somebody answers for a gap. All answers stay; one that was accepted counts.
CREATE TABLE logs.gap_answer (
  id uuid PRIMARY KEY,
  gap_id uuid NOT NULL REFERENCES logs.gap,
  unit_path ltree NOT NULL,
  reason text NOT NULL CHECK (reason IN ('power', 'network', 'maintenance', 'holiday', 'device', 'retired',
    'recovered', 'other')),
  words text NOT NULL CHECK (length(words) BETWEEN 2 AND 500),
  given_by text NOT NULL,
  given_name text NOT NULL,
  given_at timestamptz NOT NULL DEFAULT base.now(),
  -- What was known of the gap then.
  gap_ended timestamptz,
  -- Set by the trigger: nobody decides for oneself that oneself is enough.
  needs_second boolean NOT NULL DEFAULT true,
  accepted boolean,
  decided_by text,
  decided_name text,
  decided_at timestamptz,
  decided_words text,
  CONSTRAINT two_people CHECK (decided_by IS NULL OR decided_by <> given_by),
  CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
  CHECK (accepted IS NULL OR NOT needs_second OR decided_by IS NOT NULL)
);
CREATE UNIQUE INDEX one_accepted_answer ON logs.gap_answer (gap_id) WHERE accepted;
CREATE UNIQUE INDEX one_waiting_answer ON logs.gap_answer (gap_id) WHERE accepted IS NULL;
CREATE INDEX ON logs.gap_answer (gap_id, given_at);
CREATE INDEX ON logs.gap_answer USING gist (unit_path);
CALL base.protect('logs.gap_answer');
REVOKE UPDATE ON logs.gap_answer FROM jiaodun_app;
GRANT UPDATE (accepted, decided_by, decided_name, decided_at, decided_words) ON logs.gap_answer TO jiaodun_app;

-- One person answers for a short silence. A day or more, one that still lasts, records proved missing and a collector's gap need two.
CREATE FUNCTION logs.weigh_answer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE of_gap logs.gap;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF OLD.accepted IS NOT NULL THEN
      RAISE EXCEPTION 'a decided answer stays' USING ERRCODE = '23514', CONSTRAINT = 'answer_decided';
    END IF;
    RETURN NEW;
  END IF;
  SELECT * INTO of_gap FROM logs.gap WHERE id = NEW.gap_id;
  NEW.needs_second := of_gap.source_id IS NULL OR coalesce(of_gap.lost, 0) > 0
    OR coalesce(of_gap.ended - of_gap.began, interval '1 day') >= interval '1 day';
  NEW.gap_ended := of_gap.ended;
  NEW.accepted := CASE WHEN NEW.needs_second THEN NULL ELSE true END;
  NEW.decided_by := NULL;
  NEW.decided_at := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER weigh BEFORE INSERT OR UPDATE OF accepted ON logs.gap_answer
  FOR EACH ROW EXECUTE FUNCTION logs.weigh_answer();

-- What is wrong with a source or a collector now, and was.
CREATE TABLE logs.alarm (
  id uuid PRIMARY KEY,
  source_id int REFERENCES logs.source,
  collector text,
  unit_path ltree NOT NULL,
  kind text NOT NULL CHECK (kind IN ('silence', 'clock', 'unparsable', 'collector', 'kernel', 'disk')),
  began timestamptz NOT NULL DEFAULT base.now(),
  ended timestamptz,
  -- Told to the bureau above because it lasts.
  urged_at timestamptz,
  detail jsonb NOT NULL DEFAULT '{}',
  CHECK ((source_id IS NULL) = (collector IS NOT NULL))
);
CREATE UNIQUE INDEX one_alarm ON logs.alarm (coalesce(source_id::text, 'collector ' || collector), kind)
  WHERE ended IS NULL;
CREATE INDEX ON logs.alarm (source_id, began);
CREATE INDEX ON logs.alarm USING gist (unit_path);
CALL base.protect('logs.alarm');

-- Certificates of retention as they were issued.
CREATE TABLE logs.certificate (
  id uuid PRIMARY KEY,
  unit_id uuid NOT NULL,
  unit_path ltree NOT NULL,
  unit_name text NOT NULL,
  issued_by text NOT NULL,
  issued_name text NOT NULL,
  issued_at timestamptz NOT NULL,
  -- The signed statement as RFC 8785 text, its SHA-256, key and Ed25519 signature.
  statement text NOT NULL,
  sha256 text NOT NULL,
  public_key text NOT NULL,
  signature text NOT NULL
);
CREATE INDEX ON logs.certificate USING gist (unit_path);
CREATE INDEX ON logs.certificate (unit_id, issued_at);
CALL base.protect('logs.certificate');
REVOKE UPDATE ON logs.certificate FROM jiaodun_app;

-- A signed statement names its unit as it was; the path decides who may read it and follows.
CREATE VIEW logs.gap_view WITH (security_invoker) AS
  SELECT g.id, g.source_id, g.collector, g.unit_path, g.proof, g.began, g.ended, g.lost,
    a.reason AS accepted_reason FROM logs.gap g
    LEFT JOIN logs.gap_answer a ON a.gap_id = g.id AND a.accepted
  WHERE g.lost IS DISTINCT FROM 0;
GRANT SELECT ON logs.gap_view TO jiaodun_app;
