-- Reading the logs: for which case each session reads, two people who unseal a name, and results taken out as a bag.

-- The case or reason that a session (or a token) gave last: its searches are audited with it. Append-only; the newest
-- of a session counts. `purpose` is the short list for a school that looks at its own devices.
CREATE TABLE logs.reading (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  reader_id text NOT NULL,
  -- The session, or the reader again when there is none (tokens).
  session_id text NOT NULL,
  case_no text CHECK (length(case_no) BETWEEN 2 AND 60),
  reason text CHECK (length(reason) BETWEEN 4 AND 500),
  purpose text CHECK (purpose IN ('fault', 'check', 'user_report', 'handover')),
  at timestamptz NOT NULL DEFAULT base.now(),
  CONSTRAINT says_why CHECK (case_no IS NOT NULL OR reason IS NOT NULL OR purpose IS NOT NULL)
);
CREATE INDEX ON logs.reading USING gist (unit_path);
CREATE INDEX ON logs.reading (session_id, id);
CALL base.protect('logs.reading');
REVOKE UPDATE ON logs.reading FROM jiaodun_app;

-- A name (of a user or a device) that stands in one raw line, sealed until a second person agrees. The name itself
-- is nowhere here: it is read from the line at every look.
CREATE TABLE logs.reveal (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  source_id int NOT NULL REFERENCES logs.source,
  segment_id bigint NOT NULL REFERENCES logs.segment,
  seq int NOT NULL CHECK (seq >= 0),
  field text NOT NULL CHECK (field IN ('user', 'device')),
  token text NOT NULL,
  requested_by text NOT NULL,
  requested_by_name text NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT base.now(),
  case_no text NOT NULL CHECK (length(case_no) >= 2),
  reason text NOT NULL CHECK (length(reason) >= 4),
  decision text CHECK (decision IN ('approved', 'refused')),
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  note text,
  expires_at timestamptz GENERATED ALWAYS AS
    (CASE decision WHEN 'approved' THEN timezone('UTC', timezone('UTC', decided_at) + interval '24 hours') END) STORED,
  CONSTRAINT log_reveal_four_eyes CHECK (decided_by IS NULL OR decided_by <> requested_by),
  CONSTRAINT decided CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL))
);
CREATE UNIQUE INDEX one_open_log_reveal ON logs.reveal (segment_id, seq, field, token, requested_by)
  WHERE decision IS NULL;
CREATE INDEX ON logs.reveal USING gist (unit_path);
CALL base.protect('logs.reveal');
REVOKE UPDATE ON logs.reveal FROM jiaodun_app;
GRANT UPDATE (decision, decided_by, decided_by_name, decided_at, note) ON logs.reveal TO jiaodun_app;

-- Every look at a name.
CREATE TABLE logs.opening (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  reveal_id uuid NOT NULL REFERENCES logs.reveal,
  unit_path ltree NOT NULL,
  opened_by text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON logs.opening (reveal_id);
CREATE INDEX ON logs.opening USING gist (unit_path);
CALL base.protect('logs.opening');
REVOKE UPDATE ON logs.opening FROM jiaodun_app;

-- The result of a search, sealed in a bag of the evidence engine. With `names` = 'open' the raw lines stand in it as
-- they were received, and so do the names in them: a second person decides.
CREATE TABLE logs.export (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  -- What was asked, and which sources the asker could see then: the bag is made of these and no others.
  query jsonb NOT NULL,
  source_ids int[] NOT NULL,
  names text NOT NULL CHECK (names IN ('sealed', 'open')),
  requested_by text NOT NULL,
  requested_by_name text NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT base.now(),
  case_no text NOT NULL CHECK (length(case_no) >= 2),
  reason text NOT NULL CHECK (length(reason) >= 4),
  decision text CHECK (decision IN ('approved', 'refused')),
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  note text,
  made_at timestamptz,
  file_name text,
  sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint,
  rows int,
  -- Rows that matched and are not in the bag; null: it holds all of them.
  cut text,
  problem text,
  CONSTRAINT log_export_four_eyes CHECK (decided_by IS NULL OR decided_by <> requested_by),
  CONSTRAINT decided CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
  CONSTRAINT open_names_need_two CHECK (names = 'sealed' OR made_at IS NULL OR decision = 'approved'),
  CONSTRAINT made CHECK ((sha256 IS NULL) = (bytes IS NULL) AND (sha256 IS NULL) = (file_name IS NULL))
);
CREATE INDEX ON logs.export USING gist (unit_path);
CREATE INDEX ON logs.export (requested_by, id);
CALL base.protect('logs.export');
REVOKE UPDATE ON logs.export FROM jiaodun_app;
GRANT UPDATE (decision, decided_by, decided_by_name, decided_at, note, made_at, file_name, sha256, bytes, rows, cut,
  problem) ON logs.export TO jiaodun_app;

-- A decision is final, and a bag that was made is not made again.
CREATE FUNCTION logs.refuse_second_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.decision IS NOT NULL AND NEW.decided_at IS DISTINCT FROM OLD.decided_at THEN
    RAISE EXCEPTION 'this request was already decided' USING ERRCODE = '23514', CONSTRAINT = 'decided_once';
  END IF;
  IF TG_TABLE_NAME = 'export' AND (to_jsonb(OLD) ->> 'sha256') IS NOT NULL
      AND (to_jsonb(NEW) ->> 'sha256') IS DISTINCT FROM (to_jsonb(OLD) ->> 'sha256') THEN
    RAISE EXCEPTION 'this bag was already made' USING ERRCODE = '23514', CONSTRAINT = 'made_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decided_once BEFORE UPDATE ON logs.reveal FOR EACH ROW
  EXECUTE FUNCTION logs.refuse_second_decision();
CREATE TRIGGER decided_once BEFORE UPDATE ON logs.export FOR EACH ROW
  EXECUTE FUNCTION logs.refuse_second_decision();
