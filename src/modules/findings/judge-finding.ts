import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { falseAlarmMarked, fixReported } from './contract.ts';
import { keepFixTask } from './raise-fix-task.ts';
import * as store from './store.ts';

/** Notes that the unit says it is fixed; the site is looked at again, and only that closes the finding. */
export async function reportFixed(ctx: Ctx, id: string, note?: string): Promise<store.FindingRow> {
  const finding = await lockOpen(ctx, id, ['open']);
  await store.setFixed(ctx, id);
  await change(ctx, finding, 'fixed', note);
  await ctx.emit(fixReported, { findingId: id, siteId: finding.site_id }, finding.unit_path);
  return reread(ctx, id);
}

/** Marks a false alarm. Throws `findings.own_fix` for the one who reported it fixed (rule 2). */
export async function markFalseAlarm(ctx: Ctx, id: string, reason: string): Promise<store.FindingRow> {
  const finding = await lockOpen(ctx, id, ['open', 'fixed']);
  if (finding.fixed_by === ctx.actor.id) fail('findings.own_fix');
  await store.setFalseAlarm(ctx, id);
  await change(ctx, finding, 'false_alarm', reason);
  await ctx.emit(falseAlarmMarked, { findingId: id, siteId: finding.site_id }, finding.unit_path);
  return reread(ctx, id);
}

async function lockOpen(ctx: Ctx, id: string, states: readonly string[]): Promise<store.FindingRow> {
  const finding = (await store.lockFinding(ctx, id)) ?? fail('base.not_found', { what: id });
  if (!states.includes(finding.state)) fail('findings.not_open', { state: finding.state });
  return finding;
}

async function change(
  ctx: Ctx,
  finding: store.FindingRow,
  after: 'fixed' | 'false_alarm',
  note: string | undefined,
): Promise<void> {
  const { id, unit_path: unitPath, state: before } = finding;
  await store.insertChanges(ctx, [{ findingId: id, unitPath, before, after }], { note });
  await recordAudit(ctx, {
    action: after === 'fixed' ? 'findings.fixed' : 'findings.false_alarm',
    subject: `finding:${id}`,
    unitPath,
    before: { state: before },
    after: { state: after, note: note ?? null },
  });
  const { unit_id: unitId, site_id: siteId, site_name: siteName } = finding;
  await keepFixTask(ctx, { unitId, unitPath, siteId, siteName });
}

async function reread(ctx: Ctx, id: string): Promise<store.FindingRow> {
  return (await store.findFinding(ctx, id)) ?? fail('base.not_found', { what: id });
}
