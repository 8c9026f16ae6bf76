import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { actOnMany } from './act-on-many.ts';
import { fixReported } from './contract.ts';
import { keepOrders } from './keep-orders.ts';
import { keepFixTask } from './raise-fix-task.ts';
import { findingStateWords } from './state-words.ts';
import * as store from './store.ts';

/** Notes that the unit says it is fixed; the site is looked at again, and only that closes the finding. */
export async function reportFixed(ctx: Ctx, id: string, note?: string): Promise<store.FindingRow> {
  const finding = await lockOpen(ctx, id, ['open']);
  await store.setFixed(ctx, id);
  await change(ctx, finding, note);
  await ctx.emit(fixReported, { findingId: id, siteId: finding.site_id }, finding.unit_path);
  return reread(ctx, id);
}

/** Reports several; what cannot be reported is told and stops nothing. */
export function reportManyFixed(ctx: Ctx, findingIds: readonly string[], note?: string) {
  return actOnMany(findingIds, (id) => reportFixed(ctx, id, note));
}

async function lockOpen(ctx: Ctx, id: string, states: readonly string[]): Promise<store.FindingRow> {
  const finding = (await store.lockFinding(ctx, id)) ?? fail('base.not_found', { what: id });
  if (!states.includes(finding.state))
    fail('findings.not_open', { state: finding.state, now: findingStateWords[finding.state] });
  return finding;
}

async function change(ctx: Ctx, finding: store.FindingRow, note: string | undefined): Promise<void> {
  const after = 'fixed';
  const { id, unit_path: unitPath, state: before } = finding;
  await store.insertChanges(ctx, [{ findingId: id, unitPath, before, after }], { note });
  await recordAudit(ctx, {
    action: 'findings.fixed',
    subject: `finding:${id}`,
    unitPath,
    before: { state: before },
    after: { state: after, note: note ?? null },
  });
  const { unit_id: unitId, site_id: siteId, site_name: siteName } = finding;
  await keepFixTask(ctx, { unitId, unitPath, siteId, siteName });
  await keepOrders(ctx, [finding.rectification_id]);
}

async function reread(ctx: Ctx, id: string): Promise<store.FindingRow> {
  return (await store.findFinding(ctx, id)) ?? fail('base.not_found', { what: id });
}
