import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { accountNotice } from '../contract.ts';
import type { AccountRow } from '../store.ts';
import {
  insertPasskey,
  insertTotp,
  listFactors,
  markUsed,
  removeFactors,
  replaceRecoveryCodes,
} from './factor-store.ts';
import { requireFreshFactor, requireFreshProof } from './fresh-factor.ts';
import { readNewPasskey } from './passkey.ts';
import { newRecoveryCodes, printCode } from './recovery.ts';
import { peekState, sealState } from './sealed-state.ts';
import { newTotp, sealTotp, stepOf } from './totp.ts';

/** A secret for an authenticator app; nothing is stored until a code of it is given. */
export async function offerTotp(ctx: Ctx, account: AccountRow) {
  await requireFreshProof(ctx);
  const { secret, uri } = newTotp(account.username);
  return { secret, uri, state: await sealState(ctx, 'new-totp', account.id, secret) };
}

/** Adds the offered app. Throws `auth.bad_factor` for a wrong code, `auth.one_app` when there is one already. */
export async function addTotp(
  ctx: Ctx,
  account: AccountRow,
  input: { state: string; name: string; code: string },
): Promise<string[] | null> {
  await requireFreshProof(ctx);
  const secret = await peekState(ctx, 'new-totp', account.id, input.state);
  const step = (await stepOf(ctx, secret, input.code)) ?? fail('auth.bad_factor');
  if (!(await markUsed(ctx, secret))) fail('auth.step_over');
  const before = await listFactors(ctx, account.id);
  const id = newId();
  try {
    await insertTotp(ctx, account, { id, name: input.name, sealed: await sealTotp(ctx, secret, id), step });
  } catch (error) {
    if (violatedConstraint(error) === 'one_totp') fail('auth.one_app', {}, error);
    throw error;
  }
  return noteAdded(ctx, account, { kind: 'totp', name: input.name, isFirst: before.length === 0 });
}

/** Adds the passkey that the browser made from an offer. */
export async function addPasskey(
  ctx: Ctx,
  account: AccountRow,
  input: { state: string; name: string; response: unknown },
): Promise<string[] | null> {
  await requireFreshProof(ctx);
  const passkey = await readNewPasskey(ctx, account.id, input.state, input.response);
  const before = await listFactors(ctx, account.id);
  try {
    await insertPasskey(ctx, account, { ...passkey, name: input.name });
  } catch (error) {
    if (violatedConstraint(error) === 'factor_credential_id_key') {
      fail('auth.passkey_refused', { why: 'already registered' }, error);
    }
    throw error;
  }
  return noteAdded(ctx, account, { kind: 'passkey', name: input.name, isFirst: before.length === 0 });
}

/** With the first factor come the recovery codes. */
async function noteAdded(
  ctx: Ctx,
  account: AccountRow,
  added: { kind: string; name: string; isFirst: boolean },
): Promise<string[] | null> {
  await recordAudit(ctx, {
    action: 'auth.add_factor',
    subject: `account:${account.id}`,
    unitPath: account.unit_path,
    after: { kind: added.kind, name: added.name },
  });
  await tell(ctx, account, 'factor_added', added.name);
  return added.isFirst ? issueRecoveryCodes(ctx, account) : null;
}

async function issueRecoveryCodes(ctx: Ctx, account: AccountRow): Promise<string[]> {
  const codes = newRecoveryCodes();
  await replaceRecoveryCodes(ctx, account, codes);
  await recordAudit(ctx, {
    action: 'auth.new_recovery_codes',
    subject: `account:${account.id}`,
    unitPath: account.unit_path,
  });
  return codes.map(printCode);
}

/** Ten new recovery codes in place of the old ones, for somebody who has a factor. */
export async function renewRecoveryCodes(ctx: Ctx, account: AccountRow): Promise<string[]> {
  await requireFreshFactor(ctx);
  if ((await listFactors(ctx, account.id)).length === 0) fail('auth.factor_enrol');
  return issueRecoveryCodes(ctx, account);
}

/** Removes one of one's own factors; not the last one of somebody who must have one. */
export async function removeOwnFactor(
  ctx: Ctx,
  account: AccountRow,
  id: string,
  isRequired: boolean,
): Promise<void> {
  await requireFreshFactor(ctx);
  const factors = await listFactors(ctx, account.id);
  if (!factors.some((one) => one.id === id)) fail('base.not_found', { what: id });
  if (isRequired && factors.length === 1) fail('auth.last_factor');
  const [name] = await removeFactors(ctx, account.id, id);
  // Recovery codes stand in for a factor; without one they open nothing.
  if (factors.length === 1) await replaceRecoveryCodes(ctx, account, []);
  await recordAudit(ctx, {
    action: 'auth.remove_factor',
    subject: `account:${account.id}`,
    unitPath: account.unit_path,
    before: { name },
  });
  await tell(ctx, account, 'factor_removed', name ?? '');
}

async function tell(
  ctx: Ctx,
  account: AccountRow,
  kind: 'factor_added' | 'factor_removed',
  detail: string,
): Promise<void> {
  const notice = { accountId: account.id, kind, detail, by: ctx.actor.name };
  await ctx.emit(accountNotice, notice, account.unit_path);
}
