import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { ssoDecided } from '../contract.ts';
import { requireFreshFactor } from '../factors/fresh-factor.ts';
import { requirePerson } from '../require-person.ts';
import { isAdministrator } from '../roles.ts';
import { findAccount } from '../store.ts';
import {
  type BindingRow,
  closeLogins,
  decideBinding as decideRow,
  endBinding as endRow,
  findBinding,
  setCandidate,
} from './binding-store.ts';
import { findConnector } from './connector-store.ts';
import { endThrough } from './end-sso-session.ts';

async function bindingOf(ctx: Ctx, id: string): Promise<BindingRow> {
  return (await findBinding(ctx, id)) ?? fail('base.not_found', { what: id });
}

/** Names the account of a waiting identity. Throws `auth.sso_outside`, `auth.sso_holder_only`. */
export async function chooseAccount(ctx: Ctx, id: string, username: string): Promise<void> {
  requirePerson(ctx.actor);
  const binding = await bindingOf(ctx, id);
  const account = (await findAccount(ctx, { username })) ?? fail('base.not_found', { what: username });
  const connector =
    (await findConnector(ctx, binding.connector_id)) ??
    fail('base.not_found', { what: binding.connector_id });
  if (!`${account.unit_path}.`.startsWith(`${connector.unit_path}.`)) fail('auth.sso_outside', { username });
  if (isAdministrator(account.roles)) fail('auth.sso_holder_only');
  const candidate = { accountId: account.id, unitPath: account.unit_path, ground: 'administrator' as const };
  const { id: actorId, name } = ctx.actor;
  if (!(await setCandidate(ctx, id, candidate, { id: actorId, name }))) fail('auth.sso_already_decided');
  await recordAudit(ctx, {
    action: 'auth.sso_choose_account',
    subject: `sso_binding:${id}`,
    unitPath: account.unit_path,
    before: { accountId: binding.account_id },
    after: { accountId: account.id, username },
  });
}

/**
 * Approves or refuses. `accountId` is the account that the decider saw; another one named meanwhile is not approved.
 * Throws `auth.sso_own_proposal` for the account's holder and for who named it.
 */
export async function decideBinding(
  ctx: Ctx,
  id: string,
  input: { approve: boolean; accountId?: string | undefined },
): Promise<void> {
  requirePerson(ctx.actor);
  await requireFreshFactor(ctx);
  const binding = await bindingOf(ctx, id);
  if (input.approve) demandApprovable(binding);
  if (binding.account_id === ctx.actor.id || binding.chosen_by === ctx.actor.id)
    fail('auth.sso_own_proposal');
  const seen = input.approve ? (input.accountId ?? null) : binding.account_id;
  try {
    if (!(await decideRow(ctx, id, input.approve, seen))) fail('auth.sso_already_decided');
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'sso_one_bound') fail('auth.sso_already_bound', {}, error);
    if (constraint === 'sso_binding_four_eyes') fail('auth.sso_own_proposal', {}, error);
    throw error;
  }
  await ctx.emit(ssoDecided, { what: 'binding', id }, binding.unit_path);
  await recordAudit(ctx, {
    action: input.approve ? 'auth.sso_bind' : 'auth.sso_refuse_binding',
    subject: binding.account_id ? `account:${binding.account_id}` : `sso_binding:${id}`,
    unitPath: binding.unit_path,
    after: { binding: id, issuer: binding.issuer, subject: binding.subject, ground: binding.matched_by },
  });
}

function demandApprovable(binding: BindingRow): void {
  if (binding.account_id === null) fail('auth.sso_no_account');
  if (isAdministrator(binding.account_roles ?? []) && binding.matched_by !== 'holder')
    fail('auth.sso_holder_only');
}

/** Ends a binding, and the sessions that came through it. `own`: only one of the actor's own account. */
export async function endBinding(ctx: Ctx, id: string, own = false): Promise<void> {
  requirePerson(ctx.actor);
  const binding = await bindingOf(ctx, id);
  if (own && binding.account_id !== ctx.actor.id) fail('base.not_found', { what: id });
  if (!(await endRow(ctx, id))) fail('auth.sso_already_decided');
  const ended = await closeLogins(ctx, { bindingId: id });
  await endThrough(ctx, ended, own ? 'ended' : 'kicked', 'the binding was ended');
  await recordAudit(ctx, {
    action: 'auth.sso_unbind',
    subject: `account:${binding.account_id}`,
    unitPath: binding.unit_path,
    before: { binding: id, issuer: binding.issuer, subject: binding.subject },
    after: { endedSessions: ended.length },
  });
}
