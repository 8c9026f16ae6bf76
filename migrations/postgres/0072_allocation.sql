-- Allocation: realms, the tree of prefixes, requests, deterministic NAT, and through which exit schools come.

-- Routing domains. The same private prefix may stand in each of them. One of a unit is known to the units below it.
CREATE TABLE addresses.realm (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  key text NOT NULL UNIQUE CHECK (length(key) BETWEEN 1 AND 60 AND key = btrim(key)),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 500),
  -- Null: the whole system's.
  unit_id uuid REFERENCES units.unit,
  unit_path ltree NOT NULL,
  created_by text NOT NULL DEFAULT 'system',
  created_at timestamptz NOT NULL DEFAULT base.now()
);
CALL base.protect_published('addresses.realm');
INSERT INTO addresses.realm (key, name, description, unit_path)
  VALUES ('main', '教育城域网', '不填路由域时即为此域', '');
-- Realms that were only words so far belong to the lowest unit above all that used them.
INSERT INTO addresses.realm (key, name, unit_id, unit_path)
  SELECT used.realm, used.realm, u.id, coalesce(u.unit_path, '')
  FROM (SELECT realm, lca(array_agg(DISTINCT unit_path)) AS above FROM (
      SELECT realm, unit_path FROM addresses.allocation UNION SELECT realm, unit_path FROM addresses.device) AS both_tables
    GROUP BY realm) AS used LEFT JOIN units.unit u ON u.unit_path = used.above
  WHERE btrim(used.realm) = used.realm
  ON CONFLICT DO NOTHING;

-- A reserved prefix is held by its unit and given to nobody for now.
ALTER TABLE addresses.allocation
  ADD COLUMN state text NOT NULL DEFAULT 'used' CHECK (state IN ('used', 'reserved'));

-- The prefixes of now as a tree, derived from addresses.allocation by the triggers below and nothing else: with each
-- its nearest prefix around, and how much of it the prefixes directly within take. Under row-level security no index
-- answers `<<` (not LEAKPROOF), and to find the children of a /8 by comparing addresses reads the whole /8.
CREATE TABLE addresses.prefix_node (
  id uuid PRIMARY KEY,
  realm text NOT NULL,
  role text NOT NULL,
  cidr cidr NOT NULL,
  state text NOT NULL,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  parent_id uuid,
  children int NOT NULL DEFAULT 0,
  -- Addresses that the prefixes directly within take.
  taken numeric NOT NULL DEFAULT 0,
  UNIQUE (realm, cidr)
);
CREATE INDEX ON addresses.prefix_node (parent_id, cidr);
CREATE INDEX ON addresses.prefix_node (realm, role, cidr);
CREATE INDEX ON addresses.prefix_node USING gist (cidr inet_ops);
CREATE INDEX ON addresses.prefix_node USING gist (unit_path);
CALL base.protect('addresses.prefix_node');
REVOKE INSERT, UPDATE ON addresses.prefix_node FROM jiaodun_app;

CREATE FUNCTION addresses.prefix_size(of_prefix cidr) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE LEAKPROOF
AS $$ SELECT pg_catalog.power(2::numeric, CASE pg_catalog.family(of_prefix) WHEN 4 THEN 32 ELSE 128 END
  - pg_catalog.masklen(of_prefix)) $$;

-- Children and shares follow parent_id, whoever sets it.
CREATE FUNCTION addresses.count_children() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE addresses.prefix_node p SET children = children + d.n, taken = taken + d.size
    FROM (SELECT parent_id, count(*) AS n, sum(addresses.prefix_size(cidr)) AS size FROM after_rows
      WHERE parent_id IS NOT NULL GROUP BY parent_id) AS d WHERE p.id = d.parent_id;
  ELSIF TG_OP = 'DELETE' THEN
    UPDATE addresses.prefix_node p SET children = children - d.n, taken = taken - d.size
    FROM (SELECT parent_id, count(*) AS n, sum(addresses.prefix_size(cidr)) AS size FROM before_rows
      WHERE parent_id IS NOT NULL GROUP BY parent_id) AS d WHERE p.id = d.parent_id;
  ELSIF EXISTS (SELECT FROM before_rows b JOIN after_rows a USING (id) WHERE a.parent_id IS DISTINCT FROM b.parent_id) THEN
    UPDATE addresses.prefix_node p SET children = children + d.n, taken = taken + d.size
    FROM (SELECT parent_id, sum(n) AS n, sum(size) AS size FROM (
        SELECT a.parent_id, 1 AS n, addresses.prefix_size(a.cidr) AS size FROM before_rows b JOIN after_rows a USING (id)
          WHERE a.parent_id IS DISTINCT FROM b.parent_id
        UNION ALL SELECT b.parent_id, -1, -addresses.prefix_size(b.cidr) FROM before_rows b JOIN after_rows a USING (id)
          WHERE a.parent_id IS DISTINCT FROM b.parent_id) AS moves
      WHERE parent_id IS NOT NULL GROUP BY parent_id) AS d WHERE p.id = d.parent_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER count_added AFTER INSERT ON addresses.prefix_node REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION addresses.count_children();
