/** PostgreSQL: which segments are old enough to move, and where those lie that have. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { type SegmentRow, segmentColumns } from './catalogue.ts';

/** Indexed segments that no record came to since `before` and that lie where they were sealed, oldest first. */
export async function segmentsToMove(
  ctx: Ctx,
  before: Date,
  skip: readonly number[],
  limit: number,
): Promise<SegmentRow[]> {
  const { rows } = await sql<SegmentRow>`SELECT ${segmentColumns} FROM logs.segment g
    JOIN logs.source s ON s.id = g.source_id
    WHERE g.dropped_at IS NULL AND g.moved_at IS NULL AND g.indexed_at IS NOT NULL AND g.last_recv < ${before}
      AND NOT g.id = ANY(${skip as number[]}::bigint[]) ORDER BY g.last_recv LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

export interface MovedFile {
  readonly movedTo: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** False: it was dropped, or moved by another process, meanwhile. */
export async function markMoved(
  ctx: Ctx,
  id: number,
  { movedTo, bytes, sha256 }: MovedFile,
): Promise<boolean> {
  const { numAffectedRows } = await sql`UPDATE logs.segment SET moved_to = ${movedTo}, moved_at = base.now(),
      file_bytes = ${bytes}, file_sha256 = ${sha256}
    WHERE id = ${id} AND moved_at IS NULL AND dropped_at IS NULL`.execute(ctx.db);
  return numAffectedRows === 1n;
}

/** Segments that lie elsewhere and whose first copy may still be here. */
export async function localCopies(ctx: Ctx, limit: number): Promise<{ id: number; file: string }[]> {
  const { rows } = await sql<{ id: number; file: string }>`SELECT id, file FROM logs.segment
    WHERE moved_at IS NOT NULL AND local_gone_at IS NULL ORDER BY id LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

export async function markLocalGone(ctx: Ctx, ids: readonly number[]): Promise<void> {
  await sql`UPDATE logs.segment SET local_gone_at = base.now()
    WHERE id = ANY(${ids as number[]}::bigint[])`.execute(ctx.db);
}

/** Where segments lie that are not dropped: null is the data directory. Bytes are those of the files where known. */
export async function placesOfSegments(ctx: Ctx) {
  const { rows } = await sql<{ moved_to: string | null; segments: number; bytes: number | null }>`
    SELECT moved_to, count(*)::bigint AS segments, sum(file_bytes)::bigint AS bytes FROM logs.segment
    WHERE dropped_at IS NULL GROUP BY moved_to ORDER BY moved_to NULLS FIRST`.execute(ctx.db);
  return rows;
}

export async function countToMove(ctx: Ctx, before: Date): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM logs.segment
    WHERE dropped_at IS NULL AND moved_at IS NULL AND indexed_at IS NOT NULL AND last_recv < ${before}`.execute(
    ctx.db,
  );
  return rows[0]!.n;
}

/** One process moves at a time; the claim ends with the caller's transaction. */
export async function claimMoves(ctx: Ctx): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`SELECT
    pg_try_advisory_xact_lock(hashtext('logs.move')) AS mine`.execute(ctx.db);
  return rows[0]!.mine;
}
