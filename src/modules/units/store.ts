import { type Generated, type Insertable, type Selectable, type SqlBool, sql } from 'kysely';
import type { z } from 'zod';
import { type Ctx, tables } from '#base/app';
import { isInScope, pageOf } from '#base/list';
import type { schoolType } from './contract.ts';
import { foldQuery } from './pinyin.ts';
import type { UnitKind } from './rules.ts';
import type { UnitState } from './timeline.ts';

export interface UnitRow {
  id: Generated<string>;
  code: string;
  name: string;
  pinyin: string;
  kind: UnitKind;
  parent_id: string | null;
  unit_path: string;
  uscc: string | null;
  school_code: string | null;
  address: string | null;
  phone: string | null;
  state: Generated<UnitState>;
  short_name: string | null;
  since_on: string | null;
  admin_code: string | null;
  school_type: SchoolType | null;
  ownership: 'public' | 'private' | null;
  postal_code: string | null;
  contact_name: string | null;
  contact_phone: string | null;
  student_count: number | null;
  staff_count: number | null;
  uscc_approval_id: string | null;
  version: Generated<number>;
  search: Generated<string>;
}
type SchoolType = z.infer<typeof schoolType>;

/** What a registration or an import states; the rest the database fills. */
export type NewUnitRow = Omit<
  Insertable<UnitRow>,
  'id' | 'state' | 'version' | 'search' | 'uscc_approval_id'
> & { id: string };

export interface UnitsTables {
  'units.unit': UnitRow;
  'units.import_run': {
    id: Generated<string>;
    unit_path: string;
    kind: string;
    file_name: string;
    accepted: number;
    rejected: number;
    error_sha256: string | null;
    actor_id: string;
    actor_name: string;
    at: Generated<Date>;
  };
}

/** A unit as others know it. */
export interface UnitRef {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: UnitKind;
  readonly path: string;
}

const db = (ctx: Ctx) => tables<UnitsTables>(ctx);

