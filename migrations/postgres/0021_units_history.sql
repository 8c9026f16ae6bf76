-- The tree of units in time: what it was on any date, who changed it by which document, and how a unit with all
-- that belongs to it gets to another place. See docs/decisions/0016.

-- The bureau's calendar.
CREATE FUNCTION units.calendar_day() RETURNS date LANGUAGE sql VOLATILE AS $$
  SELECT (base.now() AT TIME ZONE 'Asia/Shanghai')::date
$$;

-- GB 32100-2015: 31 characters, weights 3^i mod 31.
CREATE FUNCTION units.uscc_fits(code text) RETURNS boolean LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT code ~ '^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$' AND
    substr('0123456789ABCDEFGHJKLMNPQRTUWXY', (31 - (SELECT sum(
      (strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(code, i, 1)) - 1)
      * (ARRAY[1,3,9,27,19,26,16,17,20,29,25,13,8,24,10,30,28])[i]) FROM generate_series(1, 17) AS i) % 31)::int % 31 + 1, 1)
    = substr(code, 18, 1)
$$;

-- A genuine code whose check character fails (issued before the rule settled): one proposes, another approves.
CREATE TABLE units.uscc_approval (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  uscc text NOT NULL CHECK (uscc ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'),
  reason text NOT NULL CHECK (length(reason) >= 4),
  -- Where the scan of the certificate is kept.
  scan_ref text NOT NULL CHECK (length(scan_ref) >= 2),
  proposed_by text NOT NULL,
  proposed_by_name text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT base.now(),
  approved boolean,
  note text,
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  CONSTRAINT four_eyes CHECK (decided_by IS NULL OR decided_by <> proposed_by),
  CONSTRAINT decided CHECK ((approved IS NULL) = (decided_by IS NULL) AND (approved IS NULL) = (decided_at IS NULL))
);
CREATE INDEX ON units.uscc_approval USING gist (unit_path);
CREATE INDEX ON units.uscc_approval (unit_id);
CREATE UNIQUE INDEX one_waiting_uscc ON units.uscc_approval (unit_id) WHERE approved IS NULL;
CALL base.protect('units.uscc_approval');
REVOKE UPDATE ON units.uscc_approval FROM jiaodun_app;
GRANT UPDATE (approved, note, decided_by, decided_by_name, decided_at) ON units.uscc_approval TO jiaodun_app;

ALTER TABLE units.unit
  ADD short_name text,
  ADD state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'merged')),
  ADD since_on date,
  ADD admin_code text CHECK (admin_code ~ '^[0-9]{6}([0-9]{6})?$'),
  ADD school_type text,
  ADD ownership text CHECK (ownership IN ('public', 'private')),
  ADD postal_code text CHECK (postal_code ~ '^[0-9]{6}$'),
  ADD contact_name text,
  ADD contact_phone text,
  ADD student_count int CHECK (student_count >= 0),
  ADD staff_count int CHECK (staff_count >= 0),
  ADD uscc_approval_id uuid REFERENCES units.uscc_approval,
  ADD version int NOT NULL DEFAULT 1,
  -- Every name, present, short and former, the codes, and all readings of the names in pinyin; lower case.
  ADD search text NOT NULL DEFAULT '',
  ADD CONSTRAINT uscc_fits CHECK (uscc IS NULL OR units.uscc_fits(uscc) OR uscc_approval_id IS NOT NULL) NOT VALID,
  ADD CONSTRAINT root_is_open CHECK (kind <> 'city' OR state = 'open');
UPDATE units.unit SET search = lower(name || ' ' || code || ' ' || pinyin);
CREATE INDEX unit_search ON units.unit USING gin (search gin_trgm_ops);

