-- Traces from a public address to a device. Names are nowhere here: a candidate keeps the person's id, and the
-- name is opened only through an approved request.
CREATE SCHEMA trace;
GRANT USAGE ON SCHEMA trace TO jiaodun_app;

CREATE TABLE trace.trace (
  id uuid PRIMARY KEY,
  unit_path ltree NOT NULL,
  ip inet NOT NULL,
  port int CHECK (port BETWEEN 1 AND 65535),
  proto text NOT NULL CHECK (proto IN ('tcp', 'udp')),
  at timestamptz NOT NULL,
  -- What the registers knew at this time was used: the same question can be asked again as of then.
  known_at timestamptz NOT NULL,
  asked_by text NOT NULL,
  asked_by_name text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT base.now(),
  case_no text NOT NULL CHECK (length(case_no) >= 2),
  reason text NOT NULL CHECK (length(reason) >= 4),
  incident_id uuid,
  verdict text NOT NULL CHECK (verdict IN ('proven', 'probable', 'ambiguous', 'not_provable')),
  because jsonb NOT NULL,
  coverage jsonb NOT NULL,
  candidates int NOT NULL CHECK (candidates >= 0),
  milliseconds double precision NOT NULL,
  CONSTRAINT one_candidate_proves CHECK (verdict NOT IN ('proven', 'probable') OR candidates = 1)
);
CREATE INDEX ON trace.trace USING gist (unit_path);
CREATE INDEX ON trace.trace (incident_id) WHERE incident_id IS NOT NULL;
CREATE INDEX ON trace.trace (asked_at);
CALL base.protect('trace.trace');
REVOKE UPDATE ON trace.trace FROM jiaodun_app;

-- `unit_path` is the candidate's own unit: whoever asked sees no details of another county's device.
CREATE TABLE trace.candidate (
  trace_id uuid NOT NULL REFERENCES trace.trace,
  number int NOT NULL,
  unit_path ltree NOT NULL,
  person_id uuid,
  details jsonb NOT NULL,
  PRIMARY KEY (trace_id, number)
);
CREATE INDEX ON trace.candidate USING gist (unit_path);
CALL base.protect('trace.candidate');
REVOKE UPDATE ON trace.candidate FROM jiaodun_app;

CREATE TABLE trace.reveal (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  trace_id uuid NOT NULL REFERENCES trace.trace,
  candidate int NOT NULL,
  unit_path ltree NOT NULL,
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
  FOREIGN KEY (trace_id, candidate) REFERENCES trace.candidate (trace_id, number),
  -- Two people to reveal a name (rule 2).
  CONSTRAINT four_eyes CHECK (decided_by IS NULL OR decided_by <> requested_by),
  CONSTRAINT decided CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL))
);
CREATE UNIQUE INDEX one_open_request ON trace.reveal (trace_id, candidate, requested_by) WHERE decision IS NULL;
CREATE INDEX ON trace.reveal USING gist (unit_path);
CREATE INDEX ON trace.reveal (trace_id);
CALL base.protect('trace.reveal');
-- A request cannot be rewritten, only decided.
REVOKE UPDATE ON trace.reveal FROM jiaodun_app;
GRANT UPDATE (decision, decided_by, decided_by_name, decided_at, note) ON trace.reveal TO jiaodun_app;

-- A decision is final.
CREATE FUNCTION trace.refuse_second_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.decision IS NOT NULL THEN
    RAISE EXCEPTION 'this request was already decided' USING ERRCODE = '23514', CONSTRAINT = 'decided_once';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decided_once BEFORE UPDATE ON trace.reveal FOR EACH ROW
  EXECUTE FUNCTION trace.refuse_second_decision();

-- Every look at a name.
CREATE TABLE trace.opening (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  reveal_id uuid NOT NULL REFERENCES trace.reveal,
  unit_path ltree NOT NULL,
  opened_by text NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON trace.opening (reveal_id);
CREATE INDEX ON trace.opening USING gist (unit_path);
CALL base.protect('trace.opening');
REVOKE UPDATE ON trace.opening FROM jiaodun_app;
