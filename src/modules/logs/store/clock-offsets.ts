/** PostgreSQL: the estimates of many clocks at many moments. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** What is known of a source's clock nearest to a moment. */
export interface ClockAt {
  readonly question: number;
  readonly at: Date;
  readonly offsetMs: number;
  readonly spreadMs: number;
  readonly samples: number;
  readonly steady: boolean;
}

/** For each source and moment the nearest estimate, the last before or the first after; those without are left out. */
export async function offsetsNear(
  ctx: Ctx,
  asked: readonly { readonly sourceId: number; readonly at: number }[],
): Promise<ClockAt[]> {
  if (asked.length === 0) return [];
  const list = JSON.stringify(asked.map((one, n) => ({ n, s: one.sourceId, at: new Date(one.at) })));
  const side = (
    before: boolean,
  ) => sql`SELECT * FROM (SELECT o.* FROM logs.clock_offset o WHERE o.source_id = q.s
      AND ${before ? sql`o.at <= q.at ORDER BY o.at DESC` : sql`o.at > q.at ORDER BY o.at`} LIMIT 1) AS side`;
  const { rows } =
    await sql<ClockAt>`SELECT DISTINCT ON (q.n) q.n AS question, o.at, o.offset_ms AS "offsetMs",
      o.spread_ms AS "spreadMs", o.samples, o.steady
    FROM jsonb_to_recordset(${list}::jsonb) AS q(n int, s int, at timestamptz),
      LATERAL (${side(true)} UNION ALL ${side(false)}) AS o
    ORDER BY q.n, abs(extract(epoch FROM o.at - q.at))`.execute(ctx.db);
  return rows;
}
