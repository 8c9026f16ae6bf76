import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { likeOf } from '#units';

/** Visible incidents by number, title, site or page; those that are not over first. */
export async function searchIncidents(
  ctx: Ctx,
  q: string,
  limit: number,
): Promise<{ id: string; number: string; title: string; unit_name: string }[]> {
  const { rows } = await sql<{ id: string; number: string; title: string; unit_name: string }>`
    SELECT i.id, i.number, i.title, u.name AS unit_name
    FROM incidents.search_incident(${likeOf(q).slice(1, -1)}, ${limit}) WITH ORDINALITY AS hit(id, place)
    JOIN incidents.incident i USING (id) JOIN units.unit_view u ON u.id = i.unit_id
    ORDER BY hit.place`.execute(ctx.db);
  return rows;
}
