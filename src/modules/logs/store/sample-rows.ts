/** ClickHouse: a few rows at random of every inside address, in one pass (reservoirs, one for each address). */
import type { LogstoreClient } from '#base/logstore/client';
import { type HiddenRows, withoutHidden } from './hidden-rows.ts';
import { plainAddress } from './plain-address.ts';

export interface SampleQuery {
  readonly from: Date;
  readonly to: Date;
  readonly sourceIds: readonly number[];
  readonly hidden: HiddenRows;
  /** Rows kept of each address. */
  readonly perHost: number;
  /** Another number gives other rows. */
  readonly seed: number;
  readonly mostHosts: number;
}

export interface SampledRow {
  /** Epoch milliseconds of the writer's clock, when the translation was in use. */
  readonly at: number;
  readonly publicIp: string;
  /** Ports lo, lo + step, … hi; of a session only one. */
  readonly lo: number;
  readonly hi: number;
  readonly step: number;
  readonly proto: number;
  readonly sourceId: number;
}

export interface SampledHost {
  readonly kind: 'nat' | 'block';
  readonly realm: string;
  readonly insideIp: string;
  /** How many rows there were. */
  readonly rows: number;
  readonly sample: readonly SampledRow[];
}

type Stored = [string, string, number, number, number, number, number];

/** When a row proves use: a session at its begin, whose end tells it too; a block when it was given. */
const tables = {
  nat: {
    name: 'nat_session',
    at: "if(kind = 'destroy', t_start, ts)",
    where: "(kind IN ('new', 'update') OR t_start > toDateTime64('1971-01-01 00:00:00', 3, 'UTC'))",
    ports: 'pub_port, pub_port, toUInt16(1)',
  },
  block: { name: 'nat_block', at: 'ts', where: "kind = 'alloc'", ports: 'lo, hi, step' },
} as const;

/** A whole period is read: not within the minute that people wait. */
const settings = { max_execution_time: 1800, max_memory_usage: 1024 ** 3, max_threads: 1 } as const;

export async function sampleRows(
  store: LogstoreClient,
  kind: 'nat' | 'block',
  query: SampleQuery,
): Promise<SampledHost[]> {
  const table = tables[kind];
  const hidden = withoutHidden(query.hidden);
  // Parameters of an aggregate function are literals.
  const [perHost, seed] = [Math.trunc(query.perHost), Math.trunc(query.seed)];
  const rows = await store.query<{ realm: string; in_ip: string; n: string; sample: Stored[] }>(
    `SELECT realm, in_ip, count() AS n, groupArraySample(${perHost}, ${seed})(
        (toUnixTimestamp64Milli(used), pub_ip, ${table.ports}, proto, src)) AS sample
     FROM (SELECT *, ${table.at} AS used FROM jiaodun_logs.${table.name}
       WHERE ${table.where} AND src IN {ids:Array(UInt32)}
         AND recv_ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY${hidden.sql})
     WHERE used BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')
     GROUP BY realm, in_ip LIMIT {most:UInt32}`,
    {
      ids: query.sourceIds,
      from: query.from.getTime(),
      to: query.to.getTime(),
      most: query.mostHosts,
      ...hidden.params,
    },
    { settings },
  );
  return rows.map((row) => ({
    kind,
    realm: row.realm,
    insideIp: plainAddress(row.in_ip),
    rows: Number(row.n),
    sample: row.sample.map(([at, ip, lo, hi, step, proto, sourceId]) => ({
      at: Number(at),
      publicIp: plainAddress(ip),
      lo,
      hi,
      step,
      proto,
      sourceId,
    })),
  }));
}
