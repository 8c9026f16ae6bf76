-- What stands, counted by unit, without a look at what is closed: the counts are read from the index alone.
CREATE INDEX ON findings.finding (unit_id)
  INCLUDE (unit_path, severity_rank, state, due_at, found_at, kind, rule) WHERE state IN ('open', 'fixed');
