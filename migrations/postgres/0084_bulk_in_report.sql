-- Runs of many questions stand in the report of every unit that they touched, as single traces do: nobody avoids it by
-- asking in bulk.
ALTER TABLE trace.bulk_touch ADD COLUMN verdict text NOT NULL DEFAULT 'not_provable'
  CHECK (verdict IN ('proven', 'probable', 'ambiguous', 'not_provable'));

CREATE FUNCTION trace.touch_bulk() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
BEGIN
  INSERT INTO trace.query_touch (source, source_id, unit_id, unit_path, part, office, case_no, asked_at, queries, verdict)
    SELECT 'bulk', r.id, u.id, u.unit_path, CASE WHEN r.unit_path = NEW.unit_path THEN 'asked' ELSE 'candidate' END,
      coalesce(o.name, r.asked_by_name), r.case_no, r.asked_at, NEW.rows, NEW.verdict
    FROM trace.bulk_run r JOIN units.unit u ON u.unit_path = NEW.unit_path
      LEFT JOIN units.unit o ON o.unit_path = r.unit_path WHERE r.id = NEW.run_id
  ON CONFLICT (source, source_id, unit_id) DO UPDATE SET queries = excluded.queries, verdict = excluded.verdict;
  RETURN NULL;
END $$;
CREATE TRIGGER touch_bulk AFTER INSERT OR UPDATE ON trace.bulk_touch
  FOR EACH ROW EXECUTE FUNCTION trace.touch_bulk();
