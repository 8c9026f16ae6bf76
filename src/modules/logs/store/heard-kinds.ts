/** ClickHouse: what kinds of rows each source gave, and which addresses its rows saw in use. */
import type { LogstoreClient } from '#base/logstore/client';
import { type HiddenRows, withoutHidden } from './hidden-rows.ts';
import { plainAddress } from './plain-address.ts';

export interface HeardKinds {
  readonly sourceId: number;
  readonly nat: boolean;
  readonly lease: boolean;
  readonly sighting: boolean;
}

/** By the hourly roll-up: one row a source and hour, however many lines there were. */
export async function heardKinds(
  store: LogstoreClient,
  span: { readonly from: Date; readonly to: Date; readonly sourceIds: readonly number[] },
): Promise<HeardKinds[]> {
  const rows = await store.query<{ src: number; kinds: string[] }>(
    `SELECT src, groupUniqArray(toString(kind)) AS kinds FROM (
       SELECT src, kind, sum(rows) AS n FROM jiaodun_logs.usage
       WHERE src IN {ids:Array(UInt32)} AND kind IN ('nat', 'block', 'lease', 'sighting')
         AND hour BETWEEN toStartOfHour(fromUnixTimestamp64Milli({from:Int64}, 'UTC'))
           AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')
       GROUP BY src, kind HAVING n > 0)
     GROUP BY src`,
    { ids: span.sourceIds, from: span.from.getTime(), to: span.to.getTime() },
  );
  return rows.map(({ src, kinds }) => ({
    sourceId: src,
    nat: kinds.includes('nat') || kinds.includes('block'),
    lease: kinds.includes('lease'),
    sighting: kinds.includes('sighting'),
  }));
}

export interface SeenHolder {
  readonly realm: string;
  readonly ip: string;
  readonly mac: string;
}

const settings = { max_execution_time: 1800, max_memory_usage: 1024 ** 3, max_threads: 1 } as const;

/** Every address with every hardware address that was given it or seen with it, each pair once. */
export async function seenHolders(
  store: LogstoreClient,
  span: {
    readonly from: Date;
    readonly to: Date;
    readonly sourceIds: readonly number[];
    readonly hidden: HiddenRows;
    readonly most: number;
  },
): Promise<SeenHolder[]> {
  const hidden = withoutHidden(span.hidden);
  const where = `src IN {ids:Array(UInt32)} AND mac != ''
    AND recv_ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY
    AND ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')${hidden.sql}`;
  const rows = await store.query<SeenHolder>(
    `SELECT realm, ip, mac FROM (
       SELECT realm, ip, mac FROM jiaodun_logs.lease WHERE action = 'ack' AND ${where}
       UNION ALL SELECT realm, ip, mac FROM jiaodun_logs.sighting WHERE ${where})
     GROUP BY realm, ip, mac LIMIT {most:UInt32}`,
    {
      ids: span.sourceIds,
      from: span.from.getTime(),
      to: span.to.getTime(),
      most: span.most,
      ...hidden.params,
    },
    { settings },
  );
  return rows.map((row) => ({ ...row, ip: plainAddress(row.ip) }));
}
