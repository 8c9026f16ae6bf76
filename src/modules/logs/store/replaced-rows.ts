/** ClickHouse: takes away rows of segments that were read again. */
import type { LogstoreClient } from '#base/logstore/client';
import { countBack } from './usage.ts';

const tables = ['event', 'nat_session', 'nat_block', 'lease', 'sighting'] as const;

export interface Replaced {
  readonly sourceId: number;
  readonly segments: readonly number[];
  /** First and last receipt of any of their records. */
  readonly from: Date;
  readonly to: Date;
  /** The mark of the new rows, in `dec`. */
  readonly mark: string;
  /** `others`: the rows that have another mark go; `marked`: those that have it. */
  readonly go: 'others' | 'marked';
}

/** Deletes the rows, and returns when no new question meets them. Repeating it does nothing. */
export async function deleteReplaced(store: LogstoreClient, replaced: Replaced): Promise<void> {
  const { sourceId, segments, from, to, mark, go } = replaced;
  const where = `src = {src:UInt32} AND seg IN {segments:Array(UInt64)}
    AND recv_ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')
    AND dec ${go === 'others' ? '!=' : '='} {mark:String}`;
  const params = { src: sourceId, segments, from: from.getTime(), to: to.getTime(), mark };
  for (const table of tables) {
    const found = await store.query<{ seg: string }>(
      `SELECT DISTINCT seg FROM jiaodun_logs.${table} WHERE ${where}`,
      params,
    );
    // A deletion is written down for every part of the table, even where it meets nothing.
    if (found.length === 0) continue;
    // Segment by segment, all before any row goes: broken off anywhere, none is counted back twice.
    for (const { seg } of found) {
      await countBack(store, table, {
        where: `${where} AND seg = {seg:UInt64}`,
        params: { ...params, seg },
        token: `back-${table}-${seg}-${mark}-${go}`,
      });
    }
    await store.command(`DELETE FROM jiaodun_logs.${table} WHERE ${where}`, params, {
      settings: { lightweight_deletes_sync: 2 },
    });
  }
}

/**
 * Takes out minutes in which a source was said to be heard and in which it has no row any more: its times were read
 * otherwise before. Rows are written before their minutes, so a minute of new rows is never taken.
 */
export async function deletePresenceWithoutRows(
  store: LogstoreClient,
  sourceId: number,
  window: { from: Date; to: Date },
): Promise<void> {
  const params = {
    src: sourceId,
    from: window.from.toISOString().slice(0, 10),
    to: window.to.toISOString().slice(0, 10),
  };
  const where = `src = {src:UInt32} AND recv_day BETWEEN {from:Date} AND {to:Date}`;
  const minutes = tables.map(
    (table) => `SELECT DISTINCT toInt32(intDiv(toUnixTimestamp64Milli(ts), 60000)) FROM jiaodun_logs.${table}
      WHERE src = {src:UInt32} AND toDate(recv_ts) BETWEEN {from:Date} AND {to:Date}`,
  );
  const wrong = await store.query<{ minute: number }>(
    `SELECT DISTINCT minute FROM jiaodun_logs.presence WHERE ${where} AND minute NOT IN (${minutes.join(' UNION ALL ')})
      LIMIT 1000000`,
    params,
  );
  for (let at = 0; at < wrong.length; at += 10_000) {
    const some = wrong.slice(at, at + 10_000).map((row) => row.minute);
    await store.command(
      `DELETE FROM jiaodun_logs.presence WHERE ${where} AND minute IN {minutes:Array(Int32)}`,
      { ...params, minutes: some },
      { settings: { lightweight_deletes_sync: 2 } },
    );
  }
}
