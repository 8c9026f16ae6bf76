import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { settleTask } from '#tasks';
import * as plans from '../store/drop-plans.ts';
import { taskOfPlan } from './propose-drop.ts';
import { dropJob } from './run-drop.ts';

/**
 * The first person confirms a plan. Fails with `logs.plan_differs` when it is not the one that was looked at,
 * `logs.plan_state`, `base.not_found`.
 */
export async function confirmDrop(
  ctx: Ctx,
  id: string,
  { segments, note }: { readonly segments: number; readonly note: string },
): Promise<plans.PlanRow> {
  const plan = await locked(ctx, id, 'proposed');
  if (plan.segments !== segments) fail('logs.plan_differs', { given: segments, segments: plan.segments });
  await plans.setConfirmed(ctx, id, note);
  await tell(ctx, plan, 'logs.confirm_drop', { segments, note });
  return (await plans.findPlan(ctx, id))!;
}

/**
 * A second person approves it, and it is carried out from then on; or refuses it. Fails with `logs.plan_same_person`,
 * `logs.plan_state`, `base.not_found`.
 */
export async function decideDrop(
  ctx: Ctx,
  id: string,
  { approve, note }: { readonly approve: boolean; readonly note: string },
): Promise<plans.PlanRow> {
  const plan = await locked(ctx, id, 'confirmed');
  if (plan.confirmed_by === ctx.actor.id) fail('logs.plan_same_person');
  try {
    await plans.setDecided(ctx, id, approve, note);
  } catch (error) {
    if (violatedConstraint(error) === 'drop_two_people') fail('logs.plan_same_person', {}, error);
    throw error;
  }
  await tell(ctx, plan, approve ? 'logs.approve_drop' : 'logs.refuse_drop', {
    segments: plan.segments,
    confirmedBy: plan.confirmed_by,
    note,
  });
  await settleTask(ctx, taskOfPlan(id), 'done');
  if (approve) await ctx.enqueue(dropJob, {}, { key: 'logs.drop' });
  return (await plans.findPlan(ctx, id))!;
}

async function locked(ctx: Ctx, id: string, state: plans.PlanState): Promise<plans.PlanRow> {
  const plan = await plans.findPlan(ctx, id, { lock: true });
  if (!plan) fail('base.not_found', { what: `drop plan ${id}` });
  if (plan.state !== state) fail('logs.plan_state', { state: plan.state });
  return plan;
}

async function tell(ctx: Ctx, plan: plans.PlanRow, action: string, after: object): Promise<void> {
  await recordAudit(ctx, { action, subject: `log_drop:${plan.id}`, unitPath: plan.unit_path, after });
}
