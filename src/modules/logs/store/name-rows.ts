/** ClickHouse: which names clients of the name servers asked for. */
import type { App } from '#base/app';
import { askStore } from './ask-store.ts';
import { type HiddenRows, withoutHidden } from './hidden-rows.ts';

export interface AskedName {
  readonly host: string;
  readonly times: number;
  readonly clients: number;
  readonly lastAt: Date;
}

export interface NameQuery {
  /** Only names below one of these. */
  readonly below: readonly string[];
  readonly sourceIds: readonly number[];
  readonly hidden: HiddenRows;
  readonly from: Date;
  readonly to: Date;
  readonly limit: number;
}

/** Names below domains with how often and by how many clients they were asked for, the most asked first. */
export async function nameRows(app: App, query: NameQuery): Promise<AskedName[]> {
  const hidden = withoutHidden(query.hidden);
  const rows = await askStore<{ host: string; times: string; clients: string; last: string }>(app, {
    sql: `SELECT host, count() AS times, uniq(cli) AS clients, max(toUnixTimestamp64Milli(ts)) AS last
      FROM jiaodun_logs.event WHERE kind = 'dns' AND src IN {ids:Array(UInt32)}
        AND recv_ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY
        AND ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')
        AND hasAny(host_ends, {below:Array(String)})${hidden.sql}
      GROUP BY host ORDER BY times DESC, host LIMIT {limit:UInt32}`,
    params: {
      ids: query.sourceIds,
      from: query.from.getTime(),
      to: query.to.getTime(),
      below: query.below,
      limit: query.limit,
      ...hidden.params,
    },
  });
  return rows.map(({ host, times, clients, last }) => ({
    host,
    times: Number(times),
    clients: Number(clients),
    lastAt: new Date(Number(last)),
  }));
}
