-- What a check could not read whole is told wherever the site is: clean with five pages unread is not clean.
ALTER TABLE sites.site ADD COLUMN unread_pages int NOT NULL DEFAULT 0 CHECK (unread_pages >= 0);
COMMENT ON COLUMN sites.site.unread_pages IS 'pages and files that the last check came to and did not read whole';
UPDATE sites.site s SET unread_pages = c.unread FROM (
  SELECT DISTINCT ON (site_id) site_id, (regexp_match(reason, '^(\d{1,6}) 个网页或文件没有完整检查'))[1]::int AS unread
  FROM watch."check" WHERE state IN ('clean', 'faulty') ORDER BY site_id, finished_at DESC) c
  WHERE c.site_id = s.id AND c.unread IS NOT NULL;
