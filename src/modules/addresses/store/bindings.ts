/** PostgreSQL: intervals of bindings, on two axes. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type Interval, type ObservationKind, reachOf } from '../observe/intervals.ts';

/** An address as one source knows it. */
export interface Key {
  readonly realm: string;
  readonly ip: string;
  readonly source: number;
}

export interface StoredInterval extends Interval {
  readonly id: number;
  readonly key: Key;
  /** How many values stand in `marks`. */
  readonly marks: number;
}

/** A row holds so many marks of three values; then another row goes on from it. */
const mostMarks = 90;
const markHours = 8;

/**
 * Begins a change: waits for any other to end, and gives the time that goes into `recorded`, later than all before it.
 * Database text, to the microsecond.
 */
export async function openBindings(ctx: Ctx): Promise<string> {
  const { rows } = await sql<{ now: string }>`UPDATE addresses.binding_clock
    SET last = greatest(base.now(), last + interval '1 microsecond') RETURNING last::text AS now`.execute(
    ctx.db,
  );
  return rows[0]!.now;
}

const ms = (column: string) => sql`(date_part('epoch', ${sql.ref(column)}) * 1000)::int8`;

/** Numbers and addresses as the text of an array: the driver takes ten times as long to write one. */
const arrayOf = (values: readonly (number | string)[]) => `{${values.join(',')}}`;

interface Row {
  place: number;
  id: number;
  kind: ObservationKind;
  mac: string;
  session: string;
  began: number;
  last_proof: number;
  until: number;
  ended: Interval['ended'];
  hostname: string;
  nas: string;
  port: string;
  first_seg: number;
  first_seq: number;
  last_seg: number;
  last_seq: number;
  marks: number;
}

/**
 * What is known now of each of these addresses, in their order, as far as something of time `from` (epoch ms) or later
 * may change it.
 */
export async function knownIntervals(
  ctx: Ctx,
  keys: readonly (Key & { readonly from: number })[],
): Promise<StoredInterval[][]> {
  const known: StoredInterval[][] = keys.map(() => []);
  if (keys.length === 0) return known;
  const realms = [...new Set(keys.map((key) => key.realm))];
  const realmOf = new Map(realms.map((realm, at) => [realm, at + 1]));
  // No interval is gone on with after more than a week; a lease reaches as far as it was given for.
  const { rows } =
    await sql<Row>`SELECT k.place::int AS place, b.id, b.kind, b.mac::text AS mac, b.session, ${ms('b.began')} AS began,
      ${ms('b.last_proof')} AS last_proof, ${ms('b.until')} AS until, b.ended, b.hostname, b.nas, b.port, b.first_seg,
      b.first_seq, b.last_seg, b.last_seq, cardinality(b.marks) AS marks
    FROM unnest(${arrayOf(keys.map((key) => key.source))}::int[], ${arrayOf(keys.map((key) => key.ip))}::inet[],
      ${arrayOf(keys.map((key) => realmOf.get(key.realm)!))}::int[], ${arrayOf(keys.map((key) => key.from))}::float8[])
      WITH ORDINALITY AS k (source_id, ip, realm, since, place)
    JOIN addresses.binding b ON b.source_id = k.source_id AND b.ip = k.ip AND b.realm = (${realms}::text[])[k.realm]
      AND upper_inf(b.recorded) AND b.until >= to_timestamp(k.since / 1000) - interval '8 days'`.execute(
      ctx.db,
    );
  for (const row of rows) known[row.place - 1]!.push(storedOf(row, keys[row.place - 1]!));
  return known;
}

function storedOf(row: Row, { realm, ip, source }: Key): StoredInterval {
  return {
    id: row.id,
    key: { realm, ip, source },
    kind: row.kind,
    mac: row.mac,
    session: row.session,
    began: row.began,
    lastProof: row.last_proof,
    until: row.until,
    ended: row.ended,
    hostname: row.hostname,
    nas: row.nas,
    port: row.port,
    first: { seg: row.first_seg, seq: row.first_seq },
    last: { seg: row.last_seg, seq: row.last_seq },
    marks: row.marks,
  };
}

