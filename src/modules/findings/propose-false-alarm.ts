/** False alarms: proposed by one person, decided by another, taken back when they were none. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { askOffice, settleTask } from '#tasks';
import { actOnMany } from './act-on-many.ts';
import { falseAlarmMarked, type SuppressionScope } from './contract.ts';
import { keepOrders } from './keep-orders.ts';
import { keepFixTask } from './raise-fix-task.ts';
import { lastInstantOf, pageOf, subjectOf } from './rules.ts';
import { findingStateWords, suppressionStateWords } from './state-words.ts';
import * as store from './store.ts';
import * as suppressions from './suppression-store.ts';

export interface Proposal {
  readonly scope: SuppressionScope;
  readonly reason: string;
  readonly expiresOn?: string | undefined;
}

const dayMs = 86_400_000;
const daysToDecide = 3;
const taskKey = (id: string) => `findings:suppression:${id}`;

/** Proposes a false alarm. The finding stays open, and in the school's list, until another person agrees. */
export async function proposeFalseAlarm(
  ctx: Ctx,
  findingId: string,
  input: Proposal,
): Promise<suppressions.SuppressionRow> {
  const finding = (await store.lockFinding(ctx, findingId)) ?? fail('base.not_found', { what: findingId });
  if (finding.state !== 'open' && finding.state !== 'fixed')
    fail('findings.not_open', { state: finding.state, now: findingStateWords[finding.state] });
  if (finding.fixed_by === ctx.actor.id) fail('findings.own_fix');
  const unitPath = input.scope === 'term' ? ctx.actor.unitPath : finding.unit_path;
  if (!isBelow(finding.unit_path, unitPath)) fail('findings.scope_outside');
  if (finding.site_id === null && (input.scope === 'page_text' || input.scope === 'site_rule'))
    fail('findings.scope_needs_site');
  const id = await suppressions.insertSuppression(ctx, {
    unitPath,
    scope: input.scope,
    findingId,
    siteId: finding.site_id,
    siteName: finding.site_name,
    page: pageOf(finding.url),
    rule: finding.rule,
    subject: subjectOf(finding),
    reason: input.reason,
    expiresAt: expiryOf(ctx, input.expiresOn),
  });
  if (id === null) fail('findings.already_proposed');
  await note(ctx, finding, 'proposed', input.reason);
  await audit(ctx, 'findings.propose_false_alarm', id, unitPath, { finding: findingId, ...input });
  await askOffice(ctx, {
    key: taskKey(id),
    kind: 'findings.suppression',
    unitPath,
    title: `认定误报：${finding.text.slice(0, 60)}`,
    why: `${ctx.actor.name}认为这是误报：${input.reason}。请另一个人认定；认定前问题仍算待整改。`,
    legalBasis: '丽教办发〔2009〕57号 第二条（D24）；提出与认定分离',
    minutes: 5,
    link: `/findings/${findingId}`,
    days: daysToDecide,
  });
  return (await suppressions.findSuppression(ctx, id))!;
}

/** Proposes several; what cannot be proposed is told and stops nothing. */
export function proposeFalseAlarms(ctx: Ctx, findingIds: readonly string[], input: Proposal) {
  return actOnMany(findingIds, (id) => proposeFalseAlarm(ctx, id, input), ['findings.bad_expiry']);
}

