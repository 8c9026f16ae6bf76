/** PostgreSQL: the estimates of many clocks at many moments. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** What the delays of a source's lines told of its clock. */
export interface ClockEstimateAt {
  readonly at: Date;
  readonly offsetMs: number;
  readonly spreadMs: number;
  readonly samples: number;
  readonly steady: boolean;
}

/** The estimate nearest to a moment. */
export interface ClockAt extends ClockEstimateAt {
  readonly question: number;
  /** The last before and the first two after the moment, without the nearest: a clock may have jumped between them. */
  readonly others: readonly ClockEstimateAt[];
}

/**
 * For each source and moment the estimates around it that were there at `knownAt` (epoch ms); those without any are
 * left out. An estimate from lines was there at its own moment, a reading when it was told.
 */
export async function offsetsNear(
  ctx: Ctx,
  asked: readonly { readonly sourceId: number; readonly at: number }[],
  knownAt: number,
): Promise<ClockAt[]> {
  if (asked.length === 0) return [];
  const list = JSON.stringify(asked.map((one, n) => ({ n, s: one.sourceId, at: new Date(one.at) })));
  const known = new Date(knownAt);
  const side = (
    before: boolean,
  ) => sql`SELECT * FROM (SELECT o.* FROM logs.clock_offset o WHERE o.source_id = q.s
      AND coalesce(o.told, o.at) <= ${known} AND (o.withdrawn IS NULL OR o.withdrawn > ${known})
      AND ${before ? sql`o.at <= q.at ORDER BY o.at DESC LIMIT 1` : sql`o.at > q.at ORDER BY o.at LIMIT 2`}) AS side`;
  const { rows } = await sql<ClockEstimateAt & { readonly question: number }>`SELECT q.n AS question, o.at,
      o.offset_ms AS "offsetMs", o.spread_ms AS "spreadMs", o.samples, o.steady
    FROM jsonb_to_recordset(${list}::jsonb) AS q(n int, s int, at timestamptz),
      LATERAL (${side(true)} UNION ALL ${side(false)}) AS o
    ORDER BY q.n, abs(extract(epoch FROM o.at - q.at)), o.at`.execute(ctx.db);
  return [...Map.groupBy(rows, (row) => row.question).values()].map(([nearest, ...others]) => ({
    ...nearest!,
    others: others.map(({ question: _, ...one }) => one),
  }));
}
