-- Checks of registered sites: what was fetched, what came back, and the word list that it was read with.
CREATE SCHEMA watch;
GRANT USAGE ON SCHEMA watch TO jiaodun_app;

-- "check" is a reserved word of SQL and stands in quotes everywhere.
CREATE TABLE watch."check" (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  unit_path ltree NOT NULL,
  site_id uuid NOT NULL REFERENCES sites.site,
  state text NOT NULL DEFAULT 'running'
    CHECK (state IN ('running', 'clean', 'faulty', 'unreachable', 'blocked', 'failed')),
  started_at timestamptz NOT NULL DEFAULT base.now(),
  finished_at timestamptz,
  pages int NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0,
  findings int NOT NULL DEFAULT 0,
  reason text,
  word_list int,
  -- Who crawls, and until when others leave it alone: a check whose worker died is taken up after that.
  holder text,
  lease_until timestamptz,
  attempts int NOT NULL DEFAULT 0,
  -- Someone asked for a check while this one ran: another follows it.
  again boolean NOT NULL DEFAULT false,
  CHECK ((state = 'running') = (finished_at IS NULL)),
  CHECK ((state IN ('unreachable', 'blocked', 'failed')) <= (reason IS NOT NULL))
);
CREATE UNIQUE INDEX one_running ON watch."check" (site_id) WHERE state = 'running';
CREATE INDEX ON watch."check" (site_id, id DESC);
CREATE INDEX ON watch."check" USING gist (unit_path);
CALL base.protect('watch."check"');

CREATE TABLE watch.page (
  check_id uuid NOT NULL REFERENCES watch."check",
  place int NOT NULL,
  unit_path ltree NOT NULL,
  url text NOT NULL,
  -- 0 when no answer came.
  status int NOT NULL,
  charset text,
  bytes bigint NOT NULL,
  -- Of the decoded body; null when there was none.
  sha256 bytea CHECK (length(sha256) = 32),
  findings int NOT NULL,
  error text,
  PRIMARY KEY (check_id, place)
);
CREATE INDEX ON watch.page USING gist (unit_path);
CALL base.protect('watch.page');
REVOKE UPDATE ON watch.page FROM jiaodun_app;

-- Every version of the word list. The newest is in force; none means the list that the program brings.
CREATE TABLE watch.word_list (
  version int PRIMARY KEY CHECK (version > 0),
  unit_path ltree NOT NULL,
  body jsonb NOT NULL,
  source text NOT NULL,
  changed_by text NOT NULL,
  changed_by_name text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT base.now()
);
CALL base.protect_published('watch.word_list');
REVOKE UPDATE ON watch.word_list FROM jiaodun_app;

-- What other modules may read.
CREATE VIEW watch.check_view WITH (security_invoker) AS
  SELECT id, unit_path, site_id, state, started_at, finished_at, pages, bytes, findings, reason FROM watch."check";
GRANT SELECT ON watch.check_view TO jiaodun_app;
