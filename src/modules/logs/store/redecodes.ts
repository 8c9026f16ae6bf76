/** PostgreSQL: runs that read a source's segments again, and how far they are. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { SourceSettings } from '../decoders/row.ts';
import type { IndexFigures, SegmentRow } from './catalogue.ts';
import { findSegment } from './catalogue.ts';

export interface RunRow {
  id: number;
  source_id: number;
  unit_path: string;
  decoder: string;
  settings: SourceSettings;
  only_unread: boolean;
  upto: number;
  done_to: number;
  state: 'running' | 'done' | 'superseded' | 'failed';
  problem: string | null;
  segments: number;
  segments_done: number;
  records_done: number;
  unparsable_before: number;
  unparsable_after: number;
  memory: Record<string, unknown>;
  actor_id: string;
  began: Date;
  ended: Date | null;
}

const columns = sql`id, source_id, unit_path::text AS unit_path, decoder, settings, only_unread, upto, done_to, state,
  problem, segments, segments_done, records_done, unparsable_before, unparsable_after, memory, actor_id, began, ended`;

/** The sealed and indexed segments that a run would read. */
export async function extentOf(ctx: Ctx, sourceId: number, onlyUnread: boolean) {
  const { rows } = await sql<{
    segments: number;
    upto: number | null;
  }>`SELECT count(*)::int AS segments, max(id) AS upto
    FROM logs.segment WHERE source_id = ${sourceId} AND indexed_at IS NOT NULL AND dropped_at IS NULL
      AND (NOT ${onlyUnread} OR unparsable > 0)`.execute(ctx.db);
  return rows[0]!;
}

/** Throws PostgreSQL's unique violation (`one_redecode`) when one is running. */
export async function insertRun(
  ctx: Ctx,
  row: Pick<RunRow, 'source_id' | 'unit_path' | 'decoder' | 'settings' | 'only_unread' | 'upto' | 'segments'>,
): Promise<RunRow> {
  const { rows } =
    await sql<RunRow>`INSERT INTO logs.redecode (source_id, unit_path, decoder, settings, only_unread,
      upto, segments, actor_id)
    VALUES (${row.source_id}, ${row.unit_path}::ltree, ${row.decoder}, ${JSON.stringify(row.settings)}::jsonb,
      ${row.only_unread}, ${row.upto}, ${row.segments}, ${ctx.actor.id}) RETURNING ${columns}`.execute(
      ctx.db,
    );
  return rows[0]!;
}

export async function findRun(ctx: Ctx, id: number): Promise<RunRow | undefined> {
  const { rows } = await sql<RunRow>`SELECT ${columns} FROM logs.redecode WHERE id = ${id}`.execute(ctx.db);
  return rows[0];
}

