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
  /** Of questions about inside addresses and sessions. */
  readonly realm: string;
  /** Of questions about sessions. */
  readonly mac?: string;
  /** Of questions without a port: numbers of protocols, and how the far end may be written; empty: any. */
  readonly protocols?: readonly number[];
  readonly far?: readonly string[];
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
  Omit<SightingRow, 'table' | 'ts' | 'counter' | 'port' | 'kind'> & {
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
  /** What the table is sorted by, and which part of a question each of these columns is asked by. */
  readonly key: Readonly<Record<string, 'ip' | 'port' | 'realm' | 'mac'>>;
  /** A further condition on columns of the row and parts of the question (`q.`). */
  readonly more?: string;
  /** Also the times are read before the other columns: many rows have the key. */
  readonly isWide?: boolean;
  /** Its key is not that of the table: an index leaves granules out. */
  readonly isIndexed?: boolean;
  readonly limit: number;
}

/**
 * A question touches one granule of each part: what costs is how many columns are opened there. So only those of the key
 * are read first (measured with 100 parts: 100 ms of processor instead of 189; 80 ms without the indexes of times, which
 * leave nothing out here).
 */
const settings = {
  max_threads: 1,
  use_skip_indexes: 0,
  max_read_buffer_size: 65_536,
  max_read_buffer_size_local_fs: 65_536,
} as const;

const settingsOf = ({ isIndexed }: Shape) => (isIndexed ? { ...settings, use_skip_indexes: 1 } : settings);

/** A table as the questions may see it, by its sorting key. */
function tableOf(asked: RowsAsked, { table, isWide }: Shape, keyed: string) {
  const hidden = withoutHidden(asked.hidden);
  const { questions } = asked;
  return {
    sql: `${table} ${isWide ? `WHERE ${keyed} AND` : `PREWHERE ${keyed} WHERE`} src IN {ids:Array(UInt32)}
       AND recv_ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY
         AND fromUnixTimestamp64Milli({known:Int64}, 'UTC')
       AND ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({to:Int64}, 'UTC')${hidden.sql}`,
    params: {
      from: questions.reduce((least, one) => Math.min(least, one.from), Number.POSITIVE_INFINITY),
      to: questions.reduce((most, one) => Math.max(most, one.to), Number.NEGATIVE_INFINITY),
      known: asked.knownAt,
      ids: asked.sourceIds,
      ...hidden.params,
    },
  };
}

const placeColumns = `toUnixTimestamp64Milli(t.ts) AS at, t.seg AS seg, t.seq AS seq, t.src AS src, t.realm AS realm,
      t.dec AS dec`;
const order = 'abs(toUnixTimestamp64Milli(t.ts) - q.at), t.seg, t.seq';

async function rowsOf(store: LogstoreClient, asked: RowsAsked, shape: Shape): Promise<Stored[]> {
  const [only, ...others] = asked.questions;
  if (!only || asked.sourceIds.length === 0) return [];
  return others.length === 0 ? rowsOfOne(store, asked, only, shape) : rowsOfMany(store, asked, shape);
}

const marks = {
  ip: 'toIPv6({ip:String})',
  port: '{port:UInt16}',
  realm: '{realm:String}',
  mac: '{mac:String}',
} as const;

/** What a further condition may ask for. */
const parts = {
  port: marks.port,
  protocols: '{protocols:Array(UInt8)}',
  far: 'arrayMap(one -> toIPv6(one), {far:Array(String)})',
} as const;
type Part = keyof typeof parts;

/** One question needs no join: planning that took longer than the answer. */
function rowsOfOne(
  store: LogstoreClient,
  asked: RowsAsked,
  question: AddressAt,
  shape: Shape,
): Promise<Stored[]> {
  const keyed = Object.entries(shape.key).map(([column, part]) => `${column} = ${marks[part]}`);
  if (shape.more)
    keyed.push(shape.more.replace(/\bq\.(port|protocols|far)\b/g, (_, name) => parts[name as Part]));
  const { sql, params } = tableOf(asked, shape, keyed.join(' AND '));
  return store.query<Stored>(
    `SELECT 0 AS q, ${placeColumns}, ${shape.columns} FROM (SELECT * FROM ${sql}) t
     ORDER BY ${order.replace('q.at', '{at:Int64}')} LIMIT ${shape.limit}`,
    {
      ...params,
      ...{ ip: address(question.ip), port: question.port ?? 0, realm: question.realm, at: question.at },
      mac: question.mac ?? '',
      protocols: question.protocols ?? [],
      far: (question.far ?? []).map(address),
    },
    { settings: settingsOf(shape) },
  );
}

