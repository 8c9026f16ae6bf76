import type { z } from 'zod';
import { type Actor, type App, systemActor } from '#base/app';
import type * as contract from '../contract.ts';
import { passwordDaysLeft } from '../policy/policy-rules.ts';
import { currentPolicy } from '../policy/policy-store.ts';
import { type AccountRow, findAccount } from '../store.ts';

/** The account behind an actor; undefined for a machine. */
export async function accountOfActor(app: App, actor: Actor): Promise<AccountRow | undefined> {
  if (actor.kind !== 'user') return undefined;
  return app.run(systemActor('auth'), (ctx) => findAccount(ctx, { id: actor.id }));
}

/** What a client learns about who is signed in. */
export async function describeUser(
  app: App,
  account: AccountRow,
  actor: Actor,
): Promise<z.input<typeof contract.sessionUser>> {
  const policy = await app.run(systemActor('auth'), currentPolicy);
  const daysLeft = passwordDaysLeft(account.password_set_at, policy, policy.now);
  return {
    id: account.id,
    username: account.username,
    name: account.name,
    unitId: account.unit_id,
    unitName: account.unit_name,
    unitPath: account.unit_path,
    roles: account.roles,
    permissions: [...actor.permissions],
    mustChangePassword: actor.limited !== undefined && (account.must_change_password || daysLeft <= 0),
    mustFirst: actor.limited ?? null,
    passwordDaysLeft: daysLeft <= policy.warnDays ? daysLeft : null,
    viewedBy: actor.viewer ? { name: actor.viewer.name, until: actor.viewer.until } : null,
  };
}
