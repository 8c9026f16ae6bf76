import { type Generated, type SqlBool, sql } from 'kysely';
import { type Ctx, tables } from '#base/app';
import type { UnitKind } from './rules.ts';

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
}

export interface PersonRow {
  id: Generated<string>;
  person_no: string;
  name: string;
  pinyin: string;
  unit_id: string;
  unit_path: string;
  post: string;
  phone: string | null;
  email: string | null;
}

export type NewUnitRow = Omit<UnitRow, 'id'> & { id: string };
export type NewPersonRow = Omit<PersonRow, 'id'>;

export interface UnitsTables {
  'units.unit': UnitRow;
  'units.person': PersonRow;
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

/** Whether the row `t` is what the user typed: name, number, pinyin initials or full pinyin. */
function matches(q: string | undefined, numberColumn: string) {
  const haystack = sql`(t.name || ' ' || ${sql.ref(`t.${numberColumn}`)} || ' ' || t.pinyin)`;
  return q ? sql<SqlBool>`${haystack} ILIKE ${likeOf(q)}` : sql<SqlBool>`true`;
}

export async function listUnits(
  ctx: Ctx,
  query: ListQuery & { kind?: UnitKind | undefined; parentId?: string | undefined },
) {
  let rows = db(ctx)
    .selectFrom('units.unit as t')
    .where(sql<SqlBool>`t.unit_path <@ (SELECT base.scope())`)
    .where(matches(query.q, 'code'));
  if (query.kind) rows = rows.where('t.kind', '=', query.kind);
  if (query.parentId) rows = rows.where('t.parent_id', '=', query.parentId);
  const total = await rows.select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
  const items = await rows
    .leftJoin('units.unit as parent', 'parent.id', 't.parent_id')
    .selectAll('t')
    .select('parent.name as parent_name')
    .orderBy('t.unit_path')
    .limit(query.pageSize)
    .offset((query.page - 1) * query.pageSize)
    .execute();
  return { items, total: total.n };
}

/** One visible unit by id or code, or the city bureau. */
export async function findUnit(ctx: Ctx, key: { id: string } | { code: string } | { kind: 'city' }) {
  const rows = db(ctx)
    .selectFrom('units.unit as t')
    .leftJoin('units.unit as parent', 'parent.id', 't.parent_id')
    .selectAll('t')
    .select('parent.name as parent_name');
  if ('id' in key) return rows.where('t.id', '=', key.id).executeTakeFirst();
  if ('code' in key) return rows.where('t.code', '=', key.code).executeTakeFirst();
  return rows.where('t.kind', '=', key.kind).executeTakeFirst();
}

/** Units by code, whatever is visible; the caller checks the scope where it writes. */
export async function unitsByCode(ctx: Ctx, codes?: readonly string[]): Promise<Map<string, UnitRef>> {
  let rows = db(ctx).selectFrom('units.unit').select(['id', 'code', 'name', 'kind', 'unit_path as path']);
  if (codes) rows = rows.where('code', '=', sql<string>`ANY(${[...codes]}::text[])`);
  return new Map((await rows.execute()).map((row) => [row.code, row]));
}

export async function peopleByNumber(
  ctx: Ctx,
  numbers?: readonly string[],
): Promise<Map<string, { id: string; personNo: string; unitId: string; path: string }>> {
  let rows = db(ctx)
    .selectFrom('units.person')
    .select(['id', 'person_no as personNo', 'unit_id as unitId', 'unit_path as path']);
  if (numbers) rows = rows.where('person_no', '=', sql<string>`ANY(${[...numbers]}::text[])`);
  return new Map((await rows.execute()).map((row) => [row.personNo, row]));
}

const chunk = 1000;

/** Inserts or, by code, updates. Never moves a unit: its path is its identity in every other table. */
export async function upsertUnits(ctx: Ctx, rows: readonly NewUnitRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += chunk) {
    await db(ctx)
      .insertInto('units.unit')
      .values(rows.slice(at, at + chunk))
      .onConflict((conflict) =>
        conflict.column('code').doUpdateSet((eb) => ({
          name: eb.ref('excluded.name'),
          pinyin: eb.ref('excluded.pinyin'),
          uscc: eb.ref('excluded.uscc'),
          school_code: eb.ref('excluded.school_code'),
          address: eb.ref('excluded.address'),
          phone: eb.ref('excluded.phone'),
        })),
      )
      .execute();
  }
}

export async function upsertPeople(ctx: Ctx, rows: readonly NewPersonRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += chunk) {
    await db(ctx)
      .insertInto('units.person')
      .values(rows.slice(at, at + chunk))
      .onConflict((conflict) =>
        conflict.column('person_no').doUpdateSet((eb) => ({
          name: eb.ref('excluded.name'),
          pinyin: eb.ref('excluded.pinyin'),
          unit_id: eb.ref('excluded.unit_id'),
          unit_path: eb.ref('excluded.unit_path'),
          post: eb.ref('excluded.post'),
          phone: eb.ref('excluded.phone'),
          email: eb.ref('excluded.email'),
        })),
      )
      .execute();
  }
}

export async function listPeople(
  ctx: Ctx,
  query: ListQuery & { unitId?: string | undefined; post?: string | undefined },
) {
  let rows = db(ctx)
    .selectFrom('units.person as t')
    .innerJoin('units.unit as u', 'u.id', 't.unit_id')
    .where(matches(query.q, 'person_no'));
  if (query.unitId) rows = rows.where('t.unit_id', '=', query.unitId);
  if (query.post) rows = rows.where('t.post', '=', query.post);
  const total = await rows.select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
  const items = await rows
    .selectAll('t')
    .select('u.name as unit_name')
    .orderBy('t.unit_path')
    .orderBy('t.person_no')
    .limit(query.pageSize)
    .offset((query.page - 1) * query.pageSize)
    .execute();
  return { items, total: total.n };
}

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