/** The questions as a table. The arrays' names differ from those of their elements: an alias is taken for the array itself. */
const list = `SELECT e.1 AS n, toIPv6(e.2) AS ip, e.3 AS port, e.4 AS realm, e.5 AS at, e.6 AS since, e.7 AS until,
      e.8 AS mac, e.9 AS protocols, arrayMap(one -> toIPv6(one), e.10) AS far
    FROM (SELECT arrayJoin(arrayZip({n:Array(UInt32)}, {ip:Array(String)}, {port:Array(UInt16)}, {realm:Array(String)},
      {at:Array(Int64)}, {since:Array(Int64)}, {until:Array(Int64)}, {mac:Array(String)},
      {protocols:Array(Array(UInt8))}, {far:Array(Array(String))})) AS e)`;

const listParams = (questions: readonly AddressAt[]) => ({
  n: questions.map((_, n) => n),
  ip: questions.map((one) => address(one.ip)),
  port: questions.map((one) => one.port ?? 0),
  realm: questions.map((one) => one.realm),
  at: questions.map((one) => one.at),
  since: questions.map((one) => one.from),
  until: questions.map((one) => one.to),
  mac: questions.map((one) => one.mac ?? ''),
  protocols: questions.map((one) => one.protocols ?? []),
  far: questions.map((one) => (one.far ?? []).map(address)),
});

