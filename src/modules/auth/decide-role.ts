import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { type HeldRole, roleDecided, roleProposed } from './contract.ts';
import { requireFreshFactor } from './factors/fresh-factor.ts';
import {
  decideGrant,
  findGrant,
  type GrantRow,
  insertGrant,
  namesakeOf,
  revokeGrant,
} from './grant-store.ts';
import { activeComposedRoles } from './rights/rights-store.ts';
import { roles } from './roles.ts';
import { findAccount } from './store.ts';

/** Proposes a role. The database refuses a second administrator's post or a mix with business roles. */
export async function proposeRole(ctx: Ctx, input: { accountId: string; role: HeldRole }): Promise<GrantRow> {
  const account =
    (await findAccount(ctx, { id: input.accountId })) ?? fail('base.not_found', { what: input.accountId });
  if (!(await isInForce(ctx, input.role))) fail('auth.unknown_role', { role: input.role });
  await refuseNamesake(ctx, account.id, input.role);
  try {
    const id = await insertGrant(ctx, { ...input, unitPath: account.unit_path });
    await recordAudit(ctx, {
      action: 'auth.propose_role',
      subject: `account:${account.id}`,
      unitPath: account.unit_path,
      after: { role: input.role },
    });
    const told = { grantId: id, accountName: account.name, role: input.role };
    const by = { proposedBy: ctx.actor.id, proposedByName: ctx.actor.name };
    await ctx.emit(roleProposed, { ...told, ...by }, account.unit_path);
    return (await findGrant(ctx, id))!;
  } catch (error) {
    if (violatedConstraint(error) === 'exclusive_role') fail('auth.exclusive_role', {}, error);
    if (violatedConstraint(error) === 'one_live_grant') fail('base.conflict', { what: input.role }, error);
    throw error;
  }
}

/** Approves or refuses; never by the proposer. */
export async function decideRole(ctx: Ctx, id: string, approve: boolean): Promise<GrantRow> {
  await requireFreshFactor(ctx);
  const grant = (await findGrant(ctx, id)) ?? fail('base.not_found', { what: id });
  if (grant.proposed_by === ctx.actor.id) fail('auth.own_proposal');
  if (approve && !(await isInForce(ctx, grant.role))) fail('auth.unknown_role', { role: grant.role });
  const decided = await decideGrant(ctx, id, approve ? 'approved' : 'refused', ctx.actor);
  if (!decided) fail('auth.already_decided');
  await recordAudit(ctx, {
    action: approve ? 'auth.approve_role' : 'auth.refuse_role',
    subject: `account:${grant.account_id}`,
    unitPath: grant.unit_path,
    after: { role: grant.role },
  });
  await ctx.emit(roleDecided, { grantId: id, approved: approve }, grant.unit_path);
  return (await findGrant(ctx, id))!;
}

/**
 * The three administrators are three people (三员分立). The database holds that for accounts that are tied to a
 * person; of others only the name is known, and a namesake in such a post is refused until both are tied.
 */
async function refuseNamesake(ctx: Ctx, accountId: string, role: HeldRole): Promise<void> {
  const namesake = await namesakeOf(ctx, accountId, role);
  if (namesake) fail('auth.namesake', { name: namesake.name, username: namesake.username });
}

async function isInForce(ctx: Ctx, role: HeldRole): Promise<boolean> {
  return Object.hasOwn(roles, role) || (await activeComposedRoles(ctx)).some(({ name }) => name === role);
}

/**
 * Takes a granted role back, at once: one person may take power away, two are needed to give it. Fails with
 * `auth.last_auditor` when it is the last active audit administrator's.
 */
export async function revokeRole(ctx: Ctx, id: string, reason: string): Promise<void> {
  const grant = (await findGrant(ctx, id)) ?? fail('base.not_found', { what: id });
  try {
    if (!(await revokeGrant(ctx, id, reason))) fail('auth.not_revocable');
  } catch (error) {
    if (violatedConstraint(error) === 'last_auditor') fail('auth.last_auditor', {}, error);
    throw error;
  }
  await recordAudit(ctx, {
    action: 'auth.revoke_role',
    subject: `account:${grant.account_id}`,
    unitPath: grant.unit_path,
    before: { role: grant.role },
    after: { reason },
  });
}
