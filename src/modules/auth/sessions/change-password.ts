import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { accountNotice } from '../contract.ts';
import { hashPassword, verifyPassword } from '../password-hash.ts';
import { demandGoodPassword, wasUsedBefore } from '../policy/check-password.ts';
import { currentPolicy } from '../policy/policy-store.ts';
import type { AccountRow } from '../store.ts';
import { judgeTry } from './count-tries.ts';
import { endSessions, replacePassword } from './session-store.ts';

/**
 * Changes one's own password; all other sessions end. Throws `auth.wrong_password`, `auth.same_password`,
 * `auth.weak_password`, `auth.used_password`, and `auth.locked` when the current one was wrong too often.
 */
export async function changePassword(
  app: App,
  account: AccountRow,
  input: { current: string; next: string; sessionId: string; remote: string },
): Promise<void> {
  const place = { remote: input.remote, device: `session ${input.sessionId}` };
  await judgeTry(app, account, place, 'auth.wrong_password', () =>
    verifyPassword(input.current, account.password_hash),
  );
  if (input.current === input.next) fail('auth.same_password');
  await app.run(systemActor('auth'), (ctx) => demandUnused(ctx, account, input.next));
  const hash = await hashPassword(input.next);
  const asOneself = {
    ...systemActor('auth'),
    id: account.id,
    name: account.name,
    unitPath: account.unit_path,
  };
  await app.run(asOneself, async (ctx) => {
    await replacePassword(ctx, account.id, hash, false);
    await endSessions(ctx, { accountId: account.id, exceptId: input.sessionId }, 'password');
    await recordAudit(ctx, {
      action: 'auth.change_password',
      subject: `account:${account.id}`,
      unitPath: account.unit_path,
    });
    const notice = { accountId: account.id, kind: 'password_changed' as const, detail: '', by: account.name };
    await ctx.emit(accountNotice, notice, account.unit_path);
  });
}

async function demandUnused(ctx: Ctx, account: AccountRow, next: string): Promise<void> {
  await demandGoodPassword(ctx, next, [account.username, account.name], 'next');
  const { history } = await currentPolicy(ctx);
  if (await wasUsedBefore(ctx, account, next, history)) fail('auth.used_password', { history });
}
