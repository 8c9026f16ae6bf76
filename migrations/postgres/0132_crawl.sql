-- What the crawl knows of a site between and within its checks: every address with its place in the line, what was
-- read there last, what changed, what the site leads to.

-- How each address ended (rules.ts, Outcome); null for the pages of older checks.
ALTER TABLE watch.page ADD COLUMN outcome text
  CHECK (outcome IN ('read', 'partial', 'gone', 'refused', 'unreachable', 'unread', 'skipped'));

-- One row for every address of a site. Working data: a check overwrites what the last one saw; what it said stands in
-- watch.page and watch.change.
CREATE TABLE watch.url (
  site_id uuid NOT NULL REFERENCES sites.site,
  url text NOT NULL CHECK (length(url) <= 2000),
  unit_path ltree NOT NULL,
  -- The check in whose line it stands, or stood. A worker that takes up a check goes on with those that wait.
  check_id uuid,
  state text NOT NULL DEFAULT 'idle' CHECK (state IN ('idle', 'waiting', 'done')),
  -- 0 home, 1 a finding is open there, 2 linked from the home page, 3 others.
  rank smallint NOT NULL DEFAULT 3,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  -- The page on which the link was first seen.
  found_on text,
  first_seen_at timestamptz NOT NULL DEFAULT base.now(),
  visited_at timestamptz,
  outcome text,
  status int,
  -- For conditional requests (RFC 9110 §13.1).
  etag text,
  last_modified text,
  sha256 bytea CHECK (length(sha256) = 32),
  -- Hash of the word list and the reader with which it was read whole, and when; null when it was not.
  read_with text,
  read_at timestamptz,
  findings int NOT NULL DEFAULT 0,
  fetches int NOT NULL DEFAULT 0,
  -- PageFacts (page-facts.ts): title, text by blocks, links, scripts, skeleton, images. Bounded to about 60 kB.
  facts jsonb,
  -- Blocks that differ at every fetch (counters, dates), learned from the first three.
  volatile jsonb,
  PRIMARY KEY (site_id, url)
) WITH (fillfactor = 70);
CALL base.protect('watch.url');

CREATE TABLE watch.change (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  site_id uuid NOT NULL REFERENCES sites.site,
  check_id uuid NOT NULL REFERENCES watch."check",
  url text NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT base.now(),
  -- When the former state was read.
  before_at timestamptz,
  classes text[] NOT NULL CHECK (cardinality(classes) > 0
    AND classes <@ ARRAY['title', 'text', 'links', 'scripts', 'template']),
  -- Bits in which the two 64-bit simhashes differ.
  distance smallint NOT NULL CHECK (distance BETWEEN 0 AND 64),
  -- Blocks, links and script hosts that went and that came (compare-page.ts, Difference).
  detail jsonb NOT NULL
);
CREATE INDEX ON watch.change (site_id, id DESC);
CREATE INDEX ON watch.change (check_id);
CREATE INDEX ON watch.change USING gist (unit_path);
CALL base.protect('watch.change');
REVOKE UPDATE ON watch.change FROM jiaodun_app;

-- How a home page looks when it is right: learned from its first three good checks, kept until a person accepts
-- another. What differs from it stays a finding for as long as it differs.
CREATE TABLE watch.baseline (
  site_id uuid PRIMARY KEY REFERENCES sites.site,
  unit_path ltree NOT NULL,
  learned int NOT NULL DEFAULT 0,
  body jsonb NOT NULL,
  -- What the last good check saw: this is what a person accepts.
  latest jsonb NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT base.now(),
  accepted_by text,
  accepted_by_name text,
  reason text,
  CHECK ((accepted_by IS NULL) = (reason IS NULL))
);
CALL base.protect('watch.baseline');

-- Hosts outside the site to which it links or whose scripts it loads.
CREATE TABLE watch.external (
  site_id uuid NOT NULL REFERENCES sites.site,
  domain text NOT NULL CHECK (length(domain) <= 253),
  kind text NOT NULL CHECK (kind IN ('link', 'script')),
  unit_path ltree NOT NULL,
  url text NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT base.now(),
  last_seen_at timestamptz NOT NULL DEFAULT base.now(),
  -- Came after the site's first whole check.
  is_new boolean NOT NULL,
  -- The target of a hidden link or of what only spiders are shown.
  harmful boolean NOT NULL DEFAULT false,
  PRIMARY KEY (site_id, domain, kind)
);
CREATE INDEX ON watch.external (domain, first_seen_at);
CALL base.protect('watch.external');

-- One domain planted on several sites: one matter, whatever the number of pages.
CREATE TABLE watch.campaign (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  domain text NOT NULL UNIQUE,
  reason text NOT NULL CHECK (reason IN ('harmful', 'new')),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'harmless', 'over')),
  opened_at timestamptz NOT NULL DEFAULT base.now(),
  judged_at timestamptz,
  judged_by text,
  judged_by_name text,
  note text,
  CHECK ((state = 'open') = (judged_at IS NULL)),
  CHECK ((judged_at IS NULL) = (judged_by IS NULL) AND (judged_at IS NULL) = (note IS NULL))
);
CALL base.protect_published('watch.campaign');

CREATE TABLE watch.campaign_site (
  campaign_id uuid NOT NULL REFERENCES watch.campaign,
  site_id uuid NOT NULL REFERENCES sites.site,
  unit_path ltree NOT NULL,
  url text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  PRIMARY KEY (campaign_id, site_id)
);
CALL base.protect('watch.campaign_site');
REVOKE UPDATE ON watch.campaign_site FROM jiaodun_app;

-- How one check was answered under each of its names.
CREATE TABLE watch.identity_look (
  check_id uuid NOT NULL REFERENCES watch."check",
  identity text NOT NULL CHECK (identity IN ('browser', 'spider', 'referrer', 'mobile', 'random-path')),
  unit_path ltree NOT NULL,
  url text NOT NULL,
  status int NOT NULL,
  -- same, differs, or why nothing can be said.
  verdict text NOT NULL CHECK (verdict IN ('same', 'differs', 'blocked', 'unreachable')),
  title text,
  note text,
  PRIMARY KEY (check_id, identity)
);
CALL base.protect('watch.identity_look');
REVOKE UPDATE ON watch.identity_look FROM jiaodun_app;

-- Files that a site offers, by their content: one that hangs on many pages is read once.
CREATE TABLE watch.attachment (
  site_id uuid NOT NULL REFERENCES sites.site,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  unit_path ltree NOT NULL,
  url text NOT NULL,
  found_on text,
  media_type text,
  bytes bigint NOT NULL,
  findings int NOT NULL,
  outcome text NOT NULL,
  error text,
  read_with text NOT NULL,
  first_seen_at timestamptz NOT NULL DEFAULT base.now(),
  last_seen_at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (site_id, sha256)
);
CALL base.protect('watch.attachment');

-- The bureau's numbers for the crawl, every version; none means those that the program brings.
CREATE TABLE watch.policy (
  version int PRIMARY KEY CHECK (version > 0),
  unit_path ltree NOT NULL,
  body jsonb NOT NULL,
  changed_by text NOT NULL,
  changed_by_name text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT base.now()
);
CALL base.protect_published('watch.policy');
REVOKE UPDATE ON watch.policy FROM jiaodun_app;