/** Escapes `%` and `_`, which a user types and means literally. */
export function likeOf(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

export interface ListQuery {
  readonly page: number;
  readonly pageSize: number;
  readonly q?: string | undefined;
}

export interface UnitFilter {
  readonly q?: string | undefined;
  readonly kind?: UnitKind | undefined;
  readonly parentId?: string | undefined;
  /** Left out: open units only. */
  readonly state?: UnitState | 'all' | undefined;
}

export type ListedUnit = Selectable<UnitRow> & { parent_name: string | null };

const listColumns = sql`t.*, t.unit_path::text AS unit_path, t.since_on::text AS since_on, parent.name AS parent_name`;
const unitOrders: Readonly<Record<string, ReturnType<typeof sql>>> = {
  name: sql`t.name, t.id`,
  '-name': sql`t.name DESC, t.id`,
  code: sql`t.code`,
  '-code': sql`t.code DESC`,
  kind: sql`t.kind, t.unit_path`,
  '-kind': sql`t.kind DESC, t.unit_path`,
};

function unitSource(ctx: Ctx, filter: UnitFilter & { readonly sort?: string | undefined }) {
  const where = [isInScope(ctx, sql`t.unit_path`)];
  // Compared row by row: of a thousand units that takes 0.3 ms, and a page ends where it is full. By the trigram index,
  // which works inside `units.search_units` only, it took 7 ms when many were found.
  if (filter.q) where.push(sql`t.search LIKE ${likeOf(foldQuery(filter.q))}`);
  if (filter.kind) where.push(sql`t.kind = ${filter.kind}`);
  if (filter.parentId) where.push(sql`t.parent_id = ${filter.parentId}::uuid`);
  if (filter.state !== 'all') where.push(sql`t.state = ${filter.state ?? 'open'}`);
  return {
    columns: listColumns,
    from: sql`units.unit t`,
    as: 't',
    join: sql`LEFT JOIN units.unit parent ON parent.id = t.parent_id`,
    where: sql<SqlBool>`${sql.join(where, sql` AND `)}`,
    orderBy: unitOrders[filter.sort ?? ''] ?? sql`t.unit_path`,
  };
}

/** One page of the units in scope. */
export async function listUnits(
  ctx: Ctx,
  query: ListQuery & UnitFilter & { readonly sort?: string | undefined },
) {
  return pageOf<ListedUnit>(ctx, { ...unitSource(ctx, query), query });
}

/** All units in scope under a filter, for the export. */
export async function allUnits(ctx: Ctx, filter: UnitFilter): Promise<ListedUnit[]> {
  const { columns, from, join, where, orderBy } = unitSource(ctx, filter);
  const { rows } = await sql<ListedUnit>`SELECT ${columns} FROM ${from} ${join} WHERE ${where}
    ORDER BY ${orderBy}`.execute(ctx.db);
  return rows;
}

/** One visible unit by id or code, or the city bureau. */
export async function findUnit(
  ctx: Ctx,
  key: { id: string } | { code: string } | { kind: 'city' },
): Promise<ListedUnit | undefined> {
  const which =
    'id' in key
      ? sql`t.id = ${key.id}::uuid`
      : 'code' in key
        ? sql`t.code = ${key.code}`
        : sql`t.kind = ${key.kind}`;
  const { rows } = await sql<ListedUnit>`SELECT ${listColumns} FROM units.unit t
    LEFT JOIN units.unit parent ON parent.id = t.parent_id WHERE ${which}`.execute(ctx.db);
  return rows[0];
}

/** All visible units, whatever their state. */
export async function unitRows(ctx: Ctx): Promise<ListedUnit[]> {
  const { rows } = await sql<ListedUnit>`SELECT ${listColumns} FROM units.unit t
    LEFT JOIN units.unit parent ON parent.id = t.parent_id ORDER BY t.unit_path`.execute(ctx.db);
  return rows;
}

/** Open units by code, whatever is visible; the caller checks the scope where it writes. */
export async function unitsByCode(ctx: Ctx, codes?: readonly string[]): Promise<Map<string, UnitRef>> {
  let rows = db(ctx)
    .selectFrom('units.unit')
    .select(['id', 'code', 'name', 'kind', 'unit_path as path'])
    .where('state', '=', 'open');
  if (codes) rows = rows.where('code', '=', sql<string>`ANY(${[...codes]}::text[])`);
  return new Map((await rows.execute()).map((row) => [row.code, row]));
}

const chunk = 1000;

/** Inserts or, by code, updates. Never moves a unit: that is an act with a document (`changeUnit`). */
export async function upsertUnits(ctx: Ctx, rows: readonly NewUnitRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += chunk) {
    await db(ctx)
      .insertInto('units.unit')
      .values(rows.slice(at, at + chunk))
      .onConflict((conflict) =>
        conflict.column('code').doUpdateSet((eb) => ({
          ...Object.fromEntries(
            [...factColumns, 'name', 'pinyin'].map((name) => [name, eb.ref(`excluded.${name}` as never)]),
          ),
          // A code that two people approved stays approved as long as it is that code.
          uscc_approval_id: sql<
            string | null
          >`CASE WHEN unit.uscc = excluded.uscc THEN unit.uscc_approval_id END`,
          version: sql<number>`unit.version + 1`,
        })),
      )
      .execute();
  }
}

/** Columns that say something of a unit besides its name and place. */
export const factColumns = [
  'short_name',
  'admin_code',
  'uscc',
  'school_code',
  'school_type',
  'ownership',
  'address',
  'postal_code',
  'phone',
  'contact_name',
  'contact_phone',
  'student_count',
  'staff_count',
  'since_on',
] as const satisfies readonly (keyof UnitRow)[];

export async function insertImportRun(
  ctx: Ctx,
  run: { kind: string; fileName: string; accepted: number; rejected: number; errorSha256: string | null },
): Promise<string> {
  const row = await db(ctx)
    .insertInto('units.import_run')
    .values({
      unit_path: ctx.actor.unitPath,
      kind: run.kind,
      file_name: run.fileName,
      accepted: run.accepted,
      rejected: run.rejected,
      error_sha256: run.errorSha256,
      actor_id: ctx.actor.id,
      actor_name: ctx.actor.name,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function findImportRun(ctx: Ctx, id: string) {
  return db(ctx).selectFrom('units.import_run').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function listImportRuns(ctx: Ctx, query: ListQuery) {
  const rows = db(ctx).selectFrom('units.import_run');
  const total = await rows.select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
  const items = await rows
    .selectAll()
    .orderBy('id', 'desc')
    .limit(query.pageSize)
    .offset((query.page - 1) * query.pageSize)
    .execute();
  return { items, total: total.n };
}
