-- A prefix with the addresses of devices in it is not free, although no allocation stands there yet.
--
-- The lowest prefix of `length` bits within a node that neither a prefix within nor the address of a device stands in. What
-- `next_free_prefix` finds is taken where it holds no device; only behind the first that does is the rest walked, over
-- what stands there.
CREATE FUNCTION addresses.next_unused_prefix(node_id uuid, length int) RETURNS cidr LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  node record;
  width int;
  block cidr := addresses.next_free_prefix(node_id, length);
  last inet;
  inner_prefix cidr;
  used inet;
BEGIN
  IF block IS NULL THEN RETURN NULL; END IF;
  SELECT n.cidr, n.realm INTO node FROM addresses.prefix_node n WHERE n.id = addresses.in_sight(node_id);
  width := CASE family(node.cidr) WHEN 4 THEN 32 ELSE 128 END;
  LOOP
    last := addresses.last_address(block);
    used := NULL;
    SELECT k.cidr INTO inner_prefix FROM addresses.prefix_node k WHERE k.parent_id = node_id
      AND k.cidr <= last::cidr ORDER BY k.cidr DESC LIMIT 1;
    IF FOUND AND addresses.last_address(inner_prefix) >= set_masklen(block::inet, width) THEN
      used := addresses.last_address(inner_prefix);
    ELSE
      SELECT d.ip INTO used FROM addresses.device_ip d WHERE d.realm = node.realm AND d.ip >= set_masklen(block::inet, width)
        AND d.ip <= last AND upper_inf(d.recorded) AND upper_inf(d.valid) ORDER BY d.ip DESC LIMIT 1;
    END IF;
    IF used IS NULL THEN RETURN block; END IF;
    last := greatest(last, used);
    IF last >= addresses.last_address(node.cidr) THEN RETURN NULL; END IF;
    block := network(set_masklen(last + 1, length));
    -- The end of a narrow prefix within is the end of no block of this length.
    IF set_masklen(block::inet, width) <= last THEN
      last := addresses.last_address(block);
      IF last >= addresses.last_address(node.cidr) THEN RETURN NULL; END IF;
      block := network(set_masklen(last + 1, length));
    END IF;
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION addresses.next_unused_prefix FROM PUBLIC;
GRANT EXECUTE ON FUNCTION addresses.next_unused_prefix TO jiaodun_app;
