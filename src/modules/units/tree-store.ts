/** SQL of the tree in time: histories, acts, and the functions that move what belongs to a unit. */
import { type SqlBool, sql } from 'kysely';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';
import type { UnitKind } from './rules.ts';
import type { ListQuery } from './store.ts';
import type { Period, UnitState } from './timeline.ts';

export interface PeriodRow extends Period {
  readonly rowId: string;
  readonly changeId: string | null;
  readonly byName: string;
}

/** The bureau's calendar day, by the database's clock. */
export async function today(ctx: Ctx): Promise<string> {
  const { rows } = await sql<{ day: string }>`SELECT units.calendar_day()::text AS day`.execute(ctx.db);
  return rows[0]!.day;
}

/** One change of the tree at a time; waits for the one under way. */
export async function lockTree(ctx: Ctx): Promise<void> {
  await sql`SELECT units.lock_tree()`.execute(ctx.db);
}

/** Now, and not at the end of the transaction: so that its errors can be told. */
export async function checkTree(ctx: Ctx): Promise<void> {
  await sql`SET CONSTRAINTS ALL IMMEDIATE`.execute(ctx.db);
  await sql`SET CONSTRAINTS ALL DEFERRED`.execute(ctx.db);
}

/** What is held to be true of a unit's past, in order. */
export async function periodsOf(ctx: Ctx, unitId: string): Promise<PeriodRow[]> {
  const { rows } = await sql<PeriodRow>`SELECT row_id AS "rowId", lower(valid)::text AS "from",
      upper(valid)::text AS "to", name, kind, parent_id AS "parentId", state, change_id AS "changeId",
      by_name AS "byName"
    FROM units.unit_history WHERE unit_id = ${unitId}::uuid AND upper_inf(recorded)
    ORDER BY lower(valid)`.execute(ctx.db);
  return rows;
}

/** Closes the record of some periods and writes others in their stead. */
export async function rewritePeriods(
  ctx: Ctx,
  unit: { readonly id: string; readonly unit_path: string },
  old: readonly PeriodRow[],
  added: readonly (Period & { changeId: string | null; byName: string })[],
): Promise<void> {
  const { rows } = await sql<{ moment: string }>`SELECT units.next_moment(${unit.id}::uuid)::text
    AS moment`.execute(ctx.db);
  const { moment } = rows[0]!;
  await sql`UPDATE units.unit_history SET recorded = tstzrange(lower(recorded), ${moment}::timestamptz)
    WHERE row_id = ANY(${old.map((one) => one.rowId)}::uuid[])`.execute(ctx.db);
  await sql`INSERT INTO units.unit_history (unit_id, unit_path, name, kind, parent_id, state, valid, recorded,
      change_id, by_name)
    SELECT ${unit.id}::uuid, ${unit.unit_path}::ltree, n.name, n.kind, n."parentId", n.state,
      daterange(n."from", n."to"), tstzrange(${moment}::timestamptz, NULL), n."changeId", n."byName"
    FROM jsonb_to_recordset(${JSON.stringify(added)}::jsonb) AS n("from" date, "to" date, name text, kind text,
      "parentId" uuid, state text, "changeId" uuid, "byName" text) ORDER BY n."from"`.execute(ctx.db);
}

export interface MovedRows {
  readonly table: string;
  readonly rows: number;
}

/** Gives a unit its parent and state; what belongs to it gets the new path in this transaction. */
export async function hangUnit(
  ctx: Ctx,
  id: string,
  parentId: string,
  state: UnitState,
): Promise<MovedRows[]> {
  const { rows } = await sql<MovedRows>`SELECT table_name AS "table", rows
    FROM units.hang(${id}::uuid, ${parentId}::uuid, ${state})`.execute(ctx.db);
  return rows;
}

/** Hands people, accounts, tokens and websites of a merged unit to the one that it went into. */
export async function handOver(ctx: Ctx, giver: string, taker: string): Promise<MovedRows[]> {
  const { rows } = await sql<MovedRows>`SELECT table_name AS "table", rows
    FROM units.hand_over(${giver}::uuid, ${taker}::uuid)`.execute(ctx.db);
  return rows;
}

/** How much belongs to a unit and the units below it, by table. */
export async function contentsOf(
  ctx: Ctx,
  id: string,
): Promise<(MovedRows & { readonly blocks: boolean })[]> {
  const { rows } = await sql<MovedRows & { blocks: boolean }>`SELECT table_name AS "table", rows, blocks
    FROM units.contents(${id}::uuid)`.execute(ctx.db);
  return rows;
}

/** Brings rows after that were written with a path that their unit had just left. Returns how many. */
export async function bringAfter(ctx: Ctx): Promise<number> {
  const { rows } = await sql<{ n: number }>`SELECT units.bring_after() AS n`.execute(ctx.db);
  return rows[0]!.n;
}

