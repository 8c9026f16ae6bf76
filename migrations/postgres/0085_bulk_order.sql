-- In which order the questions of a run are worked off: neighbours in the sorting of the log store stand together, so that
-- a batch reads each piece of it once. In the order of their times every batch of a thousand read most of the store.
ALTER TABLE trace.bulk_row ADD COLUMN place int NOT NULL DEFAULT 0;
CREATE INDEX bulk_row_open ON trace.bulk_row (run_id, place, number) WHERE verdict IS NULL;
DROP INDEX trace.bulk_row_run_id_at_idx;

-- Of which unit a device was: without it a thousand devices were compared with every state of every device.
CREATE INDEX ON addresses.device_state (device_id);
