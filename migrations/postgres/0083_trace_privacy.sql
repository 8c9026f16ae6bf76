-- Who was looked into, for the leaders of those units; minors; destinations; drills; what a trace could rest on.

-- A pupil, or anybody else under 18: what is theirs is shown in a trace only when a second person has approved.
ALTER TABLE units.person ADD COLUMN minor boolean NOT NULL DEFAULT false;
CREATE OR REPLACE VIEW units.person_view WITH (security_invoker) AS
  SELECT p.id, p.person_no, p.name, p.unit_id, p.unit_path,
    (SELECT a.post::text FROM units.appointment a WHERE a.person_id = p.id AND a.recorded_to IS NULL
       AND a.starts_on <= (SELECT units.today()) AND coalesce(a.ends_on > (SELECT units.today()), true)
     ORDER BY a.unit_id <> p.unit_id, units.post_rank(a.post), a.starts_on LIMIT 1) AS post,
    p.email, p.phone, p.minor
  FROM units.person p;

-- A fact of its time: who was a minor then stays protected in that trace. Written by the database for whoever inserts.
ALTER TABLE trace.candidate ADD COLUMN of_minor boolean NOT NULL DEFAULT false;
CREATE FUNCTION trace.mark_minor() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  NEW.of_minor := EXISTS (SELECT FROM units.person p WHERE p.id = NEW.person_id AND p.minor);
  RETURN NEW;