/** Open units whose parent is one of these. */
export async function openChildren(ctx: Ctx, id: string): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`SELECT id, name FROM units.unit
    WHERE parent_id = ${id}::uuid AND state = 'open' ORDER BY unit_path`.execute(ctx.db);
  return rows;
}

export async function setName(ctx: Ctx, id: string, name: string): Promise<void> {
  await sql`UPDATE units.unit SET name = ${name}, version = version + 1 WHERE id = ${id}::uuid`.execute(
    ctx.db,
  );
}

export interface TreeRow {
  readonly id: string;
  readonly name: string;
  readonly kind: UnitKind;
  readonly state: UnitState;
  readonly parentId: string | null;
  readonly path: string;
  readonly here: boolean;
}

/** The tree in scope on a day: what hung in the scope then, and what belongs to it now. */
export async function treeOn(ctx: Ctx, on: string, closed: boolean): Promise<TreeRow[]> {
  const { rows } = await sql<TreeRow>`SELECT unit_id AS id, name, kind, state, parent_id AS "parentId",
      held_path::text AS path, unit_path <@ (SELECT base.scope()) AS here
    FROM units.unit_history WHERE upper_inf(recorded) AND valid @> ${on}::date
      AND (state = 'open' OR ${closed}) ORDER BY held_path`.execute(ctx.db);
  return inPlace(rows);
}

/**
 * Each unit's path by the chain of that day's parents. `held_path` was written with the unit's own row: when a later
 * correction moves the unit above it, the rows below keep what they were written with.
 */
function inPlace(rows: readonly TreeRow[]): TreeRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const paths = new Map<string, string>();
  const pathOf = (row: TreeRow): string => {
    const known = paths.get(row.id);
    if (known !== undefined) return known;
    const parent = row.parentId === null ? undefined : byId.get(row.parentId);
    const path = parent ? `${pathOf(parent)}.${row.path.split('.').at(-1)}` : row.path;
    paths.set(row.id, path);
    return path;
  };
  const placed = rows.map((row) => ({ ...row, path: pathOf(row) }));
  return placed.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** The first day of which anything is known. */
export async function knownSince(ctx: Ctx): Promise<string | null> {
  const { rows } = await sql<{ day: string | null }>`SELECT min(lower(valid))::text AS day
    FROM units.unit_history WHERE upper_inf(recorded)`.execute(ctx.db);
  return rows[0]!.day;
}

/** What the tree of a day does not show although somebody may look for it: see `getTree`. */
export async function missingOn(ctx: Ctx, on: string): Promise<{ planned: number; undated: number }> {
  const { rows } = await sql<{ planned: number; undated: number }>`SELECT
      (SELECT count(*) FROM units.change WHERE state = 'planned' AND effective_on <= ${on}::date) AS planned,
      (SELECT count(*) FROM units.unit u WHERE u.state = 'open' AND u.since_on IS NULL AND ${on}::date <
        (SELECT min(lower(h.valid)) FROM units.unit_history h WHERE h.unit_id = u.id AND upper_inf(h.recorded))
      ) AS undated`.execute(ctx.db);
  return rows[0]!;
}

export interface HistoryRow extends Period {
  readonly parentName: string | null;
  readonly path: string;
  readonly recordedAt: Date;
  readonly supersededAt: Date | null;
}

/** All that was ever recorded of a unit, the latest days first; corrected rows included. */
export async function historyOf(ctx: Ctx, id: string): Promise<HistoryRow[]> {
  // The parent is named as it was called in those days.
  const { rows } = await sql<HistoryRow>`SELECT lower(h.valid)::text AS "from", upper(h.valid)::text AS "to",
      h.name, h.kind, h.parent_id AS "parentId", h.state, h.held_path::text AS path,
      lower(h.recorded) AS "recordedAt", upper(h.recorded) AS "supersededAt",
      coalesce((SELECT p.name FROM units.unit_history p WHERE p.unit_id = h.parent_id AND upper_inf(p.recorded)
        AND p.valid @> lower(h.valid)), u.name) AS "parentName"
    FROM units.unit_history h LEFT JOIN units.unit u ON u.id = h.parent_id
    WHERE h.unit_id = ${id}::uuid ORDER BY lower(h.valid) DESC, lower(h.recorded) DESC`.execute(ctx.db);
  return rows;
}

/** The first known day of every visible unit, by its id. */
export async function startsOf(ctx: Ctx): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; day: string }>`SELECT unit_id AS id, min(lower(valid))::text AS day
    FROM units.unit_history WHERE upper_inf(recorded) GROUP BY unit_id`.execute(ctx.db);
  return new Map(rows.map((row) => [row.id, row.day]));
}

