import type { App, Ctx } from '#base/app';
import { systemActor } from '#base/app';
import { fail } from '#base/errors';
import { verifyPassword } from '../password-hash.ts';
import { judgeTry } from '../sessions/count-tries.ts';
import { type Entrance, type Entry, openSession, personAt } from '../sessions/open-session.ts';
import { type AccountRow, findAccount } from '../store.ts';
import { findTicket, listFactors, spendTicket, tryTicket } from './factor-store.ts';
import { type PasskeyAnswer, takePasskey } from './passkey.ts';
import { takeFactor } from './prove.ts';

type Given = { code?: string | undefined; passkey?: PasskeyAnswer | undefined };

/**
 * The second step of a sign-in. Throws `auth.ticket_over` for a ticket that is used, too old or worn out,
 * `auth.bad_factor` for a wrong or used code, `auth.passkey_refused`, and `auth.locked`: wrong codes count like
 * wrong passwords, and a right password does not forgive them.
 */
export async function takeSecondStep(
  app: App,
  ticketSecret: string,
  given: Given,
  entrance: Omit<Entrance, 'method'> & { deviceOf: (id: string) => Promise<string | undefined> },
): Promise<Entry> {
  const system = systemActor('auth.second-step');
  const ticket = (await app.run(system, (ctx) => tryTicket(ctx, ticketSecret))) ?? fail('auth.ticket_over');
  const account = (await app.run(system, (ctx) => findAccount(ctx, { id: ticket.accountId })))!;
  const device = await entrance.deviceOf(account.id);
  const place = { remote: entrance.remote, device };
  await judgeTry(app, account, place, 'auth.bad_factor', (ctx) => takeFactor(ctx, account, given));
  return app.run(personAt(account), async (ctx) => {
    if (!(await spendTicket(ctx, ticketSecret))) fail('auth.ticket_over');
    const { method } = ticket;
    return { account, ...(await openSession(ctx, account, { ...entrance, method, device }, true)) };
  });
}

/** Whose passkeys may answer a ticket's challenge. Throws `auth.ticket_over`. */
export async function accountOfTicket(ctx: Ctx, ticketSecret: string): Promise<string> {
  return ((await findTicket(ctx, ticketSecret)) ?? fail('auth.ticket_over')).accountId;
}

/** Signs in by a passkey alone. Throws `auth.passkey_refused`; a disabled account is refused alike. */
export async function enterByPasskey(
  app: App,
  answer: PasskeyAnswer,
  entrance: Omit<Entrance, 'method'>,
): Promise<Entry> {
  return app.run(systemActor('auth.passkey'), async (ctx) => {
    const factor = await takePasskey(ctx, undefined, answer);
    const account = (await findAccount(ctx, { id: factor.account_id }))!;
    if (account.disabled) fail('auth.passkey_refused', { why: 'unknown passkey' });
    const asPerson = { ...ctx, actor: personAt(account) };
    return { account, ...(await openSession(asPerson, account, { ...entrance, method: 'passkey' }, true)) };
  });
}

/**
 * Proves within a session who is at the keyboard. With a factor enrolled only a factor serves; the password is for
 * adding the first one. Returns whether it was a factor. Wrong answers lock this session's proving, not the account.
 */
export async function proveAgain(
  app: App,
  account: AccountRow,
  sessionId: string,
  remote: string,
  given: Given & { password?: string | undefined },
): Promise<boolean> {
  const place = { remote, device: `session ${sessionId}` };
  const factors = await app.run(systemActor('auth'), (ctx) => listFactors(ctx, account.id));
  if (factors.length > 0) {
    await judgeTry(app, account, place, 'auth.bad_factor', (ctx) => takeFactor(ctx, account, given));
    return true;
  }
  const { password } = given;
  if (password === undefined) fail('auth.factor_needed', { kinds: ['password'] });
  await judgeTry(app, account, place, 'auth.wrong_password', () =>
    verifyPassword(password, account.password_hash),
  );
  return false;
}
