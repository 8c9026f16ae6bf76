/** PostgreSQL: how far the observations of the log store have been made into bindings. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { Key } from './bindings.ts';

/** Formats whose lines never tell who has an address. */
const silent = [
  'squid',
  'access',
  'bind',
  'unbound',
  'conntrack',
  'juniper',
  'iptables',
  'suricata',
  'netflow',
  'h3c-flow',
  'unknown',
];

/** Notes that a segment is to be read; `again` when it was noted before. False: its source tells nothing of addresses. */
export async function noteSegment(
  ctx: Ctx,
  segment: { segmentId: number; sourceId: number; from: string | null; to: string | null },
): Promise<boolean> {
  const { numAffectedRows } = await sql`INSERT INTO addresses.binding_segment
      (segment_id, source_id, unit_path, first_ts, last_ts)
    SELECT ${segment.segmentId}, s.id, s.unit_path, ${segment.from}::timestamptz, ${segment.to}::timestamptz
    FROM logs.source_view s WHERE s.id = ${segment.sourceId} AND s.format <> ALL(${silent}::text[])
    ON CONFLICT (segment_id) DO UPDATE SET waits = true, again = true,
      first_ts = least(binding_segment.first_ts, excluded.first_ts),
      last_ts = greatest(binding_segment.last_ts, excluded.last_ts)`.execute(ctx.db);
  return numAffectedRows === 1n;
}

export interface WaitingSegment {
  segment_id: number;
  source_id: number;
  again: boolean;
  first_ts: Date | null;
  last_ts: Date | null;
}

export async function waitingSegments(ctx: Ctx, most: number): Promise<WaitingSegment[]> {
  const { rows } = await sql<WaitingSegment>`SELECT segment_id, source_id, again, first_ts, last_ts
    FROM addresses.binding_segment WHERE waits ORDER BY segment_id LIMIT ${most} FOR UPDATE`.execute(ctx.db);
  return rows;
}

export async function markRead(ctx: Ctx, segments: readonly number[]): Promise<void> {
  await sql`UPDATE addresses.binding_segment SET waits = false, again = false
    WHERE segment_id = ANY(${[...segments]}::bigint[])`.execute(ctx.db);
}

export interface SourceState {
  readonly path: string;
  /** Epoch ms; -Infinity: nothing was read. */
  readonly readTo: number;
}

export async function sourceStates(ctx: Ctx, sources: readonly number[]): Promise<Map<number, SourceState>> {
  const { rows } = await sql<{ id: number; path: string; read_to: Date | null }>`SELECT s.id,
      s.unit_path::text AS path, b.read_to
    FROM logs.source_view s LEFT JOIN addresses.binding_source b ON b.source_id = s.id
    WHERE s.id = ANY(${[...sources]}::int[])`.execute(ctx.db);
  return new Map(
    rows.map((row) => [row.id, { path: row.path, readTo: row.read_to?.getTime() ?? -Infinity }]),
  );
}

export async function saveReadTo(ctx: Ctx, source: number, path: string, to: number): Promise<void> {
  await sql`INSERT INTO addresses.binding_source (source_id, unit_path, read_to)
    VALUES (${source}, ${path}::ltree, ${new Date(to)})
    ON CONFLICT (source_id) DO UPDATE SET read_to = greatest(binding_source.read_to, excluded.read_to)`.execute(
    ctx.db,
  );
}

export interface RebuildRow {
  id: string;
  began: Date;
  ended: Date | null;
  done_realm: string | null;
  done_ip: string | null;
  done_id: number | null;
  addresses: number;
  changed: number;
}

const columns = sql`id, began, ended, done_realm, host(done_ip) AS done_ip, done_id, addresses, changed`;

/** Undefined when one is under way. */
export async function insertRebuild(ctx: Ctx): Promise<RebuildRow | undefined> {
  const { rows } = await sql<RebuildRow>`INSERT INTO addresses.binding_rebuild (unit_path, asked_by)
    VALUES (${ctx.actor.unitPath}::ltree, ${ctx.actor.id}) ON CONFLICT DO NOTHING RETURNING ${columns}`.execute(
    ctx.db,
  );
  return rows[0];
}

export async function lastRebuild(ctx: Ctx): Promise<RebuildRow | undefined> {
  const { rows } = await sql<RebuildRow>`SELECT ${columns} FROM addresses.binding_rebuild
    ORDER BY began DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

/** The one that is under way, locked. */
export async function openRebuild(ctx: Ctx): Promise<RebuildRow | undefined> {
  const { rows } = await sql<RebuildRow>`SELECT ${columns} FROM addresses.binding_rebuild
    WHERE ended IS NULL FOR UPDATE`.execute(ctx.db);
  return rows[0];
}

export async function saveRebuild(ctx: Ctx, row: RebuildRow, isOver: boolean): Promise<void> {
  await sql`UPDATE addresses.binding_rebuild SET done_realm = ${row.done_realm}, done_ip = ${row.done_ip}::inet,
      done_id = ${row.done_id}, addresses = ${row.addresses}, changed = ${row.changed},
      ended = CASE WHEN ${isOver} THEN base.now() END WHERE id = ${row.id}::uuid`.execute(ctx.db);
}

/** Addresses of what is known behind a number, and the last number that was looked at. */
export async function keysBehind(
  ctx: Ctx,
  id: number,
  most: number,
): Promise<{ keys: Key[]; last: number | null }> {
  const { rows } = await sql<Key & { id: number }>`SELECT id, realm, host(ip) AS ip, source_id AS source
    FROM addresses.binding WHERE id > ${id} AND upper_inf(recorded) ORDER BY id LIMIT ${most}`.execute(
    ctx.db,
  );
  const keys = new Map(
    rows.map(({ realm, ip, source }) => [`${source} ${ip} ${realm}`, { realm, ip, source }]),
  );
  return { keys: [...keys.values()], last: rows.at(-1)?.id ?? null };
}
