/** Rows of leases and sightings together, as bindings are made of them. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type HiddenRows, withoutHidden } from './hidden-rows.ts';
import { address } from './row-lines.ts';

export interface AddressRow {
  readonly table: 'lease' | 'sighting';
  readonly kind: 'dhcp' | 'radius' | 'arp' | 'nd' | 'arpwatch' | 'fdb';
  readonly action: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly source: number;
  readonly realm: string;
  /** '::' where the line has none. */
  readonly ip: string;
  readonly mac: string;
  readonly oldMac: string;
  readonly hostname: string;
  readonly leaseSeconds: number;
  readonly session: string;
  readonly nas: string;
  readonly port: string;
  readonly segment: number;
  readonly seq: number;
}

/** An address of a source, and from when on it is asked for (epoch ms). */
export interface AddressKey {
  readonly realm: string;
  readonly ip: string;
  readonly source: number;
  readonly from: number;
}

const columns = {
  lease: `'dhcp' AS kind, action, mac, '' AS old_mac, hostname, lease_seconds, '' AS session, '' AS nas, '' AS port`,
  sighting: `kind, action, mac, old_mac, '' AS hostname, toUInt32(0) AS lease_seconds, session, nas, port`,
} as const;

/**
 * Values one after another, and all rows in few answers: a third of the bytes and of the time of objects line by line.
 */
type Stored = [
  string,
  string,
  string,
  string,
  string,
  number,
  string,
  string,
  string,
  number,
  number,
  string,
  string,
  number,
  number,
];

async function read(
  ctx: Ctx,
  where: string,
  params: Record<string, unknown>,
  hidden: HiddenRows,
): Promise<AddressRow[]> {
  const found: AddressRow[] = [];
  const left = withoutHidden(hidden);
  for (const table of ['lease', 'sighting'] as const) {
    const answers = await ctx.app.logstore.query<{ part: Stored[] }>(
      `SELECT groupArray(r) AS part FROM (
         SELECT tuple(${columns[table]}, toFloat64(toUnixTimestamp64Milli(ts)), src, realm, toString(ip), toFloat64(seg), seq) AS r,
           rowNumberInAllBlocks() AS n
         FROM jiaodun_logs.${table} WHERE ${where} AND ts <= recv_ts + INTERVAL 1 HOUR${left.sql})
       GROUP BY intDiv(n, 20000)`,
      { ...params, ...left.params },
    );
    for (const { part } of answers) for (const r of part) found.push(rowOf(table, r));
  }
  return found;
}

function rowOf(table: AddressRow['table'], r: Stored): AddressRow {
  const [
    kind,
    action,
    mac,
    oldMac,
    hostname,
    leaseSeconds,
    session,
    nas,
    port,
    at,
    source,
    realm,
    ip,
    seg,
    seq,
  ] = r;
  return {
    table,
    kind: kind as AddressRow['kind'],
    action,
    at,
    source,
    realm,
    ip: ip.startsWith('::ffff:') ? ip.slice(7) : ip,
    mac,
    oldMac,
    hostname,
    leaseSeconds,
    session,
    nas,
    port,
    segment: seg,
    seq,
  };
}

/** Rows that are read at once, about: more are left for the next question. */
const rowsAtOnce = 200_000;

export interface SegmentsRead {
  readonly rows: AddressRow[];
  /** The segments, the first of those asked for, all of whose rows these are. */
  readonly segments: number[];
}

