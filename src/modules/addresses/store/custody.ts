/** Devices in people's hands. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';

export async function findDevicesOf(ctx: Ctx, personId: string, limit: number) {
  const { rows } = await sql<{
    id: string;
    title: string;
    detail: string;
    unitId: string;
    unitPath: string;
    n: number;
  }>`SELECT d.id, d.name AS title, concat_ws(' · ', d.asset_no, d.room, host(d.ip)) AS detail, d.unit_id AS "unitId",
      d.unit_path::text AS "unitPath", count(*) OVER () AS n
    FROM addresses.device d WHERE d.person_id = ${personId}::uuid ORDER BY d.asset_no, d.id LIMIT ${limit}`.execute(
    ctx.db,
  );
  return rows;
}

/** Gives devices to another person in the register; gives them with their room, which stays. */
export async function replaceHolder(
  ctx: Ctx,
  change: { from: string; to: string; of: { unitId: string } | { id: string } },
): Promise<{ id: string; unitPath: string; room: string | null }[]> {
  const which =
    'id' in change.of ? sql`d.id = ${change.of.id}::uuid` : sql`d.unit_id = ${change.of.unitId}::uuid`;
  const { rows } = await sql<{ id: string; unitPath: string; room: string | null }>`UPDATE addresses.device d
    SET person_id = ${change.to}::uuid, revision = revision + 1 WHERE d.person_id = ${change.from}::uuid AND ${which}
    RETURNING d.id, d.unit_path::text AS "unitPath", d.room`.execute(ctx.db);
  return rows;
}

/**
 * In whose hands a device was on a day; undefined: there is no such device to be seen. Nobody is told of a device of
 * another unit than the reader's, nor of a minor: those names come out of a trace only, approved by a second person.
 */
export async function findHoldersOn(ctx: Ctx, deviceId: string, day: string, knownAt: Date | undefined) {
  const found = await sql<{ title: string; unitId: string }>`SELECT d.name || ' ' || d.asset_no AS title,
      d.unit_id AS "unitId" FROM addresses.device d WHERE d.id = ${deviceId}::uuid`.execute(ctx.db);
  const device = found.rows[0];
  if (!device) return undefined;
  if (device.unitId !== ctx.actor.unitId) return { ...device, named: [] };
  const known = knownAt ? sql`c.recorded @> ${knownAt}::timestamptz` : sql`upper_inf(c.recorded)`;
  const { rows } = await sql<{
    personId: string;
  }>`SELECT DISTINCT c.person_id AS "personId" FROM addresses.custody c
    JOIN units.person_view p ON p.id = c.person_id AND NOT p.minor
    WHERE c.device_id = ${deviceId}::uuid AND ${known}
      AND c.valid && tstzrange(units.instant_of(${day}::date), units.instant_of(${day}::date + 1))`.execute(
    ctx.db,
  );
  return { ...device, named: rows.map(({ personId }) => ({ role: 'holder', personId })) };
}
