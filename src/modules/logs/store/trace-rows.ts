/**
 * ClickHouse: the rows behind many questions about addresses at times, by one query per table. Every query reads by the
 * table's sorting key: without that, one for a thousand questions took more memory than the store has.
 */
import type { LogstoreClient } from '#base/logstore/client';
import type { BlockRow, LeaseRow, NatRow, SightingRow } from '../decoders/row.ts';
import { type HiddenRows, withoutHidden } from './hidden-rows.ts';
import { plainAddress } from './plain-address.ts';
import { address } from './row-lines.ts';

/** An address and the span around a moment; all times epoch milliseconds. */
export interface AddressAt {
  readonly ip: string;
  /** Of questions about public ports; null: any. */
  readonly port: number | null;
  /** Of questions about inside addresses. */
  readonly realm: string;
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

export interface RowsAsked {
  readonly questions: readonly AddressAt[];
  readonly sourceIds: readonly number[];
  readonly hidden: HiddenRows;
  /** Rows received later are left out. */
  readonly knownAt: number;
}

/** Where a row comes from, and to which question (its place in the list) it belongs. */
interface Found {
  readonly question: number;
  readonly ts: number;
  readonly segment: number;
  readonly seq: number;
  readonly sourceId: number;
  readonly realm: string;
  readonly dec: string;
}

export type NatFound = Found & Omit<NatRow, 'table' | 'ts' | 'counter'>;
export type BlockFound = Found & Omit<BlockRow, 'table' | 'ts' | 'counter'>;
export type LeaseFound = Found & Omit<LeaseRow, 'table' | 'ts' | 'counter' | 'hostname'>;
export type SightingFound = Found &
  Omit<SightingRow, 'table' | 'ts' | 'counter' | 'nas' | 'port' | 'kind'> & {
    /** What a switch port saw names no address. */
    readonly kind: Exclude<SightingRow['kind'], 'fdb'>;
  };

/** The nearest rows of each question that are read. */
export const mostRows = { nat: 2_000, natAnyPort: 50_000, block: 5_000, lease: 600, sighting: 600 } as const;

interface Stored {
  q: number;
  at: string;
  seg: string;
  seq: number;
  src: number;
  realm: string;
  dec: string;
  [column: string]: string | number;
}

interface Shape {
  readonly table: string;
  readonly columns: string;
  /** What the table is sorted by: the key that questions are asked by. */
  readonly key: string;
  readonly keyOf: string;
  readonly more?: string;
  readonly limit: number;
}

async function rowsOf(store: LogstoreClient, asked: RowsAsked, shape: Shape): Promise<Stored[]> {
  const { questions } = asked;
  if (questions.length === 0 || asked.sourceIds.length === 0) return [];
  const hidden = withoutHidden(asked.hidden);
  // The names of the arrays differ from those of their elements: the store takes an alias for the array itself.
  const list = `SELECT e.1 AS n, toIPv6(e.2) AS ip, e.3 AS port, e.4 AS realm, e.5 AS at, e.6 AS since, e.7 AS until
    FROM (SELECT arrayJoin(arrayZip({n:Array(UInt32)}, {ip:Array(String)}, {port:Array(UInt16)}, {realm:Array(String)},
      {at:Array(Int64)}, {since:Array(Int64)}, {until:Array(Int64)})) AS e)`;
  return store.query<Stored>(
    `SELECT q.n AS q, toUnixTimestamp64Milli(t.ts) AS at, t.seg AS seg, t.seq AS seq, t.src AS src, t.realm AS realm,
      t.dec AS dec, ${shape.columns}
     FROM (SELECT * FROM ${shape.table} WHERE ${shape.key} IN (SELECT ${shape.keyOf} FROM (${list}))
       AND src IN {ids:Array(UInt32)}
       AND recv_ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY
         AND fromUnixTimestamp64Milli({known:Int64}, 'UTC')
       AND ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')${hidden.sql}) t
     JOIN (${list}) q ON ${shape.key
       .replace(/[()]/g, '')
       .split(', ')
       .map((column, i) => `t.${column} = q.${shape.keyOf.split(', ')[i]}`)
       .join(' AND ')}
     WHERE toUnixTimestamp64Milli(t.ts) BETWEEN q.since AND q.until ${shape.more ?? ''}
     ORDER BY q.n, abs(toUnixTimestamp64Milli(t.ts) - q.at), t.seg, t.seq LIMIT ${shape.limit} BY q.n`,
    {
      n: questions.map((_, n) => n),
      ip: questions.map((one) => address(one.ip)),
      port: questions.map((one) => one.port ?? 0),
      realm: questions.map((one) => one.realm),
      at: questions.map((one) => one.at),
      since: questions.map((one) => one.from),
      until: questions.map((one) => one.to),
      from: Math.min(...questions.map((one) => one.from)),
      to: Math.max(...questions.map((one) => one.to)),
      known: asked.knownAt,
      ids: asked.sourceIds,
      ...hidden.params,
    },
  );
}

const foundOf = (row: Stored): Found => ({
  question: row.q,
  ts: Number(row.at),
  segment: Number(row.seg),
  seq: row.seq,
  sourceId: row.src,
  realm: row.realm,
  dec: row.dec,
});

const natColumns = `toUnixTimestamp64Milli(t.t_start) AS start, t.kind AS kind, t.direction AS direction, t.proto AS proto,
  t.pub_ip AS pub_ip, t.pub_port AS pub_port, t.in_ip AS in_ip, t.in_port AS in_port, t.dst_ip AS dst_ip,
  t.dst_port AS dst_port, t.flow AS flow`;
const nat = { table: 'jiaodun_logs.nat_session', columns: natColumns };

/** Lines about translations of public addresses. Questions without a port are asked apart. */
export async function natRows(store: LogstoreClient, asked: RowsAsked): Promise<NatFound[]> {
  const places = asked.questions.map((one, n) => ({ one, n }));
  const read = async (isAny: boolean, shape: Shape) => {
    const own = places.filter(({ one }) => (one.port === null) === isAny);
    const rows = await rowsOf(store, { ...asked, questions: own.map(({ one }) => one) }, shape);
    return rows.map((row): Stored => ({ ...row, q: own[row.q]!.n }));
  };
  const withPort = { ...nat, key: '(pub_ip, pub_port)', keyOf: 'ip, port', limit: mostRows.nat };
  const anyPort = { ...nat, key: 'pub_ip', keyOf: 'ip', limit: mostRows.natAnyPort };
  const rows = [...(await read(false, withPort)), ...(await read(true, anyPort))];
  return rows.map((row) => ({
    ...foundOf(row),
    event: row.kind as NatRow['event'],
    start: Number(row.start),
    direction: row.direction as NatRow['direction'],
    proto: Number(row.proto),
    pubIp: plainAddress(String(row.pub_ip)),
    pubPort: Number(row.pub_port),
    inIp: plainAddress(String(row.in_ip)),
    inPort: Number(row.in_port),
    dstIp: plainAddress(String(row.dst_ip)),
    dstPort: Number(row.dst_port),
    flow: String(row.flow),
  }));
}

/** Blocks of ports that hold the asked port. */
export async function blockRows(store: LogstoreClient, asked: RowsAsked): Promise<BlockFound[]> {
  const rows = await rowsOf(store, asked, {
    table: 'jiaodun_logs.nat_block',
    columns: `toUnixTimestamp64Milli(t.t_start) AS start, t.kind AS kind, t.proto AS proto, t.pub_ip AS pub_ip, t.lo AS lo,
      t.hi AS hi, t.step AS step, t.in_ip AS in_ip`,
    key: 'pub_ip',
    keyOf: 'ip',
    more: `AND (q.port = 0 OR (t.lo <= q.port AND t.hi >= q.port AND (q.port - t.lo) % greatest(t.step, 1) = 0))`,
    limit: mostRows.block,
  });
  return rows.map((row) => ({
    ...foundOf(row),
    event: row.kind as BlockRow['event'],
    start: Number(row.start),
    proto: Number(row.proto),
    pubIp: plainAddress(String(row.pub_ip)),
    lo: Number(row.lo),
    hi: Number(row.hi),
    step: Number(row.step),
    inIp: plainAddress(String(row.in_ip)),
  }));
}

const inside = { key: '(realm, ip)', keyOf: 'realm, ip' };

export async function leaseRows(store: LogstoreClient, asked: RowsAsked): Promise<LeaseFound[]> {
  const rows = await rowsOf(store, asked, {
    ...inside,
    table: 'jiaodun_logs.lease',
    columns: 't.action AS action, t.ip AS ip, t.mac AS mac, t.lease_seconds AS lease_seconds',
    limit: mostRows.lease,
  });
  return rows.map((row) => ({
    ...foundOf(row),
    action: row.action as LeaseRow['action'],
    ip: plainAddress(String(row.ip)),
    mac: String(row.mac),
    leaseSeconds: Number(row.lease_seconds),
  }));
}

export async function sightingRows(store: LogstoreClient, asked: RowsAsked): Promise<SightingFound[]> {
  const rows = await rowsOf(store, asked, {
    ...inside,
    table: 'jiaodun_logs.sighting',
    columns: `t.kind AS kind, t.action AS action, t.ip AS ip, t.mac AS mac, t.old_mac AS old_mac, t.user_tok AS user_tok,
      t.session AS session`,
    more: `AND t.kind != 'fdb'`,
    limit: mostRows.sighting,
  });
  return rows.map((row) => ({
    ...foundOf(row),
    kind: row.kind as SightingFound['kind'],
    action: row.action as SightingRow['action'],
    ip: plainAddress(String(row.ip)),
    mac: String(row.mac),
    oldMac: String(row.old_mac),
    user: String(row.user_tok),
    session: String(row.session),
  }));
}

/** Requests that the proxies were serving in a span; `took` before `ts` each began. */
export interface ServedRow {
  readonly ts: number;
  readonly segment: number;
  readonly seq: number;
  readonly sourceId: number;
  readonly dec: string;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
  readonly took: number;
}

/** The longest that a request through a proxy may have taken and is still found. */
const longestRequest = 6 * 3_600_000;

export async function servedRows(
  store: LogstoreClient,
  asked: {
    readonly sourceIds: readonly number[];
    readonly from: number;
    readonly to: number;
    readonly knownAt: number;
    readonly hidden: HiddenRows;
    readonly limit: number;
  },
): Promise<ServedRow[]> {
  if (asked.sourceIds.length === 0) return [];
  const hidden = withoutHidden(asked.hidden);
  const rows = await store.query<Stored>(
    `SELECT toUnixTimestamp64Milli(ts) AS at, seg, seq, src, '' AS realm, dec, cli, cport, dst, dport, took
     FROM jiaodun_logs.event WHERE kind = 'proxy' AND src IN {ids:Array(UInt32)}
       AND recv_ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY
         AND fromUnixTimestamp64Milli({known:Int64}, 'UTC')
       AND ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({until:Int64}, 'UTC')
       AND toUnixTimestamp64Milli(ts) - took <= {to:Int64}${hidden.sql}
     ORDER BY ts, seg, seq LIMIT {limit:UInt32}`,
    {
      ids: asked.sourceIds,
      from: asked.from,
      to: asked.to,
      until: asked.to + longestRequest,
      known: asked.knownAt,
      limit: asked.limit,
      ...hidden.params,
    },
  );
  return rows.map((row) => ({
    ts: Number(row.at),
    segment: Number(row.seg),
    seq: row.seq,
    sourceId: row.src,
    dec: row.dec,
    clientIp: plainAddress(String(row.cli)),
    clientPort: Number(row.cport),
    dstIp: plainAddress(String(row.dst)),
    dstPort: Number(row.dport),
    took: Number(row.took),
  }));
}
