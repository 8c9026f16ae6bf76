import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';
import { pathOfUnit } from './store.ts';

export interface UnitFindingsRow {
  unit_id: string;
  unit_name: string;
  bureau_name: string | null;
  standing: number;
  critical: number;
  high: number;
  medium: number;
  low: number;
  info: number;
  fixed: number;
  overdue: number;
  oldest_at: Date;
}

export interface ByUnitQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly sort?: string | undefined;
  readonly under?: string | undefined;
  readonly kind?: string | undefined;
  readonly rule?: string | undefined;
  readonly olderThanDays?: number | undefined;
  readonly overdue?: string | undefined;
}

const orders: Readonly<Record<string, ReturnType<typeof sql>>> = {
  standing: sql`n.standing, n.unit_id`,
  '-standing': sql`n.standing DESC, n.unit_id`,
  overdue: sql`n.overdue, n.unit_id`,
  '-overdue': sql`n.overdue DESC, n.unit_id`,
  oldestAt: sql`n.oldest_at, n.unit_id`,
  '-oldestAt': sql`n.oldest_at DESC, n.unit_id`,
};

/** Visible findings that stand, counted by their unit; the gravest first, unless the query sorts otherwise. */
export async function countByUnit(ctx: Ctx, query: ByUnitQuery): Promise<Page<UnitFindingsRow>> {
  const where = [sql`f.state IN ('open', 'fixed')`];
  if (query.kind) where.push(sql`f.kind = ${query.kind}`);
  if (query.rule) where.push(sql`f.rule = ${query.rule}`);
  if (query.olderThanDays) {
    where.push(sql`f.found_at <= base.now() - ${query.olderThanDays} * interval '1 day'`);
  }
  if (query.overdue === 'true') where.push(sql`f.due_at < base.now()`);
  if (query.under) where.push(sql`f.unit_path <@ ${await pathOfUnit(ctx, query.under)}::ltree`);
  const named = query.q ? [like(sql`u.name`, query.q)] : [];
  return pageOf<UnitFindingsRow>(ctx, {
    columns: sql`n.*`,
    from: sql`(SELECT c.*, u.name AS unit_name, b.name AS bureau_name
      FROM (SELECT f.unit_id, count(*)::int AS standing,
          count(*) FILTER (WHERE f.severity_rank = 4 AND f.state = 'open')::int AS critical,
          count(*) FILTER (WHERE f.severity_rank = 3 AND f.state = 'open')::int AS high,
          count(*) FILTER (WHERE f.severity_rank = 2 AND f.state = 'open')::int AS medium,
          count(*) FILTER (WHERE f.severity_rank = 1 AND f.state = 'open')::int AS low,
          count(*) FILTER (WHERE f.severity_rank = 0 AND f.state = 'open')::int AS info,
          count(*) FILTER (WHERE f.state = 'fixed')::int AS fixed,
          count(*) FILTER (WHERE f.due_at < base.now())::int AS overdue, min(f.found_at) AS oldest_at
        FROM findings.finding f WHERE ${allOf(where)} GROUP BY f.unit_id) AS c
      JOIN units.unit_view u ON u.id = c.unit_id LEFT JOIN units.unit_view b ON b.id = u.parent_id
      WHERE ${allOf(named)}) AS n`,
    where: allOf([]),
    orderBy:
      orders[query.sort ?? ''] ??
      sql`n.critical DESC, n.high DESC, n.medium DESC, n.low DESC, n.info DESC, n.unit_id`,
    query,
  });
}
