/** SQL of a unit's facts: changes, search text, credit codes that were approved. */
import { type SqlBool, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import { searchTextOf } from './pinyin.ts';
import type { factColumns, ListQuery } from './store.ts';
import { namesOf } from './tree-store.ts';

export type Facts = { readonly [K in (typeof factColumns)[number]]?: string | number | null };

/** Writes the facts that are given and leaves the others. */
export async function updateFacts(ctx: Ctx, id: string, facts: Facts): Promise<void> {
  const sets = Object.entries(facts).map(([column, value]) => sql`${sql.ref(column)} = ${value}`);
  // The approval belongs to one code.
  if ('uscc' in facts) {
    sets.push(sql`uscc_approval_id = CASE WHEN uscc = ${facts.uscc} THEN uscc_approval_id END`);
  }
  await sql`UPDATE units.unit SET ${sql.join([...sets, sql`version = version + 1`])}
    WHERE id = ${id}::uuid`.execute(ctx.db);
}

/** Writes anew in what units are found: names of all times, short names, codes, all readings. */
export async function refreshSearch(ctx: Ctx, ids: readonly string[]): Promise<void> {
  const former = await namesOf(ctx, ids);
  const { rows } = await sql<{
    id: string;
    name: string;
    short_name: string | null;
    code: string;
    school_code: string | null;
  }>`SELECT id, name, short_name, code, school_code FROM units.unit WHERE id = ANY(${[...ids]}::uuid[])`.execute(
    ctx.db,
  );
  const texts = rows.map(({ id, name, short_name: short, code, school_code: school }) => ({
    id,
    search: searchTextOf([name, short ?? '', ...(former.get(id) ?? [])], [code, school]),
  }));
  await sql`UPDATE units.unit t SET search = n.search
    FROM jsonb_to_recordset(${JSON.stringify(texts)}::jsonb) AS n(id uuid, search text)
    WHERE t.id = n.id AND t.search <> n.search`.execute(ctx.db);
}

export interface ApprovalRow {
  readonly id: string;
  readonly unit_id: string;
  readonly unit_name: string;
  readonly unit_path: string;
  readonly uscc: string;
  readonly reason: string;
  readonly scan_ref: string;
  readonly proposed_by: string;
  readonly proposed_by_name: string;
  readonly proposed_at: Date;
  readonly approved: boolean | null;
  readonly decided_by_name: string | null;
  readonly decided_at: Date | null;
  readonly note: string | null;
}

const approvalColumns = sql`a.*, a.unit_path::text AS unit_path, u.name AS unit_name`;
const approvalTables = sql`units.uscc_approval a JOIN units.unit u ON u.id = a.unit_id`;

export async function insertApproval(
  ctx: Ctx,
  row: Pick<ApprovalRow, 'unit_id' | 'unit_path' | 'uscc' | 'reason' | 'scan_ref'>,
): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`INSERT INTO units.uscc_approval (unit_id, unit_path, uscc, reason,
      scan_ref, proposed_by, proposed_by_name)
    VALUES (${row.unit_id}::uuid, ${row.unit_path}::ltree, ${row.uscc}, ${row.reason}, ${row.scan_ref},
      ${ctx.actor.id}, ${ctx.actor.name}) RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

export async function findApproval(ctx: Ctx, id: string, lock = false): Promise<ApprovalRow | undefined> {
  const { rows } = await sql<ApprovalRow>`SELECT ${approvalColumns} FROM ${approvalTables}
    WHERE a.id = ${id}::uuid ${lock ? sql`FOR UPDATE OF a` : sql``}`.execute(ctx.db);
  return rows[0];
}

export async function decideApproval(
  ctx: Ctx,
  id: string,
  approved: boolean,
  note: string | null,
): Promise<void> {
  await sql`UPDATE units.uscc_approval SET approved = ${approved}, note = ${note}, decided_by = ${ctx.actor.id},
      decided_by_name = ${ctx.actor.name}, decided_at = base.now() WHERE id = ${id}::uuid`.execute(ctx.db);
}

/** Puts the approved code into the register. */
export async function setApprovedUscc(ctx: Ctx, approval: ApprovalRow): Promise<void> {
  await sql`UPDATE units.unit SET uscc = ${approval.uscc}, uscc_approval_id = ${approval.id}::uuid,
      version = version + 1 WHERE id = ${approval.unit_id}::uuid`.execute(ctx.db);
}

export async function listApprovals(
  ctx: Ctx,
  query: ListQuery & { unitId?: string | undefined; waiting?: boolean | undefined },
) {
  const where = [sql<SqlBool>`true`];
  if (query.unitId) where.push(sql`a.unit_id = ${query.unitId}::uuid`);
  if (query.waiting !== undefined) where.push(sql`(a.approved IS NULL) = ${query.waiting}`);
  if (query.q) where.push(sql`strpos(u.name || ' ' || a.uscc, ${query.q}) > 0`);
  return pageOf<ApprovalRow>(ctx, {
    columns: approvalColumns,
    from: approvalTables,
    where: sql<SqlBool>`${sql.join(where, sql` AND `)}`,
    orderBy: sql`a.id DESC`,
    query,
  });
}
