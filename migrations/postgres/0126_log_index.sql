-- Segments that wait together are put into the log store together. The set is written down before anything is sent, so
-- that a repetition sends the same rows under the same token, whatever came to wait meanwhile.

-- Null: not yet taken up. 0: by itself (large, or read in an order that others hold up). Otherwise the number of its set.
ALTER TABLE logs.segment ADD COLUMN index_batch bigint CHECK (index_batch >= 0);
GRANT UPDATE (index_batch) ON logs.segment TO jiaodun_app;
CREATE SEQUENCE logs.index_batch;
GRANT USAGE ON SEQUENCE logs.index_batch TO jiaodun_app;
CREATE INDEX ON logs.segment (index_batch, id) WHERE indexed_at IS NULL;

-- Pieces of these may be in the store already, under tokens of their own.
UPDATE logs.segment SET index_batch = 0 WHERE indexed_at IS NULL;
