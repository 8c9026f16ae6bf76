-- What the end of a check asks of every page it read. It stands beside the page's facts, which are up to 60 kB each and
-- kept compressed out of line: the end of a check of 200 pages opened them four times, more than half of what a crawl
-- cost the database.
ALTER TABLE watch.url ADD COLUMN brief jsonb;
UPDATE watch.url SET brief = facts - ARRAY['blocks', 'links', 'skeleton', 'images', 'keywords', 'simhash', 'filings',
  'filingLinks', 'frames'] WHERE facts IS NOT NULL;

-- lz4 takes a fraction of pglz's time; a server that was built without it keeps pglz.
DO $$ BEGIN
  ALTER TABLE watch.url ALTER COLUMN facts SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN NULL;
END $$;
