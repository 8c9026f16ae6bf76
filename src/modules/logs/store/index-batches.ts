/** PostgreSQL: which sealed segments are put into the log store together. See migrations/postgres/0126. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** `index_batch` of a segment that is indexed by itself. */
const alone = 0;

/** Whether the caller's transaction now is the only one, of any process, that indexes sets of segments. */
export async function claimBatches(ctx: Ctx): Promise<boolean> {
  const { rows } = await sql<{
    mine: boolean;
  }>`SELECT pg_try_advisory_xact_lock(hashtext('logs.index-batches')) AS mine`.execute(ctx.db);
  return rows[0]!.mine;
}

export interface WaitingSet {
  readonly batch: number;
  /** Oldest first. */
  readonly segments: readonly number[];
}

/** The oldest set after `last` that is not finished. */
export async function unfinishedSet(ctx: Ctx, last: number): Promise<WaitingSet | undefined> {
  const { rows } = await sql<{ id: number; batch: number }>`SELECT id, index_batch AS batch FROM logs.segment
    WHERE indexed_at IS NULL AND index_batch = (SELECT min(index_batch) FROM logs.segment
      WHERE indexed_at IS NULL AND index_batch > ${Math.max(last, alone)}) ORDER BY id`.execute(ctx.db);
  return rows[0] && { batch: rows[0].batch, segments: rows.map((row) => row.id) };
}

export interface Waiting {
  readonly id: number;
  readonly source_id: number;
  readonly records: number;
  readonly format: string;
  /** An earlier segment of its source still waits by itself. */
  readonly is_behind: boolean;
}

/** Segments that were not taken up yet, oldest first. */
export async function waitingSegments(ctx: Ctx, limit: number): Promise<Waiting[]> {
  const { rows } = await sql<Waiting>`SELECT g.id, g.source_id, g.records, s.format,
      EXISTS (SELECT FROM logs.segment e WHERE e.source_id = g.source_id AND e.indexed_at IS NULL
        AND e.index_batch = ${alone}) AS is_behind
    FROM logs.segment g JOIN logs.source s ON s.id = g.source_id
    WHERE g.indexed_at IS NULL AND g.index_batch IS NULL ORDER BY g.id LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

/** Makes a set of those that nobody has taken up meanwhile. */
export async function makeSet(ctx: Ctx, segments: readonly number[]): Promise<void> {
  await sql`WITH next AS MATERIALIZED (SELECT nextval('logs.index_batch') AS batch)
    UPDATE logs.segment SET index_batch = next.batch FROM next
    WHERE id = ANY(${segments as number[]}::bigint[]) AND index_batch IS NULL AND indexed_at IS NULL`.execute(
    ctx.db,
  );
}

/** Puts a segment aside to be indexed by itself. False: it belongs to a set. */
export async function takeAlone(ctx: Ctx, segment: number): Promise<boolean> {
  const { numAffectedRows } = await sql`UPDATE logs.segment SET index_batch = ${alone}
    WHERE id = ${segment} AND (index_batch IS NULL OR index_batch = ${alone})`.execute(ctx.db);
  return numAffectedRows === 1n;
}

/** Takes a segment out of its set, whose rows will do without it. */
export async function leaveSet(ctx: Ctx, segment: number): Promise<void> {
  await sql`UPDATE logs.segment SET index_batch = ${alone} WHERE id = ${segment} AND indexed_at IS NULL`.execute(
    ctx.db,
  );
}
