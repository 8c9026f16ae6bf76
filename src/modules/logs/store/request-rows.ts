/** ClickHouse: requests seen by proxies and web servers. */
import type { LogstoreClient } from '#base/logstore/client';
import { defined } from './defined.ts';
import { type HiddenRows, withoutHidden } from './hidden-rows.ts';
import { plainAddress } from './plain-address.ts';
import { address } from './row-lines.ts';

export interface RequestRow {
  readonly at: Date;
  readonly sourceId: number;
  readonly clientIp: string;
  /** 0 when the log has no port. */
  readonly clientPort: number;
  readonly serverIp: string;
  readonly serverPort: number;
  readonly host: string;
  readonly path: string;
  readonly method: string;
  readonly status: number;
  /** Milliseconds; 0 when the log does not tell. */
  readonly took: number;
  readonly segment: number;
  readonly seq: number;
}

interface Stored {
  at: string;
  src: number;
  cli: string;
  cport: number;
  dst: string;
  dport: number;
  host: string;
  path: string;
  method: string;
  status: number;
  took: number;
  seg: string;
  seq: number;
}

export interface RequestQuery {
  readonly kind: 'proxy' | 'site';
  readonly sourceIds: readonly number[];
  readonly hidden: HiddenRows;
  readonly from: Date;
  readonly to: Date;
  readonly clientIp?: string | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly limit: number;
}

export async function requestRows(store: LogstoreClient, query: RequestQuery): Promise<RequestRow[]> {
  const parts = [
    'kind = {kind:String} AND src IN {ids:Array(UInt32)}',
    `recv_ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY`,
    `ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
  ];
  if (query.clientIp !== undefined) parts.push('cli = toIPv6({ip:String})');
  if (query.host !== undefined) parts.push('host = {host:String}');
  // By the index of ends, which holds names of two labels and more.
  if (query.host?.includes('.')) parts.push('has(host_ends, {host:String})');
  if (query.path !== undefined) parts.push('path = {path:String}');
  if (query.methods !== undefined) parts.push('method IN {methods:Array(String)}');
  const hidden = withoutHidden(query.hidden);
  const rows = await store.query<Stored>(
    `SELECT toUnixTimestamp64Milli(ts) AS at, src, cli, cport, dst, dport, host, path, method, status, took, seg, seq
     FROM jiaodun_logs.event WHERE ${parts.join(' AND ')}${hidden.sql}
     ORDER BY ts DESC, seg DESC, seq DESC LIMIT {limit:UInt32}`,
    defined({
      kind: query.kind,
      ids: query.sourceIds,
      from: query.from.getTime(),
      to: query.to.getTime(),
      ip: query.clientIp === undefined ? undefined : address(query.clientIp),
      host: query.host?.toLowerCase(),
      path: query.path,
      methods: query.methods,
      limit: query.limit,
      ...hidden.params,
    }),
  );
  return rows.map((row) => ({
    at: new Date(Number(row.at)),
    sourceId: row.src,
    clientIp: plainAddress(row.cli),
    clientPort: row.cport,
    serverIp: plainAddress(row.dst),
    serverPort: row.dport,
    host: row.host,
    path: row.path,
    method: row.method,
    status: row.status,
    took: row.took,
    segment: Number(row.seg),
    seq: row.seq,
  }));
}