CREATE TRIGGER count_moved AFTER UPDATE ON addresses.prefix_node
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION addresses.count_children();
CREATE TRIGGER count_gone AFTER DELETE ON addresses.prefix_node REFERENCING OLD TABLE AS before_rows
  FOR EACH STATEMENT EXECUTE FUNCTION addresses.count_children();

-- All parents of one realm and role by one walk in the order of addresses: those around come before those within.
CREATE FUNCTION addresses.nest_all(of_realm text, of_role text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  node record;
  around cidr[] := '{}';
  ids uuid[] := '{}';
  depth int := 0;
  parent uuid;
  moved uuid[] := '{}';
  parents uuid[] := '{}';
BEGIN
  FOR node IN SELECT id, cidr, parent_id FROM addresses.prefix_node
      WHERE realm = of_realm AND role = of_role ORDER BY cidr LOOP
    WHILE depth > 0 AND NOT around[depth] >> node.cidr LOOP depth := depth - 1; END LOOP;
    parent := CASE WHEN depth > 0 THEN ids[depth] END;
    IF node.parent_id IS DISTINCT FROM parent THEN
      moved := array_append(moved, node.id);
      parents := array_append(parents, parent);
    END IF;
    depth := depth + 1;
    around[depth] := node.cidr;
    ids[depth] := node.id;
  END LOOP;
  UPDATE addresses.prefix_node n SET parent_id = m.parent
  FROM unnest(moved, parents) AS m(id, parent) WHERE n.id = m.id;
END $$;
REVOKE ALL ON FUNCTION addresses.nest_all FROM PUBLIC;

-- One new node finds its place, and takes over what its parent had within it.
CREATE FUNCTION addresses.nest_one(node_id uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  node addresses.prefix_node;
  parent uuid;
BEGIN
  SELECT * INTO node FROM addresses.prefix_node WHERE id = node_id;
  SELECT n.id INTO parent FROM addresses.prefix_node n WHERE n.cidr >> node.cidr AND n.realm = node.realm
    AND n.role = node.role ORDER BY masklen(n.cidr) DESC LIMIT 1;
  UPDATE addresses.prefix_node n SET parent_id = node.id WHERE n.cidr << node.cidr AND n.realm = node.realm
    AND n.role = node.role AND n.parent_id IS NOT DISTINCT FROM parent;
  UPDATE addresses.prefix_node n SET parent_id = parent WHERE n.id = node_id AND n.parent_id IS DISTINCT FROM parent;
END $$;
REVOKE ALL ON FUNCTION addresses.nest_one FROM PUBLIC;

CREATE FUNCTION addresses.grow_tree() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  fresh uuid[];
  place record;
  one uuid;
BEGIN
  -- An inside prefix that became an exit stands in another tree.
  PERFORM addresses.forget_nodes(ARRAY(SELECT n.id FROM addresses.prefix_node n JOIN added a ON a.id = n.id
    WHERE upper_inf(a.recorded) AND upper_inf(a.valid) AND (a.role, a.cidr, a.realm) <> (n.role, n.cidr, n.realm)), true);
  UPDATE addresses.prefix_node n SET state = a.state, unit_id = a.unit_id, unit_path = a.unit_path
  FROM added a WHERE a.id = n.id AND upper_inf(a.recorded) AND upper_inf(a.valid);
  WITH new_nodes AS (
    INSERT INTO addresses.prefix_node (id, realm, role, cidr, state, unit_id, unit_path)
    SELECT a.id, a.realm, a.role, a.cidr, a.state, a.unit_id, a.unit_path FROM added a
    WHERE upper_inf(a.recorded) AND upper_inf(a.valid) AND NOT EXISTS
      (SELECT FROM addresses.prefix_node n WHERE n.id = a.id)
    RETURNING id, cidr)
  SELECT array_agg(id ORDER BY masklen(cidr), cidr) INTO fresh FROM new_nodes;
  IF cardinality(fresh) > 200 THEN
    FOR place IN SELECT DISTINCT realm, role FROM addresses.prefix_node WHERE id = ANY(fresh) LOOP
      PERFORM addresses.nest_all(place.realm, place.role);
    END LOOP;
  ELSIF fresh IS NOT NULL THEN
    FOREACH one IN ARRAY fresh LOOP PERFORM addresses.nest_one(one); END LOOP;
  END IF;
  RETURN NULL;
END $$;

-- Takes prefixes out of the tree that nobody holds any more (`moving`: that are about to stand elsewhere); what stood
-- within them goes to what is around them. A prefix that is held stays, whoever calls.
CREATE FUNCTION addresses.forget_nodes(ids uuid[], moving boolean DEFAULT false) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE node record;
BEGIN
  FOR node IN SELECT n.id, n.parent_id FROM addresses.prefix_node n WHERE n.id = ANY(ids)
      AND (moving OR NOT EXISTS (SELECT FROM addresses.allocation a WHERE a.id = n.id AND upper_inf(a.recorded)
        AND upper_inf(a.valid))) ORDER BY masklen(n.cidr) DESC LOOP
    UPDATE addresses.prefix_node n SET parent_id = p.parent_id FROM addresses.prefix_node p
    WHERE p.id = node.id AND n.parent_id = node.id;
    DELETE FROM addresses.prefix_node WHERE id = node.id;
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION addresses.forget_nodes FROM PUBLIC;

-- The door for the application: only what is really gone.
CREATE FUNCTION addresses.prune_tree(ids uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$ SELECT addresses.forget_nodes(ids, false) $$;
REVOKE ALL ON FUNCTION addresses.prune_tree FROM PUBLIC;
GRANT EXECUTE ON FUNCTION addresses.prune_tree TO jiaodun_app;

CREATE TRIGGER tree_grows AFTER INSERT ON addresses.allocation REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION addresses.grow_tree();
INSERT INTO addresses.prefix_node (id, realm, role, cidr, state, unit_id, unit_path)
  SELECT id, realm, role, cidr, state, unit_id, unit_path FROM addresses.allocation
  WHERE upper_inf(recorded) AND upper_inf(valid);
SELECT addresses.nest_all(realm, role) FROM (SELECT DISTINCT realm, role FROM addresses.prefix_node) AS places;

-- The addresses that devices have now, for shares and next free ones.
CREATE INDEX device_ip_now ON addresses.device_ip (realm, ip) WHERE upper_inf(recorded) AND upper_inf(valid);

-- A unit asks for a prefix; another person, at its bureau, gives one.
CREATE TABLE addresses.prefix_request (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  realm text NOT NULL REFERENCES addresses.realm (key),
  role text NOT NULL CHECK (role IN ('inside', 'exit')),
  family int NOT NULL CHECK (family IN (4, 6)),
  length int NOT NULL CHECK (length BETWEEN 8 AND CASE family WHEN 4 THEN 32 ELSE 128 END),
  purpose text NOT NULL CHECK (length(purpose) BETWEEN 2 AND 500),
  state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'approved', 'refused', 'withdrawn')),
  asked_by text NOT NULL,
  asked_by_name text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT base.now(),
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  note text,
  -- What was given.
  cidr cidr,
  allocation_id uuid,
  CONSTRAINT two_people CHECK (decided_by IS NULL OR state = 'withdrawn' OR decided_by <> asked_by),
  CHECK ((state = 'asked') = (decided_by IS NULL)),
  CHECK ((state = 'approved') = (cidr IS NOT NULL))
);
CREATE INDEX ON addresses.prefix_request USING gist (unit_path);
CREATE INDEX ON addresses.prefix_request (asked_at DESC);
CALL base.protect('addresses.prefix_request');

-- Deterministic NAT (RFC 7422): which inside address has a port of an outside address is a matter of arithmetic, and
-- nothing is logged. Two-axis as allocations are.
CREATE TABLE addresses.nat_rule (
  row_id uuid PRIMARY KEY DEFAULT uuidv7(),
  id uuid NOT NULL,
  realm text NOT NULL,
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  inside cidr NOT NULL,
  outside cidr NOT NULL,
  port_from int NOT NULL CHECK (port_from BETWEEN 0 AND 65535),
  port_to int NOT NULL CHECK (port_to BETWEEN 0 AND 65535),
  block_size int NOT NULL CHECK (block_size BETWEEN 1 AND 65536),
  algorithm text NOT NULL CHECK (algorithm IN ('sequential', 'spread', 'staggered')),
  -- The log source of the gateway that translates, when it has one.
  source_id int REFERENCES logs.source,
  note text,
  valid tstzrange NOT NULL CHECK (NOT isempty(valid)),
  recorded tstzrange NOT NULL CHECK (NOT isempty(recorded)),
  CHECK (port_from < port_to AND block_size <= port_to - port_from + 1),
  CHECK (family(inside) = 4 AND family(outside) = 4 AND masklen(inside) >= 8 AND masklen(outside) >= 16),
  EXCLUDE USING gist (id WITH =, valid WITH &&) WHERE (upper_inf(recorded))
);
CREATE INDEX ON addresses.nat_rule USING gist (outside inet_ops);
CREATE INDEX ON addresses.nat_rule (id);
CALL base.protect('addresses.nat_rule');

-- One outside port is one rule's at a time.
CREATE FUNCTION addresses.refuse_two_rules() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  IF EXISTS (SELECT FROM added n JOIN addresses.nat_rule r ON r.outside && n.outside AND r.id <> n.id
      AND r.valid && n.valid AND upper_inf(r.recorded) AND r.port_from <= n.port_to AND n.port_from <= r.port_to
    WHERE upper_inf(n.recorded)) THEN
    RAISE EXCEPTION 'two rules translate to one port' USING ERRCODE = '23P01', CONSTRAINT = 'one_rule_per_port';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER one_rule_per_port AFTER INSERT ON addresses.nat_rule REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION addresses.refuse_two_rules();

-- From where a school reached this server, by day: of the school, never of a person. An address that nobody declared is
-- kept as its network only (/24, /48): it may be somebody's line at home.
CREATE TABLE addresses.exit_sighting (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  day date NOT NULL,
  network cidr NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('bureau', 'inside', 'own', 'other')),
  -- Whose exit it is, when somebody declared it.
  exit_unit_path ltree,
  by_people int NOT NULL DEFAULT 0,
  by_probe int NOT NULL DEFAULT 0,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  UNIQUE (unit_id, day, network)
);
CREATE INDEX ON addresses.exit_sighting USING gist (unit_path);
CREATE INDEX ON addresses.exit_sighting (unit_id, last_at DESC);
CALL base.protect('addresses.exit_sighting');

