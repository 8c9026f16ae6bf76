import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { verifyPassword } from '../password-hash.ts';
import { listOldHashes } from '../sessions/session-store.ts';
import { passwordProblems } from './policy-rules.ts';
import { currentPolicy } from './policy-store.ts';

/**
 * Checks a new password against the policy in force. Throws `auth.weak_password`, which names every fault at the
 * field `field`. `own`: user name, name and its pinyin.
 */
export async function demandGoodPassword(
  ctx: Ctx,
  password: string,
  own: readonly string[],
  field: string,
): Promise<void> {
  const problems = passwordProblems(password, await currentPolicy(ctx), own);
  if (problems.length === 0) return;
  fail('auth.weak_password', {
    summary: problems.map(({ zh }) => zh).join('；'),
    summaryEn: problems.map(({ en }) => en).join('; '),
    issues: problems.map(({ zh, en }) => ({ path: field, message: `${zh} / ${en}` })),
  });
}

/** Whether the account used this password among its last ones. `current` is the hash that is in use now. */
export async function wasUsedBefore(
  ctx: Ctx,
  account: { id: string; password_hash: string },
  password: string,
  history: number,
): Promise<boolean> {
  const old = await listOldHashes(ctx, account.id, history - 1);
  const found = await Promise.all(
    [account.password_hash, ...old].map((hash) => verifyPassword(password, hash)),
  );
  return found.includes(true);
}
