-- What somebody read off a source's own clock. Of a source whose logs come as files nothing else tells how its clock
-- went: the delays of lines say nothing when all of them are received at once.
ALTER TABLE logs.clock_offset
  ADD COLUMN origin text NOT NULL DEFAULT 'lines' CHECK (origin IN ('lines', 'reading')),
  ADD COLUMN note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
  ADD COLUMN told_by text NOT NULL DEFAULT '' CHECK (length(told_by) <= 200),
  ADD COLUMN told timestamptz,
  ADD COLUMN withdrawn timestamptz,
  ADD CHECK (origin = 'lines' AND told IS NULL AND withdrawn IS NULL OR origin = 'reading' AND told IS NOT NULL);
ALTER TABLE logs.clock_offset DROP CONSTRAINT clock_offset_source_id_at_key;
CREATE UNIQUE INDEX clock_offset_source_id_at_key ON logs.clock_offset (source_id, at) WHERE withdrawn IS NULL;
-- A reading is taken back, never changed.
GRANT UPDATE (withdrawn) ON logs.clock_offset TO jiaodun_app;
