-- How long logs are kept, what may be dropped and was, what a case holds, and where old segments lie.

-- The least that the law asks for, per class. Nobody can set less.
CREATE TABLE logs.retention_class (
  class text PRIMARY KEY CHECK (class IN ('school_site', 'other')),
  least_days int NOT NULL CHECK (least_days > 0),
  basis text NOT NULL
);
INSERT INTO logs.retention_class VALUES
  ('other', 183, '《网络安全法》（2025年修正）第二十三条第三项：网络日志留存不少于六个月'),
  ('school_site', 365, '《互联网政务应用安全管理规定》第二十条：日志留存不少于一年');
GRANT SELECT ON logs.retention_class TO jiaodun_app;

-- A unit may keep longer than that and than the unit above it. All versions stay, the newest of a unit counts.
CREATE TABLE logs.retention_rule (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  class text NOT NULL REFERENCES logs.retention_class,
  days int NOT NULL CHECK (days <= 36500),
  basis text NOT NULL CHECK (length(basis) BETWEEN 2 AND 300),
  actor_id text NOT NULL,
  actor_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON logs.retention_rule USING gist (unit_path);
CREATE INDEX ON logs.retention_rule (class, unit_path, id);
CALL base.protect_published('logs.retention_rule');
REVOKE UPDATE ON logs.retention_rule FROM jiaodun_app;

CREATE FUNCTION logs.refuse_short_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF NEW.days < (SELECT least_days FROM logs.retention_class WHERE class = NEW.class) THEN
    RAISE EXCEPTION 'shorter than the law allows' USING ERRCODE = '23514', CONSTRAINT = 'least_days';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER least_days BEFORE INSERT ON logs.retention_rule
  FOR EACH ROW EXECUTE FUNCTION logs.refuse_short_rule();

-- For how many days logs of a class of a unit are kept: the longest of the law's and of those of all units above.
CREATE FUNCTION logs.kept_days(of_class text, path ltree) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
  SELECT greatest((SELECT least_days FROM logs.retention_class WHERE class = of_class),
    (SELECT max(days) FROM (SELECT DISTINCT ON (r.unit_path) r.days FROM logs.retention_rule r
      WHERE r.class = of_class AND r.unit_path @> path ORDER BY r.unit_path, r.id DESC) AS newest));
$$;
GRANT EXECUTE ON FUNCTION logs.kept_days TO jiaodun_app;

-- What a case holds: sources in a time, or single segments. Nothing of it is dropped until two people lift it.
CREATE TABLE logs.hold (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  -- Placed by another part of the system for the same thing: once.
  key text UNIQUE,
  case_no text NOT NULL CHECK (length(case_no) BETWEEN 2 AND 60),
  reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 500),
  source_ids int[] NOT NULL DEFAULT '{}',
  segment_ids bigint[] NOT NULL DEFAULT '{}',
  since timestamptz,
  -- Null: whatever comes.
  until timestamptz,
  placed_by text NOT NULL,
  placed_name text NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT base.now(),
  -- Set when a second person agrees to lift it.
  lifted_at timestamptz,
  CHECK (cardinality(source_ids) + cardinality(segment_ids) > 0),
  CHECK ((cardinality(source_ids) > 0) = (since IS NOT NULL)),
  CHECK (until >= since)
);
CREATE INDEX ON logs.hold USING gist (unit_path);
CREATE INDEX ON logs.hold (id) WHERE lifted_at IS NULL;
CALL base.protect('logs.hold');
REVOKE UPDATE ON logs.hold FROM jiaodun_app;

CREATE TABLE logs.hold_lift (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  hold_id uuid NOT NULL REFERENCES logs.hold,
  unit_path ltree NOT NULL,
  asked_by text NOT NULL,
  asked_name text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT base.now(),
  reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 500),
  accepted boolean,
  decided_by text,
  decided_name text,
  decided_at timestamptz,
  note text,
  CONSTRAINT lift_two_people CHECK (decided_by IS NULL OR decided_by <> asked_by),
  CHECK ((accepted IS NULL) = (decided_by IS NULL) AND (accepted IS NULL) = (decided_at IS NULL))
);
CREATE UNIQUE INDEX one_open_lift ON logs.hold_lift (hold_id) WHERE accepted IS NULL;
CREATE INDEX ON logs.hold_lift USING gist (unit_path);
CALL base.protect('logs.hold_lift');
REVOKE UPDATE ON logs.hold_lift FROM jiaodun_app;
GRANT UPDATE (accepted, decided_by, decided_name, decided_at, note) ON logs.hold_lift TO jiaodun_app;

