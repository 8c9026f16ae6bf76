/** One page of a list, and how many rows there are: the only way in which a list is read. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { Db } from '#base/db';

/** Rows are counted up to here; more are only known to be more. */
export const countLimit = 10_000;

/** A search that fewer rows than this are expected to answer goes through the index; others meet a hit at every turn. */
const selective = 3_000;
/** Hits of an unselective search are counted up to here. */
const hitLimit = 2_000;

export interface ListSource {
  /** What a row shows; it may use the tables of `join`, too. */
  readonly columns: RawBuilder<unknown>;
  /** The table with its alias, and joins that narrow the rows: `units.person p`. */
  readonly from: RawBuilder<unknown>;
  /** Joins for columns only, one row each: kept out of the count. */
  readonly join?: RawBuilder<unknown>;
  /**
   * The alias of the one table in `from`: the page is cut before anything is joined to it. For large tables; then
   * `where` and `orderBy` may name columns of that table only.
   */
  readonly as?: string;
  readonly where: RawBuilder<SqlBool>;
  /** What a user typed, and the column in which it is looked for: one with an index on `base.grams(column)`. */
  readonly search?: {
    readonly column: RawBuilder<unknown>;
    readonly typed: string | undefined;
    /** Rows that are found for another reason, too, by an index of their own: `n.unit_id = ANY(…)`. */
    readonly or?: RawBuilder<SqlBool> | undefined;
  };
  /** Must end in a unique column, or pages would overlap. */
  readonly orderBy: RawBuilder<unknown>;
  readonly query: { readonly page: number; readonly pageSize: number };
}

export interface Page<Row> {
  readonly items: Row[];
  readonly total: number;
  /** True: there are at least `total` rows. */
  readonly capped: boolean;
}

interface Cut {
  readonly where: RawBuilder<SqlBool>;
  readonly limit: number;
  /** Walks the order's index and stops at the page's end, instead of sorting all hits. */
  readonly walk: boolean;
}

/** Reads one page. A first page that is not full needs no count. */
export async function pageOf<Row>(ctx: { readonly db: Db }, source: ListSource): Promise<Page<Row>> {
  const { page, pageSize } = source.query;
  const cut = await cutOf(ctx, source);
  const items = await readPage<Row>(ctx, source, cut);
  if (page === 1 && items.length < pageSize) return { items, total: items.length, capped: false };
  const counted = await sql<{ n: number }>`SELECT count(*) AS n FROM
    (SELECT FROM ${source.from} WHERE ${cut.where} LIMIT ${cut.limit + 1}) AS counted`.execute(ctx.db);
  const n = counted.rows[0]!.n;
  return { items, total: Math.min(n, cut.limit), capped: n > cut.limit };
}

async function readPage<Row>(ctx: { readonly db: Db }, source: ListSource, cut: Cut): Promise<Row[]> {
  if (cut.walk) await sql`SELECT set_config('enable_sort', 'off', true)`.execute(ctx.db);
  const { rows } = await sql<Row>`${selectOf(source, cut)}`.execute(ctx.db);
  if (cut.walk) await sql`SELECT set_config('enable_sort', 'on', true)`.execute(ctx.db);
  return rows;
}

/** How a search is best answered: the planner's statistics tell how many rows the index would give. */
async function cutOf(ctx: { readonly db: Db }, source: ListSource): Promise<Cut> {
  const { column, typed, or } = source.search ?? {};
  if (!column || !typed) return { where: source.where, limit: countLimit, walk: false };
  const either = (found: RawBuilder<SqlBool>) => (or ? sql<SqlBool>`(${found} OR ${or})` : found);
  const indexed = either(sql`base.grams(${column}) @> base.grams(${typed})`);
  const { rows } = await sql<{
    'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }];
  }>`EXPLAIN (FORMAT JSON) SELECT FROM ${source.from} WHERE ${indexed}`.execute(ctx.db);
  const expected = rows[0]!['QUERY PLAN'][0].Plan['Plan Rows'];
  const matches = either(like(column, typed));
  if (expected < selective) {
    return { where: allOf([indexed, matches, source.where]), limit: countLimit, walk: false };
  }
  return { where: allOf([matches, source.where]), limit: hitLimit, walk: true };
}

/**
 * Whether a path lies in the actor's scope: for lists whose rows are seen for another reason, too. Unlike
 * `(SELECT base.scope())` it is a value that the planner knows, and so how many rows there are.
 */
export function isInScope(ctx: Pick<Ctx, 'actor'>, path: RawBuilder<unknown>): RawBuilder<SqlBool> {
  const { scope } = ctx.actor;
  if (scope === '') return sql<SqlBool>`false`;
  return sql<SqlBool>`${path} <@ ${scope === '*' ? '' : scope}::ltree`;
}

/**
 * Whether `column` holds what a user typed, whatever its case. `%` and `_` are meant literally. Small letters by
 * Unicode's own table: ICU's took three times as long (measured on 8,000 names).
 */
export function like(column: RawBuilder<unknown>, typed: string): RawBuilder<SqlBool> {
  const pattern = `%${typed.replace(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${column} COLLATE pg_c_utf8) LIKE lower(${pattern} COLLATE pg_c_utf8)`;
}

function selectOf(source: ListSource, cut: Cut): RawBuilder<unknown> {
  const { columns, from, join, as, orderBy } = source;
  const { page, pageSize } = source.query;
  const rest = sql`WHERE ${cut.where} ORDER BY ${orderBy} LIMIT ${pageSize} OFFSET ${(page - 1) * pageSize}`;
  if (as === undefined) return sql`SELECT ${columns} FROM ${from} ${join ?? sql``} ${rest}`;
  const alias = sql.ref(as);
  return sql`SELECT ${columns} FROM (SELECT ${alias}.* FROM ${from} ${rest}) AS ${alias} ${join ?? sql``}
    ORDER BY ${orderBy}`;
}

/** All of them; `true` when there is none. */
export function allOf(conditions: readonly RawBuilder<unknown>[]): RawBuilder<SqlBool> {
  return conditions.length === 0 ? sql<SqlBool>`true` : sql<SqlBool>`(${sql.join(conditions, sql` AND `)})`;
}
