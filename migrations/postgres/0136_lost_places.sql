-- Where exactly the numbers that an hour misses are missing. One lost line used to make the whole hour doubtful to every
-- trace, though the lines before and after it tell to the second where it was.

-- Pieces of time on a grid of five seconds, so that an hour has at most some hundred. Never too small, perhaps too large:
-- what came later is not taken out. Null: not known (told before this was kept), then it may be anywhere in the hour.
ALTER TABLE logs.gap ADD COLUMN places tstzmultirange;

-- What has no ports is asked for by its protocol; asked as TCP it would name whoever had a TCP session then.
ALTER TABLE trace.trace DROP CONSTRAINT trace_proto_check,
  ADD CONSTRAINT trace_proto_check CHECK (proto IN ('tcp', 'udp', 'icmp', 'gre', 'esp')),
  -- Who told the address as its client's, in a header that anybody can write.
  ADD COLUMN forwarded_by inet;

-- How full each 256th part of a prefix is, kept as prefixes come and go: map and next free one of 100,000 in one level read
-- 256 rows instead of them all (108 and 202 ms before). Of wider prefixes within, each is a part of its own. The application
-- reads it through `prefix_cells` only, which looks at the scope.
CREATE TABLE addresses.prefix_cell (
  parent_id uuid NOT NULL REFERENCES addresses.prefix_node ON DELETE CASCADE,
  cell cidr NOT NULL,
  members bigint NOT NULL,
  taken numeric NOT NULL,
  PRIMARY KEY (parent_id, cell)
);
ALTER TABLE addresses.prefix_cell ENABLE ROW LEVEL SECURITY;
REVOKE ALL ON addresses.prefix_cell FROM jiaodun_app;

CREATE FUNCTION addresses.cell_of(around cidr, one cidr) RETURNS cidr LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN masklen(one) <= masklen(around) + 8 THEN one ELSE set_masklen(one, masklen(around) + 8) END $$;
REVOKE ALL ON FUNCTION addresses.cell_of FROM PUBLIC;

-- Sizes are added by length: a sum of 100,000 numerics takes a second.
CREATE FUNCTION addresses.tally_cells() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  parents uuid[];
  cidrs cidr[];
  signs int[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    SELECT array_agg(parent_id), array_agg(cidr), array_agg(1) INTO parents, cidrs, signs
    FROM after_rows WHERE parent_id IS NOT NULL;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT array_agg(parent_id), array_agg(cidr), array_agg(-1) INTO parents, cidrs, signs
    FROM before_rows WHERE parent_id IS NOT NULL;
  ELSE
    -- What was there and is no more, or is and was not: grouped, since a join of the two was planned for a few rows.
    SELECT array_agg(parent_id), array_agg(cidr), array_agg(sign) INTO parents, cidrs, signs FROM (
      SELECT parent_id, cidr, sum(one)::int AS sign FROM (
        SELECT id, parent_id, cidr, 1 AS one FROM after_rows
        UNION ALL SELECT id, parent_id, cidr, -1 FROM before_rows) AS both_rows
      WHERE parent_id IS NOT NULL GROUP BY id, parent_id, cidr HAVING sum(one) <> 0) AS moves;
  END IF;
  IF parents IS NULL THEN RETURN NULL; END IF;
  INSERT INTO addresses.prefix_cell AS c (parent_id, cell, members, taken)
  SELECT parent_id, cell, sum(n), sum(n * addresses.prefix_size(set_masklen(cell, bits))) FROM (
    SELECT p.id AS parent_id, addresses.cell_of(p.cidr, d.cidr) AS cell, masklen(d.cidr) AS bits, sum(d.sign) AS n
    FROM unnest(parents, cidrs, signs) AS d (parent_id, cidr, sign) JOIN addresses.prefix_node p ON p.id = d.parent_id
    GROUP BY 1, 2, 3) AS sizes
  GROUP BY parent_id, cell ORDER BY parent_id, cell
  ON CONFLICT (parent_id, cell) DO UPDATE SET members = c.members + excluded.members, taken = c.taken + excluded.taken;
  DELETE FROM addresses.prefix_cell c WHERE c.parent_id = ANY(parents) AND c.members = 0;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION addresses.tally_cells FROM PUBLIC;
CREATE TRIGGER tally_added AFTER INSERT ON addresses.prefix_node REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION addresses.tally_cells();
CREATE TRIGGER tally_moved AFTER UPDATE ON addresses.prefix_node
  REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION addresses.tally_cells();
CREATE TRIGGER tally_gone AFTER DELETE ON addresses.prefix_node REFERENCING OLD TABLE AS before_rows
  FOR EACH STATEMENT EXECUTE FUNCTION addresses.tally_cells();
INSERT INTO addresses.prefix_cell (parent_id, cell, members, taken)
  SELECT p.id, addresses.cell_of(p.cidr, k.cidr), count(*), sum(addresses.prefix_size(k.cidr))
  FROM addresses.prefix_node k JOIN addresses.prefix_node p ON p.id = k.parent_id GROUP BY 1, 2;

-- As before; of a whole prefix in 256 parts, what is kept.
CREATE OR REPLACE FUNCTION addresses.prefix_cells(node_id uuid, part cidr, length int)
RETURNS TABLE (cell cidr, members bigint, taken numeric, first_member cidr) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
DECLARE
  node uuid := addresses.in_sight(node_id);
  whole cidr := (SELECT n.cidr FROM addresses.prefix_node n WHERE n.id = node);
BEGIN
  IF part = whole AND length = least(masklen(whole) + 8, CASE family(whole) WHEN 4 THEN 32 ELSE 128 END) THEN
    RETURN QUERY SELECT c.cell, c.members, c.taken, (SELECT k.cidr FROM addresses.prefix_node k
        WHERE k.parent_id = node AND k.cidr >= c.cell ORDER BY k.cidr LIMIT 1)
      FROM addresses.prefix_cell c WHERE c.parent_id = node ORDER BY c.cell;
    RETURN;
  END IF;
  RETURN QUERY SELECT s.cell, sum(s.n)::bigint, sum(s.n * addresses.prefix_size(set_masklen(s.cell, s.bits))),
      min(s.first_member)::cidr
    FROM (SELECT CASE WHEN masklen(k.cidr) <= length THEN k.cidr ELSE set_masklen(k.cidr, length) END AS cell,
        masklen(k.cidr) AS bits, count(*) AS n, min(k.cidr) AS first_member
      FROM addresses.prefix_node k
      WHERE k.parent_id = node AND k.cidr >= part AND k.cidr <= addresses.last_address(part) GROUP BY 1, 2) AS s
    GROUP BY s.cell ORDER BY s.cell;
END $$;
