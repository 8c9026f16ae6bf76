import { sql } from 'kysely';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { pageOf } from '#base/list';

/** Starts a look in the session at hand, ending one that goes on there. False when the session is gone. */
export async function insertView(
  ctx: Ctx,
  row: { session: string; targetId: string; targetName: string; unitPath: string; reason: string },
): Promise<boolean> {
  await endViewOf(ctx, row.session);
  const done = await sql`INSERT INTO auth.view_as
      (session_id, viewer_id, viewer_name, target_id, target_name, unit_path, reason, ends_at)
    SELECT s.id, s.account_id, ${ctx.actor.name}, ${row.targetId}::uuid, ${row.targetName}, ${row.unitPath}::ltree,
      ${row.reason}, base.now() + interval '30 minutes'
    FROM auth.session s WHERE s.id = ${row.session}::uuid AND s.account_id = ${ctx.actor.id}::uuid
      AND s.ended_at IS NULL`.execute(ctx.db);
  return done.numAffectedRows === 1n;
}

/** Ends the look of a session; what was looked at, or undefined when there was none. */
export async function endViewOf(
  ctx: Ctx,
  session: string,
): Promise<{ target_id: string; target_name: string; unit_path: string; looked: number } | undefined> {
  const { rows } = await sql<{ target_id: string; target_name: string; unit_path: string; looked: number }>`
    UPDATE auth.view_as SET ended_at = base.now()
    WHERE ended_at IS NULL AND session_id = ${session}::uuid
    RETURNING target_id, target_name, unit_path, cardinality(seen) AS looked`.execute(ctx.db);
  return rows[0];
}

/** Records what is looked at: once per address, not once per refresh. */
export async function noteLook(ctx: Ctx, viewId: string, path: string): Promise<void> {
  const done = await sql`UPDATE auth.view_as SET seen = seen || ${path}::text
    WHERE id = ${viewId}::uuid AND NOT ${path} = ANY(seen) AND cardinality(seen) < 1000`.execute(ctx.db);
  if (done.numAffectedRows !== 1n) return;
  await recordAudit(ctx, { action: 'auth.look', subject: `account:${ctx.actor.id}`, after: { path } });
}

export function listViewsOf(ctx: Ctx, accountId: string, query: { page: number; pageSize: number }) {
  return pageOf<{
    viewer_name: string;
    reason: string;
    started_at: Date;
    ended_at: Date | null;
    looked: number;
  }>(ctx, {
    columns: sql`v.viewer_name, v.reason, v.started_at, coalesce(v.ended_at, CASE WHEN v.ends_at <= base.now()
      THEN v.ends_at END) AS ended_at, cardinality(v.seen) AS looked`,
    from: sql`auth.view_as v`,
    where: sql`v.target_id = ${accountId}::uuid`,
    orderBy: sql`v.id DESC`,
    query,
  });
}
