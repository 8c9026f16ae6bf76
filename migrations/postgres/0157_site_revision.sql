-- Two people at one website: whoever saves says which state of the entry was on the screen. What people enter counts,
-- however it is written (form, import, hand-over); what checks measure does not.
ALTER TABLE sites.site ADD COLUMN revision int NOT NULL DEFAULT 1;

CREATE FUNCTION sites.count_revision() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
  NEW.revision := OLD.revision + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER count_revision BEFORE UPDATE OF name, url, host, resolve_to, icp_no, police_no, manager_id, head_id,
  server_address ON sites.site FOR EACH ROW
  WHEN ((OLD.name, OLD.url, OLD.host, OLD.resolve_to, OLD.icp_no, OLD.police_no, OLD.manager_id, OLD.head_id,
    OLD.server_address) IS DISTINCT FROM (NEW.name, NEW.url, NEW.host, NEW.resolve_to, NEW.icp_no, NEW.police_no,
    NEW.manager_id, NEW.head_id, NEW.server_address))
  EXECUTE FUNCTION sites.count_revision();

-- When a page was first read from the site. Until then its address may be corrected: nothing that was seen hangs on it.
ALTER TABLE sites.site ADD COLUMN first_read_at timestamptz;
UPDATE sites.site s SET first_read_at = r.at
  FROM (SELECT site_id, min(read_at) AS at FROM watch.url WHERE read_at IS NOT NULL GROUP BY site_id) r
  WHERE r.site_id = s.id;
UPDATE sites.site s SET first_read_at = s.last_checked_at
  WHERE first_read_at IS NULL AND EXISTS (SELECT FROM watch."check" c WHERE c.site_id = s.id AND c.state IN ('clean', 'faulty'));