/** What differs from what is known: rows that grow, rows that are no more so, and new ones. */
export interface Changes {
  readonly grown: readonly { readonly from: StoredInterval; readonly to: Interval }[];
  readonly closed: readonly number[];
  readonly added: readonly { readonly key: Key; readonly interval: Interval }[];
}

/** Whether `to` says what `from` said and more of the same: then it is the same row. */
function grows(from: StoredInterval, to: Interval): boolean {
  return (
    to.ended === from.ended &&
    to.lastProof >= from.lastProof &&
    to.until >= from.until &&
    to.first.seg === from.first.seg &&
    to.first.seq === from.first.seq &&
    from.marks < mostMarks
  );
}

function same(from: StoredInterval, to: Interval): boolean {
  return (
    to.ended === from.ended &&
    to.lastProof === from.lastProof &&
    to.until === from.until &&
    to.hostname === from.hostname &&
    to.nas === from.nas &&
    to.port === from.port &&
    to.first.seg === from.first.seg &&
    to.first.seq === from.first.seq &&
    to.last.seg === from.last.seg &&
    to.last.seq === from.last.seq
  );
}

const nothing: Changes = { grown: [], closed: [], added: [] };

/** Whether both are of the same beginning. */
function isOf(a: Interval, b: Interval): boolean {
  return a.began === b.began && a.mac === b.mac && a.kind === b.kind && a.session === b.session;
}

const nameOf = ({ kind, mac, session, began }: Interval) => `${kind} ${mac} ${session} ${began}`;

/** What it takes to make `known` of one address to `wanted`. Pure. */
export function changesOf(key: Key, known: readonly StoredInterval[], wanted: readonly Interval[]): Changes {
  const [only] = known;
  const [next] = wanted;
  // What most observations do: one interval goes on.
  if (only && next && known.length === 1 && wanted.length === 1 && isOf(only, next) && grows(only, next)) {
    return same(only, next) ? nothing : { grown: [{ from: only, to: next }], closed: [], added: [] };
  }
  const grown: { from: StoredInterval; to: Interval }[] = [];
  const added: { key: Key; interval: Interval }[] = [];
  const left = new Map(known.map((one) => [nameOf(one), one]));
  for (const interval of wanted) {
    const name = nameOf(interval);
    const from = left.get(name);
    if (from && same(from, interval)) left.delete(name);
    else if (from && grows(from, interval)) {
      grown.push({ from, to: interval });
      left.delete(name);
    } else added.push({ key, interval });
  }
  return { grown, added, closed: [...left.values()].map((one) => one.id) };
}

const levels: Readonly<Record<ObservationKind, string>> = {
  dhcp: 'authoritative',
  radius: 'authoritative',
  arp: 'observed',
  nd: 'observed',
  arpwatch: 'observed',
  fdb: 'observed',
};

/** Makes the changes known from `now` on. `paths`: the unit paths of the sources. */
export async function writeChanges(
  ctx: Ctx,
  { grown, closed, added }: Changes,
  paths: ReadonlyMap<number, string>,
  now: string,
): Promise<void> {
  if (grown.length > 0) await grow(ctx, grown, now);
  if (closed.length > 0)
    await sql`UPDATE addresses.binding SET recorded = tstzrange(lower(recorded), ${now}::timestamptz)
      WHERE id = ANY(${[...closed]}::bigint[])`.execute(ctx.db);
  if (added.length > 0) await add(ctx, added, paths, now);
}

