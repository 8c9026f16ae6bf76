-- A hundred thousand prefixes at once, and quick answers of them. Before, 5,000 rows took as long as all that stood there
-- already: each file walked the whole tree again, compared by `&&`, and found its one holder in an index on inet.

-- One (realm, prefix) is one holder's at a time, as before, kept by one text: see migration 0123 for why.
ALTER TABLE addresses.allocation
  DROP CONSTRAINT one_holder,
  ADD CONSTRAINT one_holder EXCLUDE USING gist ((((cidr::text || ' ') || realm) COLLATE "C") WITH =, valid WITH &&)
    WHERE (upper_inf(recorded));

-- Whose prefixes stand in the tree is checked by the tree (below). Lists of now, and addresses cut to a prefix's length,
-- are answered by equality and order; under row-level security nothing was by `>>=`.
DROP TRIGGER nested_only ON addresses.allocation;
DROP FUNCTION addresses.refuse_overlap;
DROP INDEX addresses.allocation_current;
CREATE INDEX allocation_current ON addresses.allocation (realm, cidr, id) WHERE upper_inf(recorded) AND upper_inf(valid);
DROP INDEX addresses.prefix_node_cidr_idx;

-- The last address of a prefix: what stands within it lies between the two in the order of cidr.
CREATE FUNCTION addresses.last_address(of_prefix cidr) RETURNS inet LANGUAGE sql IMMUTABLE PARALLEL SAFE LEAKPROOF
AS $$ SELECT pg_catalog.set_masklen(pg_catalog.broadcast(of_prefix),
  CASE pg_catalog.family(of_prefix) WHEN 4 THEN 32 ELSE 128 END) $$;

-- New nodes find their places together, and take over what their parents had within them. A parent is one of the
-- prefixes that the node's address is cut to: many of one realm have few lengths. What is within is one range of the
-- index. Both are asked row by row (OFFSET 0): a join of what was just written, of which nothing is known, compared all
-- with all (11 s for 1,000).
CREATE FUNCTION addresses.nest_nodes(fresh uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan AS $$
DECLARE lengths int[];
BEGIN
  IF cardinality(fresh) > 200 THEN
    lengths := ARRAY(SELECT DISTINCT masklen(n.cidr) FROM addresses.prefix_node n);
  ELSE
    lengths := ARRAY(SELECT * FROM generate_series(0, 127));
  END IF;
  UPDATE addresses.prefix_node n SET parent_id = f.parent
  FROM (SELECT DISTINCT ON (c.id) c.id, p.id AS parent
    FROM addresses.prefix_node c JOIN unnest(lengths) AS l (length) ON l.length < masklen(c.cidr)
    CROSS JOIN LATERAL (SELECT w.id FROM addresses.prefix_node w
      WHERE w.realm = c.realm AND w.role = c.role AND w.cidr = set_masklen(c.cidr, l.length) OFFSET 0) AS p
    WHERE c.id = ANY(fresh) ORDER BY c.id, l.length DESC) AS f
  WHERE n.id = f.id;
  UPDATE addresses.prefix_node k SET parent_id = t.parent
  FROM (SELECT DISTINCT ON (k.id) k.id, n.id AS parent
    FROM addresses.prefix_node n CROSS JOIN LATERAL (
      SELECT w.id, w.parent_id FROM addresses.prefix_node w
      WHERE w.realm = n.realm AND w.role = n.role AND w.cidr > n.cidr AND w.cidr <= addresses.last_address(n.cidr)
        AND w.id <> ALL(fresh) OFFSET 0) AS k
    LEFT JOIN addresses.prefix_node former ON former.id = k.parent_id
    WHERE n.id = ANY(fresh) AND (former.id IS NULL OR masklen(former.cidr) < masklen(n.cidr))
    ORDER BY k.id, masklen(n.cidr) DESC) AS t
  WHERE k.id = t.id;
END $$;
REVOKE ALL ON FUNCTION addresses.nest_nodes FROM PUBLIC;

-- Prefixes of one realm and role either do not touch, or the one within belongs to a unit at or below the holder of the
-- one around it (city → county → school). True when one of these stands in, or around, another unit's.
CREATE FUNCTION addresses.overlaps_another(ids uuid[]) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan AS $$
BEGIN
  RETURN EXISTS (WITH RECURSIVE up AS (
      SELECT n.unit_path, n.parent_id FROM addresses.prefix_node n WHERE n.id = ANY(ids)
      UNION SELECT up.unit_path, p.parent_id FROM up JOIN addresses.prefix_node p ON p.id = up.parent_id)
    SELECT FROM up JOIN addresses.prefix_node p ON p.id = up.parent_id WHERE NOT p.unit_path @> up.unit_path)
  OR EXISTS (SELECT FROM addresses.prefix_node n CROSS JOIN LATERAL (
      SELECT w.unit_path FROM addresses.prefix_node w WHERE w.realm = n.realm AND w.role = n.role
        AND w.cidr > n.cidr AND w.cidr <= addresses.last_address(n.cidr) OFFSET 0) AS k
    WHERE n.id = ANY(ids) AND n.children > 0 AND NOT n.unit_path @> k.unit_path);
END $$;
REVOKE ALL ON FUNCTION addresses.overlaps_another FROM PUBLIC;

CREATE OR REPLACE FUNCTION addresses.grow_tree() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
DECLARE
  held uuid[] := ARRAY(SELECT a.id FROM added a WHERE upper_inf(a.recorded) AND upper_inf(a.valid));
  fresh uuid[];
BEGIN
  IF cardinality(held) = 0 THEN RETURN NULL; END IF;
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
    RETURNING id)
  SELECT array_agg(id) INTO fresh FROM new_nodes;
  IF fresh IS NOT NULL THEN PERFORM addresses.nest_nodes(fresh); END IF;
  IF addresses.overlaps_another(held) THEN
    RAISE EXCEPTION 'allocations of two units overlap' USING ERRCODE = '23P01', CONSTRAINT = 'nested_only';
  END IF;
  RETURN NULL;