-- Acts: dated, by a document, with a reason. A future one waits; none is deleted.
CREATE TABLE units.change (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  kind text NOT NULL CHECK (kind IN ('rename', 'move', 'merge', 'split', 'close', 'reopen')),
  effective_on date NOT NULL,
  doc_no text NOT NULL CHECK (doc_no ~ '^[^[:space:]〔〕]+〔[0-9]{4}〕[0-9]+号$'),
  reason text NOT NULL CHECK (length(reason) >= 2),
  body jsonb NOT NULL,
  state text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'applied', 'cancelled', 'failed')),
  by_id text NOT NULL,
  by_name text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  applied_at timestamptz,
  error text,
  CHECK ((state = 'applied') = (applied_at IS NOT NULL)),
  CHECK ((state = 'failed') <= (error IS NOT NULL))
);
CREATE INDEX ON units.change USING gist (unit_path);
CREATE INDEX ON units.change (unit_id);
CREATE INDEX planned_changes ON units.change (effective_on) WHERE state = 'planned';
CALL base.protect('units.change');
REVOKE UPDATE ON units.change FROM jiaodun_app;
GRANT UPDATE (state, applied_at, error) ON units.change TO jiaodun_app;

-- On two axes: `valid` is when it was so, `recorded` since when (until when) it was held to be so.
CREATE TABLE units.unit_history (
  row_id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  -- Follows the unit; `held_path` is where it stood in those days, and never changes.
  unit_path ltree NOT NULL,
  held_path ltree NOT NULL,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('city', 'county', 'school')),
  parent_id uuid REFERENCES units.unit,
  state text NOT NULL CHECK (state IN ('open', 'closed', 'merged')),
  valid daterange NOT NULL CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  recorded tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  change_id uuid REFERENCES units.change,
  by_name text NOT NULL DEFAULT '',
  CHECK ((kind = 'city') = (parent_id IS NULL)),
  CONSTRAINT one_truth EXCLUDE USING gist (unit_id WITH =, valid WITH &&) WHERE (upper_inf(recorded))
);
CREATE INDEX ON units.unit_history USING gist (unit_path);
CREATE INDEX ON units.unit_history USING gist (held_path) WHERE upper_inf(recorded);
CREATE INDEX ON units.unit_history (parent_id) WHERE upper_inf(recorded);
CALL base.protect('units.unit_history');
-- A county goes on seeing what hung under it in its day.
CREATE POLICY held ON units.unit_history FOR SELECT USING (held_path <@ (SELECT base.scope()));
REVOKE UPDATE ON units.unit_history FROM jiaodun_app;
GRANT UPDATE (recorded) ON units.unit_history TO jiaodun_app;

INSERT INTO units.unit_history (unit_id, unit_path, held_path, name, kind, parent_id, state, valid, recorded)
  SELECT id, unit_path, unit_path, name, kind, parent_id, state,
    daterange((registered_at AT TIME ZONE 'Asia/Shanghai')::date, NULL), tstzrange(registered_at, NULL)
  FROM units.unit;

-- The next moment for `recorded` of a unit: never backwards, never twice the same.
CREATE FUNCTION units.next_moment(of_unit uuid) RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog AS $$
  SELECT greatest(base.now(), (SELECT max(greatest(lower(recorded), upper(recorded))) + interval '1 microsecond'
    FROM units.unit_history WHERE unit_id = of_unit))
$$;

-- Where a unit stood on the first day of the row: its parent's place then, and its own code.
CREATE FUNCTION units.fill_held_path() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE own text := (SELECT code FROM units.unit WHERE id = NEW.unit_id);
BEGIN
  NEW.held_path := coalesce((SELECT h.held_path FROM units.unit_history h WHERE h.unit_id = NEW.parent_id
    AND upper_inf(h.recorded) AND h.valid @> lower(NEW.valid)), ''::ltree) || own;
  RETURN NEW;
END $$;
CREATE TRIGGER fill_held_path BEFORE INSERT ON units.unit_history
  FOR EACH ROW EXECUTE FUNCTION units.fill_held_path();