async function grow(ctx: Ctx, grown: Changes['grown'], now: string): Promise<void> {
  const of = (value: (interval: Interval) => number) => arrayOf(grown.map(({ to }) => value(to)));
  await sql`UPDATE addresses.binding b SET last_proof = to_timestamp(n.last_proof / 1000),
      until = to_timestamp(n.until / 1000), last_seg = n.last_seg, last_seq = n.last_seq,
      marks = CASE WHEN b.marks[cardinality(b.marks) - 2] > ${now}::timestamptz - make_interval(hours => ${markHours})
        THEN b.marks ELSE b.marks || ARRAY[${now}::timestamptz, to_timestamp(n.last_proof / 1000),
          to_timestamp(n.until / 1000)] END
    FROM unnest(${arrayOf(grown.map(({ from }) => from.id))}::bigint[], ${of((one) => one.lastProof)}::float8[],
      ${of((one) => one.until)}::float8[], ${of((one) => one.last.seg)}::bigint[], ${of((one) => one.last.seq)}::int[])
      AS n (id, last_proof, until, last_seg, last_seq)
    WHERE b.id = n.id`.execute(ctx.db);
  const named = grown.filter(
    ({ from, to }) => from.hostname !== to.hostname || from.nas !== to.nas || from.port !== to.port,
  );
  if (named.length > 0) await rename(ctx, named);
}

/** A host's name, and where it is plugged in, rarely change. */
async function rename(ctx: Ctx, named: Changes['grown']): Promise<void> {
  await sql`UPDATE addresses.binding b SET hostname = n.hostname, nas = n.nas, port = n.port
    FROM unnest(${arrayOf(named.map(({ from }) => from.id))}::bigint[], ${named.map(({ to }) => to.hostname)}::text[],
      ${named.map(({ to }) => to.nas)}::text[], ${named.map(({ to }) => to.port)}::text[]) AS n (id, hostname, nas, port)
    WHERE b.id = n.id`.execute(ctx.db);
}

async function add(
  ctx: Ctx,
  added: Changes['added'],
  paths: ReadonlyMap<number, string>,
  now: string,
): Promise<void> {
  const rows = added.map(({ key, interval }) => ({
    unit_path: paths.get(key.source) ?? '',
    realm: key.realm,
    ip: key.ip,
    mac: interval.mac,
    source_id: key.source,
    kind: interval.kind,
    level: levels[interval.kind],
    session: interval.session,
    began: new Date(interval.began),
    last_proof: new Date(interval.lastProof),
    until: new Date(interval.until),
    ended: interval.ended,
    hostname: interval.hostname,
    nas: interval.nas,
    port: interval.port,
    first_seg: interval.first.seg,
    first_seq: interval.first.seq,
    last_seg: interval.last.seg,
    last_seq: interval.last.seq,
  }));
  await sql`INSERT INTO addresses.binding (unit_path, realm, ip, mac, source_id, kind, level, session, began, last_proof,
      until, ended, hostname, nas, port, first_seg, first_seq, last_seg, last_seq, marks, recorded)
    SELECT unit_path::ltree, realm, ip, mac, source_id, kind, level, session, began, last_proof, until, ended, hostname,
      nas, port, first_seg, first_seq, last_seg, last_seq, ARRAY[${now}::timestamptz, last_proof, until],
      tstzrange(${now}::timestamptz, NULL)
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS n(unit_path text, realm text, ip inet, mac macaddr,
      source_id int, kind text, level text, session text, began timestamptz, last_proof timestamptz,
      until timestamptz, ended text, hostname text, nas text, port text, first_seg bigint, first_seq int,
      last_seg bigint, last_seq int)`.execute(ctx.db);
}

/** Addresses of a source of which something is known between two times: what other rows may change. */
export async function keysBetween(ctx: Ctx, source: number, from: Date, to: Date): Promise<Key[]> {
  const { rows } = await sql<{ realm: string; ip: string }>`SELECT DISTINCT realm, host(ip) AS ip
    FROM addresses.binding WHERE source_id = ${source} AND upper_inf(recorded) AND began <= ${to}
      AND until >= ${from}::timestamptz - interval '8 days'`.execute(ctx.db);
  return rows.map((row) => ({ ...row, source }));
}

/** Whether nothing of time `from` or later changes it. */
export function isSettled(interval: Interval, from: number): boolean {
  return reachOf(interval) < from;
}