/** Names that each unit ever had, as far as they are held to be true. */
export async function namesOf(ctx: Ctx, ids: readonly string[]): Promise<Map<string, string[]>> {
  const { rows } = await sql<{ id: string; names: string[] }>`SELECT unit_id AS id,
      array_agg(DISTINCT name) AS names FROM units.unit_history
    WHERE upper_inf(recorded) AND unit_id = ANY(${[...ids]}::uuid[]) GROUP BY unit_id`.execute(ctx.db);
  return new Map(rows.map((row) => [row.id, row.names]));
}

export interface ChangeRow {
  readonly id: string;
  readonly unit_id: string;
  readonly unit_name: string;
  readonly unit_path: string;
  readonly kind: 'rename' | 'move' | 'merge' | 'split' | 'close' | 'reopen';
  readonly state: 'planned' | 'applied' | 'cancelled' | 'failed';
  readonly effective_on: string;
  readonly doc_no: string;
  readonly reason: string;
  readonly body: Record<string, unknown>;
  /** Names of the units that the act names by code, as far as they are visible. */
  readonly named: string | null;
  readonly by_id: string;
  readonly by_name: string;
  readonly at: Date;
  readonly applied_at: Date | null;
  readonly error: string | null;
}

export async function insertChange(
  ctx: Ctx,
  row: Pick<ChangeRow, 'unit_id' | 'unit_path' | 'kind' | 'effective_on' | 'doc_no' | 'reason' | 'body'>,
): Promise<string> {
  const { rows } = await sql<{ id: string }>`INSERT INTO units.change (unit_id, unit_path, kind, effective_on,
      doc_no, reason, body, by_id, by_name)
    VALUES (${row.unit_id}::uuid, ${row.unit_path}::ltree, ${row.kind}, ${row.effective_on}::date, ${row.doc_no},
      ${row.reason}, ${JSON.stringify(row.body)}::jsonb, ${ctx.actor.id}, ${ctx.actor.name})
    RETURNING id`.execute(ctx.db);
  return rows[0]!.id;
}

/** Settles a planned change; false when somebody else did so before. */
export async function settleChange(
  ctx: Ctx,
  id: string,
  state: 'applied' | 'cancelled' | 'failed',
  error: string | null = null,
): Promise<boolean> {
  const { numAffectedRows } = await sql`UPDATE units.change SET state = ${state}, error = ${error},
      applied_at = CASE WHEN ${state} = 'applied' THEN base.now() END
    WHERE id = ${id}::uuid AND state = 'planned'`.execute(ctx.db);
  return numAffectedRows === 1n;
}

const changeColumns = sql`c.id, c.unit_id, u.name AS unit_name, c.unit_path::text AS unit_path, c.kind, c.state,
  c.effective_on::text AS effective_on, c.doc_no, c.reason, c.body,
  (SELECT string_agg(n.name, '、' ORDER BY n.name) FROM units.unit n WHERE n.code = c.body->>'parentCode'
    OR (c.body->'others') ? n.code) AS named, c.by_id, c.by_name, c.at, c.applied_at, c.error`;

export async function findChange(ctx: Ctx, id: string, lock = false): Promise<ChangeRow | undefined> {
  const { rows } = await sql<ChangeRow>`SELECT ${changeColumns} FROM units.change c
    JOIN units.unit u ON u.id = c.unit_id WHERE c.id = ${id}::uuid
    ${lock ? sql`FOR UPDATE OF c` : sql``}`.execute(ctx.db);
  return rows[0];
}

/** Planned changes whose day has come, in the order of their days. */
export async function dueChanges(ctx: Ctx): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`SELECT id FROM units.change
    WHERE state = 'planned' AND effective_on <= units.calendar_day() ORDER BY effective_on, id`.execute(
    ctx.db,
  );
  return rows.map((row) => row.id);
}

export async function listChanges(
  ctx: Ctx,
  query: ListQuery & { state?: string | undefined; kind?: string | undefined; unitId?: string | undefined },
) {
  const where = [sql<SqlBool>`true`];
  if (query.state) where.push(sql`c.state = ${query.state}`);
  if (query.kind) where.push(sql`c.kind = ${query.kind}`);
  if (query.unitId) where.push(sql`c.unit_id = ${query.unitId}::uuid`);
  if (query.q) where.push(sql`strpos(u.name || ' ' || c.doc_no || ' ' || c.reason, ${query.q}) > 0`);
  return pageOf<ChangeRow>(ctx, {
    columns: changeColumns,
    from: sql`units.change c JOIN units.unit u ON u.id = c.unit_id`,
    where: sql<SqlBool>`${sql.join(where, sql` AND `)}`,
    orderBy: sql`c.id DESC`,
    query,
  });
}