-- A school that may use another exit for a while: asked by one person, decided by another, with an end.
CREATE TABLE addresses.exit_exception (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_id uuid NOT NULL REFERENCES units.unit,
  unit_path ltree NOT NULL,
  network cidr NOT NULL,
  reason text NOT NULL CHECK (length(reason) BETWEEN 4 AND 500),
  expires_on date NOT NULL,
  state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'approved', 'refused')),
  asked_by text NOT NULL,
  asked_by_name text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT base.now(),
  decided_by text,
  decided_by_name text,
  decided_at timestamptz,
  note text,
  CONSTRAINT two_people CHECK (decided_by IS NULL OR decided_by <> asked_by),
  CHECK ((state = 'asked') = (decided_by IS NULL))
);
CREATE INDEX ON addresses.exit_exception (unit_id);
CREATE INDEX ON addresses.exit_exception USING gist (unit_path);
CALL base.protect('addresses.exit_exception');
CREATE INDEX session_started ON auth.session (started_at);

-- The lowest prefix of `length` bits within a node that nothing stands in. The prefixes directly within are walked in
-- the order of addresses, and the first gap that holds an aligned one ends the walk: nothing is counted through.
-- Reads as the caller; who sees a prefix sees all within it.
CREATE FUNCTION addresses.next_free_prefix(node_id uuid, length int) RETURNS cidr LANGUAGE plpgsql STABLE AS $$
DECLARE
  node record;
  gap record;
  width int;
  begins inet;
  ends inet;
  block cidr;
