-- Cells and free prefixes of a node are worked out without row-level security once the node itself is in the caller's
-- scope: its space is the caller's, whoever has a part of it (its children and shares are counted so, too), and the policy
-- of each of 100,000 rows took more than all the rest. Names are still read by the caller.
CREATE FUNCTION addresses.in_sight(node_id uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
  SELECT n.id FROM addresses.prefix_node n WHERE n.id = node_id AND n.unit_path <@ base.scope()
$$;
REVOKE ALL ON FUNCTION addresses.in_sight FROM PUBLIC;

CREATE OR REPLACE FUNCTION addresses.prefix_cells(node_id uuid, part cidr, length int)
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

CREATE OR REPLACE FUNCTION addresses.free_within(node_id uuid, part cidr, length int) RETURNS cidr LANGUAGE plpgsql STABLE
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
REVOKE ALL ON FUNCTION addresses.prefix_cells, addresses.free_within, addresses.next_free_prefix FROM PUBLIC;
GRANT EXECUTE ON FUNCTION addresses.prefix_cells, addresses.free_within, addresses.next_free_prefix TO jiaodun_app;
