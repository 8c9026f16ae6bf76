/** ClickHouse: how much there was, by the hour, from the roll-up that is filled with every insert. */
import type { LogstoreClient } from '#base/logstore/client';
import type { Kind } from './search-columns.ts';

export interface UsageFilter {
  /** Widened to whole hours of the records' own time. */
  readonly from: Date;
  readonly to: Date;
  readonly sourceIds: readonly number[];
}

export interface Usage {
  readonly rows: number;
  /** Bytes sent and received; 0 for kinds that do not tell. */
  readonly up: number;
  readonly dn: number;
}

export interface UsageHour extends Usage {
  readonly hour: Date;
  readonly sourceId: number;
  readonly kind: Kind;
}

interface Sums {
  readonly n: string;
  readonly up_sum: string;
  readonly dn_sum: string;
}

const sums = 'sum(rows) AS n, sum(up) AS up_sum, sum(dn) AS dn_sum';
// A record cannot be received before it was written; a clock that runs ahead gets a day of grace.
const where = `src IN {ids:Array(UInt32)} AND hour >= toDateTime({from:UInt32}, 'UTC')
  AND hour < toDateTime({to:UInt32}, 'UTC') AND recv_day >= toDate(toDateTime({from:UInt32}, 'UTC')) - 1`;

function paramsOf({ from, to, sourceIds }: UsageFilter) {
  return {
    ids: sourceIds,
    from: Math.max(0, Math.floor(from.getTime() / 3_600_000) * 3600),
    to: Math.ceil(to.getTime() / 1000),
  };
}

function usageOf({ n, up_sum, dn_sum }: Sums): Usage {
  return { rows: Number(n), up: Number(up_sum), dn: Number(dn_sum) };
}

/**
 * Rows and bytes by hour, source and kind, in that order. While a source is read again its rows may be in these
 * figures twice for about a minute; searches are exact at every moment.
 */
export async function usageByHour(store: LogstoreClient, filter: UsageFilter): Promise<UsageHour[]> {
  const rows = await store.query<Sums & { at: string; src: number; kind: Kind }>(
    `SELECT toUnixTimestamp(hour) AS at, src, kind, ${sums} FROM jiaodun_logs.usage WHERE ${where}
     GROUP BY hour, src, kind HAVING n <> 0 ORDER BY hour, src, kind`,
    paramsOf(filter),
  );
  return rows.map((row) => ({
    hour: new Date(Number(row.at) * 1000),
    sourceId: row.src,
    kind: row.kind,
    ...usageOf(row),
  }));
}

/** What a roll-up of a table's rows is made of; the same as in migrations/clickhouse/0004. */
const rolled = {
  event: { kind: 'kind', act: 'act', up: 'sum(up)', dn: 'sum(dn)' },
  nat_session: { kind: `'nat'`, act: 'kind', up: '0', dn: '0' },
  nat_block: { kind: `'block'`, act: 'kind', up: '0', dn: '0' },
  lease: { kind: `'lease'`, act: 'action', up: '0', dn: '0' },
  sighting: { kind: `'sighting'`, act: 'action', up: '0', dn: '0' },
} as const;

/**
 * Counts rows back that are about to be deleted. `token` must tell them apart from all others: the same token twice
 * counts once.
 */
export async function countBack(
  store: LogstoreClient,
  table: keyof typeof rolled,
  rows: {
    readonly where: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly token: string;
  },
): Promise<void> {
  const { kind, act, up, dn } = rolled[table];
  const from = `FROM jiaodun_logs.${table} WHERE ${rows.where}`;
  const counts = `-toInt64(count()), -toInt64(${up}), -toInt64(${dn})`;
  await store.command(
    `INSERT INTO jiaodun_logs.usage SELECT toDate(recv_ts), toStartOfHour(ts), src, ${kind}, ${act}, ${counts} ${from}
     GROUP BY ALL`,
    rows.params,
    { settings: { insert_deduplication_token: rows.token } },
  );
}
