import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { requireFreshFactor } from '../factors/fresh-factor.ts';
import type { SignInPolicy } from './policy-rules.ts';
import { currentPolicy, decidePolicyRow, findPolicy, insertPolicy, type PolicyRow } from './policy-store.ts';

/** Proposes another policy of sign-in; another administrator decides. One proposal at a time. */
export async function proposePolicy(ctx: Ctx, input: SignInPolicy & { reason: string }): Promise<PolicyRow> {
  await requireFreshFactor(ctx);
  try {
    const id = await insertPolicy(ctx, input);
    const { now: _now, ...before } = await currentPolicy(ctx);
    await recordAudit(ctx, {
      action: 'auth.propose_policy',
      subject: `sign-in-policy:${id}`,
      before,
      after: input,
    });
    return (await findPolicy(ctx, id))!;
  } catch (error) {
    if (violatedConstraint(error) === 'one_open_policy') fail('auth.policy_open', {}, error);
    throw error;
  }
}

/** Approves or refuses; never by the proposer. An approved policy is in force at once, for open sessions too. */
export async function decidePolicy(ctx: Ctx, id: string, approve: boolean): Promise<PolicyRow> {
  await requireFreshFactor(ctx);
  const proposal = (await findPolicy(ctx, id)) ?? fail('base.not_found', { what: id });
  if (proposal.proposedById === ctx.actor.id) fail('auth.own_proposal');
  const { now: _now, ...before } = await currentPolicy(ctx);
  if (!(await decidePolicyRow(ctx, id, approve ? 'approved' : 'refused'))) fail('auth.already_decided');
  await recordAudit(ctx, {
    action: approve ? 'auth.approve_policy' : 'auth.refuse_policy',
    subject: `sign-in-policy:${id}`,
    before,
    after: await currentPolicy(ctx),
  });
  return (await findPolicy(ctx, id))!;
}