export async function lastRun(ctx: Ctx, sourceId: number): Promise<RunRow | undefined> {
  const { rows } = await sql<RunRow>`SELECT ${columns} FROM logs.redecode WHERE source_id = ${sourceId}
    ORDER BY id DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export async function runningRuns(ctx: Ctx): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`SELECT id FROM logs.redecode WHERE state = 'running'`.execute(
    ctx.db,
  );
  return rows.map((row) => row.id);
}

/** Whether the caller's transaction is the only one at work on the run. */
export async function claimRun(ctx: Ctx, id: number): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`SELECT
    pg_try_advisory_xact_lock(hashtext('logs.redecode'), ${id}::int) AS mine`.execute(ctx.db);
  return rows[0]!.mine;
}

/** Announces the next segments of a run: from now on readers leave out what it writes for them. */
export async function announceNext(ctx: Ctx, run: RunRow, most: number): Promise<number> {
  const { numAffectedRows } = await sql`INSERT INTO logs.redecoded_segment (run_id, segment_id, unit_path)
    SELECT ${run.id}, id, unit_path FROM logs.segment
    WHERE source_id = ${run.source_id} AND id > ${run.done_to} AND id <= ${run.upto} AND indexed_at IS NOT NULL
      AND dropped_at IS NULL
      AND (NOT ${run.only_unread} OR unparsable > 0)
    ORDER BY id LIMIT ${most}`.execute(ctx.db);
  return Number(numAffectedRows);
}

/** The first segments that are announced and not yet read, oldest first, and since when. */
export async function announced(
  ctx: Ctx,
  run: RunRow,
  most: number,
): Promise<{ since: Date; segments: SegmentRow[] } | null> {
  const { rows } = await sql<{
    segment_id: number;
    at: Date;
  }>`SELECT segment_id, at FROM logs.redecoded_segment
    WHERE run_id = ${run.id} AND state = 'announced' AND segment_id > ${run.done_to} ORDER BY segment_id LIMIT ${most}`.execute(
    ctx.db,
  );
  if (rows.length === 0) return null;
  const segments: SegmentRow[] = [];
  for (const { segment_id } of rows) segments.push((await findSegment(ctx, segment_id))!);
  return { since: rows[0]!.at, segments };
}

/** Puts the figures of the new rows on a segment and lets the new rows count instead of the old. */
export async function switchSegment(ctx: Ctx, run: RunRow, id: number, figures: IndexFigures): Promise<void> {
  await sql`UPDATE logs.segment SET parsed = ${figures.parsed}, ignored = ${figures.ignored},
      unparsable = ${figures.unparsable}, first_ts = ${figures.firstTs}, last_ts = ${figures.lastTs},
      ahead = ${figures.ahead}, aged = ${figures.aged}, decoder = ${figures.decoder} WHERE id = ${id}`.execute(
    ctx.db,
  );
  await sql`UPDATE logs.redecoded_segment SET state = 'switched', at = base.now()
    WHERE run_id = ${run.id} AND segment_id = ${id}`.execute(ctx.db);
}

export interface Progress {
  readonly doneTo: number;
  readonly segments: number;
  readonly records: number;
  readonly before: number;
  readonly after: number;
  readonly memory: Record<string, unknown>;
  /** What could not be read again, to be added to what was told before. */
  readonly problem: string | null;
}

export async function saveProgress(ctx: Ctx, run: RunRow, progress: Progress): Promise<void> {
  await sql`UPDATE logs.redecode SET done_to = ${progress.doneTo}, segments_done = segments_done + ${progress.segments},
      records_done = records_done + ${progress.records}, unparsable_before = unparsable_before + ${progress.before},
      unparsable_after = unparsable_after + ${progress.after}, memory = ${JSON.stringify(progress.memory)}::jsonb,
      problem = CASE WHEN ${progress.problem}::text IS NULL THEN problem
        ELSE left(concat_ws('; ', problem, ${progress.problem}::text), 2000) END
    WHERE id = ${run.id}`.execute(ctx.db);
}

/** What a run leaves to be taken away, and when that may be done: by then no reader knows of it any more. */
export async function remains(ctx: Ctx, run: RunRow) {
  const { rows } = await sql<{
    state: 'announced' | 'switched';
    segments: number[];
    first: Date;
    last: Date;
    at: Date;
  }>`
    SELECT g.state, array_agg(g.segment_id::int8 ORDER BY g.segment_id)::text[] AS segments, min(s.first_recv) AS first,
      max(s.last_recv) AS last, max(g.at) AS at
    FROM logs.redecoded_segment g JOIN logs.segment s ON s.id = g.segment_id
    WHERE g.run_id = ${run.id} AND g.state <> 'cleaned' AND (g.state = 'switched' OR g.segment_id <= ${run.done_to})
    GROUP BY g.state`.execute(ctx.db);
  return rows.map((row) => ({ ...row, segments: row.segments.map(Number) }));
}

export async function markCleaned(ctx: Ctx, run: RunRow, segments: readonly number[]): Promise<void> {
  await sql`UPDATE logs.redecoded_segment SET state = 'cleaned', at = base.now()
    WHERE run_id = ${run.id} AND segment_id = ANY(${segments as number[]}::bigint[])`.execute(ctx.db);
}

/** The run goes no further: another decoder reads the source by now. */
export async function supersedeRun(ctx: Ctx, run: RunRow): Promise<void> {
  await sql`UPDATE logs.redecode SET upto = coalesce((SELECT max(segment_id) FROM logs.redecoded_segment
      WHERE run_id = ${run.id}), done_to), done_to = upto, problem = 'superseded' WHERE id = ${run.id}`.execute(
    ctx.db,
  );
}

export async function endRun(ctx: Ctx, run: RunRow): Promise<void> {
  await sql`UPDATE logs.redecode SET ended = base.now(), memory = '{}',
      state = CASE WHEN problem = 'superseded' THEN 'superseded' ELSE 'done' END WHERE id = ${run.id}`.execute(
    ctx.db,
  );
}

/** When the source's records that a run read were received. */
export async function receivedIn(ctx: Ctx, run: RunRow): Promise<{ first: Date; last: Date } | undefined> {
  const { rows } = await sql<{
    first: Date;
    last: Date;
  }>`SELECT min(s.first_recv) AS first, max(s.last_recv) AS last
    FROM logs.redecoded_segment g JOIN logs.segment s ON s.id = g.segment_id WHERE g.run_id = ${run.id}
    HAVING count(*) > 0`.execute(ctx.db);
  return rows[0];
}

/** What made the rows that a source has. */
export async function madeBy(ctx: Ctx, sourceId: number) {
  const { rows } = await sql<{ decoder: string; segments: number; records: number; unparsable: number }>`
    SELECT coalesce(decoder, '') AS decoder, count(*)::int AS segments, sum(records)::bigint AS records,
      sum(coalesce(unparsable, 0))::bigint AS unparsable FROM logs.segment
    WHERE source_id = ${sourceId} AND indexed_at IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT 50`.execute(ctx.db);
  return rows;
}
