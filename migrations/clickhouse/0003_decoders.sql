-- Which decoder, in which version, made a row (`squid/1`), and what it found that has no column of its own; port
-- blocks of address translation; and where an address was seen at a device (RADIUS, ARP, neighbour discovery).
ALTER TABLE jiaodun_logs.event ADD COLUMN IF NOT EXISTS dec LowCardinality(String) DEFAULT '';

ALTER TABLE jiaodun_logs.event ADD COLUMN IF NOT EXISTS extra Map(LowCardinality(String), String);

ALTER TABLE jiaodun_logs.nat_session ADD COLUMN IF NOT EXISTS dec LowCardinality(String) DEFAULT '';

ALTER TABLE jiaodun_logs.lease ADD COLUMN IF NOT EXISTS dec LowCardinality(String) DEFAULT '';

-- One row per event (alloc, free), like sessions: the reader pairs them.
CREATE TABLE IF NOT EXISTS jiaodun_logs.nat_block (
  recv_ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  seg UInt64 CODEC(Delta(8), ZSTD(1)),
  seq UInt32 CODEC(Delta(4), ZSTD(1)),
  kind LowCardinality(String),
  src UInt32 CODEC(ZSTD(1)),
  realm LowCardinality(String),
  -- 0 when the block serves every protocol.
  proto UInt8 CODEC(ZSTD(1)),
  pub_ip IPv6 CODEC(ZSTD(1)),
  lo UInt16 CODEC(ZSTD(1)),
  hi UInt16 CODEC(ZSTD(1)),
  -- Ports of the block are lo, lo + step, … hi.
  step UInt16 CODEC(ZSTD(1)),
  in_ip IPv6 CODEC(ZSTD(1)),
  -- 1970-01-01 when the line of a freed block does not tell when it was given.
  t_start DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  dec LowCardinality(String),
  INDEX i_ts ts TYPE minmax GRANULARITY 1,
  INDEX i_in in_ip TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMMDD(recv_ts)
ORDER BY (pub_ip, lo, ts)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
  min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;

CREATE TABLE IF NOT EXISTS jiaodun_logs.sighting (
  recv_ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  ts DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  seg UInt64 CODEC(Delta(8), ZSTD(1)),
  seq UInt32 CODEC(Delta(4), ZSTD(1)),
  -- Who says so: radius, arp, nd, arpwatch.
  kind LowCardinality(String),
  -- seen, start, interim, stop, changed.
  action LowCardinality(String),
  src UInt32 CODEC(ZSTD(1)),
  realm LowCardinality(String),
  ip IPv6 CODEC(ZSTD(1)),
  mac String CODEC(ZSTD(1)),
  -- The MAC that had the address before (arpwatch), '' otherwise.
  old_mac String CODEC(ZSTD(1)),
  user_tok String CODEC(ZSTD(1)),
  session String CODEC(ZSTD(1)),
  -- The access server or switch, and the port there.
  nas String CODEC(ZSTD(1)),
  port String CODEC(ZSTD(1)),
  dec LowCardinality(String),
  INDEX i_ts ts TYPE minmax GRANULARITY 1,
  INDEX i_mac mac TYPE bloom_filter(0.01) GRANULARITY 4
) ENGINE = MergeTree
PARTITION BY toYYYYMMDD(recv_ts)
ORDER BY (realm, ip, ts)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
  min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 480;
