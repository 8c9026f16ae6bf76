import { randomInt } from 'node:crypto';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { accountNotice } from '../contract.ts';
import { removeFactors, replaceRecoveryCodes } from '../factors/factor-store.ts';
import { requireFreshFactor } from '../factors/fresh-factor.ts';
import { hashPassword } from '../password-hash.ts';
import { type AccountRow, findAccount } from '../store.ts';
import { decideResetRow, findReset, insertReset, type ResetRow } from './reset-store.ts';
import { clearFailures, endSessions, replacePassword } from './session-store.ts';

const administrators: readonly string[] = ['system_admin', 'security_admin', 'audit_admin'];

async function accountOf(ctx: Ctx, id: string): Promise<AccountRow> {
  return (await findAccount(ctx, { id })) ?? fail('base.not_found', { what: id });
}

/** Forgets the failed tries that locked an account. */
export async function unlockAccount(ctx: Ctx, id: string): Promise<void> {
  const account = await accountOf(ctx, id);
  await clearFailures(ctx, id);
  await recordAudit(ctx, {
    action: 'auth.unlock_account',
    subject: `account:${id}`,
    unitPath: account.unit_path,
  });
}

/**
 * Gives an account a new first password, which it returns once. One administrator does it for ordinary accounts;
 * for administrators it throws `auth.reset_needs_two`, or one of them could take the others' places.
 */
export async function resetPassword(ctx: Ctx, id: string, reason: string): Promise<string> {
  await requireFreshFactor(ctx);
  const account = await accountOf(ctx, id);
  if (account.roles.some((role) => administrators.includes(role))) fail('auth.reset_needs_two');
  return giveFirstPassword(ctx, account, reason);
}

async function giveFirstPassword(ctx: Ctx, account: AccountRow, reason: string): Promise<string> {
  const password = newFirstPassword();
  await replacePassword(ctx, account.id, await hashPassword(password), true);
  await clearFailures(ctx, account.id);
  await endSessions(ctx, { accountId: account.id }, 'reset');
  await recordAudit(ctx, {
    action: 'auth.reset_password',
    subject: `account:${account.id}`,
    unitPath: account.unit_path,
    after: { reason },
  });
  await tell(ctx, account, 'password_reset', reason);
  return password;
}

/** 20 letters and digits in groups (over 90 bits), without those that are taken for each other. */
function newFirstPassword(): string {
  const kinds = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789'];
  const all = kinds.join('');
  const draw = (from: string) => from[randomInt(from.length)]!;
  const groups = Array.from({ length: 4 }, (_group, at) =>
    [draw(kinds[at % 3]!), ...Array.from({ length: 4 }, () => draw(all))].join(''),
  );
  return groups.join('-');
}

/** Proposes a reset that two people decide. Never for oneself (`auth.own_reset`). */
export async function proposeReset(
  ctx: Ctx,
  id: string,
  input: { what: 'factors' | 'password'; reason: string },
): Promise<ResetRow> {
  await requireFreshFactor(ctx);
  const account = await accountOf(ctx, id);
  if (account.id === ctx.actor.id) fail('auth.own_reset');
  try {
    const requestId = await insertReset(ctx, account, input);
    await recordAudit(ctx, {
      action: 'auth.propose_reset',
      subject: `account:${id}`,
      unitPath: account.unit_path,
      after: input,
    });
    return (await findReset(ctx, requestId))!;
  } catch (error) {
    if (violatedConstraint(error) === 'one_open_reset') fail('auth.reset_open', {}, error);
    throw error;
  }
}

/**
 * Approves or refuses a reset. An approved one takes effect at once: the account's sessions end and its owner is
 * told. Returns the new first password when it was about the password.
 */
export async function decideReset(
  ctx: Ctx,
  id: string,
  approve: boolean,
): Promise<{ row: ResetRow; password: string | null }> {
  await requireFreshFactor(ctx);
  const request = (await findReset(ctx, id)) ?? fail('base.not_found', { what: id });
  if (request.proposedById === ctx.actor.id) fail('auth.own_proposal');
  if (request.accountId === ctx.actor.id) fail('auth.own_reset');
  if (!(await decideResetRow(ctx, id, approve ? 'approved' : 'refused'))) fail('auth.already_decided');
  const account = await accountOf(ctx, request.accountId);
  await recordAudit(ctx, {
    action: approve ? 'auth.approve_reset' : 'auth.refuse_reset',
    subject: `account:${account.id}`,
    unitPath: account.unit_path,
    after: { what: request.what, reason: request.reason, proposedBy: request.proposedBy },
  });
  let password: string | null = null;
  if (approve && request.what === 'password') {
    password = await giveFirstPassword(ctx, account, request.reason);
  } else if (approve) {
    const names = await removeFactors(ctx, account.id);
    await replaceRecoveryCodes(ctx, account, []);
    await endSessions(ctx, { accountId: account.id }, 'reset');
    await tell(ctx, account, 'factors_reset', names.join('、'));
  }
  return { row: (await findReset(ctx, id))!, password };
}

async function tell(
  ctx: Ctx,
  account: AccountRow,
  kind: 'password_reset' | 'factors_reset',
  detail: string,
): Promise<void> {
  const notice = { accountId: account.id, kind, detail, by: ctx.actor.name };
  await ctx.emit(accountNotice, notice, account.unit_path);
}
