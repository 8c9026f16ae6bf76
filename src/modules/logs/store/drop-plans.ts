/** PostgreSQL: plans of what may be dropped, and what became of each day and source. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';

export type PlanState = 'proposed' | 'confirmed' | 'approved' | 'refused' | 'lapsed' | 'done';

export interface PlanRow {
  id: string;
  unit_path: string;
  state: PlanState;
  proposed_at: Date;
  upto: number;
  days: number;
  sources: number;
  segments: number;
  records: number;
  raw_bytes: number;
  held_segments: number;
  warnings: ('many_days' | 'clock_gap')[];
  confirmed_by: string | null;
  confirmed_name: string | null;
  confirmed_at: Date | null;
  confirmed_note: string | null;
  decided_by: string | null;
  decided_name: string | null;
  decided_at: Date | null;
  decided_note: string | null;
  done_at: Date | null;
  problem: string | null;
}

const planColumns = sql`p.id, p.unit_path::text AS unit_path, p.state, p.proposed_at, p.upto, p.days, p.sources,
  p.segments, p.records, p.raw_bytes, p.held_segments, p.warnings, p.confirmed_by, p.confirmed_name, p.confirmed_at,
  p.confirmed_note, p.decided_by, p.decided_name, p.decided_at, p.decided_note, p.done_at, p.problem`;

export async function findPlan(
  ctx: Ctx,
  id: string,
  options: { lock?: boolean } = {},
): Promise<PlanRow | undefined> {
  const { rows } = await sql<PlanRow>`SELECT ${planColumns} FROM logs.drop_plan p WHERE p.id = ${id}
    ${options.lock ? sql`FOR UPDATE` : sql``}`.execute(ctx.db);
  return rows[0];
}

export async function listPlans(
  ctx: Ctx,
  query: { page: number; pageSize: number; state?: PlanState | undefined },
): Promise<Page<PlanRow>> {
  return pageOf<PlanRow>(ctx, {
    columns: planColumns,
    from: sql`logs.drop_plan p`,
    where: allOf(query.state === undefined ? [] : [sql`p.state = ${query.state}`]),
    orderBy: sql`p.id DESC`,
    query,
  });
}

/** The plan that waits for somebody or is carried out; there is at most one. */
export async function openPlan(ctx: Ctx): Promise<PlanRow | undefined> {
  const { rows } = await sql<PlanRow>`SELECT ${planColumns} FROM logs.drop_plan p
    WHERE p.state IN ('proposed', 'confirmed', 'approved') FOR UPDATE`.execute(ctx.db);
  return rows[0];
}

