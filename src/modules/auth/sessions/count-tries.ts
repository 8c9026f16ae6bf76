import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { lockedFor } from '../policy/policy-rules.ts';
import { currentPolicy } from '../policy/policy-store.ts';
import { insertTry, listFailures, lockTries, succeedTry, type TryKey } from './try-store.ts';

/**
 * Writes a try down before it is judged; its id is for `succeedTry`. Throws `auth.locked` when the name has had
 * too many failures, `auth.address_locked` when the address has, whether the name exists or not.
 */
export async function beginTry(ctx: Ctx, key: TryKey): Promise<number> {
  await lockTries(ctx, key.username);
  const policy = await currentPolicy(ctx);
  const { lockTries: tries, addressTries, lockMinutes, now } = policy;
  const failures = await listFailures(ctx, key, { name: tries, address: addressTries });
  const minutes = lockedFor(failures.ofName, tries, lockMinutes, now);
  const wait = lockedFor(failures.ofAddress, addressTries, lockMinutes, now);
  if (minutes > 0) fail('auth.locked', { minutes });
  // A device that is known is not held up by its neighbours behind the same exit.
  if (wait > 0 && key.device === undefined) fail('auth.address_locked', { minutes: wait });
  return insertTry(ctx, key);
}

interface Who {
  readonly id: string;
  readonly username: string;
  readonly unit_path: string;
}

/**
 * Counts a try of a known account (a code, a current password) and judges it: `judge` runs in a transaction of its
 * own that commits whatever it answers. Throws `auth.locked`, and the error `refusal` for a wrong answer.
 */
export async function judgeTry(
  app: App,
  account: Who,
  place: { remote: string; device: string | undefined },
  refusal: string,
  judge: (ctx: Ctx) => Promise<boolean>,
): Promise<void> {
  const key = { username: account.username, ...place };
  const system = { ...systemActor('auth.try'), id: account.id, unitPath: account.unit_path };
  const id = await app.run(system, (ctx) => beginTry(ctx, key));
  const right = await app.run(system, async (ctx) => {
    const answer = await judge(ctx);
    if (answer) await succeedTry(ctx, id);
    return answer;
  });
  if (right) return;
  await app.run(system, (ctx) =>
    recordAudit(ctx, {
      action: 'auth.proof_refused',
      subject: `account:${account.id}`,
      unitPath: account.unit_path,
      after: { remote: place.remote, refusal },
    }),
  );
  fail(refusal);
}
