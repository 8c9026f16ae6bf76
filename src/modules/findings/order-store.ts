import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, type Page, pageOf } from '#base/list';
import type { FixDays } from './contract.ts';

export interface OrderRow {
  id: string;
  unit_id: string;
  unit_name: string;
  unit_path: string;
  site_id: string | null;
  site_name: string | null;
  words: string;
  due_at: Date;
  issued_by_name: string;
  issued_at: Date;
  settled_at: Date | null;
  overdue: boolean;
  findings: number;
  open: number;
}

const columns = sql`r.id, r.unit_id, u.name AS unit_name, r.unit_path::text AS unit_path, r.site_id, r.site_name,
  r.words, r.due_at, r.issued_by_name, r.issued_at, r.settled_at, r.findings,
  (r.settled_at IS NULL AND r.due_at < base.now()) AS overdue,
  (SELECT count(*)::int FROM findings.finding f WHERE f.rectification_id = r.id AND f.state IN ('open', 'fixed')) AS open`;
const unitJoin = sql`JOIN units.unit_view u ON u.id = r.unit_id`;

export async function insertOrder(
  ctx: Ctx,
  one: {
    unitId: string;
    unitPath: string;
    siteId: string | null;
    siteName: string | null;
    words: string;
    dueAt: Date;
    findingIds: readonly string[];
  },
): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO findings.rectification (unit_id, unit_path, site_id, site_name,
      words, due_at, findings, issued_by, issued_by_name)
    VALUES (${one.unitId}::uuid, ${one.unitPath}::ltree, ${one.siteId}::uuid, ${one.siteName}, ${one.words},
      ${one.dueAt}, ${one.findingIds.length}, ${ctx.actor.id}, ${ctx.actor.name}) RETURNING id`.execute(
    ctx.db,
  );
  const id = rows[0]!.id;
  await sql`UPDATE findings.finding SET rectification_id = ${id}::uuid, due_at = ${one.dueAt}
    WHERE id = ANY(${[...one.findingIds]}::uuid[])`.execute(ctx.db);
  return id;
}

export async function ordersById(ctx: Ctx, ids: readonly string[]): Promise<OrderRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<OrderRow>`SELECT ${columns} FROM findings.rectification r ${unitJoin}
    WHERE r.id = ANY(${[...ids]}::uuid[]) ORDER BY r.id`.execute(ctx.db);
  return rows;
}

/** How many findings of each order are to be mended by the unit; what waits for the machine is not. */
export async function openInOrders(
  ctx: Ctx,
  ids: readonly string[],
): Promise<(OrderRow & { to_mend: number })[]> {
  const { rows } = await sql<OrderRow & { to_mend: number }>`SELECT ${columns},
      (SELECT count(*)::int FROM findings.finding f WHERE f.rectification_id = r.id AND f.state = 'open') AS to_mend
    FROM findings.rectification r ${unitJoin} WHERE r.id = ANY(${[...ids]}::uuid[]) ORDER BY r.id
    FOR UPDATE OF r`.execute(ctx.db);
  return rows;
}

export async function setSettled(ctx: Ctx, id: string, isSettled: boolean): Promise<void> {
  await sql`UPDATE findings.rectification SET settled_at = ${isSettled ? sql`base.now()` : sql`NULL`}
    WHERE id = ${id}::uuid AND (settled_at IS NULL) = ${isSettled}`.execute(ctx.db);
}

export interface OrderQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
  readonly siteId?: string | undefined;
  readonly state?: string | undefined;
}

/** Unsettled ones first, by their day. */
export async function listOrders(ctx: Ctx, query: OrderQuery): Promise<Page<OrderRow>> {
  const where: RawBuilder<unknown>[] = [];
  if (query.siteId) where.push(sql`r.site_id = ${query.siteId}::uuid`);
  if (query.state === 'settled') where.push(sql`r.settled_at IS NOT NULL`);
  if (query.state === 'open' || query.state === 'overdue') where.push(sql`r.settled_at IS NULL`);
  if (query.state === 'overdue') where.push(sql`r.due_at < base.now()`);
  if (query.q)
    where.push(sql`strpos(lower(r.words || ' ' || coalesce(r.site_name, '')), lower(${query.q})) > 0`);
  return pageOf<OrderRow>(ctx, {
    columns,
    from: sql`findings.rectification r`,
    as: 'r',
    join: unitJoin,
    where: allOf(where),
    orderBy: sql`(r.settled_at IS NULL) DESC, r.due_at, r.id`,
    query,
  });
}

export async function newestFixDays(
  ctx: Ctx,
): Promise<(FixDays & { changed_by_name: string; changed_at: Date }) | undefined> {
  const { rows } = await sql<
    FixDays & { changed_by_name: string; changed_at: Date }
  >`SELECT critical, high, medium,
      low, info, changed_by_name, changed_at FROM findings.fix_days ORDER BY id DESC LIMIT 1`.execute(ctx.db);
  return rows[0];
}

export async function insertFixDays(ctx: Ctx, days: FixDays): Promise<void> {
  await sql`INSERT INTO findings.fix_days (unit_path, critical, high, medium, low, info, changed_by, changed_by_name)
    VALUES (${ctx.actor.unitPath}::ltree, ${days.critical}, ${days.high}, ${days.medium}, ${days.low}, ${days.info},
      ${ctx.actor.id}, ${ctx.actor.name})`.execute(ctx.db);
}

export interface PrecisionRow {
  rule: string;
  kind: string;
  seen: number;
  open: number;
  closed: number;
  false_alarms: number;
  suppressed: number;
  confirmed: number;
}

/** Findings that were first seen in a span of days (China), by rule. A person confirms by mending or ordering. */
export async function countByRule(
  ctx: Ctx,
  query: { page: number; pageSize: number; q?: string | undefined; from: Date | null; to: Date | null },
): Promise<Page<PrecisionRow>> {
  const since = query.from ? sql`AND f.found_at >= ${query.from}` : sql``;
  const until = query.to ? sql`AND f.found_at <= ${query.to}` : sql``;
  const word = query.q ? sql`AND strpos(f.rule, ${query.q}) > 0` : sql``;
  return pageOf<PrecisionRow>(ctx, {
    columns: sql`n.*`,
    from: sql`(SELECT f.rule, min(f.kind) AS kind, count(*)::int AS seen,
        count(*) FILTER (WHERE f.state IN ('open', 'fixed'))::int AS open,
        count(*) FILTER (WHERE f.state = 'closed')::int AS closed,
        count(*) FILTER (WHERE f.state = 'false_alarm')::int AS false_alarms,
        sum(f.times_suppressed)::int AS suppressed,
        count(*) FILTER (WHERE f.state <> 'false_alarm'
          AND (f.fixed_at IS NOT NULL OR f.rectification_id IS NOT NULL))::int AS confirmed
      FROM findings.finding f WHERE true ${since} ${until} ${word} GROUP BY f.rule) AS n`,
    where: allOf([]),
    orderBy: sql`n.false_alarms DESC, n.seen DESC, n.rule`,
    query,
  });
}