/** Of the first of the segments, at least one; when they were received tells the partitions. */
export async function rowsOfSegments(
  ctx: Ctx,
  asked: readonly number[],
  hidden: HiddenRows,
): Promise<SegmentsRead> {
  const { rows } = await sql<{
    id: number;
    source_id: number;
    parsed: number | null;
    first: Date;
    last: Date;
  }>`SELECT
      id, source_id, parsed, first_recv AS first, last_recv AS last
    FROM logs.segment WHERE id = ANY(${[...asked]}::bigint[]) ORDER BY id`.execute(ctx.db);
  let sum = 0;
  const taken = rows.filter(({ parsed }, at) => {
    sum += parsed ?? 0;
    return at === 0 || sum <= rowsAtOnce;
  });
  if (taken.length === 0) return { rows: [], segments: [...asked] };
  const segments = taken.map(({ id }) => id);
  const found = await read(
    ctx,
    `src IN {ids:Array(UInt32)} AND seg IN {segments:Array(UInt64)} AND recv_ts BETWEEN
      fromUnixTimestamp64Milli({first:Int64}, 'UTC') AND fromUnixTimestamp64Milli({last:Int64}, 'UTC')`,
    {
      ids: [...new Set(taken.map((one) => one.source_id))],
      segments,
      first: Math.min(...taken.map(({ first }) => first.getTime())),
      last: Math.max(...taken.map(({ last }) => last.getTime())),
    },
    hidden,
  );
  return { rows: found, segments };
}

export async function rowsOfKeys(
  ctx: Ctx,
  keys: readonly AddressKey[],
  hidden: HiddenRows,
): Promise<AddressRow[]> {
  const from = keys.reduce((least, key) => Math.min(least, key.from), Number.MAX_SAFE_INTEGER);
  const rows = await read(
    ctx,
    `(realm, ip) IN (SELECT arrayJoin(arrayZip({realms:Array(String)}, arrayMap(x -> toIPv6(x), {ips:Array(String)}))))
      AND src IN {ids:Array(UInt32)} AND ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')`,
    {
      realms: keys.map(({ realm }) => realm),
      ips: keys.map(({ ip }) => address(ip)),
      ids: [...new Set(keys.map(({ source }) => source))],
      from: Math.max(from, 0),
    },
    hidden,
  );
  const wanted = new Map(keys.map((key) => [nameOf(key), key.from]));
  return rows.filter((row) => row.at >= (wanted.get(nameOf(row)) ?? Number.MAX_SAFE_INTEGER));
}

function nameOf({ realm, ip, source }: { realm: string; ip: string; source: number }): string {
  return `${source} ${ip} ${realm}`;
}

/** (realm, ip, source) of all rows, behind a (realm, ip), in that order: at most so many addresses. */
export async function addressesAfter(
  ctx: Ctx,
  after: { realm: string; ip: string } | null,
  limit: number,
): Promise<{ realm: string; ip: string; source: number }[]> {
  const behind = after ? 'WHERE (realm, ip) > ({realm:String}, toIPv6({ip:String}))' : '';
  const one = (table: string) =>
    `SELECT realm, ip, groupUniqArray(src) AS ids FROM jiaodun_logs.${table} ${behind} GROUP BY realm, ip ORDER BY realm, ip LIMIT ${limit}`;
  const rows = await ctx.app.logstore.query<{ realm: string; address: string; sources: number[] }>(
    `SELECT realm, toString(ip) AS address, groupUniqArrayArray(ids) AS sources
     FROM (${one('lease')} UNION ALL ${one('sighting')}) GROUP BY realm, ip ORDER BY realm, ip LIMIT ${limit}`,
    after ? { realm: after.realm, ip: address(after.ip) } : {},
  );
  return rows.flatMap(({ realm, address: ip, sources }) =>
    sources.map((source) => ({ realm, ip: ip.startsWith('::ffff:') ? ip.slice(7) : ip, source })),
  );
}

/** Since when (epoch ms, by the records' own time) all rows of these sources are there: retention took what is older. */
export async function heldSince(ctx: Ctx, sources: readonly number[]): Promise<Map<number, number>> {
  const { rows } = await sql<{ source_id: number; since: Date }>`SELECT source_id, max(last_ts) AS since
    FROM logs.segment WHERE source_id = ANY(${[...sources]}::int[]) AND dropped_at IS NOT NULL AND last_ts IS NOT NULL
    GROUP BY source_id`.execute(ctx.db);
  return new Map(rows.map((row) => [row.source_id, row.since.getTime()]));
}
