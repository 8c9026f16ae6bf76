-- The wall shows what a check could not read whole, as the list of websites does.
CREATE OR REPLACE VIEW sites.site_view WITH (security_invoker) AS
  SELECT id, unit_id, unit_path, name, url, host, resolve_to, server_address, health, last_checked_at, open_findings,
    head_id, manager_id, retired_at, unread_pages
  FROM sites.site;
CREATE OR REPLACE VIEW sites.live_site_view WITH (security_invoker) AS
  SELECT * FROM sites.site_view WHERE retired_at IS NULL;
