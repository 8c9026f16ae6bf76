/** ClickHouse: rows by time, source and content, newest first. One statement per table. */
import type { QueryParams } from '#base/logstore/client';
import type { Cursor } from '../rules.ts';
import { address } from './insert-rows.ts';

export const tableOfKind = {
  proxy: 'event',
  dns: 'event',
  site: 'event',
  nat: 'nat_session',
  lease: 'lease',
} as const;
export type Kind = keyof typeof tableOfKind;
export type Table = (typeof tableOfKind)[Kind];

export interface RowFilter {
  readonly from: Date;
  readonly to: Date;
  readonly sourceIds: readonly number[];
  readonly kind?: Kind | undefined;
  readonly ip?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly q?: string | undefined;
}

/** What each table has to offer to a filter; a table without the thing asked for has no match. */
const columns: Record<Table, { ips: string[]; ports: string[]; host: string | null; texts: string[] }> = {
  event: {
    ips: ['cli', 'dst'],
    ports: ['cport', 'dport'],
    host: 'host',
    texts: ['host', 'path', 'method', 'act'],
  },
  nat_session: {
    ips: ['pub_ip', 'in_ip', 'dst_ip'],
    ports: ['pub_port', 'in_port', 'dst_port'],
    host: null,
    texts: ['realm', 'kind'],
  },
  lease: { ips: ['ip'], ports: [], host: null, texts: ['mac', 'hostname', 'realm', 'action'] },
};

const selects: Record<Table, string> = {
  event: `kind, cli, cport, dst, dport, proto, host, path, method, status, act, user_tok, up, dn, took`,
  nat_session: `'nat' AS row_kind, kind AS event, direction, realm, proto, pub_ip, pub_port, in_ip, in_port,
    dst_ip, dst_port`,
  lease: `'lease' AS row_kind, action, realm, ip, mac, hostname, lease_seconds`,
};

export interface Where {
  readonly sql: string;
  readonly params: QueryParams;
}

/** The condition of a filter on a table, or `null` when no row of it can match. */
export function whereOf(table: Table, filter: RowFilter): Where | null {
  if (filter.kind !== undefined && tableOfKind[filter.kind] !== table) return null;
  const has = columns[table];
  // A row cannot be received before it was written; a clock that runs ahead gets a day of grace.
  const parts = [
    `recv_ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY`,
    `ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND ts < fromUnixTimestamp64Milli({to:Int64}, 'UTC')`,
    'src IN {ids:Array(UInt32)}',
  ];
  const params: Record<string, unknown> = {
    from: filter.from.getTime(),
    to: filter.to.getTime(),
    ids: filter.sourceIds,
  };
  const any = (names: readonly string[], test: (name: string) => string) => {
    parts.push(names.length === 0 ? 'false' : `(${names.map(test).join(' OR ')})`);
  };
  if (filter.kind !== undefined && table === 'event') {
    parts.push('kind = {kind:String}');
    params.kind = filter.kind;
  }
  if (filter.ip !== undefined) {
    any(has.ips, (name) => `${name} = toIPv6({ip:String})`);
    params.ip = address(filter.ip);
  }
  if (filter.port !== undefined) {
    any(has.ports, (name) => `${name} = {port:UInt16}`);
    params.port = filter.port;
  }
  if (filter.host !== undefined) {
    any(
      has.host === null ? [] : [has.host],
      (name) => `${name} = {host:String} OR endsWith(${name}, concat('.', {host:String}))`,
    );
    params.host = filter.host.toLowerCase();
  }
  if (filter.q !== undefined) {
    any(has.texts, (name) => `positionCaseInsensitiveUTF8(${name}, {q:String}) > 0`);
    params.q = filter.q;
  }
  return { sql: parts.join('\n AND '), params };
}

/** The statement for one page of rows of a table. */
export function searchStatement(table: Table, where: Where, limit: number, after?: Cursor): Where {
  const behind = after
    ? ` AND (ts, seg, seq) < (fromUnixTimestamp64Milli({ats:Int64}, 'UTC'), {aseg:UInt64}, {aseq:UInt32})`
    : '';
  const sql = `SELECT toUnixTimestamp64Milli(ts) AS at, seg, seq, src, ${selects[table]}
    FROM jiaodun_logs.${table} WHERE ${where.sql}${behind}
    ORDER BY ts DESC, seg DESC, seq DESC LIMIT {limit:UInt32}`;
  const place = after ? { ats: after.ts, aseg: after.seg, aseq: after.seq } : {};
  return { sql, params: { ...where.params, ...place, limit } };
}

/** The statement that counts the rows of a table in pieces of `seconds`. */
export function histogramStatement(table: Table, where: Where, seconds: number): Where {
  const kind = table === 'event' ? 'kind' : table === 'nat_session' ? `'nat'` : `'lease'`;
  return {
    sql: `SELECT intDiv(toUnixTimestamp(ts), {seconds:UInt32}) * {seconds:UInt32} AS at, ${kind} AS row_kind,
      count() AS row_count FROM jiaodun_logs.${table} WHERE ${where.sql} GROUP BY at, row_kind ORDER BY at, row_kind`,
    params: { ...where.params, seconds },
  };
}