function rowsOfMany(store: LogstoreClient, asked: RowsAsked, shape: Shape): Promise<Stored[]> {
  const columns = Object.keys(shape.key);
  const parts = Object.values(shape.key);
  const keyed = `(${columns.join(', ')}) IN (SELECT ${parts.join(', ')} FROM (${list}))`;
  const { sql, params } = tableOf(asked, shape, keyed);
  return store.query<Stored>(
    `SELECT q.n AS q, ${placeColumns}, ${shape.columns}
     FROM (SELECT * FROM ${sql}) t
     JOIN (${list}) q ON ${columns.map((column, i) => `t.${column} = q.${parts[i]}`).join(' AND ')}
     WHERE toUnixTimestamp64Milli(t.ts) BETWEEN q.since AND q.until ${shape.more ? `AND ${shape.more}` : ''}
     ORDER BY q.n, ${order} LIMIT ${shape.limit} BY q.n`,
    { ...params, ...listParams(asked.questions) },
    { settings: settingsOf(shape) },
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
  const withPort = { ...nat, key: { pub_ip: 'ip', pub_port: 'port' }, limit: mostRows.nat } as const;
  // A busy address has more rows around any time than are read: those of another protocol or far end take no place.
  const more = `(empty(q.protocols) OR proto = 0 OR has(q.protocols, proto))
    AND (empty(q.far) OR dst_ip = toIPv6('::') OR has(q.far, dst_ip))`;
  const limit = mostRows.natAnyPort;
  const anyPort = { ...nat, key: { pub_ip: 'ip' }, isWide: true, more, limit } as const;
  const rows = (await Promise.all([read(false, withPort), read(true, anyPort)])).flat();
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

const blockColumns = `toUnixTimestamp64Milli(t.t_start) AS start, t.kind AS kind, t.proto AS proto, t.pub_ip AS pub_ip,
  t.lo AS lo, t.hi AS hi, t.step AS step, t.in_ip AS in_ip`;
const blockShape = {
  table: 'jiaodun_logs.nat_block',
  columns: blockColumns,
  limit: mostRows.block,
} as const;

/** Blocks of ports that hold the asked port. */
export async function blockRows(store: LogstoreClient, asked: RowsAsked): Promise<BlockFound[]> {
  const { questions } = asked;
  const places = questions.map((one, n) => ({ one, n }));
  const of = (own: typeof places) => ({ ...asked, questions: own.map(({ one }) => one) });
  const anyPort = places.filter(({ one }) => one.port === null);
  const withPort = places.filter(({ one }) => one.port !== null);
  const shape = { ...blockShape, key: { pub_ip: 'ip' } } as const;
  const holding = 'lo <= q.port AND hi >= q.port AND (q.port - lo) % greatest(step, 1) = 0';
  const [any, held] = await Promise.all([
    rowsOf(store, of(anyPort), shape),
    withPort.length > 1
      ? blocksOfMany(store, of(withPort))
      : rowsOf(store, of(withPort), { ...shape, more: holding }),
  ]);
  const rows = [
    ...any.map((row): Stored => ({ ...row, q: anyPort[row.q]!.n })),
    ...held.map((row): Stored => ({ ...row, q: withPort[row.q]!.n })),
  ];
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

/**
 * Every block of an address joined with every question about it would be millions of pairs. So the store gives each row
 * once that holds an asked port (the least one at or above its first), and whose it is, is found out here.
 */
async function blocksOfMany(store: LogstoreClient, asked: RowsAsked): Promise<Stored[]> {
  if (asked.sourceIds.length === 0) return [];
  const { questions } = asked;
  const { sql, params } = tableOf(asked, { ...blockShape, key: {} }, `pub_ip IN (SELECT ip FROM (${list}))`);
  const rows = await store.query<Stored>(
    `SELECT 0 AS q, ${placeColumns}, ${blockColumns} FROM (SELECT * FROM ${sql}) t
     ASOF JOIN (SELECT DISTINCT ip, port FROM (${list})) q ON t.pub_ip = q.ip AND t.lo <= q.port
     WHERE t.hi >= q.port ORDER BY t.seg, t.seq`,
    { ...params, ...listParams(questions) },
    { settings },
  );
  const byIp = Map.groupBy(
    questions.map((one, n) => ({ one, n })).sort((a, b) => a.one.port! - b.one.port!),
    ({ one }) => plainAddress(address(one.ip)),
  );
  const found = new Map<number, Stored[]>();
  for (const row of rows) {
    const [at, lo, hi] = [Number(row.at), Number(row.lo), Number(row.hi)];
    const step = Math.max(Number(row.step), 1);
    for (const { one, n } of byIp.get(plainAddress(String(row.pub_ip))) ?? []) {
      const port = one.port!;
      if (port > hi) break;
      if (port < lo || (port - lo) % step !== 0 || at < one.from || at > one.to) continue;
      const own = found.get(n) ?? [];
      if (own.length === 0) found.set(n, own);
      own.push({ ...row, q: n });
    }
  }
  const away = (row: Stored) => Math.abs(Number(row.at) - questions[row.q]!.at);
  // The order within is that of segments and records already: sorting keeps it.
  return [...found.values()].flatMap((own) => own.sort((a, b) => away(a) - away(b)).slice(0, mostRows.block));
}

const inside = { key: { realm: 'realm', ip: 'ip' } } as const;

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

const sightings = {
  table: 'jiaodun_logs.sighting',
  columns: `t.kind AS kind, t.action AS action, t.ip AS ip, t.mac AS mac, t.old_mac AS old_mac, t.user_tok AS user_tok,
      t.session AS session, t.nas AS nas`,
  limit: mostRows.sighting,
} as const;

export async function sightingRows(store: LogstoreClient, asked: RowsAsked): Promise<SightingFound[]> {
  return sightingsOf(await rowsOf(store, asked, { ...sightings, ...inside, more: `kind != 'fdb'` }));
}

/**
 * What RADIUS told of a hardware address at whatever address, and where a question names none, of access servers that were
 * started anew.
 */
export async function sessionRows(store: LogstoreClient, asked: RowsAsked): Promise<SightingFound[]> {
  const places = asked.questions.map((one, n) => ({ one, n }));
  const read = async (ofServers: boolean, shape: Shape) => {
    const own = places.filter(({ one }) => (one.mac === undefined) === ofServers);
    const rows = await rowsOf(store, { ...asked, questions: own.map(({ one }) => one) }, shape);
    return rows.map((row): Stored => ({ ...row, q: own[row.q]!.n }));
  };
  const more = `kind = 'radius'`;
  const byMac = { ...sightings, key: { realm: 'realm', mac: 'mac' }, isIndexed: true, more } as const;
  const [servers, sessions] = [await read(true, { ...sightings, ...inside, more }), await read(false, byMac)];
  return sightingsOf([...servers, ...sessions]);
}

function sightingsOf(rows: readonly Stored[]): SightingFound[] {
  return rows.map((row) => ({
    ...foundOf(row),
    kind: row.kind as SightingFound['kind'],
    action: row.action as SightingRow['action'],
    ip: plainAddress(String(row.ip)),
    mac: String(row.mac),
    oldMac: String(row.old_mac),
    user: String(row.user_tok),
    session: String(row.session),
    nas: String(row.nas),
  }));
}
