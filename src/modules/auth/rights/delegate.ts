import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { offerDelegation as offerRoute } from '../contract.ts';
import { isAdministrator, isPassable, permissionsOf } from '../roles.ts';
import { findAccount } from '../store.ts';
import {
  answerOffer,
  type DelegationRow,
  endNow,
  findDelegation,
  insertDelegation,
} from './delegation-store.ts';
import { rightsOf } from './rights.ts';
import { activeComposedRoles } from './rights-store.ts';

type Input = z.output<NonNullable<(typeof offerRoute)['body']>>;

const longestMs = 90 * 24 * 3_600_000;

/**
 * Offers permissions to an account of the same unit or below; it holds once the recipient accepts. Fails with
 * `auth.bad_recipient`, `auth.bad_period`, `auth.not_yours_to_lend` (not held by a role of one's own, or a decision
 * that is a person's own).
 */
export async function offerDelegation(ctx: Ctx, input: Input): Promise<DelegationRow> {
  const from = (await findAccount(ctx, { id: ctx.actor.id })) ?? fail('auth.bad_recipient');
  const to = await findAccount(ctx, { id: input.toAccountId });
  const isFine = to && to.id !== from.id && !to.disabled && !isAdministrator(to.roles);
  if (!isFine || isAdministrator(from.roles)) fail('auth.bad_recipient');
  const [starts, ends] = [Date.parse(input.startsAt), Date.parse(input.endsAt)];
  if (ends <= starts || ends <= ctx.clock.now().getTime() || ends - starts > longestMs)
    fail('auth.bad_period');
  const permissions = await lendable(ctx, input, (await rightsOf(ctx, from)).own, from.roles);
  const { reason, startsAt, endsAt, role = null } = input;
  const id = await insertDelegation(ctx, { from, to, permissions, role, reason, startsAt, endsAt });
  await recordAudit(ctx, {
    action: 'auth.offer_delegation',
    subject: `delegation:${id}`,
    unitPath: to.unit_path,
    after: { to: to.id, name: to.name, permissions, role, reason, startsAt, endsAt },
  });
  return (await findDelegation(ctx, id))!;
}

/** The permissions that are lent: those named, or of a role everything that may be passed on. */
async function lendable(
  ctx: Ctx,
  input: Input,
  own: ReadonlySet<string>,
  held: readonly string[],
): Promise<string[]> {
  const { role } = input;
  const asked = new Set(input.permissions);
  if (role !== undefined) {
    if (!held.includes(role)) fail('auth.not_yours_to_lend', { permission: role });
    const composed = (await activeComposedRoles(ctx)).find(({ name }) => name === role);
    const ofRole = composed?.permissions ?? [...permissionsOf([role])];
    for (const one of ofRole.filter(isPassable)) asked.add(one);
  }
  const wrong = [...asked].find((one) => !own.has(one) || !isPassable(one));
  if (wrong !== undefined || asked.size === 0) fail('auth.not_yours_to_lend', { permission: wrong ?? '—' });
  return [...asked].sort();
}

/** The recipient's yes or no. */
export async function answerDelegation(ctx: Ctx, id: string, accept: boolean): Promise<DelegationRow> {
  await demandOneOf(ctx, id);
  if (!(await answerOffer(ctx, id, accept))) fail('auth.delegation_state');
  await recordAudit(ctx, {
    action: accept ? 'auth.accept_delegation' : 'auth.decline_delegation',
    subject: `delegation:${id}`,
  });
  return (await findDelegation(ctx, id))!;
}

/** Ends a delegation at once: giver, recipient, or who may take roles back. */
export async function endDelegation(ctx: Ctx, id: string): Promise<DelegationRow> {
  const row = await demandOneOf(ctx, id);
  if (!(await endNow(ctx, id))) fail('auth.delegation_state');
  await recordAudit(ctx, {
    action: 'auth.end_delegation',
    subject: `delegation:${id}`,
    unitPath: row.unit_path,
    before: { state: row.state },
  });
  return (await findDelegation(ctx, id))!;
}

/** Others do not learn that there is such a delegation. */
async function demandOneOf(ctx: Ctx, id: string): Promise<DelegationRow> {
  const row = await findDelegation(ctx, id);
  const mine = row && [row.from_account, row.to_account].includes(ctx.actor.id);
  if (!row || !(mine || ctx.actor.permissions.has('roles.revoke'))) fail('base.not_found', { what: id });
  return row;
}
