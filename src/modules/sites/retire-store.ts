import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Puts a site out of use. False when it is already. */
export async function setRetired(
  ctx: Ctx,
  site: { id: string; unitPath: string },
  reason: string,
): Promise<boolean> {
  const done = await sql`UPDATE sites.site SET retired_at = base.now()
    WHERE id = ${site.id}::uuid AND retired_at IS NULL`.execute(ctx.db);
  if (done.numAffectedRows !== 1n) return false;
  await sql`INSERT INTO sites.retirement (site_id, unit_path, reason, retired_by, retired_by_name)
    VALUES (${site.id}::uuid, ${site.unitPath}::ltree, ${reason}, ${ctx.actor.id}, ${ctx.actor.name})`.execute(
    ctx.db,
  );
  return true;
}

/** Takes a site into use again, as one that nobody has looked at. False when it is in use. */
export async function setRestored(ctx: Ctx, id: string, reason: string): Promise<boolean> {
  const done = await sql`UPDATE sites.site SET retired_at = NULL, health = 'unknown'
    WHERE id = ${id}::uuid AND retired_at IS NOT NULL`.execute(ctx.db);
  if (done.numAffectedRows !== 1n) return false;
  await sql`UPDATE sites.retirement SET restored_at = base.now(), restored_by = ${ctx.actor.id},
      restored_by_name = ${ctx.actor.name}, restored_reason = ${reason}
    WHERE site_id = ${id}::uuid AND restored_at IS NULL`.execute(ctx.db);
  return true;
}