BEGIN
  SELECT cidr, taken, children INTO node FROM addresses.prefix_node WHERE id = node_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  width := CASE family(node.cidr) WHEN 4 THEN 32 ELSE 128 END;
  IF length < masklen(node.cidr) OR length > width
    OR node.taken + power(2::numeric, width - length) > addresses.prefix_size(node.cidr) THEN RETURN NULL; END IF;
  FOR gap IN
    SELECT * FROM (
      SELECT k.cidr, lag(k.cidr) OVER (ORDER BY k.cidr) AS before FROM addresses.prefix_node k
      WHERE k.parent_id = node_id ORDER BY k.cidr) AS pairs
    WHERE before IS NULL OR set_masklen(broadcast(before), width) + 1 <> set_masklen(cidr::inet, width)
    UNION ALL
    SELECT NULL, (SELECT k.cidr FROM addresses.prefix_node k WHERE k.parent_id = node_id ORDER BY k.cidr DESC LIMIT 1)
  LOOP
    IF gap.before IS NULL THEN begins := set_masklen(node.cidr::inet, width);
    ELSIF broadcast(gap.before) = set_masklen(broadcast(node.cidr), masklen(gap.before)) THEN CONTINUE;
    ELSE begins := set_masklen(broadcast(gap.before), width) + 1; END IF;
    ends := CASE WHEN gap.cidr IS NULL THEN set_masklen(broadcast(node.cidr), width)
      WHEN gap.cidr = set_masklen(node.cidr, masklen(gap.cidr)) THEN NULL
      ELSE set_masklen(gap.cidr::inet, width) - 1 END;
    CONTINUE WHEN ends IS NULL;
    block := network(set_masklen(begins, length));
    IF set_masklen(block::inet, width) < begins THEN
      CONTINUE WHEN set_masklen(broadcast(block), width) >= ends;
      block := network(set_masklen(set_masklen(broadcast(block), width) + 1, length));
    END IF;
    IF set_masklen(broadcast(block), width) <= ends THEN RETURN block; END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- The lowest address of a node that no device has, that stands in no prefix within it, and that names a host (RFC 1122
-- §3.2.1.3, RFC 3021, RFC 4291 §2.6.1). Called with all units in sight: an address may be somebody else's.
CREATE FUNCTION addresses.next_free_host(node_id uuid) RETURNS inet LANGUAGE plpgsql STABLE AS $$
DECLARE
  node record;
  inner_prefix cidr;
  within_from inet;
  width int;
  spare boolean;
  candidate inet;
  last inet;
  used inet;
