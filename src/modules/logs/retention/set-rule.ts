import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { findUnit } from '#units';
import * as store from '../store/retention.ts';

/**
 * Sets for how many days a unit and those below it keep logs of a class. Fails with `logs.retention_too_short` below
 * what the law asks for, and `base.not_found` for a unit outside of the caller's scope.
 */
export async function setRule(
  ctx: Ctx,
  input: {
    readonly class: store.RetentionClass;
    readonly days: number;
    readonly basis: string;
    readonly unitId?: string | undefined;
  },
): Promise<store.RuleRow> {
  const unitPath = input.unitId === undefined ? ctx.actor.unitPath : await pathOf(ctx, input.unitId);
  const before = (await store.newestRules(ctx)).find(
    (rule) => rule.class === input.class && rule.unit_path === unitPath,
  );
  const legal = (await store.classesAt(ctx, unitPath)).find((one) => one.class === input.class)!;
  if (input.days < legal.least_days)
    fail('logs.retention_too_short', { least: legal.least_days, basis: legal.basis });
  const rule = await insert(ctx, { ...input, unitPath }, legal);
  await recordAudit(ctx, {
    action: 'logs.set_retention',
    subject: `log_retention:${input.class}`,
    unitPath,
    ...(before && { before: { days: before.days, basis: before.basis } }),
    after: { class: input.class, days: input.days, basis: input.basis },
  });
  return rule;
}

async function insert(
  ctx: Ctx,
  rule: Parameters<typeof store.insertRule>[1],
  legal: { least_days: number; basis: string },
): Promise<store.RuleRow> {
  try {
    return await store.insertRule(ctx, rule);
  } catch (error) {
    // The law may have been changed between our look and the insert.
    if (violatedConstraint(error) !== 'least_days') throw error;
    fail('logs.retention_too_short', { least: legal.least_days, basis: legal.basis }, error);
  }
}

async function pathOf(ctx: Ctx, unitId: string): Promise<string> {
  const unit = await findUnit(ctx, { id: unitId });
  return unit?.unit_path ?? fail('base.not_found', { what: `unit ${unitId}` });
}
