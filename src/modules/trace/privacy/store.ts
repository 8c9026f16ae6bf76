import { type RawBuilder, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { allOf, like, type Page, pageOf } from '#base/list';

export interface TouchRow {
  id: string;
  source: 'trace' | 'bulk';
  unit_id: string;
  unit_name: string;
  part: 'asked' | 'candidate' | 'both';
  office: string;
  source_id: string;
  case_no: string;
  asked_at: Date;
  queries: number;
  verdict: 'proven' | 'probable' | 'ambiguous' | 'not_provable';
  names_asked: number;
  names_opened: number;
  name_opened_at: Date | null;
}

/** Days in China; `to` is the last day that counts. */
export interface Span {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const inSpan = ({ from, to }: Span): RawBuilder<unknown>[] => [
  ...(from ? [sql`q.asked_at >= ${from}::date::timestamp AT TIME ZONE 'Asia/Shanghai'`] : []),
  ...(to ? [sql`q.asked_at < (${to}::date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'`] : []),
];

const touchOrders: Readonly<Record<string, RawBuilder<unknown>>> = {
  askedAt: sql`q.asked_at, q.id`,
  '-askedAt': sql`q.asked_at DESC, q.id DESC`,
};

export async function listTouches(
  ctx: Ctx,
  query: Span & {
    page: number;
    pageSize: number;
    q?: string | undefined;
    sort?: string | undefined;
    part?: string | undefined;
    opened?: 'yes' | 'no' | undefined;
  },
): Promise<Page<TouchRow>> {
  const where = inSpan(query);
  if (query.part) where.push(sql`q.part = ${query.part}`);
  if (query.opened) where.push(query.opened === 'yes' ? sql`q.names_opened > 0` : sql`q.names_opened = 0`);
  if (query.q) where.push(sql`(${like(sql`q.case_no`, query.q)} OR ${like(sql`q.office`, query.q)})`);
  return pageOf<TouchRow>(ctx, {
    columns: sql`q.id, q.source, q.source_id, q.unit_id, u.name AS unit_name, q.part, q.office, q.case_no, q.asked_at,
      q.queries, q.verdict, q.names_asked, q.names_opened, q.name_opened_at`,
    from: sql`trace.query_touch q`,
    as: 'q',
    join: sql`JOIN units.unit_view u ON u.id = q.unit_id`,
    where: allOf(where),
    orderBy: touchOrders[query.sort ?? ''] ?? sql`q.asked_at DESC, q.id DESC`,
    query,
  });
}

/**
 * Traces that the system asked by itself, for incidents; among `ids`, or all of a span. Ask with all units in sight: whoever
 * was found by one reads of it, although the trace is another unit's.
 */
export async function askedBySystem(ctx: Ctx, among: readonly string[] | Span): Promise<string[]> {
  const where = Array.isArray(among) ? [sql`q.id = ANY(${[...among]}::uuid[])`] : inSpan(among as Span);
  const { rows } = await sql<{ id: string }>`SELECT q.id FROM trace.trace q
    WHERE q.asked_by LIKE 'system:%' AND ${allOf(where)}`.execute(ctx.db);
  return rows.map(({ id }) => id);
}

export interface OfficeRow {
  office: string;
  by_system: boolean;
  queries: number;
  names_asked: number;
  names_opened: number;
  first_asked_at: Date;
  last_asked_at: Date;
}

/** By office, those that the system asked for it apart. A question that touched several units of the reader's scope counts once. */
export async function sumTouches(ctx: Ctx, span: Span, bySystem: readonly string[]): Promise<OfficeRow[]> {
  const { rows } = await sql<OfficeRow>`SELECT office,
      source = 'trace' AND source_id = ANY(${[...bySystem]}::uuid[]) AS by_system, sum(queries)::int AS queries,
      sum(names_asked)::int AS names_asked, sum(names_opened)::int AS names_opened,
      min(asked_at) AS first_asked_at, max(asked_at) AS last_asked_at
    FROM (SELECT q.source, q.source_id, min(q.office) AS office, max(q.queries) AS queries,
        sum(q.names_asked) AS names_asked, sum(q.names_opened) AS names_opened, min(q.asked_at) AS asked_at
      FROM trace.query_touch q WHERE ${allOf(inSpan(span))} GROUP BY q.source, q.source_id) AS one
    GROUP BY 1, 2 ORDER BY queries DESC, office, by_system`.execute(ctx.db);
  return rows;
}

export interface ProtectedRow {
  trace_id: string;
  number: number;
  /** A second person has approved that this reader sees whose it is, and that holds still. */
  approved: boolean;
}

/** The candidates of these traces whose person is a minor, or was one when it was asked. */
export async function minorCandidates(ctx: Ctx, traceIds: readonly string[]): Promise<ProtectedRow[]> {
  if (traceIds.length === 0) return [];
  const { rows } = await sql<ProtectedRow>`SELECT c.trace_id, c.number,
      EXISTS (SELECT FROM trace.reveal r WHERE r.trace_id = c.trace_id AND r.candidate = c.number
        AND r.requested_by = ${ctx.actor.id} AND r.decision = 'approved' AND r.expires_at > base.now()) AS approved
    FROM trace.candidate c WHERE c.trace_id = ANY(${[...traceIds]}::uuid[])
      AND (c.of_minor OR trace.is_minor(c.person_id))`.execute(ctx.db);
  return rows;
}

/** What holds for a unit: the newest approved rule of the nearest unit at or above it. */
export async function keepsDestinations(ctx: Ctx, unitPath: string): Promise<boolean> {
  const { rows } = await sql<{ keep: boolean }>`SELECT keep FROM trace.destination_rule
    WHERE unit_path @> ${unitPath}::ltree AND decision = 'approved'
    ORDER BY nlevel(unit_path) DESC, decided_at DESC, id DESC LIMIT 1`.execute(ctx.db);
  return rows[0]?.keep ?? false;
}

export interface RuleRow {
  id: string;
  unit_id: string;
  unit_path: string;
  unit_name: string;
  keep: boolean;
  reason: string;
  state: 'proposed' | 'approved' | 'refused';
  proposed_by: string;
  proposed_by_name: string;
  proposed_at: Date;
  decided_by_name: string | null;
  decided_at: Date | null;
}

const ruleColumns = sql`r.id, r.unit_id, r.unit_path::text AS unit_path, u.name AS unit_name, r.keep, r.reason,
  coalesce(r.decision, 'proposed') AS state, r.proposed_by, r.proposed_by_name, r.proposed_at, r.decided_by_name,
  r.decided_at`;

export async function listRules(ctx: Ctx, query: { page: number; pageSize: number }): Promise<Page<RuleRow>> {
  return pageOf<RuleRow>(ctx, {
    columns: ruleColumns,
    from: sql`trace.destination_rule r`,
    as: 'r',
    join: sql`JOIN units.unit_view u ON u.id = r.unit_id`,
    where: allOf([]),
    orderBy: sql`r.id DESC`,
    query,
  });
}

export async function findRule(ctx: Ctx, id: string): Promise<RuleRow | undefined> {
  const { rows } = await sql<RuleRow>`SELECT ${ruleColumns} FROM trace.destination_rule r
    JOIN units.unit_view u ON u.id = r.unit_id WHERE r.id = ${id}::uuid`.execute(ctx.db);
  return rows[0];
}

export async function insertRule(
  ctx: Ctx,
  rule: { unitId: string; unitPath: string; keep: boolean; reason: string },
): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO trace.destination_rule (unit_id, unit_path, keep, reason,
      proposed_by, proposed_by_name)
    VALUES (${rule.unitId}::uuid, ${rule.unitPath}::ltree, ${rule.keep}, ${rule.reason}, ${ctx.actor.id},
      ${ctx.actor.name}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/** Answers whether there was something to decide within the actor's scope. */
export async function decideRule(ctx: Ctx, id: string, decision: 'approved' | 'refused'): Promise<boolean> {
  const { numAffectedRows } = await sql`UPDATE trace.destination_rule SET decision = ${decision},
    decided_by = ${ctx.actor.id}, decided_by_name = ${ctx.actor.name}, decided_at = base.now()
    WHERE id = ${id}::uuid AND decision IS NULL`.execute(ctx.db);
  return numAffectedRows === 1n;
}
