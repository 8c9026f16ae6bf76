/** One page of a list, and how many rows there are: the only way in which a list is read. */
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Db } from '#base/db';

/** Rows are counted up to here; more are only known to be more. */
export const countLimit = 10_000;

export interface ListSource {
  /** What a row shows; it may use the tables of `join`, too. */
  readonly columns: RawBuilder<unknown>;
  /** The table with its alias, and joins that narrow the rows: `units.person p`. */
  readonly from: RawBuilder<unknown>;
  /** Left joins for columns only: kept out of the count. */
  readonly join?: RawBuilder<unknown>;
  readonly where: RawBuilder<SqlBool>;
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

/** Reads one page. A first page that is not full needs no count. */
export async function pageOf<Row>(ctx: { readonly db: Db }, source: ListSource): Promise<Page<Row>> {
  const { page, pageSize } = source.query;
  const { rows: items } = await sql<Row>`SELECT ${source.columns} FROM ${source.from} ${source.join ?? sql``}
    WHERE ${source.where} ORDER BY ${source.orderBy}
    LIMIT ${pageSize} OFFSET ${(page - 1) * pageSize}`.execute(ctx.db);
  if (page === 1 && items.length < pageSize) return { items, total: items.length, capped: false };
  const counted = await sql<{ n: number }>`SELECT count(*) AS n FROM
    (SELECT FROM ${source.from} WHERE ${source.where} LIMIT ${countLimit + 1}) AS counted`.execute(ctx.db);
  const n = counted.rows[0]!.n;
  return { items, total: Math.min(n, countLimit), capped: n > countLimit };
}
