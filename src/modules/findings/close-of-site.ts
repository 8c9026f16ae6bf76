import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { keepOrders } from './keep-orders.ts';
import { keepFixTask } from './raise-fix-task.ts';
import * as store from './store.ts';

/**
 * Closes all that stands of a site which is looked at no longer, or stands elsewhere now; `note` says why and stays in each
 * one's history. Tasks and orders end with them. Only the machine may. Returns how many there were.
 */
export async function closeOfSite(ctx: Ctx, siteId: string, note: string): Promise<number> {
  if (ctx.actor.kind !== 'system') throw new Error('only the machine closes findings');
  await store.lockSite(ctx, siteId);
  const standing = await store.findStanding(ctx, siteId);
  const [first] = standing;
  if (!first) return 0;
  const ids = standing.map(({ id }) => id);
  await store.closeFindings(ctx, ids);
  const changes = standing.map(({ id, unit_path: unitPath, state: before }) => ({
    ...{ findingId: id, unitPath, before },
    after: 'closed' as const,
  }));
  await store.insertChanges(ctx, changes, { note });
  await recordAudit(ctx, {
    action: 'findings.close',
    subject: `site:${siteId}`,
    unitPath: first.unit_path,
    after: { site: siteId, closed: ids, reason: note },
  });
  const { unit_id: unitId, unit_path: unitPath, site_name: siteName } = first;
  await keepFixTask(ctx, { unitId, unitPath, siteId, siteName });
  await keepOrders(
    ctx,
    standing.map((row) => row.rectification_id),
  );
  return ids.length;
}
