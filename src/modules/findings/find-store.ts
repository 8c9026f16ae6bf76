import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { likeOf } from '#units';

export interface FoundFinding {
  id: string;
  text: string;
  url: string;
  unit_name: string;
  site_name: string | null;
}

/** Visible findings by page, text or site, open and grave ones first. */
export async function searchFindings(ctx: Ctx, q: string, limit: number): Promise<FoundFinding[]> {
  const { rows } = await sql<FoundFinding>`SELECT f.id, f.text, f.url, f.site_name, u.name AS unit_name
    FROM findings.search_finding(${likeOf(q).slice(1, -1)}, ${limit}) WITH ORDINALITY AS hit(id, place)
    JOIN findings.finding f USING (id) JOIN units.unit_view u ON u.id = f.unit_id
    ORDER BY hit.place`.execute(ctx.db);
  return rows;
}
