/** PostgreSQL: which segments of a source were sealed around another one. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** The ids of up to `count` segments of the source before or after a segment, the nearest first. */
export async function segmentsBeside(
  ctx: Ctx,
  sourceId: number,
  segment: { readonly id: number; readonly side: 'before' | 'after' },
  count: number,
): Promise<number[]> {
  const beside =
    segment.side === 'before'
      ? sql`id < ${segment.id} ORDER BY id DESC`
      : sql`id > ${segment.id} ORDER BY id`;
  const { rows } = await sql<{ id: number }>`SELECT id FROM logs.segment
    WHERE source_id = ${sourceId} AND ${beside} LIMIT ${count}`.execute(ctx.db);
  return rows.map((row) => row.id);
}
