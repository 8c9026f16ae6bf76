-- What somebody who brings logs has to be told: that their times cannot be, and that nothing of them can be read.

-- The sender knows that no line of it can be read, and has it sealed all the same.
ALTER TABLE logs.bulk_upload ADD COLUMN anyway boolean NOT NULL DEFAULT false;

-- Lines whose own time lies after their receipt by more than the source's tolerance, and before it by more than its
-- logs are kept. Null: not indexed yet, or indexed before this was counted.
ALTER TABLE logs.segment ADD COLUMN ahead bigint CHECK (ahead >= 0), ADD COLUMN aged bigint CHECK (aged >= 0);
GRANT UPDATE (ahead, aged) ON logs.segment TO jiaodun_app;
CREATE INDEX odd_times ON logs.segment (source_id, id) WHERE ahead > 0 OR aged > 0;