BEGIN
  SELECT cidr, realm INTO node FROM addresses.prefix_node WHERE id = node_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  width := CASE family(node.cidr) WHEN 4 THEN 32 ELSE 128 END;
  spare := masklen(node.cidr) < width - 1;
  candidate := set_masklen(node.cidr::inet, width) + CASE WHEN spare THEN 1 ELSE 0 END;
  last := set_masklen(broadcast(node.cidr), width) - CASE WHEN spare AND width = 32 THEN 1 ELSE 0 END;
  LOOP
    SELECT k.cidr INTO inner_prefix FROM addresses.prefix_node k WHERE k.parent_id = node_id
      AND k.cidr <= candidate ORDER BY k.cidr DESC LIMIT 1;
    IF FOUND AND inner_prefix >>= candidate THEN
      IF set_masklen(broadcast(inner_prefix), width) >= last THEN RETURN NULL; END IF;
      candidate := set_masklen(broadcast(inner_prefix), width) + 1;
      CONTINUE;
    END IF;
    SELECT set_masklen(k.cidr::inet, width) INTO within_from FROM addresses.prefix_node k WHERE k.parent_id = node_id
      AND k.cidr > candidate ORDER BY k.cidr LIMIT 1;
    FOR used IN SELECT d.ip FROM addresses.device_ip d WHERE d.realm = node.realm AND d.ip >= candidate AND d.ip <= last
        AND upper_inf(d.recorded) AND upper_inf(d.valid) ORDER BY d.ip LOOP
      EXIT WHEN used > candidate OR candidate = within_from;
      IF candidate >= last THEN RETURN NULL; END IF;
      candidate := candidate + 1;
    END LOOP;
    CONTINUE WHEN candidate = within_from;
    RETURN candidate;
  END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION addresses.next_free_prefix, addresses.next_free_host TO jiaodun_app;
