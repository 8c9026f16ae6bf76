import { recordAudit } from '#audit';
import { type App, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { newSecret } from '#base/id';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { type AccountRow, countFailures, findAccount, insertFailure, openSession } from './store.ts';

const triesAllowed = 5;

/** A hash of nothing that anyone knows: an unknown name costs the same time as a wrong password. */
const decoy = hashPassword(newSecret());

/**
 * Opens a session. Throws `auth.bad_credentials` for an unknown name, a wrong password and a disabled
 * account alike, and `auth.locked` after five failures of that name within 15 minutes.
 */
export async function signIn(
  app: App,
  input: { username: string; password: string; remote: string },
): Promise<{ account: AccountRow; secret: string }> {
  const system = systemActor('auth.sign-in');
  const { account, failures } = await app.run(system, async (ctx) => ({
    account: await findAccount(ctx, input),
    failures: await countFailures(ctx, input.username),
  }));
  if (failures.n >= triesAllowed) fail('auth.locked', { minutes: failures.minutesLeft });
  const right = await verifyPassword(input.password, account?.password_hash ?? (await decoy));
  if (!account || !right || account.disabled) {
    // In a transaction of its own: the refusal below must not roll the count back.
    await app.run(system, async (ctx) => {
      await insertFailure(ctx, input.username, input.remote);
      if (account) {
        const { id, unit_path: unitPath } = account;
        await recordAudit(ctx, { action: 'auth.sign_in_refused', subject: `account:${id}`, unitPath });
      }
    });
    fail('auth.bad_credentials');
  }
  const secret = newSecret();
  await app.run({ ...system, id: account.id, name: account.name }, async (ctx) => {
    await openSession(ctx, account, secret);
    await recordAudit(ctx, {
      action: 'auth.sign_in',
      subject: `account:${account.id}`,
      unitPath: account.unit_path,
    });
  });
  return { account, secret };
}