END $$;
DROP FUNCTION addresses.nest_all;
DROP FUNCTION addresses.nest_one;

-- Searched by the address, its realm, and (see store/prefixes.ts) the names of units.
ALTER TABLE addresses.prefix_node ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (cidr::text || ' ' || realm) STORED;
CREATE INDEX prefix_search ON addresses.prefix_node USING gin (base.grams(search));
CREATE INDEX ON addresses.prefix_node (unit_id);

-- Cells and free prefixes of a node are worked out without row-level security once the node itself is in the caller's
-- scope: its space is the caller's, whoever has a part of it (its children and shares are counted so, too), and the policy
-- of each of 100,000 rows took more than all the rest. Names are still read by the caller.
CREATE FUNCTION addresses.in_sight(node_id uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
  SELECT n.id FROM addresses.prefix_node n WHERE n.id = node_id AND n.unit_path <@ base.scope()
$$;
REVOKE ALL ON FUNCTION addresses.in_sight FROM PUBLIC;

-- How full the cells of a prefix are, of `length` bits each or what is wider and stands there; those that something
-- stands in, in the order of addresses. Sizes are added by length: a sum of 100,000 numerics takes a second.
CREATE FUNCTION addresses.prefix_cells(node_id uuid, part cidr, length int)
RETURNS TABLE (cell cidr, members bigint, taken numeric, first_member cidr) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT cell, sum(n)::bigint, sum(n * addresses.prefix_size(set_masklen(cell, bits))), min(first_member)::cidr
  FROM (SELECT CASE WHEN masklen(k.cidr) <= length THEN k.cidr ELSE set_masklen(k.cidr, length) END AS cell,
      masklen(k.cidr) AS bits, count(*) AS n, min(k.cidr) AS first_member
    FROM addresses.prefix_node k
    WHERE k.parent_id = (SELECT addresses.in_sight(node_id)) AND k.cidr >= part
      AND k.cidr <= addresses.last_address(part) GROUP BY 1, 2) AS sizes
  GROUP BY cell ORDER BY cell
$$;

-- The lowest prefix of `length` bits in a part of a node that nothing stands in: the prefixes directly within are walked
-- in the order of addresses, and the first gap that holds an aligned one ends the walk.
CREATE FUNCTION addresses.free_within(node_id uuid, part cidr, length int) RETURNS cidr LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  node uuid := addresses.in_sight(node_id);
  gap record;
  width int := CASE family(part) WHEN 4 THEN 32 ELSE 128 END;
  begins inet;
  ends inet;
  block cidr;
BEGIN
  IF node IS NULL THEN RETURN NULL; END IF;
  FOR gap IN
    SELECT * FROM (
      SELECT k.cidr, lag(k.cidr) OVER (ORDER BY k.cidr) AS before FROM addresses.prefix_node k
      WHERE k.parent_id = node AND k.cidr >= part AND k.cidr <= addresses.last_address(part)
      ORDER BY k.cidr) AS pairs
    WHERE before IS NULL OR set_masklen(broadcast(before), width) + 1 <> set_masklen(cidr::inet, width)
    UNION ALL
    SELECT NULL, (SELECT k.cidr FROM addresses.prefix_node k WHERE k.parent_id = node AND k.cidr >= part
      AND k.cidr <= addresses.last_address(part) ORDER BY k.cidr DESC LIMIT 1)
  LOOP
    IF gap.before IS NULL THEN begins := set_masklen(part::inet, width);
    ELSIF addresses.last_address(gap.before) = addresses.last_address(part) THEN CONTINUE;
    ELSE begins := addresses.last_address(gap.before) + 1; END IF;
    ends := CASE WHEN gap.cidr IS NULL THEN addresses.last_address(part)
      WHEN gap.cidr = set_masklen(part, masklen(gap.cidr)) THEN NULL
      ELSE set_masklen(gap.cidr::inet, width) - 1 END;
    CONTINUE WHEN ends IS NULL;
    block := network(set_masklen(begins, length));
    IF set_masklen(block::inet, width) < begins THEN
      CONTINUE WHEN addresses.last_address(block) >= ends;
      block := network(set_masklen(addresses.last_address(block) + 1, length));
    END IF;
    IF addresses.last_address(block) <= ends THEN RETURN block; END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- The lowest prefix of `length` bits within a node that nothing stands in. Where thousands stand, one pass adds up 256
-- cells, and only those with room are walked.
CREATE OR REPLACE FUNCTION addresses.next_free_prefix(node_id uuid, length int) RETURNS cidr LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  node record;
  one record;
  width int;
  bits int;
  place inet;
  block cidr;
BEGIN
  SELECT n.cidr, n.taken, n.children INTO node FROM addresses.prefix_node n WHERE n.id = addresses.in_sight(node_id);
  IF NOT FOUND THEN RETURN NULL; END IF;
  width := CASE family(node.cidr) WHEN 4 THEN 32 ELSE 128 END;
  IF length < masklen(node.cidr) OR length > width
    OR node.taken + power(2::numeric, width - length) > addresses.prefix_size(node.cidr) THEN RETURN NULL; END IF;
  IF node.children <= 1000 THEN RETURN addresses.free_within(node_id, node.cidr, length); END IF;
  bits := least(masklen(node.cidr) + 8, width);
  -- The first address of which nothing is known yet.
  place := set_masklen(node.cidr::inet, width);
  FOR one IN SELECT c.cell, c.taken FROM addresses.prefix_cells(node_id, node.cidr, bits) AS c LOOP
    IF length >= bits THEN
      IF set_masklen(one.cell::inet, width) > place THEN RETURN network(set_masklen(place, length)); END IF;
      IF one.taken + power(2::numeric, width - length) <= addresses.prefix_size(one.cell) THEN
        block := addresses.free_within(node_id, one.cell, length);
        IF block IS NOT NULL THEN RETURN block; END IF;
      END IF;
    ELSE
      -- What is wider than a cell must be free of all of them.
      block := network(set_masklen(place, length));
      IF set_masklen(block::inet, width) < place THEN
        block := CASE WHEN addresses.last_address(block) < addresses.last_address(node.cidr)
          THEN network(set_masklen(addresses.last_address(block) + 1, length)) END;
      END IF;
      IF block IS NOT NULL AND addresses.last_address(block) < set_masklen(one.cell::inet, width) THEN RETURN block; END IF;
    END IF;
    IF addresses.last_address(one.cell) = addresses.last_address(node.cidr) THEN RETURN NULL; END IF;
    place := addresses.last_address(one.cell) + 1;
  END LOOP;
  block := network(set_masklen(place, length));
  IF set_masklen(block::inet, width) < place THEN
    IF addresses.last_address(block) = addresses.last_address(node.cidr) THEN RETURN NULL; END IF;
    block := network(set_masklen(addresses.last_address(block) + 1, length));
  END IF;
  RETURN block;
END $$;
-- The lowest address of a node that no device has, that stands in no prefix within it, and that names a host (RFC 1122
-- §3.2.1.3, RFC 3021, RFC 4291 §2.6.1). Called with all units in sight: an address may be somebody else's. The walk
-- begins at the first address behind what stands within: to jump over 5,000 prefixes one by one took 200 ms.
CREATE OR REPLACE FUNCTION addresses.next_free_host(node_id uuid) RETURNS inet LANGUAGE plpgsql STABLE AS $$
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
  SELECT n.cidr, n.realm INTO node FROM addresses.prefix_node n WHERE n.id = node_id;
  IF NOT FOUND THEN RETURN NULL; END IF;
  width := CASE family(node.cidr) WHEN 4 THEN 32 ELSE 128 END;
  spare := masklen(node.cidr) < width - 1;
  candidate := addresses.next_free_prefix(node_id, width);
  IF candidate IS NULL THEN RETURN NULL; END IF;
  candidate := greatest(candidate, set_masklen(node.cidr::inet, width) + CASE WHEN spare THEN 1 ELSE 0 END);
  last := addresses.last_address(node.cidr) - CASE WHEN spare AND width = 32 THEN 1 ELSE 0 END;
  LOOP
    IF candidate > last THEN RETURN NULL; END IF;
    SELECT k.cidr INTO inner_prefix FROM addresses.prefix_node k WHERE k.parent_id = node_id
      AND k.cidr <= candidate ORDER BY k.cidr DESC LIMIT 1;
    IF FOUND AND inner_prefix >>= candidate THEN
      IF addresses.last_address(inner_prefix) >= last THEN RETURN NULL; END IF;
      candidate := addresses.last_address(inner_prefix) + 1;
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
REVOKE ALL ON FUNCTION addresses.prefix_cells, addresses.free_within, addresses.next_free_prefix FROM PUBLIC;
GRANT EXECUTE ON FUNCTION addresses.prefix_cells, addresses.free_within, addresses.next_free_prefix TO jiaodun_app;