END $$;
CREATE TRIGGER mark_minor BEFORE INSERT ON trace.candidate FOR EACH ROW EXECUTE FUNCTION trace.mark_minor();
-- Who is marked as a minor later is protected in earlier traces, too. Says yes or no, whoever asks.
CREATE FUNCTION trace.is_minor(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
  SELECT EXISTS (SELECT FROM units.person p WHERE p.id = person AND p.minor)
$$;
REVOKE ALL ON FUNCTION trace.is_minor(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trace.is_minor(uuid) TO jiaodun_app;

-- A minor's name is asked for with the law that allows it (个人信息保护法 第三十一条, 未成年人网络保护条例).
ALTER TABLE trace.reveal ADD COLUMN legal_ground text CHECK (length(legal_ground) >= 4);
CREATE FUNCTION trace.ask_ground() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF NEW.legal_ground IS NULL AND EXISTS (SELECT FROM trace.candidate c WHERE c.trace_id = NEW.trace_id
      AND c.number = NEW.candidate AND (c.of_minor OR trace.is_minor(c.person_id))) THEN
    RAISE EXCEPTION 'a legal ground is needed for a minor' USING ERRCODE = '23514', CONSTRAINT = 'minor_ground';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ask_ground BEFORE INSERT ON trace.reveal FOR EACH ROW EXECUTE FUNCTION trace.ask_ground();

-- Every question that touched a unit: as the one that asked, or as a candidate's. The office is told and the case, not
-- the reason that the asker wrote. Rows for traces are made by triggers: who asks cannot leave them out.
CREATE TABLE trace.query_touch (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  source text NOT NULL CHECK (source IN ('trace', 'bulk')),
  source_id uuid NOT NULL,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  part text NOT NULL CHECK (part IN ('asked', 'candidate', 'both')),
  office text NOT NULL,
  case_no text NOT NULL,
  asked_at timestamptz NOT NULL,
  -- Questions of a bulk run that touched the unit; the best verdict among them.
  queries int NOT NULL DEFAULT 1 CHECK (queries > 0),
  verdict text NOT NULL CHECK (verdict IN ('proven', 'probable', 'ambiguous', 'not_provable')),
  names_asked int NOT NULL DEFAULT 0,
  names_opened int NOT NULL DEFAULT 0,
  name_opened_at timestamptz,
  UNIQUE (source, source_id, unit_id)
);
CREATE INDEX ON trace.query_touch USING gist (unit_path);
CREATE INDEX ON trace.query_touch (asked_at);
CALL base.protect('trace.query_touch');
REVOKE UPDATE ON trace.query_touch FROM jiaodun_app;

CREATE FUNCTION trace.touch(asked trace.trace, path ltree, role text) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
  INSERT INTO trace.query_touch (source, source_id, unit_id, unit_path, part, office, case_no, asked_at, verdict)
    SELECT 'trace', asked.id, u.id, u.unit_path, role, coalesce(o.name, asked.asked_by_name), asked.case_no,
      asked.asked_at, asked.verdict
    FROM units.unit u LEFT JOIN units.unit o ON o.unit_path = asked.unit_path WHERE u.unit_path = path
  ON CONFLICT (source, source_id, unit_id) DO UPDATE SET
    part = CASE WHEN trace.query_touch.part = excluded.part THEN excluded.part ELSE 'both' END
$$;
REVOKE ALL ON FUNCTION trace.touch(trace.trace, ltree, text) FROM PUBLIC;

CREATE FUNCTION trace.touch_asker() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM trace.touch(NEW, NEW.unit_path, 'asked');
  RETURN NULL;
END $$;
CREATE TRIGGER touch_asker AFTER INSERT ON trace.trace FOR EACH ROW EXECUTE FUNCTION trace.touch_asker();

CREATE FUNCTION trace.touch_candidate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM trace.touch(t, NEW.unit_path, 'candidate') FROM trace.trace t WHERE t.id = NEW.trace_id;
  RETURN NULL;
END $$;
CREATE TRIGGER touch_candidate AFTER INSERT ON trace.candidate
  FOR EACH ROW EXECUTE FUNCTION trace.touch_candidate();

-- A name that is asked for or opened is told to the unit whose name it is.
CREATE FUNCTION trace.touch_name() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_TABLE_NAME = 'reveal' THEN
    UPDATE trace.query_touch q SET names_asked = names_asked + 1 FROM trace.candidate c, units.unit u
    WHERE c.trace_id = NEW.trace_id AND c.number = NEW.candidate AND u.unit_path = c.unit_path
      AND q.source = 'trace' AND q.source_id = NEW.trace_id AND q.unit_id = u.id;
  ELSE
    UPDATE trace.query_touch q SET names_opened = names_opened + 1, name_opened_at = NEW.opened_at
    FROM trace.reveal r, trace.candidate c, units.unit u
    WHERE r.id = NEW.reveal_id AND c.trace_id = r.trace_id AND c.number = r.candidate
      AND u.unit_path = c.unit_path AND q.source = 'trace' AND q.source_id = r.trace_id AND q.unit_id = u.id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER touch_name AFTER INSERT ON trace.reveal FOR EACH ROW EXECUTE FUNCTION trace.touch_name();
CREATE TRIGGER touch_name AFTER INSERT ON trace.opening FOR EACH ROW EXECUTE FUNCTION trace.touch_name();

-- What was asked before this table was there.
SELECT trace.touch(t, t.unit_path, 'asked') FROM trace.trace t;
SELECT trace.touch(t, c.unit_path, 'candidate') FROM trace.candidate c JOIN trace.trace t ON t.id = c.trace_id;
UPDATE trace.query_touch q SET names_asked = n.asked, names_opened = n.opened, name_opened_at = n.last
FROM (SELECT r.trace_id, u.id AS unit_id, count(DISTINCT r.id) AS asked, count(o.id) AS opened,
    max(o.opened_at) AS last
  FROM trace.reveal r JOIN trace.candidate c ON c.trace_id = r.trace_id AND c.number = r.candidate
  JOIN units.unit u ON u.unit_path = c.unit_path LEFT JOIN trace.opening o ON o.reveal_id = r.id
  GROUP BY r.trace_id, u.id) AS n
WHERE q.source_id = n.trace_id AND q.unit_id = n.unit_id;

-- Whether the other ends of translations are kept and shown in traces: no, unless two people decided otherwise.
CREATE TABLE trace.destination_rule (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  keep boolean NOT NULL,
  reason text NOT NULL CHECK (length(reason) >= 4),
  proposed_by text NOT NULL,
  proposed_by_name text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT base.now(),
  decision text CHECK (decision IN ('approved', 'refused')),
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  CONSTRAINT destinations_by_two CHECK (decided_by IS NULL OR decided_by <> proposed_by),
  CHECK ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL))
);
CREATE UNIQUE INDEX one_open_proposal ON trace.destination_rule (unit_id) WHERE decision IS NULL;
CREATE INDEX ON trace.destination_rule USING gist (unit_path);
-- A rule of the city holds for its schools, so that they read it.
CALL base.protect_published('trace.destination_rule');
REVOKE UPDATE ON trace.destination_rule FROM jiaodun_app;
GRANT UPDATE (decision, decided_by, decided_by_name, decided_at) ON trace.destination_rule TO jiaodun_app;
CREATE TRIGGER decided_once BEFORE UPDATE OF decision ON trace.destination_rule FOR EACH ROW
  EXECUTE FUNCTION trace.refuse_second_decision();

