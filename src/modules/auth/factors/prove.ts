import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { accountNotice } from '../contract.ts';
import type { FactorKind } from '../sessions/open-session.ts';
import { countRecoveryCodes, listFactors, takeRecoveryCode } from './factor-store.ts';
import { type PasskeyAnswer, takePasskey } from './passkey.ts';
import { readCode } from './recovery.ts';
import { takeTotp } from './totp.ts';

/** With what this account can prove itself a second time; empty when it has no factor. */
export async function factorKinds(ctx: Ctx, accountId: string): Promise<FactorKind[]> {
  const factors = await listFactors(ctx, accountId);
  if (factors.length === 0) return [];
  const has = (kind: string) => factors.some((one) => one.kind === kind);
  const left = await countRecoveryCodes(ctx, accountId);
  return [
    ...(has('totp') ? (['totp'] as const) : []),
    ...(has('passkey') ? (['passkey'] as const) : []),
    ...(left > 0 ? (['recovery'] as const) : []),
  ];
}

/**
 * Takes a second factor of the account: true when it was right (and is used up). A passkey's refusal throws
 * `auth.passkey_refused`. The transaction must commit either way, or a used code would be good again.
 */
export async function takeFactor(
  ctx: Ctx,
  account: { id: string; name: string; unit_path: string },
  given: { code?: string | undefined; passkey?: PasskeyAnswer | undefined },
): Promise<boolean> {
  if (given.passkey) {
    await takePasskey(ctx, account.id, given.passkey);
    return true;
  }
  const code = given.code?.replace(/\s/g, '') ?? fail('auth.bad_factor');
  if (/^\d{6}$/.test(code)) {
    const app = (await listFactors(ctx, account.id)).find((one) => one.kind === 'totp');
    return app !== undefined && takeTotp(ctx, app, code);
  }
  const recovery = readCode(code);
  if (recovery === undefined || !(await takeRecoveryCode(ctx, account.id, recovery))) return false;
  const left = await countRecoveryCodes(ctx, account.id);
  await ctx.emit(
    accountNotice,
    { accountId: account.id, kind: 'recovery_code_used', detail: String(left), by: account.name },
    account.unit_path,
  );
  return true;
}
