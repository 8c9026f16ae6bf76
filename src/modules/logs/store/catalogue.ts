/** PostgreSQL: sources and the catalogue of sealed segments. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { SealedSegment } from '../segments/seal-segment.ts';

export interface SourceRow {
  id: number;
  name: string;
  unit_path: string;
  format: string;
  realm: string;
  zone: string;
  lease_seconds: number | null;
  host: string | null;
  fixed_year: number | null;
  tolerance_seconds: string;
  /** Addresses and ranges. */
  senders: string[];
  /** Zones of single fields that are not that of the line. */
  field_zones: Record<string, string>;
  retention: 'school_site' | 'other';
}

export const sourceColumns = sql`s.id, s.name, s.unit_path::text AS unit_path, s.format, s.realm, s.zone, s.lease_seconds,
  s.host, s.fixed_year, s.tolerance_seconds::text AS tolerance_seconds,
  ARRAY(SELECT abbrev(sender) FROM unnest(s.senders) AS sender) AS senders, s.field_zones, s.retention`;

export async function findSource(ctx: Ctx, where: { id: number } | { name: string }) {
  const match = 'id' in where ? sql`s.id = ${where.id}` : sql`s.name = ${where.name}`;
  const { rows } = await sql<SourceRow>`SELECT ${sourceColumns} FROM logs.source s WHERE ${match}`.execute(
    ctx.db,
  );
  return rows[0];
}

/** The name by which a source is fed. Throws when the caller sees no such source. */
export async function sourceNameOf(ctx: Ctx, id: number): Promise<string> {
  const source = await findSource(ctx, { id });
  if (!source) throw new Error(`no log source has the number ${id}`);
  return source.name;
}

/** Path of the city, under which what belongs to no unit yet is kept; '' before any unit exists. */
export async function cityPath(ctx: Ctx): Promise<string> {
  const { rows } = await sql<{ unit_path: string }>`SELECT unit_path::text AS unit_path FROM units.unit_view
    WHERE kind = 'city'`.execute(ctx.db);
  return rows[0]?.unit_path ?? '';
}

