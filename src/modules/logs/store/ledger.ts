/** PostgreSQL: the ledger by source and day, and what segments bring into it. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { CounterEdge, Missing } from '../ledger/counter-run.ts';
import type { BeatEdge, HourFigures, SegmentTally } from '../ledger/segment-tally.ts';

/** Of a tally only what has no table of its own. */
export interface StoredTally extends Pick<SegmentTally, 'hours' | 'beatGaps'> {
  readonly missing: readonly Missing[];
  /** Absent where a segment was booked before it was kept. */
  readonly unread?: SegmentTally['unread'];
}

/** Whose rows are written. */
export interface LedgerSource {
  readonly id: number;
  readonly unitPath: string;
}

/** Segments of one source are booked one after another until the transaction ends. */
export async function lockSource(ctx: Ctx, sourceId: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('logs.ledger'), ${sourceId})`.execute(ctx.db);
}

/** What the segment brought in when it was booked before. */
export async function tallyOf(ctx: Ctx, segmentId: number): Promise<StoredTally | null> {
  const { rows } = await sql<{ tally: StoredTally | null }>`SELECT tally FROM logs.segment
    WHERE id = ${segmentId}`.execute(ctx.db);
  return rows[0]?.tally ?? null;
}

export async function saveTally(ctx: Ctx, segmentId: number, tally: StoredTally): Promise<void> {
  await sql`UPDATE logs.segment SET tally = ${JSON.stringify(tally)}::jsonb WHERE id = ${segmentId}`.execute(
    ctx.db,
  );
}

const names = ['received', 'parsed', 'ignored', 'unparsable', 'lost'] as const;

/** Adds figures (which may be negative) to the source's days. `day`: of China, `hours`: 24 of each figure. */
export async function addToDay(
  ctx: Ctx,
  source: LedgerSource,
  day: string,
  hours: readonly HourFigures[],
): Promise<void> {
  const column = (i: number) => sql`${hours.map((figures) => figures[i])}::bigint[]`;
  const add = (name: string) =>
    sql`${sql.ref(name)} = logs.plus(d.${sql.ref(name)}, EXCLUDED.${sql.ref(name)})`;
  await sql`INSERT INTO logs.ledger_day AS d (source_id, day, unit_path, ${sql.join(names.map((name) => sql.ref(name)))})
    VALUES (${source.id}, ${day}::date, ${source.unitPath}::ltree, ${sql.join(names.map((_, i) => column(i)))})
    ON CONFLICT (source_id, day) DO UPDATE SET ${sql.join(names.map(add))}`.execute(ctx.db);
}

export interface EdgeRow {
  segment_id: number;
  edge: CounterEdge | BeatEdge;
  lost_after: number;
  lost_hour: number | null;
}

/** Writes the segment's edges; running counts that it had before and has no more are emptied. */
export async function saveEdges(
  ctx: Ctx,
  source: LedgerSource,
  segmentId: number,
  edges: Readonly<Record<string, CounterEdge | BeatEdge>>,
): Promise<void> {
  await sql`UPDATE logs.counter_edge SET edge = NULL WHERE source_id = ${source.id} AND segment_id = ${segmentId}
    AND counter <> ALL (${Object.keys(edges)}::text[])`.execute(ctx.db);
  if (Object.keys(edges).length === 0) return;
  await sql`INSERT INTO logs.counter_edge (source_id, counter, segment_id, unit_path, edge)
    SELECT ${source.id}, e.key, ${segmentId}, ${source.unitPath}::ltree, e.value
    FROM jsonb_each(${JSON.stringify(edges)}::jsonb) AS e
    ON CONFLICT (source_id, counter, segment_id) DO UPDATE SET edge = EXCLUDED.edge`.execute(ctx.db);
}

/** Running counts that this segment has or had, and those of later ones: it may stand between two of theirs. */
export async function countersAround(ctx: Ctx, sourceId: number, segmentId: number): Promise<string[]> {
  const { rows } = await sql<{ counter: string }>`SELECT DISTINCT counter FROM logs.counter_edge
    WHERE source_id = ${sourceId} AND segment_id >= ${segmentId}`.execute(ctx.db);
  return rows.map((row) => row.counter);
}

/** The segment's own edge with those before and after it, ascending; without it when it has none. */
export async function edgesAround(
  ctx: Ctx,
  sourceId: number,
  counter: string,
  segmentId: number,
): Promise<EdgeRow[]> {
  const columns = sql`segment_id, edge, lost_after, lost_hour`;
  const of = sql`FROM logs.counter_edge WHERE source_id = ${sourceId} AND counter = ${counter} AND edge IS NOT NULL`;
  const { rows } = await sql<EdgeRow>`SELECT * FROM (
      (SELECT ${columns} ${of} AND segment_id < ${segmentId} ORDER BY segment_id DESC LIMIT 1)
      UNION ALL (SELECT ${columns} ${of} AND segment_id >= ${segmentId} ORDER BY segment_id LIMIT 2)
    ) AS around ORDER BY segment_id`.execute(ctx.db);
  return rows;
}

/** What an emptied edge still has in the ledger. */
export async function emptiedEdge(ctx: Ctx, sourceId: number, counter: string, segmentId: number) {
  const { rows } = await sql<{ lost_after: number; lost_hour: number | null }>`SELECT lost_after, lost_hour
    FROM logs.counter_edge WHERE source_id = ${sourceId} AND counter = ${counter} AND segment_id = ${segmentId}
      AND edge IS NULL AND lost_after > 0`.execute(ctx.db);
  return rows[0];
}

export async function setLostAfter(
  ctx: Ctx,
  sourceId: number,
  counter: string,
  segmentId: number,
  lost: number,
  hour: number | null,
): Promise<void> {
  await sql`UPDATE logs.counter_edge SET lost_after = ${lost}, lost_hour = ${hour} WHERE source_id = ${sourceId}
    AND counter = ${counter} AND segment_id = ${segmentId}`.execute(ctx.db);
}

/** Whether a segment of the source between two others waits for its index: then nobody can say what is missing. */
export async function isWaitingBetween(
  ctx: Ctx,
  sourceId: number,
  after: number,
  before: number,
): Promise<boolean> {
  const { rows } = await sql<{ waits: boolean }>`SELECT EXISTS (SELECT FROM logs.segment
    WHERE source_id = ${sourceId} AND indexed_at IS NULL AND id > ${after} AND id < ${before}) AS waits`.execute(
    ctx.db,
  );
  return rows[0]!.waits;
}

export async function movePulse(ctx: Ctx, source: LedgerSource, lastLive: Date): Promise<void> {
  await sql`INSERT INTO logs.source_pulse AS p (source_id, unit_path, last_live)
    VALUES (${source.id}, ${source.unitPath}::ltree, ${lastLive})
    ON CONFLICT (source_id) DO UPDATE SET last_live = greatest(p.last_live, EXCLUDED.last_live)`.execute(
    ctx.db,
  );
}

export interface RhythmRow {
  max_silence_seconds: number | null;
  beat_text: string | null;
  beat_seconds: number | null;
  quiet: boolean;
}

export async function rhythmOf(ctx: Ctx, sourceId: number): Promise<RhythmRow | undefined> {
  const { rows } = await sql<RhythmRow>`SELECT max_silence_seconds, beat_text, beat_seconds, quiet
    FROM logs.source_rhythm WHERE source_id = ${sourceId}`.execute(ctx.db);
  return rows[0];
}

export async function saveRhythm(ctx: Ctx, source: LedgerSource, row: RhythmRow): Promise<void> {
  await sql`INSERT INTO logs.source_rhythm (source_id, unit_path, max_silence_seconds, beat_text,
      beat_seconds, quiet)
    VALUES (${source.id}, ${source.unitPath}::ltree, ${row.max_silence_seconds},
      ${row.beat_text}, ${row.beat_seconds}, ${row.quiet})
    ON CONFLICT (source_id) DO UPDATE SET max_silence_seconds = EXCLUDED.max_silence_seconds, beat_text = EXCLUDED.beat_text,
      beat_seconds = EXCLUDED.beat_seconds, quiet = EXCLUDED.quiet`.execute(ctx.db);
}
