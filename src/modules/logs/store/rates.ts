/** PostgreSQL: what is usual. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Sources that have days in the ledger since then, a page by id. */
export async function sourcesWithDays(
  ctx: Ctx,
  since: string,
  after: number,
  limit: number,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`SELECT s.id FROM logs.source s WHERE s.id > ${after}
    AND EXISTS (SELECT FROM logs.ledger_day d WHERE d.source_id = s.id AND d.day >= ${since}::date)
    ORDER BY s.id LIMIT ${limit}`.execute(ctx.db);
  return rows.map((row) => row.id);
}

/** Days before `today` keep what was usual then: by hour of the week, from the hour at which the day begins. */
export async function keepExpected(ctx: Ctx, sourceIds: readonly number[], today: string): Promise<void> {
  await sql`UPDATE logs.ledger_day d SET expected =
      r.usual[(extract(isodow FROM d.day)::int - 1) * 24 + 1 : extract(isodow FROM d.day)::int * 24]
    FROM logs.source_rate r WHERE r.source_id = d.source_id AND d.source_id = ANY(${sourceIds as number[]}::int[])
      AND d.day < ${today}::date AND d.expected IS NULL`.execute(ctx.db);
}

export async function saveRates(
  ctx: Ctx,
  sourceId: number,
  { usual, least }: { readonly usual: readonly number[]; readonly least: readonly number[] },
  weeks: number,
): Promise<void> {
  await sql`INSERT INTO logs.source_rate (source_id, unit_path, usual, least, weeks)
    SELECT id, unit_path, ${usual as number[]}::real[], ${least as number[]}::real[], ${weeks} FROM logs.source
    WHERE id = ${sourceId}
    ON CONFLICT (source_id) DO UPDATE SET usual = EXCLUDED.usual, least = EXCLUDED.least, weeks = EXCLUDED.weeks,
      learned_at = base.now()`.execute(ctx.db);
}
