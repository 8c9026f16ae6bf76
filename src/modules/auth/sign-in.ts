import { recordAudit } from '#audit';
import { type App, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { newSecret } from '#base/id';
import { hashPassword, isOutdated, verifyPassword } from './password-hash.ts';
import { beginTry } from './sessions/count-tries.ts';
import { type Entrance, type Entry, enter } from './sessions/open-session.ts';
import { rehashPassword } from './sessions/session-store.ts';
import { succeedTry } from './sessions/try-store.ts';
import { type AccountRow, findAccount } from './store.ts';

/** A hash of nothing that anyone knows: an unknown name costs the same time as a wrong password. */
const decoy = hashPassword(newSecret());

interface Attempt extends Omit<Entrance, 'device'> {
  readonly username: string;
  readonly password: string;
  /** The mark of a device of this very account, if the browser has one. */
  readonly device: (accountId: string | undefined) => Promise<string | undefined>;
}

/**
 * The first step of a sign-in. Throws `auth.bad_credentials` for an unknown name, a wrong password and a disabled
 * account alike, after the same work; `auth.locked` and `auth.address_locked` after too many failures, whether
 * the name exists or not.
 */
export async function signIn(app: App, attempt: Attempt): Promise<Entry> {
  const system = systemActor('auth.sign-in');
  const { account, device, tryId } = await app.run(system, async (ctx) => {
    const account = await findAccount(ctx, attempt);
    const device = await attempt.device(account?.id);
    const { username, remote } = attempt;
    return { account, device, tryId: await beginTry(ctx, { username, remote, device }) };
  });
  const right = await verifyPassword(attempt.password, account?.password_hash ?? (await decoy));
  if (!account || !right || account.disabled) {
    await app.run(system, (ctx) => noteRefusal(ctx, account, attempt.remote));
    fail('auth.bad_credentials');
  }
  const hash = isOutdated(account.password_hash) ? await hashPassword(attempt.password) : undefined;
  await app.run(system, async (ctx) => {
    await succeedTry(ctx, tryId);
    if (hash) await rehashPassword(ctx, account.id, account.password_hash, hash);
  });
  return enter(app, account, { ...attempt, device });
}

/** The name of nobody may be a password typed into the wrong field: it is not written into the log. */
async function noteRefusal(
  ctx: Parameters<typeof recordAudit>[0],
  account: AccountRow | undefined,
  remote: string,
): Promise<void> {
  await recordAudit(ctx, {
    action: 'auth.sign_in_refused',
    subject: `account:${account?.id ?? 'unknown'}`,
    unitPath: account?.unit_path ?? '',
    after: { remote },
  });
}
