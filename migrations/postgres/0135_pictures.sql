-- Pictures of findings: the page as a visitor sees it with the spot framed, or why nobody sees it. One row for each
-- time that it was looked at; a row is finished once and then stands.
CREATE TABLE watch.picture (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  finding_id uuid NOT NULL REFERENCES findings.finding,
  site_id uuid NOT NULL REFERENCES sites.site,
  url text NOT NULL,
  state text NOT NULL DEFAULT 'wanted' CHECK (state IN ('wanted', 'seen', 'unseen', 'failed')),
  -- Why a visitor does not see it (src/base/browser/look-for-spots.ts), or why there is no picture, in words.
  unseen text,
  reason text,
  -- The content of the PNG in the file store.
  picture bytea CHECK (length(picture) = 32),
  -- The source around the spot, and where in it the spot stands.
  source text,
  source_start int,
  source_end int,
  -- The sealed bag that holds the same picture.
  bag_id uuid REFERENCES evidence.bag,
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT base.now(),
  drawn_at timestamptz,
  -- Who draws has it until then; a process that dies gives it back.
  lease_until timestamptz,
  attempts int NOT NULL DEFAULT 0,
  CHECK ((state = 'wanted') = (drawn_at IS NULL)),
  CHECK ((state = 'unseen') <= (unseen IS NOT NULL)),
  CHECK ((state = 'failed') <= (reason IS NOT NULL)),
  CHECK ((state = 'seen') = (picture IS NOT NULL)),
  CHECK ((source IS NULL) = (source_start IS NULL) AND (source IS NULL) = (source_end IS NULL))
);
CREATE INDEX ON watch.picture (finding_id, id DESC);
CREATE UNIQUE INDEX one_wish ON watch.picture (finding_id) WHERE state = 'wanted';
CREATE INDEX ON watch.picture USING gist (unit_path);
CALL base.protect('watch.picture');
REVOKE UPDATE ON watch.picture FROM jiaodun_app;
GRANT UPDATE (state, unseen, reason, picture, source, source_start, source_end, bag_id, drawn_at, lease_until, attempts)
  ON watch.picture TO jiaodun_app;

CREATE FUNCTION watch.keep_picture() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'wanted' THEN
    RAISE EXCEPTION 'a picture that was taken stands' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
-- Not its path: that follows the unit.
CREATE TRIGGER keep_picture BEFORE UPDATE OF state, unseen, reason, picture, source, source_start, source_end, bag_id,
  drawn_at ON watch.picture FOR EACH ROW
  EXECUTE FUNCTION watch.keep_picture();

-- What stands on each site and how grave it is: the wall reads nothing but this index (994 sites, 29,820 open findings
-- among 99,400: the first page took 184 ms, and then 52).
CREATE INDEX open_by_site ON findings.finding (site_id, severity_rank) INCLUDE (unit_path)
  WHERE state IN ('open', 'fixed') AND site_id IS NOT NULL;
-- The list by the last sighting.
CREATE INDEX ON findings.finding (last_seen_at DESC, id DESC);

-- The text in which findings are searched, as a column: an expression with coalesce is not leakproof for the planner,
-- so behind the row policy no index answered the search and every row was read (99,400 findings: 300 ms). The two
-- indexes on that expression were the same; one is left, and a new finding costs half.
ALTER TABLE findings.finding ADD COLUMN searched text NOT NULL
  GENERATED ALWAYS AS (url || ' ' || text || ' ' || coalesce(site_name, '')) STORED;
DROP INDEX findings.finding_search;
DROP INDEX findings.finding_grams;
CREATE INDEX finding_search ON findings.finding USING gin (base.grams(searched));
CREATE OR REPLACE FUNCTION findings.search_finding(words text, most int) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT id FROM (SELECT id, state, severity_rank FROM findings.finding
      WHERE unit_path <@ (SELECT base.scope())
        AND base.grams(searched) @> base.grams(regexp_replace(words, '\\(.)', '\1', 'g'))
        AND lower(searched) LIKE '%' || lower(words) || '%'
      LIMIT 500) AS hit
  ORDER BY state <> 'open', severity_rank DESC, id DESC LIMIT most
$$;