CREATE FUNCTION logs.lift_hold() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.accepted IS NOT NULL THEN
      RAISE EXCEPTION 'asked and decided by one' USING ERRCODE = '23514', CONSTRAINT = 'lift_two_people';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.accepted IS NOT NULL THEN
    RAISE EXCEPTION 'this request was already decided' USING ERRCODE = '23514', CONSTRAINT = 'decided_once';
  END IF;
  IF NEW.accepted THEN
    UPDATE logs.hold SET lifted_at = NEW.decided_at WHERE id = NEW.hold_id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lift BEFORE INSERT OR UPDATE ON logs.hold_lift FOR EACH ROW EXECUTE FUNCTION logs.lift_hold();

-- A hold and a drop are never decided at the same time.
CREATE FUNCTION logs.one_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('logs.holds'));
  RETURN NULL;
END $$;
CREATE TRIGGER one_at_a_time BEFORE INSERT ON logs.hold
  FOR EACH STATEMENT EXECUTE FUNCTION logs.one_at_a_time();

-- What may go, as two people saw it: whole days of receipt (UTC, the partitions of the log store) by source.
CREATE TABLE logs.drop_plan (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  state text NOT NULL DEFAULT 'proposed'
    CHECK (state IN ('proposed', 'confirmed', 'approved', 'refused', 'lapsed', 'done')),
  proposed_at timestamptz NOT NULL DEFAULT base.now(),
  proposed_by text NOT NULL,
  -- Segments of a higher number came later and are not meant.
  upto bigint NOT NULL,
  days int NOT NULL,
  sources int NOT NULL,
  segments bigint NOT NULL,
  records bigint NOT NULL,
  raw_bytes bigint NOT NULL,
  held_segments bigint NOT NULL,
  -- What to look at before one agrees: many_days, clock_gap.
  warnings text[] NOT NULL DEFAULT '{}',
  confirmed_by text,
  confirmed_name text,
  confirmed_at timestamptz,
  confirmed_note text,
  decided_by text,
  decided_name text,
  decided_at timestamptz,
  decided_note text,
  done_at timestamptz,
  -- Why it does not go on at the moment.
  problem text,
  CONSTRAINT drop_two_people CHECK (decided_by IS NULL OR decided_by <> confirmed_by),
  CHECK (state NOT IN ('approved', 'done') OR (confirmed_by IS NOT NULL AND decided_by IS NOT NULL)),
  CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
  CHECK ((state = 'done') = (done_at IS NOT NULL))
);
CREATE UNIQUE INDEX one_open_plan ON logs.drop_plan ((true)) WHERE state IN ('proposed', 'confirmed', 'approved');
CREATE INDEX ON logs.drop_plan USING gist (unit_path);
CALL base.protect('logs.drop_plan');
REVOKE UPDATE ON logs.drop_plan FROM jiaodun_app;
GRANT UPDATE (state, confirmed_by, confirmed_name, confirmed_at, confirmed_note, decided_by, decided_name, decided_at,
  decided_note, done_at, problem) ON logs.drop_plan TO jiaodun_app;

-- proposed -> confirmed -> approved -> done, or lapsed, or refused; what was decided stays.
CREATE FUNCTION logs.check_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (NEW.state = OLD.state OR (OLD.state, NEW.state) IN (('proposed', 'confirmed'), ('proposed', 'lapsed'),
      ('proposed', 'refused'), ('confirmed', 'approved'), ('confirmed', 'refused'), ('approved', 'done')))
    OR (OLD.confirmed_by IS NOT NULL AND NEW.confirmed_by IS DISTINCT FROM OLD.confirmed_by)
    OR (OLD.decided_by IS NOT NULL AND NEW.decided_by IS DISTINCT FROM OLD.decided_by) THEN
    RAISE EXCEPTION 'a plan goes its way once' USING ERRCODE = '23514', CONSTRAINT = 'plan_way';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_way BEFORE UPDATE ON logs.drop_plan FOR EACH ROW EXECUTE FUNCTION logs.check_plan();

CREATE TABLE logs.drop_item (
  plan_id uuid NOT NULL REFERENCES logs.drop_plan,
  day date NOT NULL,
  source_id int NOT NULL REFERENCES logs.source,
  unit_path ltree NOT NULL,
  segments bigint NOT NULL,
  records bigint NOT NULL,
  raw_bytes bigint NOT NULL,
  -- Held when it was proposed.
  held bigint NOT NULL,
  -- decided: the catalogue says that they are dropped; rows_gone: the log store has no row of them; done: nor are there
  -- files. kept: all of it was held, or too young, when it came to it.
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'kept', 'decided', 'rows_gone', 'done')),
  dropped bigint NOT NULL DEFAULT 0,
  dropped_records bigint NOT NULL DEFAULT 0,
  -- SHA-256 over the dropped segments' hashes, one a line, in the order of their numbers.
  digest text,
  -- Whole partitions of the log store went, or rows one by one.
  how text CHECK (how IN ('partition', 'rows')),
  decided_at timestamptz,
  rows_gone_at timestamptz,
  done_at timestamptz,
  PRIMARY KEY (plan_id, day, source_id)
);
CREATE INDEX ON logs.drop_item (source_id, day);
CREATE INDEX ON logs.drop_item USING gist (unit_path);
CALL base.protect('logs.drop_item');
REVOKE UPDATE ON logs.drop_item FROM jiaodun_app;
GRANT UPDATE (state, dropped, dropped_records, digest, how, decided_at, rows_gone_at, done_at)
  ON logs.drop_item TO jiaodun_app;

