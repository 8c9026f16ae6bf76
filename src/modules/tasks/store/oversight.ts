/** Figures over many units: progress, and what the tasks cost them. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { shares } from './campaigns.ts';

export interface ProgressRow {
  id: string;
  name: string;
  below: boolean;
  open: number;
  done: number;
  late: number;
  unknown: number;
}

export interface ProgressQuery {
  readonly by: 'unit' | 'kind' | 'campaign';
  readonly kind?: string | undefined;
  readonly campaignId?: string | undefined;
  readonly since: Date;
  readonly base: { readonly unitPath: string };
}

/** Cancelled tasks are in no column; settled ones count from `since`. */
export async function progress(
  ctx: Ctx,
  query: ProgressQuery,
  held: readonly string[],
): Promise<ProgressRow[]> {
  const where = [
    sql`t.state <> 'cancelled'`,
    sql`t.unit_path <@ ${query.base.unitPath}::ltree`,
    sql`(t.settled_at IS NULL OR t.raised_at >= ${query.since})`,
  ];
  if (query.kind) where.push(sql`t.kind = ${query.kind}`);
  if (query.campaignId) where.push(sql`t.campaign_id = ${query.campaignId}::uuid`);
  if (query.by === 'campaign') where.push(sql`t.campaign_id IS NOT NULL`);
  const filter = sql.join(where, sql` AND `);
  const { rows } = await groupOf(query, filter, held).execute(ctx.db);
  return rows;
}

function groupOf(query: ProgressQuery, filter: ReturnType<typeof sql>, held: readonly string[]) {
  if (query.by === 'kind') {
    return sql<ProgressRow>`SELECT t.kind AS id, t.kind AS name, false AS below, ${shares(held)}
      FROM tasks.task t WHERE ${filter} GROUP BY t.kind ORDER BY late DESC, open DESC, t.kind`;
  }
  if (query.by === 'campaign') {
    return sql<ProgressRow>`SELECT c.id::text AS id, c.title AS name, false AS below, ${shares(held)}
      FROM tasks.task t JOIN tasks.campaign c ON c.id = t.campaign_id WHERE ${filter}
      GROUP BY c.id, c.title ORDER BY c.id DESC LIMIT 500`;
  }
  const base = query.base.unitPath;
  return sql<ProgressRow>`WITH grouped AS (
      SELECT CASE WHEN nlevel(t.unit_path) > nlevel(${base}::ltree)
        THEN subpath(t.unit_path, 0, nlevel(${base}::ltree) + 1) ELSE t.unit_path END AS path, ${shares(held)}
      FROM tasks.task t WHERE ${filter} GROUP BY 1)
    SELECT u.id::text AS id, u.name, u.unit_path <> ${base}::ltree
        AND EXISTS (SELECT FROM units.unit_view c WHERE c.parent_id = u.id) AS below,
      coalesce(g.open, 0) AS open, coalesce(g.done, 0) AS done, coalesce(g.late, 0) AS late,
      coalesce(g.unknown, 0) AS unknown
    FROM units.unit_view u LEFT JOIN grouped g ON g.path = u.unit_path
    WHERE u.unit_path = ${base}::ltree OR u.parent_id = (SELECT id FROM units.unit_view WHERE unit_path = ${base}::ltree)
    ORDER BY late DESC, unknown DESC, open DESC, u.unit_path`;
}

export interface KindMeasure {
  kind: string | null;
  raised: number;
  done: number;
  late: number;
  median_minutes: number | null;
  median_actual: number | null;
  handed_in: number;
  sent_back: number;
  minutes: number;
}

/** Per kind, and (kind null) in all: tasks raised in the time for schools of the scope. */
export async function measure(ctx: Ctx, from: Date, to: Date): Promise<KindMeasure[]> {
  const { rows } = await sql<KindMeasure>`WITH raised AS (
      SELECT t.id, t.kind, t.state, t.minutes, t.due_at, t.settled_at FROM tasks.task t
      JOIN units.unit_view u ON u.id = t.unit_id
      WHERE t.raised_at >= ${from} AND t.raised_at < ${to} AND u.kind = 'school' AND t.state <> 'cancelled'
        AND t.unit_path <@ (SELECT base.scope())),
    acts AS (SELECT a.task_id, bool_or(a.act IN ('return', 'send_back')) AS sent_back,
        bool_or(a.act IN ('finish', 'return')) AS handed_in,
        extract(epoch FROM max(a.at) FILTER (WHERE a.act = 'finish')
          - min(a.at) FILTER (WHERE a.act = 'claim')) / 60 AS took
      FROM tasks.act a JOIN raised r ON r.id = a.task_id GROUP BY a.task_id)
    SELECT r.kind, count(*)::int AS raised, count(*) FILTER (WHERE r.state = 'done')::int AS done,
      count(*) FILTER (WHERE coalesce(r.settled_at, base.now()) > r.due_at)::int AS late,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY r.minutes)::float8 AS median_minutes,
      percentile_cont(0.5) WITHIN GROUP (ORDER BY a.took)::float8 AS median_actual,
      count(*) FILTER (WHERE a.handed_in)::int AS handed_in, count(*) FILTER (WHERE a.sent_back)::int AS sent_back,
      sum(r.minutes)::int AS minutes
    FROM raised r LEFT JOIN acts a ON a.task_id = r.id GROUP BY GROUPING SETS ((), (r.kind))
    ORDER BY r.kind NULLS FIRST`.execute(ctx.db);
  return rows;
}

export async function countSchools(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT count(*)::int AS n FROM units.unit_view
    WHERE kind = 'school' AND unit_path <@ (SELECT base.scope())`.execute(ctx.db);
  return rows[0]!.n;
}
