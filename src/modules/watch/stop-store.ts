import { sql } from 'kysely';
import type { Ctx } from '#base/app';

/** Ends the check that runs; its holder finds it ended at the next step. */
export async function endRunning(ctx: Ctx, siteId: string, reason: string): Promise<void> {
  await sql`UPDATE watch."check" SET state = 'failed', reason = ${reason}, finished_at = base.now(), holder = NULL,
      lease_until = NULL, again = false
    WHERE site_id = ${siteId}::uuid AND state = 'running'`.execute(ctx.db);
}

/** Takes probe and look from whoever is at them, and ends the outage that stands. */
export async function endProbing(ctx: Ctx, siteId: string): Promise<void> {
  await sql`UPDATE watch.site_watch SET holder = NULL, lease_until = NULL, look_holder = NULL, look_lease_until = NULL,
      asked_at = NULL WHERE site_id = ${siteId}::uuid`.execute(ctx.db);
  await sql`UPDATE watch.outage SET ended_at = greatest(base.now(), began_at)
    WHERE site_id = ${siteId}::uuid AND ended_at IS NULL`.execute(ctx.db);
}

/** A rescan under way does not wait for the site. */
export async function leaveRescans(ctx: Ctx, siteId: string): Promise<void> {
  await sql`UPDATE watch.rescan_site s SET state = 'retired' FROM watch.rescan r
    WHERE r.id = s.rescan_id AND r.state IN ('running', 'paused') AND s.site_id = ${siteId}::uuid
      AND s.state IN ('waiting', 'asked')`.execute(ctx.db);
}

/** Nothing of the old address stays in the line, and how it answered says nothing about the new one. */
export async function forgetAddress(ctx: Ctx, siteId: string): Promise<void> {
  await sql`UPDATE watch.url SET state = 'done', outcome = 'gone', found_on = NULL
    WHERE site_id = ${siteId}::uuid`.execute(ctx.db);
  await sql`UPDATE watch.site_watch SET verdict = 'unknown', probed_at = NULL, result = NULL, status = NULL, ms = NULL,
      reason = NULL, since = NULL, looked_at = NULL, facts = '{}', cert_expires_at = NULL
    WHERE site_id = ${siteId}::uuid`.execute(ctx.db);
}
