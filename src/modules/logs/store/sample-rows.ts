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
  /** What a proxy fetched from: whoever complains knows it. */
  readonly far?: { readonly ip: string; readonly port: number };
}

export interface SampledHost {
  readonly kind: 'nat' | 'block' | 'proxy';
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
    // Of what has no ports only the address could be asked.
    where:
      "proto IN (6, 17) AND (kind IN ('new', 'update') OR t_start > toDateTime64('1971-01-01 00:00:00', 3, 'UTC'))",
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

/** A proxy as drills ask for it: by the address that its log comes from. */
export interface SampledProxy {
  readonly sourceId: number;
  readonly ip: string;
  readonly realm: string;
}

/** The same of every client of proxies; a request's time lies between its begin and its end, which the log tells. */
export async function sampleRequests(
  store: LogstoreClient,
  proxies: readonly SampledProxy[],
  query: Omit<SampleQuery, 'sourceIds'>,
): Promise<SampledHost[]> {
  if (proxies.length === 0) return [];
  const hidden = withoutHidden(query.hidden);
  const [perHost, seed] = [Math.trunc(query.perHost), Math.trunc(query.seed)];
  const rows = await store.query<{ src: number; cli: string; n: string; sample: [string, string, number][] }>(
    `SELECT src, cli, count() AS n, groupArraySample(${perHost}, ${seed})(
        (toUnixTimestamp64Milli(ts) - intDiv(took, 2), dst, dport)) AS sample
     FROM jiaodun_logs.event
     WHERE kind = 'proxy' AND src IN {ids:Array(UInt32)}
       AND recv_ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY
       AND ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')${hidden.sql}
     GROUP BY src, cli LIMIT {most:UInt32}`,
    {
      ids: proxies.map((proxy) => proxy.sourceId),
      from: query.from.getTime(),
      to: query.to.getTime(),
      most: query.mostHosts,
      ...hidden.params,
    },
    { settings },
  );
  const bySource = new Map(proxies.map((proxy) => [proxy.sourceId, proxy]));
  return rows.map((row) => {
    const { ip: publicIp, realm, sourceId } = bySource.get(row.src)!;
    return {
      kind: 'proxy',
      realm,
      insideIp: plainAddress(row.cli),
      rows: Number(row.n),
      sample: row.sample.map(([at, dst, dport]) => {
        const ip = plainAddress(dst);
        const far = ip === '::' || ip === '' ? {} : { far: { ip, port: dport } };
        return { at: Number(at), publicIp, lo: 0, hi: 0, step: 1, proto: 6, sourceId, ...far };
      }),
    };
  });
}
