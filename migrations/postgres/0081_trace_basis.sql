-- What a trace was asked and what it rests on: with it the outcome can be worked out again, years later, without a
-- server. It holds facts of other units too, and is read only to seal a bag, never shown as it is.
ALTER TABLE trace.trace
  ADD COLUMN tolerance_seconds double precision NOT NULL DEFAULT 0 CHECK (tolerance_seconds BETWEEN 0 AND 3600),
  ADD COLUMN dst_ip inet,
  ADD COLUMN dst_port int CHECK (dst_port BETWEEN 1 AND 65535);

CREATE TABLE trace.basis (
  trace_id uuid PRIMARY KEY REFERENCES trace.trace,
  unit_path ltree NOT NULL,
  question jsonb NOT NULL,
  facts jsonb NOT NULL,
  outcome jsonb NOT NULL
);
CREATE INDEX ON trace.basis USING gist (unit_path);
CALL base.protect('trace.basis');
REVOKE UPDATE ON trace.basis FROM jiaodun_app;
