import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { findUnit, refreshFive } from '#units';
import { siteRestored, siteRetired } from './contract.ts';
import { entryOf, readSite, refuseTakenHost } from './register-site.ts';
import { setRestored, setRetired } from './retire-store.ts';
import { lockHosts, lockSite, type SiteRow } from './store.ts';

/**
 * Retires a site (注销): it stays on file and nobody looks at it any more; who listens to `sites.retired` ends what is under
 * way. Throws `sites.retired` when it is retired already.
 */
export async function retireSite(ctx: Ctx, id: string, reason: string): Promise<SiteRow> {
  await lockHosts(ctx);
  await lockSite(ctx, id);
  const before = await readSite(ctx, id);
  if (!(await setRetired(ctx, { id, unitPath: before.unit_path }, reason))) {
    fail('sites.retired', { name: before.name });
  }
  await recordAudit(ctx, {
    action: 'sites.retire',
    subject: `site:${id}`,
    unitPath: before.unit_path,
    before: entryOf(before),
    after: { state: 'retired', reason },
  });
  await ctx.emit(siteRetired, { siteId: id, reason }, before.unit_path);
  await refreshFive(ctx, [before.unit_id]);
  return readSite(ctx, id);
}

/**
 * Takes a retirement back. Throws `sites.not_retired`, `sites.duplicate_host` when the host was registered anew, and
 * `units.not_open` when its unit was closed meanwhile.
 */
export async function restoreSite(ctx: Ctx, id: string, reason: string): Promise<SiteRow> {
  const before = await readSite(ctx, id);
  if (!before.retired_at) fail('sites.not_retired', { name: before.name });
  const unit = await findUnit(ctx, { id: before.unit_id });
  if (unit?.state !== 'open') fail('units.not_open', { name: before.unit_name });
  await refuseTakenHost(ctx, before.host);
  if (!(await setRestored(ctx, id, reason))) fail('sites.not_retired', { name: before.name });
  await recordAudit(ctx, {
    action: 'sites.restore',
    subject: `site:${id}`,
    unitPath: before.unit_path,
    before: { state: 'retired', reason: before.retired_reason, at: before.retired_at },
    after: { ...entryOf(before), reason },
  });
  await ctx.emit(siteRestored, { siteId: id }, before.unit_path);
  await refreshFive(ctx, [before.unit_id]);
  return readSite(ctx, id);
}
