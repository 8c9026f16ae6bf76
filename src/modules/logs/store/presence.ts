/** ClickHouse: when sources were heard. */
import type { LogstoreClient } from '#base/logstore/client';

/** A stretch of time without a silence of ten seconds, epoch milliseconds of its first and last record. */
export interface Presence {
  readonly from: number;
  readonly to: number;
}

/** Per source, in ascending order, the ten-second pieces in which it was heard. */
export async function presenceOf(
  store: LogstoreClient,
  sourceIds: readonly number[],
  window: { from: Date; to: Date },
): Promise<Map<number, Presence[]>> {
  const piece = (table: string) => `SELECT src, ts FROM jiaodun_logs.${table}
    WHERE src IN {ids:Array(UInt32)} AND recv_ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY
      AND ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')`;
  const rows = await store.query<{ src: number; first: string; last: string }>(
    `SELECT src, toUnixTimestamp64Milli(min(ts)) AS first, toUnixTimestamp64Milli(max(ts)) AS last
     FROM (${['event', 'nat_session', 'lease'].map(piece).join(' UNION ALL ')})
     GROUP BY src, intDiv(toUnixTimestamp(ts), 10) ORDER BY src, first`,
    { ids: sourceIds, from: window.from.getTime(), to: window.to.getTime() },
  );
  const found = new Map<number, Presence[]>();
  for (const { src, first, last } of rows) {
    const list = found.get(src) ?? [];
    list.push({ from: Number(first), to: Number(last) });
    found.set(src, list);
  }
  return found;
}
