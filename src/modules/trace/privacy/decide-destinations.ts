/** Whether traces show destinations is decided by two people, for a unit and those below it. */
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { askOffice, settleTask } from '#tasks';
import { findUnit, inScope } from '#units';
import * as store from './store.ts';

/** Throws `base.not_found` for a unit out of scope and `trace.rule_pending` while another proposal waits. */
export async function proposeDestinations(
  ctx: Ctx,
  input: { keep: boolean; reason: string; unitId?: string | undefined },
): Promise<store.RuleRow> {
  const unitId = input.unitId ?? ctx.actor.unitId ?? fail('base.not_found', { what: 'unit' });
  const unit = await findUnit(ctx, { id: unitId });
  if (!unit || !inScope(ctx, unit.unit_path)) fail('base.not_found', { what: `unit ${unitId}` });
  const rule = { unitId, unitPath: unit.unit_path, keep: input.keep, reason: input.reason };
  const id = await insert(ctx, rule);
  const { unitPath, ...after } = rule;
  await audit(ctx, 'trace.destinations_propose', { id, unitPath, after });
  await askOffice(ctx, {
    key: `trace:destinations:${id}`,
    kind: 'trace.destinations',
    unitPath: rule.unitPath,
    title: rule.keep ? '审批：溯源结果显示访问目的' : '审批：溯源结果不再显示访问目的',
    why: `${ctx.actor.name}：${rule.reason}`,
    legalBasis: '《个人信息保护法》第六条',
    days: 3,
    minutes: 5,
    link: '/trace/report',
  });
  return (await store.findRule(ctx, id))!;
}

async function insert(ctx: Ctx, rule: Parameters<typeof store.insertRule>[1]): Promise<string> {
  try {
    return await store.insertRule(ctx, rule);
  } catch (error) {
    if (violatedConstraint(error) !== 'one_open_proposal') throw error;
    fail('trace.rule_pending', {}, error);
  }
}

/** Throws `trace.own_proposal` for the one who proposed and `trace.already_decided`. */
export async function decideDestinations(ctx: Ctx, id: string, approve: boolean): Promise<store.RuleRow> {
  const rule = await store.findRule(ctx, id);
  // A rule of a unit above is read by those below; it is decided by those who are over it.
  if (!rule || !inScope(ctx, rule.unit_path)) fail('base.not_found', { what: id });
  if (rule.proposed_by === ctx.actor.id) fail('trace.own_proposal');
  if (!(await store.decideRule(ctx, id, approve ? 'approved' : 'refused'))) fail('trace.already_decided');
  await audit(ctx, approve ? 'trace.destinations_approve' : 'trace.destinations_refuse', {
    id,
    unitPath: rule.unit_path,
    after: { keep: rule.keep },
  });
  await settleTask(ctx, `trace:destinations:${id}`, 'done');
  return (await store.findRule(ctx, id))!;
}

async function audit(
  ctx: Ctx,
  action: string,
  { id, unitPath, after }: { id: string; unitPath: string; after: object },
): Promise<void> {
  await recordAudit(ctx, { action, subject: `destination_rule:${id}`, unitPath, after });
}
