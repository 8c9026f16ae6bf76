-- Pages that were opened in a browser: what only its scripts and style sheets make of them. One row for each page.
CREATE TABLE watch.rendered_page (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  site_id uuid NOT NULL REFERENCES sites.site,
  url text NOT NULL CHECK (length(url) <= 2000),
  -- The check after which it was wished for last.
  check_id uuid NOT NULL REFERENCES watch."check",
  -- Why a look is wished for; null while none is.
  why text CHECK (why IN ('home', 'script', 'changed', 'finding', 'sample', 'asked')),
  not_before timestamptz NOT NULL DEFAULT base.now(),
  attempts int NOT NULL DEFAULT 0,
  lease_until timestamptz,
  -- How the last look ended.
  state text CHECK (state IN ('seen', 'failed')),
  reason text,
  -- Where its scripts led, when that is another site.
  led_to text,
  -- What stands there only in a browser.
  findings int NOT NULL DEFAULT 0,
  looked_at timestamptz,
  CHECK ((state IS NULL) = (looked_at IS NULL)),
  CHECK ((state = 'failed') <= (reason IS NOT NULL))
);
CREATE UNIQUE INDEX one_rendered_page ON watch.rendered_page (site_id, url);
CREATE INDEX ON watch.rendered_page (not_before) WHERE why IS NOT NULL;
CREATE INDEX ON watch.rendered_page (check_id);
CREATE INDEX ON watch.rendered_page USING gist (unit_path);
CALL base.protect('watch.rendered_page');
