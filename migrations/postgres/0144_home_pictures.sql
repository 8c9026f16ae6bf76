-- How home pages look: drawn once a day and when much changed, compared with the look that was accepted.

-- A page's count also counts what the end of its check found there: the check's own count is the sum of its pages.
GRANT UPDATE (findings) ON watch.page TO jiaodun_app;

-- One row for every drawing, wished for, made or failed.
CREATE TABLE watch.home_picture (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  site_id uuid NOT NULL REFERENCES sites.site,
  -- The check after which it was wished for.
  check_id uuid NOT NULL REFERENCES watch."check",
  url text NOT NULL,
  why text NOT NULL CHECK (why IN ('learning', 'daily', 'changed', 'finding', 'confirm', 'asked')),
  asked_by text NOT NULL,
  state text NOT NULL DEFAULT 'wanted' CHECK (state IN ('wanted', 'drawn', 'failed')),
  not_before timestamptz NOT NULL DEFAULT base.now(),
  attempts int NOT NULL DEFAULT 0,
  lease_until timestamptz,
  -- Against the accepted look. `unsure`: it differs, and another drawing decides.
  verdict text CHECK (verdict IN ('first', 'ordinary', 'unsure', 'differs')),
  -- Why there is no picture, or why nothing is said yet.
  reason text,
  picture bytea CHECK (length(picture) = 32),
  difference bytea CHECK (length(difference) = 32),
  compared_with uuid REFERENCES watch.home_picture,
  -- Shares of the page that differ (home-pictures/compare-pictures.ts, Measures).
  measures jsonb,
  drawn_at timestamptz,
  -- When its files were taken away, their time being over; what was said of them stays.
  dropped_at timestamptz,
  CHECK ((state = 'wanted') = (drawn_at IS NULL)),
  CHECK ((state = 'drawn') = (verdict IS NOT NULL)),
  CHECK ((picture IS NOT NULL) = (state = 'drawn' AND dropped_at IS NULL)),
  CHECK ((state = 'failed') <= (reason IS NOT NULL))
);
CREATE UNIQUE INDEX one_wanted_home ON watch.home_picture (site_id) WHERE state = 'wanted';
CREATE INDEX ON watch.home_picture (not_before) WHERE state = 'wanted';
CREATE INDEX ON watch.home_picture (site_id, id DESC);
CREATE INDEX ON watch.home_picture (check_id);
CREATE INDEX ON watch.home_picture (picture);
CREATE INDEX ON watch.home_picture (difference) WHERE difference IS NOT NULL;
CREATE INDEX ON watch.home_picture (compared_with);
CREATE INDEX ON watch.home_picture USING gist (unit_path);
CALL base.protect('watch.home_picture');

-- The accepted look of each home page: it follows a school's ordinary work, and stays when something is wrong.
CREATE TABLE watch.home_look (
  site_id uuid PRIMARY KEY REFERENCES sites.site,
  unit_path ltree NOT NULL,
  picture_id uuid NOT NULL REFERENCES watch.home_picture,
  -- Drawings behind it; below three it is being learned.
  learned int NOT NULL,
  -- Places that differ by themselves: "column,row" of the grid, how often they differed and in which drawing last.
  volatile jsonb NOT NULL DEFAULT '{}',
  changed_at timestamptz NOT NULL DEFAULT base.now()
);
CREATE INDEX ON watch.home_look (picture_id);
CREATE INDEX ON watch.home_look USING gist (unit_path);
CALL base.protect('watch.home_look');
