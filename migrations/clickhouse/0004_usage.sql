-- Names of hosts are found by their ends: `example.org` finds `www.example.org` without reading the column. A name and
-- what remains of it behind each dot (not the last piece) are in the index. Measured against an index of words, which
-- takes four times the disk and of inserts several times the processor (docs/decisions/0032).
ALTER TABLE jiaodun_logs.event DROP INDEX IF EXISTS i_host;

ALTER TABLE jiaodun_logs.event ADD COLUMN IF NOT EXISTS host_ends Array(String)
  ALIAS arrayMap(i -> arrayStringConcat(arraySlice(splitByChar('.', host), i), '.'), range(1, length(splitByChar('.', host))));

ALTER TABLE jiaodun_logs.event ADD INDEX IF NOT EXISTS i_host_ends
  arrayMap(i -> arrayStringConcat(arraySlice(splitByChar('.', host), i), '.'), range(1, length(splitByChar('.', host))))
  TYPE bloom_filter(0.01) GRANULARITY 4;

-- Rows are ordered by client within the hour: from one to the next a time jumps anywhere in the hour, which differences
-- do not make smaller. The bits that an hour (and a segment) needs at most are fewer.
ALTER TABLE jiaodun_logs.event MODIFY COLUMN recv_ts CODEC(T64('bit'), ZSTD(1));

ALTER TABLE jiaodun_logs.event MODIFY COLUMN ts CODEC(T64('bit'), ZSTD(1));

ALTER TABLE jiaodun_logs.event MODIFY COLUMN seq CODEC(T64('bit'), ZSTD(1));

ALTER TABLE jiaodun_logs.event MODIFY COLUMN num CODEC(T64('bit'), ZSTD(1));

-- How much there was, by the hour of the records' own time: what dashboards count from. Filled with every insert by the
-- views below, under the insert's token, so that a repeated piece is counted once. Rows that are taken out (read
-- again by another decoder) are counted back: sums are signed. Hosts are not in it: by the hour or
-- by the day they took a quarter of the disk of the lines themselves (docs/decisions/0032).
CREATE TABLE IF NOT EXISTS jiaodun_logs.usage (
  recv_day Date,
  hour DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  src UInt32 CODEC(ZSTD(1)),
  kind LowCardinality(String),
  act LowCardinality(String),
  rows SimpleAggregateFunction(sum, Int64) CODEC(T64, ZSTD(1)),
  up SimpleAggregateFunction(sum, Int64) CODEC(T64, ZSTD(1)),
  dn SimpleAggregateFunction(sum, Int64) CODEC(T64, ZSTD(1))
) ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMMDD(recv_day)
ORDER BY (src, hour, kind, act)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
  min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;

-- What is there already, before the views count what comes.
INSERT INTO jiaodun_logs.usage
SELECT toDate(recv_ts) AS recv_day, toStartOfHour(ts) AS hour, src, kind, act, toInt64(count()),
  toInt64(sum(up)), toInt64(sum(dn))
FROM jiaodun_logs.event GROUP BY recv_day, hour, src, kind, act
SETTINGS insert_deduplication_token = 'usage-of-event';

INSERT INTO jiaodun_logs.usage
SELECT toDate(recv_ts) AS recv_day, toStartOfHour(ts) AS hour, src, 'nat', kind, toInt64(count()), 0, 0
FROM jiaodun_logs.nat_session GROUP BY recv_day, hour, src, kind
SETTINGS insert_deduplication_token = 'usage-of-nat';

INSERT INTO jiaodun_logs.usage
SELECT toDate(recv_ts) AS recv_day, toStartOfHour(ts) AS hour, src, 'block', kind, toInt64(count()), 0, 0
FROM jiaodun_logs.nat_block GROUP BY recv_day, hour, src, kind
SETTINGS insert_deduplication_token = 'usage-of-block';

INSERT INTO jiaodun_logs.usage
SELECT toDate(recv_ts) AS recv_day, toStartOfHour(ts) AS hour, src, 'lease', action, toInt64(count()), 0, 0
FROM jiaodun_logs.lease GROUP BY recv_day, hour, src, action
SETTINGS insert_deduplication_token = 'usage-of-lease';

INSERT INTO jiaodun_logs.usage
SELECT toDate(recv_ts) AS recv_day, toStartOfHour(ts) AS hour, src, 'sighting', action, toInt64(count()), 0, 0
FROM jiaodun_logs.sighting GROUP BY recv_day, hour, src, action
SETTINGS insert_deduplication_token = 'usage-of-sighting';

CREATE MATERIALIZED VIEW IF NOT EXISTS jiaodun_logs.usage_of_event TO jiaodun_logs.usage AS
SELECT toDate(recv_ts) AS recv_day, toStartOfHour(ts) AS hour, src, kind, act, toInt64(count()) AS rows,
  toInt64(sum(e.up)) AS up, toInt64(sum(e.dn)) AS dn
FROM jiaodun_logs.event AS e GROUP BY recv_day, hour, src, kind, act;

CREATE MATERIALIZED VIEW IF NOT EXISTS jiaodun_logs.usage_of_nat TO jiaodun_logs.usage AS
SELECT toDate(recv_ts) AS recv_day, toStartOfHour(ts) AS hour, src, 'nat' AS kind, n.kind AS act,
  toInt64(count()) AS rows, toInt64(0) AS up, toInt64(0) AS dn
FROM jiaodun_logs.nat_session AS n GROUP BY recv_day, hour, src, act;

CREATE MATERIALIZED VIEW IF NOT EXISTS jiaodun_logs.usage_of_block TO jiaodun_logs.usage AS
SELECT toDate(recv_ts) AS recv_day, toStartOfHour(ts) AS hour, src, 'block' AS kind, b.kind AS act,
  toInt64(count()) AS rows, toInt64(0) AS up, toInt64(0) AS dn
FROM jiaodun_logs.nat_block AS b GROUP BY recv_day, hour, src, act;

CREATE MATERIALIZED VIEW IF NOT EXISTS jiaodun_logs.usage_of_lease TO jiaodun_logs.usage AS
SELECT toDate(recv_ts) AS recv_day, toStartOfHour(ts) AS hour, src, 'lease' AS kind, action AS act,
  toInt64(count()) AS rows, toInt64(0) AS up, toInt64(0) AS dn
FROM jiaodun_logs.lease GROUP BY recv_day, hour, src, act;

CREATE MATERIALIZED VIEW IF NOT EXISTS jiaodun_logs.usage_of_sighting TO jiaodun_logs.usage AS
SELECT toDate(recv_ts) AS recv_day, toStartOfHour(ts) AS hour, src, 'sighting' AS kind, action AS act,
  toInt64(count()) AS rows, toInt64(0) AS up, toInt64(0) AS dn
FROM jiaodun_logs.sighting GROUP BY recv_day, hour, src, act;