-- The catalogue keeps every segment for ever, also a dropped one: with hash, link, size and times.
ALTER TABLE logs.segment
  ADD COLUMN drop_plan uuid REFERENCES logs.drop_plan,
  ADD COLUMN dropped_at timestamptz,
  ADD COLUMN file_gone_at timestamptz,
  -- Old segments lie elsewhere: `s3://bucket/prefix` or a directory; null: in the data directory.
  ADD COLUMN moved_to text,
  ADD COLUMN moved_at timestamptz,
  -- The file as it was read back there.
  ADD COLUMN file_bytes bigint,
  ADD COLUMN file_sha256 text CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
  ADD COLUMN local_gone_at timestamptz,
  ADD CHECK ((drop_plan IS NULL) = (dropped_at IS NULL)),
  ADD CHECK (file_gone_at IS NULL OR dropped_at IS NOT NULL),
  ADD CHECK ((moved_to IS NULL) = (moved_at IS NULL) AND (moved_to IS NULL) = (file_sha256 IS NULL)),
  ADD CHECK (local_gone_at IS NULL OR moved_at IS NOT NULL);
GRANT UPDATE (drop_plan, dropped_at, file_gone_at, moved_to, moved_at, file_bytes, file_sha256, local_gone_at)
  ON logs.segment TO jiaodun_app;
CREATE INDEX kept_segment ON logs.segment (source_id, last_recv) WHERE dropped_at IS NULL;
CREATE INDEX kept_segment_start ON logs.segment (last_recv) INCLUDE (first_recv) WHERE dropped_at IS NULL;
CREATE INDEX segment_to_move ON logs.segment (last_recv) WHERE dropped_at IS NULL AND moved_at IS NULL;
CREATE INDEX segment_to_clear ON logs.segment (id) WHERE moved_at IS NOT NULL AND local_gone_at IS NULL;
CREATE INDEX segment_file_to_go ON logs.segment (drop_plan) WHERE dropped_at IS NOT NULL AND file_gone_at IS NULL;

-- Whether a hold covers a segment: by when it was received, or by the times that its lines tell.
CREATE FUNCTION logs.is_held(g logs.segment) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
  SELECT EXISTS (SELECT FROM logs.hold h WHERE h.lifted_at IS NULL AND (g.id = ANY(h.segment_ids)
    OR (g.source_id = ANY(h.source_ids)
      AND ((g.first_recv <= coalesce(h.until, 'infinity') AND g.last_recv >= h.since)
        OR (g.first_ts <= coalesce(h.until, 'infinity') AND g.last_ts >= h.since)))));
$$;
GRANT EXECUTE ON FUNCTION logs.is_held TO jiaodun_app;

-- The last guard, whatever the program thinks: two people, old enough by the clock of now, and not held.
CREATE FUNCTION logs.check_drop() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF OLD.dropped_at IS NOT NULL THEN
    RAISE EXCEPTION 'a drop stays as it is' USING ERRCODE = '23514', CONSTRAINT = 'dropped_stays';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('logs.holds'));
  IF NOT EXISTS (SELECT FROM logs.drop_plan p WHERE p.id = NEW.drop_plan AND p.state = 'approved'
      AND NEW.id <= p.upto) THEN
    RAISE EXCEPTION 'no approved plan has it' USING ERRCODE = '23514', CONSTRAINT = 'drop_not_approved';
  END IF;
  IF NEW.last_recv >= base.now() - make_interval(days => (SELECT logs.kept_days(s.retention, s.unit_path)
      FROM logs.source s WHERE s.id = NEW.source_id)) THEN
    RAISE EXCEPTION 'not old enough' USING ERRCODE = '23514', CONSTRAINT = 'drop_too_early';
  END IF;
  IF logs.is_held(NEW) THEN
    RAISE EXCEPTION 'a case holds it' USING ERRCODE = '23514', CONSTRAINT = 'drop_held';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_drop BEFORE UPDATE OF dropped_at, drop_plan ON logs.segment FOR EACH ROW
  WHEN (NEW.dropped_at IS DISTINCT FROM OLD.dropped_at OR NEW.drop_plan IS DISTINCT FROM OLD.drop_plan)
  EXECUTE FUNCTION logs.check_drop();