/** The sources that the caller may read (row-level security decides), by id. */
export async function visibleSources(ctx: Ctx, ids?: readonly number[]): Promise<Map<number, SourceRow>> {
  const match = ids === undefined ? sql`true` : sql`s.id = ANY(${ids as number[]}::int[])`;
  const { rows } = await sql<SourceRow>`SELECT ${sourceColumns} FROM logs.source s WHERE ${match}`.execute(
    ctx.db,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

export interface SegmentRow {
  id: number;
  source_id: number;
  source: string;
  unit_path: string;
  chain: string;
  chain_seq: number;
  origin: string;
  file: string;
  sha256: string;
  prev_link: string;
  link: string;
  records: number;
  raw_bytes: number;
  first_recv: Date;
  last_recv: Date;
  sealed_at: Date;
  indexed_at: Date | null;
  decoder: string | null;
  parsed: number | null;
  ignored: number | null;
  unparsable: number | null;
  /** Earliest and latest time that its lines tell. */
  first_ts: Date | null;
  last_ts: Date | null;
  /** Lines whose time lies in the future, and long before; null as long as nobody counted them. */
  ahead: number | null;
  aged: number | null;
  link_version: number;
  /** What the link says of its chain and its source; see segments/chain.ts. */
  link_chain: string;
  link_source: string;
  merkle_root: string | null;
  leaves: number | null;
  sm3: string | null;
  signer: string | null;
  signature: Buffer | null;
  /** When it was dropped, its retention being over: the catalogue is all that is left of it. */
  dropped_at: Date | null;
  drop_plan: string | null;
  /** Where its file lies when that has moved; see archive/segment-places.ts. */
  moved_to: string | null;
}

export const segmentColumns = sql`g.id, g.source_id, s.name AS source, g.unit_path::text AS unit_path, g.chain, g.chain_seq,
  g.origin, g.file, g.sha256, g.prev_link, g.link, g.records, g.raw_bytes, g.first_recv, g.last_recv, g.sealed_at,
  g.indexed_at, g.decoder, g.parsed, g.ignored, g.unparsable, g.first_ts, g.last_ts, g.ahead, g.aged, g.link_version,
  coalesce(g.link_chain, 'main') AS link_chain, coalesce(g.link_source, g.source_id::text) AS link_source,
  g.merkle_root, g.leaves, g.sm3, g.signer, g.signature, g.dropped_at, g.drop_plan, g.moved_to`;

export async function findSegment(ctx: Ctx, id: number): Promise<SegmentRow | undefined> {
  const { rows } = await sql<SegmentRow>`SELECT ${segmentColumns} FROM logs.segment g
    JOIN logs.source s ON s.id = g.source_id WHERE g.id = ${id}`.execute(ctx.db);
  return rows[0];
}

/** The same for several; those that the scope does not show are left out. */
export async function findSegments(ctx: Ctx, ids: readonly number[]): Promise<Map<number, SegmentRow>> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<SegmentRow>`SELECT ${segmentColumns} FROM logs.segment g
    JOIN logs.source s ON s.id = g.source_id WHERE g.id = ANY(${[...ids]}::bigint[])`.execute(ctx.db);
  return new Map(rows.map((row) => [row.id, row]));
}

export async function listSegments(
  ctx: Ctx,
  query: { page: number; pageSize: number; sourceId?: number | undefined },
): Promise<Page<SegmentRow>> {
  return pageOf<SegmentRow>(ctx, {
    columns: segmentColumns,
    from: sql`logs.segment g`,
    as: 'g',
    join: sql`JOIN logs.source s ON s.id = g.source_id`,
    where: allOf(query.sourceId === undefined ? [] : [sql`g.source_id = ${query.sourceId}`]),
    orderBy: sql`g.id DESC`,
    query,
  });
}

/** Indexed segments of a source that have lines no decoder could read, newest first. */
export async function unparsableSegments(ctx: Ctx, sourceId: number, limit: number): Promise<SegmentRow[]> {
  const { rows } = await sql<SegmentRow>`SELECT ${segmentColumns} FROM logs.segment g
    JOIN logs.source s ON s.id = g.source_id WHERE g.source_id = ${sourceId} AND g.unparsable > 0 AND g.dropped_at IS NULL
    ORDER BY g.id DESC LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

/** Segments that have waited for their index since before `before`. */
export async function unindexedSegments(ctx: Ctx, before: Date, limit: number): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM logs.segment
    WHERE indexed_at IS NULL AND sealed_at < ${before} ORDER BY id LIMIT ${limit}`.execute(ctx.db);
  return rows.map((row) => row.id);
}

/** Locks the chain until the transaction ends: links are made one after another. */
export async function lockChain(ctx: Ctx, chain: string): Promise<{ chain_seq: number; link: string }> {
  const { rows } = await sql<{ chain_seq: number; link: string }>`SELECT chain_seq, link FROM logs.chain_head
    WHERE chain = ${chain} FOR UPDATE`.execute(ctx.db);
  const head = rows[0];
  if (!head) throw new Error(`no chain is named ${chain}`);
  return head;
}

export async function moveChain(ctx: Ctx, chain: string, chainSeq: number, link: string): Promise<void> {
  await sql`UPDATE logs.chain_head SET chain_seq = ${chainSeq}, link = ${link} WHERE chain = ${chain}`.execute(
    ctx.db,
  );
}

export interface NewSegment extends Omit<SealedSegment, 'merkleRoot' | 'leaves'> {
  /** Null: sealed by a version that made no tree. */
  readonly merkleRoot: string | null;
  readonly leaves: number | null;
  readonly chain: string;
  readonly chainSeq: number;
  readonly prevLink: string;
  readonly link: string;
  readonly linkVersion: number;
  readonly linkChain: string;
  readonly linkSource: string;
  readonly signer: string | null;
  readonly signature: Uint8Array | null;
  readonly sourceId: number;
  readonly unitPath: string;
}

export async function insertSegment(ctx: Ctx, row: NewSegment): Promise<number> {
  const { rows } = await sql<{
    id: number;
  }>`INSERT INTO logs.segment (chain, chain_seq, origin, source_id, unit_path,
      file, sha256, prev_link, link, records, raw_bytes, first_recv, last_recv, link_version, link_chain, link_source,
      merkle_root, leaves, sm3, signer, signature)
    VALUES (${row.chain}, ${row.chainSeq}, ${row.origin}, ${row.sourceId}, ${row.unitPath}::ltree, ${row.file},
      ${row.sha256}, ${row.prevLink}, ${row.link}, ${row.records}, ${row.rawBytes}, ${new Date(row.firstRecv)},
      ${new Date(row.lastRecv)}, ${row.linkVersion}, ${row.linkChain}, ${row.linkSource}, ${row.merkleRoot},
      ${row.leaves}, ${row.sm3}, ${row.signer}, ${row.signature && Buffer.from(row.signature)}) RETURNING id`.execute(
    ctx.db,
  );
  return rows[0]!.id;
}

export interface IndexFigures {
  readonly parsed: number;
  readonly ignored: number;
  readonly unparsable: number;
  readonly firstTs: Date | null;
  readonly lastTs: Date | null;
  /** Lines whose own time cannot be: see `oddTimesOf`. */
  readonly ahead: number;
  readonly aged: number;
  /** Which decoder made the rows; '' for none. */
  readonly decoder: string;
}

/** False when it was marked before: then the event is out already. */
export async function markIndexed(ctx: Ctx, id: number, figures: IndexFigures): Promise<boolean> {
  const { numAffectedRows } =
    await sql`UPDATE logs.segment SET indexed_at = base.now(), parsed = ${figures.parsed},
      ignored = ${figures.ignored}, unparsable = ${figures.unparsable}, first_ts = ${figures.firstTs},
      last_ts = ${figures.lastTs}, ahead = ${figures.ahead}, aged = ${figures.aged},
      decoder = ${figures.decoder} WHERE id = ${id} AND indexed_at IS NULL`.execute(ctx.db);
  return numAffectedRows === 1n;
}

export async function countUnparsable(ctx: Ctx, sourceId: number): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT coalesce(sum(unparsable), 0)::bigint AS n FROM logs.segment
    WHERE source_id = ${sourceId} AND dropped_at IS NULL`.execute(ctx.db);
  return rows[0]!.n;
}