-- A drill (D47): real points of the logs are asked for as if somebody had complained. No name, no person, no device.
CREATE TABLE trace.drill (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  cause text NOT NULL CHECK (cause IN ('month', 'person')),
  asked_by text NOT NULL,
  asked_by_name text NOT NULL,
  period tstzrange NOT NULL CHECK (NOT isempty(period)),
  wanted int NOT NULL CHECK (wanted BETWEEN 1 AND 20),
  started_at timestamptz NOT NULL DEFAULT base.now(),
  finished_at timestamptz
);
CREATE INDEX ON trace.drill USING gist (unit_path);
CREATE UNIQUE INDEX one_running_drill ON trace.drill (unit_id) WHERE finished_at IS NULL;
CALL base.protect('trace.drill');
REVOKE UPDATE ON trace.drill FROM jiaodun_app;
GRANT UPDATE (finished_at) ON trace.drill TO jiaodun_app;

CREATE TABLE trace.drill_point (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  drill_id uuid NOT NULL REFERENCES trace.drill,
  -- The school from whose network the traffic came, by the inside address of the row.
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  kind text NOT NULL CHECK (kind IN ('nat', 'block', 'proxy')),
  ip inet NOT NULL,
  port int CHECK (port BETWEEN 1 AND 65535),
  proto text NOT NULL CHECK (proto IN ('tcp', 'udp')),
  at timestamptz NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('proven', 'probable', 'ambiguous', 'not_provable')),
  -- Codes of the rules that kept it from being proven.
  because text[] NOT NULL,
  complete boolean NOT NULL,
  candidates int NOT NULL CHECK (candidates >= 0),
  milliseconds double precision NOT NULL,
  CONSTRAINT one_candidate_proves CHECK (verdict NOT IN ('proven', 'probable') OR candidates = 1)
);
CREATE INDEX ON trace.drill_point (drill_id);
CREATE INDEX ON trace.drill_point USING gist (unit_path);
CALL base.protect('trace.drill_point');
REVOKE UPDATE ON trace.drill_point FROM jiaodun_app;

-- Of each school and drill: what the lists and the trend show.
CREATE TABLE trace.drill_result (
  drill_id uuid NOT NULL REFERENCES trace.drill,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  points int NOT NULL CHECK (points >= 0),
  proven int NOT NULL,
  probable int NOT NULL,
  ambiguous int NOT NULL,
  not_provable int NOT NULL,
  complete int NOT NULL,
  slowest_ms double precision,
  -- Of a hundred points; null: the logs of the period had none, which is no good sign.
  provable numeric,
  because text[] NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (drill_id, unit_id),
  CHECK (points = proven + probable + ambiguous + not_provable)
);
CREATE INDEX ON trace.drill_result USING gist (unit_path);
CREATE INDEX ON trace.drill_result (unit_id, at);
CALL base.protect('trace.drill_result');
REVOKE UPDATE ON trace.drill_result FROM jiaodun_app;

-- What a trace of each school could rest on, as it was last looked at on each day.
CREATE TABLE trace.coverage (
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  day date NOT NULL,
  nat text NOT NULL CHECK (nat IN ('covered', 'gap', 'unknown', 'none')),
  lease text NOT NULL CHECK (lease IN ('covered', 'gap', 'unknown', 'none')),
  sighting text NOT NULL CHECK (sighting IN ('covered', 'gap', 'unknown', 'none')),
  allocated boolean NOT NULL,
  own_wan boolean NOT NULL,
  devices int NOT NULL,
  seen int NOT NULL,
  seen_registered int NOT NULL,
  clock_ms double precision,
  gap_hours double precision NOT NULL,
  problems text[] NOT NULL,
  problem_count int NOT NULL GENERATED ALWAYS AS (cardinality(problems)) STORED,
  computed_at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (unit_id, day)
);
CREATE INDEX ON trace.coverage USING gist (unit_path);
CREATE INDEX ON trace.coverage (day, problem_count DESC, unit_id);
CALL base.protect('trace.coverage');
