-- Parsed log rows. The raw line is not here: `seg` and `seq` lead to it in its sealed segment.
-- Partitioned by the day of RECEIPT: a device with a wrong clock must not make partitions in 1970, and the
-- day is what retention drops. The engine's defaults lose data and drop nothing twice-sent, hence the settings.
CREATE DATABASE IF NOT EXISTS jiaodun_logs;

CREATE TABLE IF NOT EXISTS jiaodun_logs.event (
  recv_ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  seg UInt64 CODEC(Delta(8), ZSTD(1)),
  seq UInt32 CODEC(Delta(4), ZSTD(1)),
  kind LowCardinality(String),
  src UInt32 CODEC(ZSTD(1)),
  cli IPv6 CODEC(ZSTD(1)),
  cport UInt16 CODEC(ZSTD(1)),
  dst IPv6 CODEC(ZSTD(1)),
  dport UInt16 CODEC(ZSTD(1)),
  proto UInt8 CODEC(ZSTD(1)),
  host String CODEC(ZSTD(1)),
  path String CODEC(ZSTD(1)),
  method LowCardinality(String),
  status UInt16 CODEC(ZSTD(1)),
  act LowCardinality(String),
  user_tok String CODEC(ZSTD(1)),
  up UInt64 CODEC(T64, ZSTD(1)),
  dn UInt64 CODEC(T64, ZSTD(1)),
  took UInt32 CODEC(T64, ZSTD(1)),
  num Int64 CODEC(Delta(8), ZSTD(1)),
  INDEX i_ts ts TYPE minmax GRANULARITY 1,
  INDEX i_cli cli TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX i_dst dst TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX i_host host TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMMDD(recv_ts)
ORDER BY (src, toStartOfHour(ts), cli, ts)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
  min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;

-- One row per conntrack event (kind new, update, destroy), not per session: rows are written once and never
-- replaced, so each keeps its own raw line as evidence, and a lost half shows as such. The reader pairs them.
CREATE TABLE IF NOT EXISTS jiaodun_logs.nat_session (
  recv_ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  -- 1970-01-01 when neither this line nor its kind tells the start.
  t_start DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  seg UInt64 CODEC(Delta(8), ZSTD(1)),
  seq UInt32 CODEC(Delta(4), ZSTD(1)),
  kind LowCardinality(String),
  direction LowCardinality(String),
  src UInt32 CODEC(ZSTD(1)),
  realm LowCardinality(String),
  proto UInt8 CODEC(ZSTD(1)),
  pub_ip IPv6 CODEC(ZSTD(1)),
  pub_port UInt16 CODEC(ZSTD(1)),
  in_ip IPv6 CODEC(ZSTD(1)),
  in_port UInt16 CODEC(ZSTD(1)),
  dst_ip IPv6 CODEC(ZSTD(1)),
  dst_port UInt16 CODEC(ZSTD(1)),
  flow String CODEC(ZSTD(1)),
  INDEX i_ts ts TYPE minmax GRANULARITY 1,
  INDEX i_in in_ip TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMMDD(recv_ts)
ORDER BY (pub_ip, pub_port, ts)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
  min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;

CREATE TABLE IF NOT EXISTS jiaodun_logs.lease (
  recv_ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  seg UInt64 CODEC(Delta(8), ZSTD(1)),
  seq UInt32 CODEC(Delta(4), ZSTD(1)),
  action LowCardinality(String),
  src UInt32 CODEC(ZSTD(1)),
  realm LowCardinality(String),
  ip IPv6 CODEC(ZSTD(1)),
  mac String CODEC(ZSTD(1)),
  hostname String CODEC(ZSTD(1)),
  lease_seconds UInt32 CODEC(ZSTD(1)),
  INDEX i_ts ts TYPE minmax GRANULARITY 1,
  INDEX i_mac mac TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMMDD(recv_ts)
ORDER BY (realm, ip, ts)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
  min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;

-- When each source was heard: of every minute (number since 1970, by the records' own time) the first and the
-- last record. Written by the indexer, per piece of a segment, after the rows that it tells of. Only what may be
-- added twice is kept (least and greatest; no count): a repeated or re-read piece changes nothing. The day of
-- receipt is part of it, so that retention drops presence together with the rows.
CREATE TABLE IF NOT EXISTS jiaodun_logs.presence (
  recv_day Date,
  src UInt32,
  minute Int32,
  first_ts SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
  last_ts SimpleAggregateFunction(max, DateTime64(3, 'UTC'))
) ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMMDD(recv_day)
ORDER BY (src, minute)
SETTINGS index_granularity = 1024, non_replicated_deduplication_window = 10000, fsync_after_insert = 1,
  fsync_part_directory = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;