-- Whatever writes the register writes its history: a new unit starts one, a changed fact goes on from today.
-- An act of another date has written its history before, and is found in it.
CREATE FUNCTION units.note_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  today date := units.calendar_day();
  moment timestamptz;
  was units.unit_history;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO units.unit_history (unit_id, unit_path, name, kind, parent_id, state, valid, recorded)
    VALUES (NEW.id, NEW.unit_path, NEW.name, NEW.kind, NEW.parent_id, NEW.state,
      daterange(least(coalesce(NEW.since_on, today), today), NULL), tstzrange(base.now(), NULL));
    RETURN NULL;
  END IF;
  SELECT * INTO was FROM units.unit_history h
    WHERE h.unit_id = NEW.id AND upper_inf(h.recorded) AND h.valid @> today;
  IF (was.name, was.kind, was.parent_id, was.state) IS NOT DISTINCT FROM
    (NEW.name, NEW.kind, NEW.parent_id, NEW.state) THEN RETURN NULL; END IF;
  moment := units.next_moment(NEW.id);
  UPDATE units.unit_history SET recorded = tstzrange(lower(recorded), moment) WHERE row_id = was.row_id;
  IF lower(was.valid) < today THEN
    INSERT INTO units.unit_history (unit_id, unit_path, name, kind, parent_id, state, valid, recorded, change_id, by_name)
    VALUES (NEW.id, NEW.unit_path, was.name, was.kind, was.parent_id, was.state,
      daterange(lower(was.valid), today), tstzrange(moment, NULL), was.change_id, was.by_name);
  END IF;
  INSERT INTO units.unit_history (unit_id, unit_path, name, kind, parent_id, state, valid, recorded)
  VALUES (NEW.id, NEW.unit_path, NEW.name, NEW.kind, NEW.parent_id, NEW.state,
    daterange(today, upper(was.valid)), tstzrange(moment, NULL));
  RETURN NULL;
END $$;
CREATE TRIGGER note_history AFTER INSERT OR UPDATE OF name, kind, parent_id, state ON units.unit
  FOR EACH ROW EXECUTE FUNCTION units.note_history();

-- No cycle and no orphan: a path is the parent's path and the own code, hence one level deeper than the parent's.
-- A merged unit stands below the one that it went into. Checked when the transaction ends; the lock on the parent
-- makes a closure and a registration below it wait for each other.
CREATE FUNCTION units.check_place() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  own units.unit;
  parent units.unit;
BEGIN
  SELECT * INTO own FROM units.unit WHERE id = NEW.id;
  IF own.parent_id IS NOT NULL THEN
    SELECT * INTO parent FROM units.unit WHERE id = own.parent_id FOR SHARE;
  END IF;
  IF own.unit_path <> coalesce(parent.unit_path, ''::ltree) || own.code
    OR NOT (CASE WHEN own.state = 'merged' THEN own.kind = parent.kind
      WHEN own.kind = 'city' THEN own.parent_id IS NULL
      WHEN own.kind = 'county' THEN parent.kind = 'city'
      ELSE parent.kind IN ('city', 'county') END)
    OR (own.state = 'open' AND own.parent_id IS NOT NULL AND parent.state <> 'open')
    OR EXISTS (SELECT FROM units.unit c WHERE c.parent_id = own.id
      AND (c.unit_path <> own.unit_path || c.code OR (c.state = 'open' AND own.state <> 'open'))) THEN
    RAISE EXCEPTION 'unit % has no lawful place in the tree', own.code
      USING ERRCODE = '23514', CONSTRAINT = 'unit_in_tree';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER unit_in_tree AFTER INSERT OR UPDATE OF code, kind, parent_id, unit_path, state ON units.unit
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION units.check_place();

-- The same on every date: what is known of a unit has no gap, and on each of its days the parent was there.
CREATE FUNCTION units.covers(of_unit uuid, only_open boolean, days daterange) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT coalesce(range_agg(valid) @> days, false) FROM units.unit_history
  WHERE unit_id = of_unit AND upper_inf(recorded) AND (state = 'open' OR NOT only_open)
