-- Runs of many questions: rows with a fault are kept with their reason while the others are asked; verdicts are counted
-- as they come; people are numbered within a run, never named; a row can be opened as a trace of its own.
ALTER TABLE trace.bulk_run
  ADD COLUMN faults int NOT NULL DEFAULT 0 CHECK (faults >= 0),
  ADD COLUMN proven int NOT NULL DEFAULT 0,
  ADD COLUMN probable int NOT NULL DEFAULT 0,
  ADD COLUMN ambiguous int NOT NULL DEFAULT 0,
  ADD COLUMN not_provable int NOT NULL DEFAULT 0;
GRANT UPDATE (proven, probable, ambiguous, not_provable) ON trace.bulk_run TO jiaodun_app;
UPDATE trace.bulk_run r SET proven = n.proven, probable = n.probable, ambiguous = n.ambiguous,
  not_provable = n.not_provable
FROM (SELECT run_id, count(*) FILTER (WHERE verdict = 'proven') AS proven,
    count(*) FILTER (WHERE verdict = 'probable') AS probable, count(*) FILTER (WHERE verdict = 'ambiguous') AS ambiguous,
    count(*) FILTER (WHERE verdict = 'not_provable') AS not_provable
  FROM trace.bulk_row GROUP BY run_id) AS n WHERE n.run_id = r.id;
ALTER TABLE trace.bulk_run ADD CONSTRAINT verdicts_of_done
  CHECK (proven + probable + ambiguous + not_provable = done);

-- What the asker calls the row, given back with its answer; the trace that the row was opened as.
ALTER TABLE trace.bulk_row
  ADD COLUMN ref text NOT NULL DEFAULT '' CHECK (length(ref) <= 200),
  ADD COLUMN trace_id uuid REFERENCES trace.trace;
GRANT UPDATE (trace_id) ON trace.bulk_row TO jiaodun_app;

-- A row that could not be asked, and why, by column.
CREATE TABLE trace.bulk_fault (
  run_id uuid NOT NULL REFERENCES trace.bulk_run,
  number int NOT NULL,
  unit_path ltree NOT NULL,
  sheet_row int NOT NULL,
  ref text NOT NULL DEFAULT '',
  ip text NOT NULL DEFAULT '',
  at text NOT NULL DEFAULT '',
  "column" text NOT NULL,
  zh text NOT NULL,
  en text NOT NULL,
  PRIMARY KEY (run_id, number)
);
CREATE INDEX ON trace.bulk_fault USING gist (unit_path);
CALL base.protect('trace.bulk_fault');
REVOKE UPDATE ON trace.bulk_fault FROM jiaodun_app;

-- The custodians that a run came to, by a number that means nothing outside of it: two rows with one number are of one
-- person, and who that is comes out of a trace with a second person's approval only.
CREATE TABLE trace.bulk_person (
  run_id uuid NOT NULL REFERENCES trace.bulk_run,
  number int NOT NULL CHECK (number > 0),
  unit_path ltree NOT NULL,
  person_id uuid NOT NULL,
  -- A fact of its time, written by the database as for the candidates of a trace.
  of_minor boolean NOT NULL DEFAULT false,
  PRIMARY KEY (run_id, number),
  UNIQUE (run_id, person_id)
);
CREATE INDEX ON trace.bulk_person USING gist (unit_path);
CALL base.protect('trace.bulk_person');
REVOKE UPDATE ON trace.bulk_person FROM jiaodun_app;
CREATE TRIGGER mark_minor BEFORE INSERT ON trace.bulk_person FOR EACH ROW EXECUTE FUNCTION trace.mark_minor();

-- What a complaint without a port names instead: the address of a page, or a host.
ALTER TABLE trace.trace ADD COLUMN url text CHECK (length(url) BETWEEN 1 AND 2000);

-- Whose an address was at a time, as was known on a day: by equality on every length, since under row-level security no
-- index answers `>>=`.
CREATE INDEX allocation_by_cidr ON addresses.allocation (cidr);
