-- Many questions at once: a run, its rows with light results, and which units each run touched (for their leaders).
CREATE TABLE trace.bulk_run (
  id uuid PRIMARY KEY,
  unit_path ltree NOT NULL,
  -- What the asker's scope was: of candidates outside of it the result says only that there are some.
  scope_path text NOT NULL,
  file_name text NOT NULL,
  case_no text NOT NULL CHECK (length(case_no) >= 2),
  reason text NOT NULL CHECK (length(reason) >= 4),
  asked_by text NOT NULL,
  asked_by_name text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT base.now(),
  known_at timestamptz NOT NULL,
  rows int NOT NULL CHECK (rows BETWEEN 1 AND 100000),
  done int NOT NULL DEFAULT 0 CHECK (done BETWEEN 0 AND rows),
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'paused', 'cancelled', 'done')),
  moved_at timestamptz NOT NULL DEFAULT base.now(),
  finished_at timestamptz,
  CONSTRAINT done_when_all CHECK (state <> 'done' OR done = rows)
);
CREATE INDEX ON trace.bulk_run USING gist (unit_path);
CREATE INDEX ON trace.bulk_run (moved_at) WHERE state = 'running';
CALL base.protect('trace.bulk_run');
REVOKE UPDATE ON trace.bulk_run FROM jiaodun_app;
GRANT UPDATE (done, state, moved_at, finished_at) ON trace.bulk_run TO jiaodun_app;

CREATE TABLE trace.bulk_row (
  run_id uuid NOT NULL REFERENCES trace.bulk_run,
  number int NOT NULL,
  unit_path ltree NOT NULL,
  -- The row of the sheet, as a spreadsheet program shows it.
  sheet_row int NOT NULL,
  question jsonb NOT NULL,
  at timestamptz NOT NULL,
  verdict text CHECK (verdict IN ('proven', 'probable', 'ambiguous', 'not_provable')),
  result jsonb,
  PRIMARY KEY (run_id, number),
  CONSTRAINT answered CHECK ((verdict IS NULL) = (result IS NULL))
);
CREATE INDEX ON trace.bulk_row (run_id, at) WHERE verdict IS NULL;
CREATE INDEX ON trace.bulk_row USING gist (unit_path);
CALL base.protect('trace.bulk_row');
-- An answer is given once: a question is never rewritten.
REVOKE UPDATE ON trace.bulk_row FROM jiaodun_app;
GRANT UPDATE (verdict, result) ON trace.bulk_row TO jiaodun_app;

CREATE TABLE trace.bulk_touch (
  run_id uuid NOT NULL REFERENCES trace.bulk_run,
  unit_path ltree NOT NULL,
  rows int NOT NULL CHECK (rows > 0),
  PRIMARY KEY (run_id, unit_path)
);
CREATE INDEX ON trace.bulk_touch USING gist (unit_path);
CALL base.protect('trace.bulk_touch');