$$;
CREATE FUNCTION units.check_history() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE known datemultirange;
BEGIN
  SELECT range_agg(valid) INTO known FROM units.unit_history WHERE unit_id = NEW.unit_id AND upper_inf(recorded);
  IF known IS NULL OR NOT upper_inf(known) OR (SELECT count(*) FROM unnest(known)) <> 1 THEN
    RAISE EXCEPTION 'the history of unit % has a gap', NEW.unit_id
      USING ERRCODE = '23514', CONSTRAINT = 'history_without_gap';
  END IF;
  IF EXISTS (SELECT FROM units.unit_history h WHERE upper_inf(h.recorded) AND h.parent_id IS NOT NULL
      AND (h.unit_id = NEW.unit_id OR h.parent_id = NEW.unit_id)
      AND NOT units.covers(h.parent_id, h.state = 'open', h.valid)) THEN
    RAISE EXCEPTION 'on some day unit % or one below it has no parent', NEW.unit_id
      USING ERRCODE = '23514', CONSTRAINT = 'history_has_parent';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER history_in_tree AFTER INSERT ON units.unit_history
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION units.check_history();
-- A row that was only closed must have been replaced.
CREATE CONSTRAINT TRIGGER history_replaced AFTER UPDATE OF recorded ON units.unit_history
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NOT upper_inf(NEW.recorded)) EXECUTE FUNCTION units.check_history();

-- What a move does with a table that has `unit_path`. Without an entry its rows follow their unit.
CREATE TABLE units.path_rule (
  table_name text PRIMARY KEY,
  -- 'keep': rows keep the path of their time.
  on_move text NOT NULL DEFAULT 'follow' CHECK (on_move IN ('follow', 'keep')),
  -- 'transfer': in a merge the rows also get the new unit's id; others stay with the merged unit, below the new one.
  on_merge text NOT NULL DEFAULT 'follow' CHECK (on_merge IN ('follow', 'transfer')),
  -- A unit with such rows cannot be closed.
  blocks_close boolean NOT NULL DEFAULT false,
  reason text NOT NULL
);
ALTER TABLE units.path_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON units.path_rule FOR SELECT USING (true);
GRANT SELECT ON units.path_rule TO jiaodun_app;
INSERT INTO units.path_rule (table_name, on_move, on_merge, blocks_close, reason) VALUES
  ('audit.entry', 'keep', 'follow', false, 'the leaf hash of an entry commits to its path'),
  ('base.event', 'keep', 'follow', false, 'what was told, when and to whom'),
  ('units.person', 'follow', 'transfer', false, 'people go on working in the new unit'),
  ('auth.account', 'follow', 'transfer', false, 'people go on working in the new unit'),
  ('auth.token', 'follow', 'transfer', false, 'machines go on working for the new unit'),
  ('sites.site', 'follow', 'transfer', true, 'a website needs a unit that answers for it');

