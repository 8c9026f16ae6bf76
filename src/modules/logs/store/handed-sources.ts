/** PostgreSQL: sources of a unit that merged into another. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Puts them under the unit that answers for it now: the one that it merged into may have merged itself. */
export async function handSources(
  ctx: Ctx,
  unitId: string,
): Promise<{ id: number; name: string; from: string; to: string }[]> {
  const { rows } = await sql<{ id: number; name: string; from: string; to: string }>`WITH RECURSIVE up AS (
      SELECT u.unit_path, u.state, u.parent_id, 0 AS step FROM units.unit_view u WHERE u.id = ${unitId}::uuid
      UNION ALL SELECT u.unit_path, u.state, u.parent_id, step + 1
      FROM up JOIN units.unit_view u ON up.state = 'merged' AND u.id = up.parent_id),
    ends AS (SELECT (SELECT unit_path FROM up WHERE step = 0) AS giver,
      (SELECT unit_path FROM up WHERE state <> 'merged') AS taker)
    UPDATE logs.source s SET unit_path = e.taker FROM ends e
    WHERE s.unit_path = e.giver AND e.taker <> e.giver
    RETURNING s.id, s.name, e.giver::text AS "from", e.taker::text AS "to"`.execute(ctx.db);
  return rows;
}
