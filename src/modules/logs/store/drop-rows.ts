/** ClickHouse: takes away the rows of a day of receipt. */
import type { LogstoreClient } from '#base/logstore/client';
import type { RowsToGo } from './drop-steps.ts';

interface Table {
  name: string;
  has_seg: 0 | 1;
}

/** Every table with a partition for each day of receipt, as the store itself tells: new ones are not forgotten. */
async function dayTables(store: LogstoreClient): Promise<Table[]> {
  return store.query<Table>(`SELECT t.name AS name, toUInt8(countIf(c.name = 'seg') > 0) AS has_seg
    FROM system.tables t JOIN system.columns c ON c.database = t.database AND c.table = t.name
    WHERE t.database = 'jiaodun_logs' AND t.engine LIKE '%MergeTree' AND t.partition_key LIKE 'toYYYYMMDD(recv_%'
    GROUP BY t.name HAVING countIf(c.name = 'src') > 0 ORDER BY t.name`);
}

/** `2026-05-01` as the name of its partition. */
function partitionOf(day: string): string {
  const partition = day.replaceAll('-', '');
  if (!/^\d{8}$/.test(partition)) throw new TypeError(`not a day: ${day}`);
  return partition;
}

/** Sealing waits meanwhile, so it is given up, and tried again later, when the store does not answer. */
const patienceMs = 20_000;

/** Drops the day in every table. Repeating it does nothing. */
export async function dropPartitions(store: LogstoreClient, day: string): Promise<void> {
  const signal = AbortSignal.timeout(patienceMs);
  for (const { name } of await dayTables(store)) {
    await store.command(
      `ALTER TABLE jiaodun_logs.${name} DROP PARTITION ${partitionOf(day)}`,
      {},
      { signal },
    );
  }
}

/** Deletes the rows of the sources that go, but not of segments that stay or that came later. Repeating it does nothing. */
export async function deleteDay(store: LogstoreClient, day: string, going: RowsToGo): Promise<void> {
  const keeping = new Set(going.keeping);
  for (const table of await dayTables(store)) {
    const sources = table.has_seg ? going.sources : going.sources.filter((id) => !keeping.has(id));
    if (sources.length === 0) continue;
    const bySegment = table.has_seg ? ' AND seg <= {upto:UInt64} AND NOT has({keep:Array(UInt64)}, seg)' : '';
    await deleteRows(store, table.name, partitionOf(day), `has({sources:Array(UInt32)}, src)${bySegment}`, {
      sources,
      ...(table.has_seg && { keep: going.keep, upto: going.upto }),
    });
  }
}

/** Rows that dropped segments have on days before their last one. */
export async function deleteEarlier(
  store: LogstoreClient,
  day: string,
  { spanning, spanFrom }: RowsToGo,
): Promise<void> {
  if (spanFrom === null) return;
  const params = { segments: spanning, from: spanFrom.toISOString().slice(0, 10), to: day };
  for (const { name, has_seg } of await dayTables(store)) {
    if (!has_seg) continue;
    const found = await store.query<{ partition: string }>(
      `SELECT DISTINCT toString(toYYYYMMDD(recv_ts)) AS partition FROM jiaodun_logs.${name}
        WHERE has({segments:Array(UInt64)}, seg) AND recv_ts >= toDateTime({from:Date}, 'UTC')
          AND recv_ts < toDateTime({to:Date}, 'UTC')`,
      params,
    );
    for (const { partition } of found)
      await deleteRows(store, name, partition, 'has({segments:Array(UInt64)}, seg)', { segments: spanning });
  }
}

/** A mutation, not a mark on rows: what was dropped must not be on the disk. It rewrites that day only. */
async function deleteRows(
  store: LogstoreClient,
  table: string,
  partition: string,
  where: string,
  params: Readonly<Record<string, unknown>>,
): Promise<void> {
  const [found] = await store.query<{ n: string }>(
    `SELECT count() AS n FROM jiaodun_logs.${table} WHERE _partition_id = '${partition}' AND ${where}`,
    params,
  );
  if (Number(found!.n) === 0) return;
  await store.command(
    `ALTER TABLE jiaodun_logs.${table} DELETE IN PARTITION ${partition} WHERE ${where}`,
    params,
    {
      settings: { mutations_sync: 2 },
    },
  );
}