-- Places that units have left. Rows that were written at that moment with the old path are brought after.
CREATE TABLE units.path_change (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  from_path ltree NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON units.path_change USING gist (unit_path);
CREATE INDEX ON units.path_change (at);
CALL base.protect('units.path_change');
REVOKE INSERT, UPDATE ON units.path_change FROM jiaodun_app;

-- The tables whose rows follow.
CREATE FUNCTION units.following_tables() RETURNS SETOF regclass LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
  SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'unit_path' AND a.atttypid = 'ltree'::regtype
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
    AND c.oid <> 'units.unit'::regclass AND NOT a.attisdropped
    AND NOT EXISTS (SELECT FROM units.path_rule r WHERE to_regclass(r.table_name) = c.oid AND r.on_move = 'keep')
  ORDER BY n.nspname, c.relname
$$;

-- Runs an UPDATE of a table past its own row triggers (some refuse every change of a settled row; only the path
-- changes here). ALTER TABLE is undone with the transaction.
CREATE FUNCTION units.update_quietly(target regclass, statement text, VARIADIC given text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  quiet text[] := (SELECT array_agg(quote_ident(t.tgname)) FROM pg_trigger t WHERE t.tgrelid = target
    AND NOT t.tgisinternal AND t.tgconstraint = 0 AND t.tgenabled = 'O' AND (t.tgtype & 16) <> 0
    AND (t.tgattr = ''::int2vector OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target
      AND a.attname IN ('unit_path', 'unit_id') AND a.attnum = ANY (t.tgattr))));
  one text;
  done bigint;
BEGIN
  FOREACH one IN ARRAY coalesce(quiet, '{}') LOOP
    EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %s', target, one);
  END LOOP;
  EXECUTE statement USING given;
  GET DIAGNOSTICS done = ROW_COUNT;
  FOREACH one IN ARRAY coalesce(quiet, '{}') LOOP
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %s', target, one);
  END LOOP;
  RETURN done;
END $$;
REVOKE ALL ON FUNCTION units.update_quietly FROM PUBLIC;

CREATE FUNCTION units.repath(target regclass, old_path ltree, new_path ltree) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE found boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE unit_path <@ $1)', target) INTO found USING old_path;
  IF NOT found THEN RETURN 0; END IF;
  RETURN units.update_quietly(target, format('UPDATE %s SET unit_path = CASE WHEN unit_path = ($1)[1]::ltree
    THEN ($1)[2]::ltree ELSE ($1)[2]::ltree || subpath(unit_path, nlevel(($1)[1]::ltree)) END
    WHERE unit_path <@ ($1)[1]::ltree', target), old_path::text, new_path::text);
END $$;
REVOKE ALL ON FUNCTION units.repath FROM PUBLIC;

-- One change of the tree at a time; whoever waits longer than this is told so.
CREATE FUNCTION units.lock_tree() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM set_config('lock_timeout', '15s', true);
  PERFORM pg_advisory_xact_lock(hashtext('units.tree'));
END $$;

CREATE FUNCTION units.in_scope(path ltree) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, public AS $$
  SELECT coalesce(path <@ base.scope(), false)
$$;

-- Gives a unit its place (parent and state) and brings along the units below it and every row of every module, in
-- the caller's transaction. Both places must lie in the caller's scope. Tells how many rows of which table.
CREATE FUNCTION units.hang(moved_id uuid, new_parent uuid, new_state text) RETURNS TABLE (table_name text, rows bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
DECLARE
  own units.unit;
  parent units.unit;
  new_path ltree;
  target regclass;
BEGIN
  PERFORM units.lock_tree();
  SELECT * INTO own FROM units.unit WHERE id = moved_id FOR UPDATE;
  SELECT * INTO parent FROM units.unit WHERE id = new_parent;
  new_path := parent.unit_path || own.code;
  IF own.id IS NULL OR parent.id IS NULL OR NOT units.in_scope(own.unit_path) OR NOT units.in_scope(parent.unit_path) THEN
    RAISE EXCEPTION 'outside the scope' USING ERRCODE = '42501';
  END IF;
  IF new_path <@ own.unit_path AND new_path <> own.unit_path THEN
    RAISE EXCEPTION 'a unit cannot hang below itself' USING ERRCODE = '23514', CONSTRAINT = 'unit_in_tree';
  END IF;
  UPDATE units.unit SET parent_id = new_parent, state = new_state, unit_path = new_path, version = version + 1
    WHERE id = moved_id;
  IF new_path = own.unit_path THEN RETURN; END IF;
  UPDATE units.unit SET unit_path = new_path || subpath(unit_path, nlevel(own.unit_path))
    WHERE unit_path <@ own.unit_path AND id <> moved_id;
  FOR target IN SELECT units.following_tables() LOOP
    table_name := target::text;
    rows := units.repath(target, own.unit_path, new_path);
    IF rows > 0 THEN RETURN NEXT; END IF;
  END LOOP;
  INSERT INTO units.path_change (unit_id, unit_path, from_path) VALUES (moved_id, new_path, own.unit_path);
END $$;

-- Hands what a merged unit goes on with to the one that it merged into.
CREATE FUNCTION units.hand_over(giver uuid, taker uuid) RETURNS TABLE (table_name text, rows bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
DECLARE
  old_path ltree := (SELECT unit_path FROM units.unit WHERE id = giver AND units.in_scope(unit_path));
  new_path ltree := (SELECT unit_path FROM units.unit WHERE id = taker AND units.in_scope(unit_path));
  target regclass;
BEGIN
  IF old_path IS NULL OR new_path IS NULL THEN
    RAISE EXCEPTION 'outside the scope' USING ERRCODE = '42501';
  END IF;
  FOR target IN SELECT to_regclass(r.table_name) FROM units.path_rule r
      WHERE r.on_merge = 'transfer' AND to_regclass(r.table_name) IS NOT NULL ORDER BY r.table_name LOOP
    table_name := target::text;
    rows := units.update_quietly(target, format('UPDATE %s SET unit_id = ($1)[2]::uuid, unit_path = ($1)[4]::ltree
      WHERE unit_id = ($1)[1]::uuid AND unit_path = ($1)[3]::ltree', target),
      giver::text, taker::text, old_path::text, new_path::text);
    IF rows > 0 THEN RETURN NEXT; END IF;
  END LOOP;
END $$;

-- How much hangs on a unit and the units below it, by table; `blocks`: it cannot be closed with these.
CREATE FUNCTION units.contents(of_unit uuid) RETURNS TABLE (table_name text, rows bigint, blocks boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
DECLARE
  path ltree := (SELECT unit_path FROM units.unit WHERE id = of_unit AND units.in_scope(unit_path));
  target regclass;
BEGIN
  IF path IS NULL THEN RETURN; END IF;
  FOR target IN SELECT units.following_tables() LOOP
    CONTINUE WHEN target::text IN ('units.unit_history', 'units.path_change', 'units.change', 'units.uscc_approval');
    table_name := target::text;
    EXECUTE format('SELECT count(*) FROM %s WHERE unit_path <@ $1', target) INTO rows USING path;
    blocks := coalesce((SELECT r.blocks_close FROM units.path_rule r WHERE to_regclass(r.table_name) = target), false);
    IF rows > 0 THEN RETURN NEXT; END IF;
  END LOOP;
END $$;

-- A transaction that read a path before a move and wrote with it after leaves rows at a place that is no unit's any
-- more. The system brings them after, for an hour.
CREATE FUNCTION units.bring_after() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  left_place record;
  target regclass;
  total bigint := 0;
BEGIN
  IF base.scope() IS DISTINCT FROM ''::ltree THEN
    RAISE EXCEPTION 'for the system only' USING ERRCODE = '42501';
  END IF;
  FOR left_place IN SELECT c.from_path, u.unit_path FROM units.path_change c JOIN units.unit u ON u.id = c.unit_id
      WHERE c.at > base.now() - interval '1 hour'
        AND NOT EXISTS (SELECT FROM units.unit w WHERE w.unit_path <@ c.from_path) ORDER BY c.id LOOP
    FOR target IN SELECT units.following_tables() LOOP
      total := total + units.repath(target, left_place.from_path, left_place.unit_path);
    END LOOP;
  END LOOP;
  RETURN total;
END $$;

-- Units in scope (or on the line above it) that a text is found in. The owner's rights let the trigram index work:
-- under row-level security ILIKE is no index condition, since it is not leakproof; the scope is checked here.
CREATE FUNCTION units.search_units(pattern text) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
  WITH hit AS MATERIALIZED (SELECT id, unit_path FROM units.unit WHERE search LIKE pattern)
  SELECT id FROM hit WHERE unit_path <@ (SELECT base.scope()) OR unit_path @> (SELECT base.scope())
$$;

REVOKE ALL ON FUNCTION units.hang, units.hand_over, units.contents, units.bring_after, units.search_units,
  units.covers, units.next_moment FROM PUBLIC;
GRANT EXECUTE ON FUNCTION units.hang, units.hand_over, units.contents, units.bring_after, units.search_units,
  units.next_moment TO jiaodun_app;

CREATE OR REPLACE VIEW units.unit_view WITH (security_invoker) AS
  SELECT id, code, name, kind, parent_id, unit_path, state, short_name FROM units.unit;