/** Agrees or refuses. The one who proposed it, and the one who reported it as fixed, may not (rule 2). */
export async function decideSuppression(
  ctx: Ctx,
  id: string,
  input: { approve: boolean; note?: string | undefined },
): Promise<suppressions.SuppressionRow> {
  const one = (await suppressions.lockSuppression(ctx, id)) ?? fail('base.not_found', { what: id });
  if (one.state !== 'proposed')
    fail('findings.suppression_decided', { state: one.state, now: suppressionStateWords[one.state] });
  if (one.proposed_by === ctx.actor.id) fail('findings.own_proposal');
  const finding =
    (await store.lockFinding(ctx, one.finding_id)) ?? fail('base.not_found', { what: one.finding_id });
  const fixer = finding.fixed_by;
  if (input.approve && fixer !== null && (fixer === ctx.actor.id || fixer === one.proposed_by))
    fail('findings.own_fix');
  if (!input.approve && (input.note ?? '').length < 4) fail('findings.reason_needed');
  await suppressions.setDecision(ctx, id, input.approve ? 'approved' : 'refused', input.note || null);
  if (input.approve) await apply(ctx, id, input.note || one.reason);
  else await note(ctx, finding, 'refused', input.note);
  await audit(ctx, 'findings.decide_false_alarm', id, one.unit_path, {
    approve: input.approve,
    note: input.note ?? null,
  });
  await settleTask(ctx, taskKey(id), {
    state: 'done',
    words: input.approve ? '已认定为误报 / agreed' : '不同意，继续整改 / refused',
  });
  return (await suppressions.findSuppression(ctx, id))!;
}

async function apply(ctx: Ctx, id: string, words: string): Promise<void> {
  const matched = await suppressions.suppressMatching(ctx, id);
  await store.insertChanges(
    ctx,
    matched.map((row) => ({
      findingId: row.id,
      unitPath: row.unit_path,
      before: row.before,
      after: 'false_alarm' as const,
    })),
    { note: words },
  );
  const places = new Map(matched.map((row) => [row.site_id ?? `unit:${row.unit_id}`, row]));
  for (const row of places.values()) {
    const { unit_id: unitId, unit_path: unitPath, site_id: siteId, site_name: siteName } = row;
    await keepFixTask(ctx, { unitId, unitPath, siteId, siteName });
    await ctx.emit(falseAlarmMarked, { findingId: row.id, siteId }, unitPath);
  }
  await keepOrders(
    ctx,
    matched.map((row) => row.rectification_id),
  );
}

/** Takes one back: the one who proposed it, or who may decide. What it held down opens when it is next seen. */
export async function withdrawSuppression(
  ctx: Ctx,
  id: string,
  reason: string,
): Promise<suppressions.SuppressionRow> {
  const one = (await suppressions.lockSuppression(ctx, id)) ?? fail('base.not_found', { what: id });
  if (one.state !== 'proposed' && one.state !== 'approved')
    fail('findings.suppression_decided', { state: one.state, now: suppressionStateWords[one.state] });
  if (one.proposed_by !== ctx.actor.id && !ctx.actor.permissions.has('findings.judge'))
    fail('base.forbidden', { permission: 'findings.judge' });
  await suppressions.setWithdrawn(ctx, id, reason);
  const finding = await store.lockFinding(ctx, one.finding_id);
  if (finding) await note(ctx, finding, 'withdrawn', reason);
  await audit(ctx, 'findings.withdraw_false_alarm', id, one.unit_path, { before: one.state, reason });
  await settleTask(ctx, taskKey(id), { state: 'cancelled', words: '已撤回 / taken back' });
  return (await suppressions.findSuppression(ctx, id))!;
}

function isBelow(path: string, of: string): boolean {
  return path === of || path.startsWith(`${of}.`);
}

/** The end of the last day in China. Default: a year from now. */
function expiryOf(ctx: Ctx, expiresOn: string | undefined): Date {
  const now = ctx.clock.now().getTime();
  if (expiresOn === undefined) return new Date(now + 365 * dayMs);
  const at = lastInstantOf(expiresOn);
  if (at.getTime() <= now + dayMs / 24 || at.getTime() > now + 731 * dayMs)
    fail('findings.bad_expiry', { value: expiresOn });
  return at;
}

async function note(
  ctx: Ctx,
  { id: findingId, unit_path: unitPath, state }: store.FindingRow,
  act: store.ChangeAct,
  words: string | undefined,
): Promise<void> {
  await store.insertChanges(ctx, [{ findingId, unitPath, before: state, after: state, act }], {
    note: words,
  });
}

async function audit(ctx: Ctx, action: string, id: string, unitPath: string, after: object): Promise<void> {
  await recordAudit(ctx, { action, subject: `suppression:${id}`, unitPath, after });
}
