-- A unit that goes leaves its retired websites on file: only those in use need another unit to answer for them.
ALTER TABLE units.path_rule ADD COLUMN blocks_where text CHECK (blocks_where IS NULL OR blocks_close);
COMMENT ON COLUMN units.path_rule.blocks_where IS 'condition on the rows that block; without one all do';
UPDATE units.path_rule SET blocks_where = 'retired_at IS NULL' WHERE table_name = 'sites.site';

-- How much hangs on a unit and the units below it, by table; `blocks`: it cannot be closed with so many of these.
CREATE OR REPLACE FUNCTION units.contents(of_unit uuid) RETURNS TABLE (table_name text, rows bigint, blocks boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
#variable_conflict use_column
DECLARE
  path ltree := (SELECT unit_path FROM units.unit WHERE id = of_unit AND units.in_scope(unit_path));
  target regclass;
  condition text;
  blocking bigint;
BEGIN
  IF path IS NULL THEN RETURN; END IF;
  FOR target IN SELECT units.following_tables() LOOP
    CONTINUE WHEN target::text IN ('units.unit_history', 'units.path_change', 'units.change', 'units.uscc_approval');
    table_name := target::text;
    blocks := false;
    SELECT r.blocks_close, r.blocks_where INTO blocks, condition
      FROM units.path_rule r WHERE to_regclass(r.table_name) = target;
    blocks := coalesce(blocks, false);
    EXECUTE format('SELECT count(*), count(*) FILTER (WHERE %s) FROM %s WHERE unit_path <@ $1',
      coalesce(condition, 'true'), target) INTO rows, blocking USING path;
    blocks := blocks AND blocking > 0;
    IF blocks THEN rows := blocking; END IF;
    IF rows > 0 THEN RETURN NEXT; END IF;
  END LOOP;
END $$;
