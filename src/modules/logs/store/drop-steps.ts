/** PostgreSQL: the steps of carrying out a plan. Each is one transaction, and repeating one changes nothing. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Whether the caller's transaction is the only one at work on drops; it ends with this process. */
export async function claimDrops(ctx: Ctx): Promise<boolean> {
  const { rows } = await sql<{ mine: boolean }>`SELECT
    pg_try_advisory_xact_lock(hashtext('logs.drop')) AS mine`.execute(ctx.db);
  return rows[0]!.mine;
}

export async function approvedPlan(ctx: Ctx): Promise<{ id: string; unit_path: string } | undefined> {
  const { rows } = await sql<{ id: string; unit_path: string }>`SELECT id, unit_path::text AS unit_path
    FROM logs.drop_plan WHERE state = 'approved'`.execute(ctx.db);
  return rows[0];
}

/** The days of a plan on which something is left to do. */
export async function daysLeft(ctx: Ctx, planId: string): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`SELECT DISTINCT day::text AS day FROM logs.drop_item
    WHERE plan_id = ${planId} AND state NOT IN ('kept', 'done') ORDER BY 1`.execute(ctx.db);
  return rows.map((row) => row.day);
}

/** From here to the end of the transaction nobody places a hold; those that are placed are seen. */
export async function lockHolds(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('logs.holds'))`.execute(ctx.db);
}

export interface Decided {
  readonly sources: number;
  readonly segments: number;
  readonly records: number;
  /** SHA-256 over the digests of the day's sources. */
  readonly digest: string;
}

/**
 * The catalogue says that the segments of a day are dropped: those that the two people saw, that no case holds and that
 * are old enough now. Sources that are being read again wait. Call `lockHolds` before.
 */
export async function decideDay(ctx: Ctx, planId: string, day: string): Promise<Decided> {
  await sql`UPDATE logs.segment g SET drop_plan = p.id, dropped_at = base.now()
    FROM logs.drop_plan p JOIN logs.drop_item i ON i.plan_id = p.id JOIN logs.source s ON s.id = i.source_id
    WHERE p.id = ${planId} AND i.day = ${day}::date AND i.state = 'waiting' AND g.source_id = i.source_id
      AND NOT EXISTS (SELECT FROM logs.redecode r WHERE r.source_id = s.id AND r.state = 'running')
      AND g.dropped_at IS NULL AND g.indexed_at IS NOT NULL AND g.id <= p.upto AND g.sealed_at < p.proposed_at - interval '2 days'
      AND g.last_recv >= ${day}::timestamp AT TIME ZONE 'UTC'
      AND g.last_recv < (${day}::timestamp + interval '1 day') AT TIME ZONE 'UTC'
      AND g.last_recv < base.now() - make_interval(days => logs.kept_days(s.retention, s.unit_path))
      AND NOT logs.is_held(g)`.execute(ctx.db);
  await sql`UPDATE logs.drop_item i SET dropped = coalesce(d.n, 0), dropped_records = coalesce(d.records, 0),
      digest = d.digest, decided_at = base.now(), state = CASE WHEN d.n IS NULL THEN 'kept' ELSE 'decided' END
    FROM logs.drop_item w LEFT JOIN LATERAL (
      SELECT count(*) AS n, sum(g.records) AS records,
        encode(sha256(string_agg(g.sha256 || chr(10), '' ORDER BY g.id)::bytea), 'hex') AS digest
      FROM logs.segment g WHERE g.drop_plan = w.plan_id AND g.source_id = w.source_id
        AND g.last_recv >= ${day}::timestamp AT TIME ZONE 'UTC'
        AND g.last_recv < (${day}::timestamp + interval '1 day') AT TIME ZONE 'UTC'
      HAVING count(*) > 0) d ON true
    WHERE w.plan_id = ${planId} AND w.day = ${day}::date AND w.state = 'waiting'
      AND NOT EXISTS (SELECT FROM logs.redecode r WHERE r.source_id = w.source_id AND r.state = 'running')
      AND i.plan_id = w.plan_id AND i.day = w.day AND i.source_id = w.source_id`.execute(ctx.db);
  const { rows } =
    await sql<Decided>`SELECT count(*)::int AS sources, coalesce(sum(dropped), 0)::bigint AS segments,
      coalesce(sum(dropped_records), 0)::bigint AS records,
      encode(sha256(coalesce(string_agg(digest || chr(10), '' ORDER BY source_id), '')::bytea), 'hex') AS digest
    FROM logs.drop_item WHERE plan_id = ${planId} AND day = ${day}::date AND state = 'decided'`.execute(
      ctx.db,
    );
  return rows[0]!;
}

/** Nothing is registered until the transaction ends: what is not in the catalogue has no rows. */
export async function holdChains(ctx: Ctx): Promise<void> {
  await sql`SELECT FROM logs.chain_head ORDER BY chain FOR SHARE`.execute(ctx.db);
}

export interface RowsToGo {
  /** Sources whose rows of the day go. */
  readonly sources: number[];
  /** Segments of theirs whose rows stay: held, or registered later. */
  readonly keep: number[];
  /** Of `sources`, those that keep some. */
  readonly keeping: number[];
  /** Segments of a higher number came after the plan: their rows stay. */
  readonly upto: number;
  /** True: nobody else has rows of that day either. */
  readonly wholeDay: boolean;
  /** Dropped segments that began on an earlier day: their rows of that day go, too. */
  readonly spanning: number[];
  /** When the first of them began. */
  readonly spanFrom: Date | null;
}

/**
 * Which rows of the log store go for the decided items of a day. A segment that was received around midnight counts to
 * its last day, and its rows of the day before go with that day unless it is held.
 */
export async function rowsToGo(ctx: Ctx, planId: string, day: string): Promise<RowsToGo> {
  const { rows: items } = await sql<{ source_id: number }>`SELECT source_id FROM logs.drop_item
    WHERE plan_id = ${planId} AND day = ${day}::date AND state = 'decided' ORDER BY source_id`.execute(
    ctx.db,
  );
  const { rows: kept } = await sql<{
    id: number;
    source_id: number;
  }>`SELECT g.id, g.source_id FROM logs.segment g
    WHERE g.dropped_at IS NULL AND g.last_recv >= ${day}::timestamp AT TIME ZONE 'UTC'
      AND g.first_recv < (${day}::timestamp + interval '1 day') AT TIME ZONE 'UTC'
      AND (g.last_recv < (${day}::timestamp + interval '1 day') AT TIME ZONE 'UTC' OR logs.is_held(g)
        OR NOT EXISTS (SELECT FROM logs.drop_item i WHERE i.plan_id = ${planId} AND i.day = ${day}::date
          AND i.source_id = g.source_id AND i.state = 'decided'))`.execute(ctx.db);
  const { rows: spans } = await sql<{
    id: number;
    first_recv: Date;
  }>`SELECT g.id, g.first_recv FROM logs.segment g
    JOIN logs.drop_item i ON i.plan_id = g.drop_plan AND i.source_id = g.source_id AND i.day = ${day}::date
    WHERE g.drop_plan = ${planId} AND i.state = 'decided' AND g.first_recv < ${day}::timestamp AT TIME ZONE 'UTC'
      AND g.last_recv >= ${day}::timestamp AT TIME ZONE 'UTC'
      AND g.last_recv < (${day}::timestamp + interval '1 day') AT TIME ZONE 'UTC'
    ORDER BY g.first_recv`.execute(ctx.db);
  const { rows: plan } = await sql<{
    upto: number;
  }>`SELECT upto FROM logs.drop_plan WHERE id = ${planId}`.execute(ctx.db);
  const sources = items.map((row) => row.source_id);
  const going = new Set(sources);
  const keep = kept.filter((row) => going.has(row.source_id));
  return {
    sources,
    keep: keep.map((row) => row.id),
    keeping: [...new Set(keep.map((row) => row.source_id))],
    upto: plan[0]!.upto,
    wholeDay: kept.length === 0,
    spanning: spans.map((row) => row.id),
    spanFrom: spans[0]?.first_recv ?? null,
  };
}

export async function markRowsGone(ctx: Ctx, planId: string, day: string, how: 'partition' | 'rows') {
  await sql`UPDATE logs.drop_item SET state = 'rows_gone', rows_gone_at = base.now(), how = ${how}
    WHERE plan_id = ${planId} AND day = ${day}::date AND state = 'decided'`.execute(ctx.db);
}

export interface FileToGo {
  id: number;
  file: string;
  moved_to: string | null;
}

/** Dropped segments of a plan whose files may still be there, and whose rows are gone. */
export async function filesToGo(ctx: Ctx, planId: string, day: string, limit: number): Promise<FileToGo[]> {
  const { rows } = await sql<FileToGo>`SELECT g.id, g.file, g.moved_to FROM logs.segment g
    JOIN logs.drop_item i ON i.plan_id = g.drop_plan AND i.source_id = g.source_id AND i.day = ${day}::date
    WHERE g.drop_plan = ${planId} AND g.file_gone_at IS NULL AND i.state = 'rows_gone'
      AND g.last_recv >= ${day}::timestamp AT TIME ZONE 'UTC'
      AND g.last_recv < (${day}::timestamp + interval '1 day') AT TIME ZONE 'UTC'
    ORDER BY g.id LIMIT ${limit}`.execute(ctx.db);
  return rows;
}

export async function markFilesGone(ctx: Ctx, ids: readonly number[]): Promise<void> {
  await sql`UPDATE logs.segment SET file_gone_at = base.now()
    WHERE id = ANY(${ids as number[]}::bigint[]) AND file_gone_at IS NULL`.execute(ctx.db);
}

export async function markDayDone(ctx: Ctx, planId: string, day: string): Promise<void> {
  await sql`UPDATE logs.drop_item SET state = 'done', done_at = base.now()
    WHERE plan_id = ${planId} AND day = ${day}::date AND state = 'rows_gone'`.execute(ctx.db);
}

/** Ends a plan of which nothing is left; undefined: something is. */
export async function endPlan(ctx: Ctx, planId: string) {
  const { rows } = await sql<{ dropped: number; records: number; kept: number }>`WITH ended AS (
      UPDATE logs.drop_plan p SET state = 'done', done_at = base.now(), problem = NULL
      WHERE p.id = ${planId} AND p.state = 'approved' AND NOT EXISTS (SELECT FROM logs.drop_item i
        WHERE i.plan_id = p.id AND i.state NOT IN ('kept', 'done')) RETURNING p.id)
    SELECT coalesce(sum(i.dropped), 0)::bigint AS dropped, coalesce(sum(i.dropped_records), 0)::bigint AS records,
      coalesce(sum(i.segments - i.dropped), 0)::bigint AS kept
    FROM ended JOIN logs.drop_item i ON i.plan_id = ended.id GROUP BY ended.id`.execute(ctx.db);
  return rows[0];
}

export async function countWaiting(ctx: Ctx, planId: string, day: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM logs.drop_item
    WHERE plan_id = ${planId} AND day = ${day}::date AND state = 'waiting'`.execute(ctx.db);
  return rows[0]!.n;
}