/** One proposal at a time: the second one waits. */
export async function lockProposals(ctx: Ctx): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(hashtext('logs.drop-plans'))`.execute(ctx.db);
}

/** Registered so long ago that nobody is at work on it any more; what was sealed on the way here comes late. */
const settled = sql`interval '2 days'`;

export interface Due {
  day: string;
  source_id: number;
  unit_path: string;
  segments: number;
  records: number;
  raw_bytes: number;
  held: number;
}

/**
 * What is old enough: whole days of receipt (UTC) by source. `forwardedTo`: where segments are sent to the city, those
 * of the own chain up to this place only.
 */
export async function dueItems(ctx: Ctx, forwardedTo: number | null): Promise<Due[]> {
  const { rows } =
    await sql<Due>`SELECT to_char(g.last_recv AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, g.source_id,
      s.unit_path::text AS unit_path, count(*)::bigint AS segments, sum(g.records)::bigint AS records,
      sum(g.raw_bytes)::bigint AS raw_bytes, count(*) FILTER (WHERE logs.is_held(g))::bigint AS held
    FROM (SELECT id, unit_path, date_trunc('day', base.now() - make_interval(days => logs.kept_days(retention, unit_path)),
        'UTC') AS before FROM logs.source) s
    JOIN logs.segment g ON g.source_id = s.id AND g.dropped_at IS NULL AND g.last_recv < s.before
    WHERE g.indexed_at IS NOT NULL AND g.sealed_at < base.now() - ${settled} AND ${isForwarded(forwardedTo)}
    GROUP BY 1, 2, 3 ORDER BY 1, 2`.execute(ctx.db);
  return rows;
}

function isForwarded(forwardedTo: number | null) {
  return forwardedTo === null ? sql`true` : sql`(g.chain <> 'main' OR g.chain_seq <= ${forwardedTo})`;
}

/** How far the city has confirmed our chain; 0: nothing yet. */
export async function confirmedByCity(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`SELECT coalesce(max(chain_seq), 0)::bigint AS n FROM logs.forward_receipt`.execute(ctx.db);
  return rows[0]!.n;
}

/**
 * The longest time of the last 400 days, in days, in which no head of a chain entered the audit log: the system was
 * off, or the clock jumped.
 */
export async function longestSilence(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{ days: number | null }>`SELECT
      max(extract(epoch FROM next - at) / 86400)::float AS days FROM (
        SELECT at, lead(at, 1, base.now()) OVER (ORDER BY at) AS next FROM logs.chain_anchor
        WHERE at > base.now() - interval '400 days') AS pairs`.execute(ctx.db);
  return rows[0]!.days ?? 0;
}

export async function insertPlan(
  ctx: Ctx,
  plan: {
    id: string;
    unitPath: string;
    figures: Pick<PlanRow, 'days' | 'sources' | 'segments' | 'records' | 'raw_bytes' | 'held_segments'>;
    warnings: readonly string[];
  },
): Promise<void> {
  const { days, sources, segments, records, raw_bytes, held_segments } = plan.figures;
  await sql`INSERT INTO logs.drop_plan (id, unit_path, proposed_by, upto, days, sources, segments, records, raw_bytes,
      held_segments, warnings)
    VALUES (${plan.id}, ${plan.unitPath}::ltree, ${ctx.actor.id}, (SELECT coalesce(max(id), 0) FROM logs.segment),
      ${days}, ${sources}, ${segments}, ${records}, ${raw_bytes}, ${held_segments},
      ${plan.warnings as string[]}::text[])`.execute(ctx.db);
}

export async function insertItems(ctx: Ctx, planId: string, items: readonly Due[]): Promise<void> {
  await sql`INSERT INTO logs.drop_item (plan_id, day, source_id, unit_path, segments, records, raw_bytes, held)
    SELECT ${planId}, i.day, i.source_id, i.unit_path::ltree, i.segments, i.records, i.raw_bytes, i.held
    FROM jsonb_to_recordset(${JSON.stringify(items)}::jsonb) AS i(day date, source_id int, unit_path text,
      segments bigint, records bigint, raw_bytes bigint, held bigint)`.execute(ctx.db);
}

export async function setPlanState(ctx: Ctx, id: string, state: 'lapsed'): Promise<void> {
  await sql`UPDATE logs.drop_plan SET state = ${state} WHERE id = ${id}`.execute(ctx.db);
}

export async function setConfirmed(ctx: Ctx, id: string, note: string): Promise<void> {
  await sql`UPDATE logs.drop_plan SET state = 'confirmed', confirmed_by = ${ctx.actor.id},
    confirmed_name = ${ctx.actor.name}, confirmed_at = base.now(), confirmed_note = ${note}
    WHERE id = ${id}`.execute(ctx.db);
}

/** Throws PostgreSQL's check violation `drop_two_people`. */
export async function setDecided(ctx: Ctx, id: string, approve: boolean, note: string): Promise<void> {
  await sql`UPDATE logs.drop_plan SET state = ${approve ? 'approved' : 'refused'}, decided_by = ${ctx.actor.id},
    decided_name = ${ctx.actor.name}, decided_at = base.now(), decided_note = ${note}
    WHERE id = ${id}`.execute(ctx.db);
}

export async function setPlanProblem(ctx: Ctx, id: string, problem: string | null): Promise<void> {
  await sql`UPDATE logs.drop_plan SET problem = ${problem?.slice(0, 500) ?? null}
    WHERE id = ${id} AND state = 'approved'`.execute(ctx.db);
}

export interface ItemRow {
  day: string;
  source_id: number;
  source: string;
  class: 'school_site' | 'other';
  segments: number;
  records: number;
  raw_bytes: number;
  held: number;
  state: 'waiting' | 'kept' | 'decided' | 'rows_gone' | 'done';
  dropped: number;
  dropped_records: number;
  digest: string | null;
  how: 'partition' | 'rows' | null;
  decided_at: Date | null;
  done_at: Date | null;
}

const itemColumns = sql`i.day::text AS day, i.source_id, s.name AS source, s.retention AS class, i.segments, i.records,
  i.raw_bytes, i.held, i.state, i.dropped, i.dropped_records, i.digest, i.how, i.decided_at, i.done_at`;

export async function listItems(
  ctx: Ctx,
  planId: string,
  query: { page: number; pageSize: number; q?: string | undefined },
): Promise<Page<ItemRow>> {
  const found = query.q === undefined ? [] : [like(sql`s.name`, query.q)];
  return pageOf<ItemRow>(ctx, {
    columns: itemColumns,
    from: sql`logs.drop_item i JOIN logs.source s ON s.id = i.source_id`,
    where: allOf([sql`i.plan_id = ${planId}`, ...found]),
    orderBy: sql`i.day, s.name, i.source_id`,
    query,
  });
}

/** What was dropped of a source, newest days first. */
export async function dropsOfSource(ctx: Ctx, sourceId: number, limit: number): Promise<ItemRow[]> {
  const { rows } = await sql<ItemRow>`SELECT ${itemColumns} FROM logs.drop_item i
    JOIN logs.source s ON s.id = i.source_id WHERE i.source_id = ${sourceId} AND i.dropped > 0
    ORDER BY i.day DESC LIMIT ${limit}`.execute(ctx.db);
  return rows;
}
