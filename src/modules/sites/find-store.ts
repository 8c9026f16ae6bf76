import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { likeOf } from '#units';

/** Visible sites by name, address, or the name or pinyin of their unit, best first. */
export async function searchSites(
  ctx: Ctx,
  q: string,
  limit: number,
): Promise<{ id: string; name: string; url: string; unit_name: string }[]> {
  const { rows } = await sql<{ id: string; name: string; url: string; unit_name: string }>`
    SELECT s.id, s.name, s.url, u.name AS unit_name
    FROM sites.search_site(${likeOf(q).slice(1, -1)}, ${limit}) WITH ORDINALITY AS hit(id, place)
    JOIN sites.site s USING (id) JOIN units.unit_view u ON u.id = s.unit_id
    ORDER BY hit.place`.execute(ctx.db);
  return rows;
}
