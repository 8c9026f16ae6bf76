-- Reading lines: what decoders remember, templates of sources' own, and reading again with another decoder.

-- Zones of single fields where a format has more than one clock (H3C: header local, session times UTC):
-- {"session": "UTC"}. A field that is not named has its format's default.
ALTER TABLE logs.source ADD COLUMN field_zones jsonb NOT NULL DEFAULT '{}'
  CHECK (jsonb_typeof(field_zones) = 'object');

-- The decoder that made the segment's present rows (`squid/1`, after reading again `squid/2#7`); null before indexing,
-- '' when the source had none.
ALTER TABLE logs.segment ADD COLUMN decoder text;
GRANT UPDATE (decoder) ON logs.segment TO jiaodun_app;
CREATE INDEX ON logs.segment (source_id, id) WHERE indexed_at IS NULL;

-- What a decoder knows from earlier segments of a source: halves of split lines, templates of flows. A value is
-- overwritten by what is newer: it holds no fact of its own, all of it can be read again from the segments.
CREATE TABLE logs.decoder_memory (
  source_id int NOT NULL REFERENCES logs.source,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  value jsonb NOT NULL,
  unit_path ltree NOT NULL,
  PRIMARY KEY (source_id, key)
);
CREATE INDEX ON logs.decoder_memory USING gist (unit_path);
CALL base.protect('logs.decoder_memory');

-- How the lines of a source of format `template` read: its patterns, tried in order. Versions only grow.
CREATE TABLE logs.template (
  source_id int NOT NULL REFERENCES logs.source,
  version int NOT NULL CHECK (version > 0),
  unit_path ltree NOT NULL,
  -- [{row, pattern}]
  patterns jsonb NOT NULL CHECK (jsonb_array_length(patterns) BETWEEN 1 AND 2),
  actor_id text NOT NULL,
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (source_id, version)
);
CREATE INDEX ON logs.template USING gist (unit_path);
CALL base.protect('logs.template');
REVOKE UPDATE ON logs.template FROM jiaodun_app;

-- One reading again of a source's segments. `settings` is how lines were read in this run, whatever is changed
-- meanwhile; rows of the run carry `decoder || '#' || id`.
CREATE TABLE logs.redecode (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id int NOT NULL REFERENCES logs.source,
  unit_path ltree NOT NULL,
  decoder text NOT NULL,
  settings jsonb NOT NULL,
  -- Only segments that have lines that could not be read.
  only_unread boolean NOT NULL,
  -- Segments up to this number, and of them done up to that.
  upto bigint NOT NULL,
  done_to bigint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'superseded', 'failed')),
  problem text,
  segments int NOT NULL,
  segments_done int NOT NULL DEFAULT 0,
  records_done bigint NOT NULL DEFAULT 0,
  unparsable_before bigint NOT NULL DEFAULT 0,
  unparsable_after bigint NOT NULL DEFAULT 0,
  -- What the decoder remembers from the run's earlier segments.
  memory jsonb NOT NULL DEFAULT '{}',
  actor_id text NOT NULL,
  began timestamptz NOT NULL DEFAULT base.now(),
  ended timestamptz,
  CHECK ((state = 'running') = (ended IS NULL)),
  CHECK (state <> 'failed' OR problem IS NOT NULL)
);
CREATE UNIQUE INDEX one_redecode ON logs.redecode (source_id) WHERE state = 'running';
CREATE INDEX ON logs.redecode (source_id, id);
CREATE INDEX ON logs.redecode USING gist (unit_path);
CALL base.protect('logs.redecode');

-- Segments of a run on their way from old rows to new ones. `announced`: new rows are being written and are not shown;
-- `switched`: new rows are shown and old ones not; `cleaned`: the old rows are gone (or, of a run that was given up,
-- the new ones). Readers are told of the first two, see docs/decisions/0062.
CREATE TABLE logs.redecoded_segment (
  run_id bigint NOT NULL REFERENCES logs.redecode,
  segment_id bigint NOT NULL REFERENCES logs.segment,
  unit_path ltree NOT NULL,
  state text NOT NULL DEFAULT 'announced' CHECK (state IN ('announced', 'switched', 'cleaned')),
  at timestamptz NOT NULL DEFAULT base.now(),
  PRIMARY KEY (run_id, segment_id)
);
CREATE INDEX ON logs.redecoded_segment (run_id, segment_id) WHERE state <> 'cleaned';
CREATE INDEX ON logs.redecoded_segment USING gist (unit_path);
CALL base.protect('logs.redecoded_segment');
