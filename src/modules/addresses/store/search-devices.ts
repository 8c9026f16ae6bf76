import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import { likeOf } from '#units';

export interface FoundDevice {
  id: string;
  asset_no: string;
  name: string;
  unit_name: string;
  ip: string | null;
  room: string | null;
}

/** Visible devices by number, name, room or whole IPv4 address, best first. */
export async function searchDevices(ctx: Ctx, q: string, limit: number): Promise<FoundDevice[]> {
  const { rows } =
    await sql<FoundDevice>`SELECT d.id, d.asset_no, d.name, u.name AS unit_name, host(d.ip) AS ip, d.room
    FROM addresses.search_device(${likeOf(q).slice(1, -1)}, ${limit}) WITH ORDINALITY AS hit(id, place)
    JOIN addresses.device d USING (id) JOIN units.unit_view u ON u.id = d.unit_id
    ORDER BY hit.place`.execute(ctx.db);
  return rows;
}
