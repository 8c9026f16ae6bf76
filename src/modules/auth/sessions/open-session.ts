import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { newSecret } from '#base/id';
import { accountNotice } from '../contract.ts';
import { insertTicket } from '../factors/factor-store.ts';
import { factorKinds } from '../factors/prove.ts';
import { currentPolicy } from '../policy/policy-store.ts';
import type { AccountRow } from '../store.ts';
import { clearFailures, endOldest, insertSession, lockAccount } from './session-store.ts';

/** Where a person signs in from, and how the first step was taken. */
export interface Entrance {
  readonly remote: string;
  readonly userAgent: string;
  /** `password`, `passkey`, or the key of another system. */
  readonly method: string;
  /** The mark of a device from which the account's owner signed in before. */
  readonly device?: string | undefined;
}

export type FactorKind = 'totp' | 'passkey' | 'recovery';

/** After the first step: a session's secret, or the ticket with which the second step is taken. */
export type Entry =
  | { readonly account: AccountRow; readonly secret: string; readonly endedSessions: number }
  | { readonly account: AccountRow; readonly ticket: string; readonly kinds: FactorKind[] };

/**
 * What follows a right first step (a password, another system's word): a session for an account without a second
 * factor, a ticket for one that has any. Call it for an account that is not disabled.
 */
export async function enter(app: App, account: AccountRow, entrance: Entrance): Promise<Entry> {
  return app.run(personAt(account), async (ctx) => {
    const kinds = await factorKinds(ctx, account.id);
    if (kinds.length === 0) return { account, ...(await openSession(ctx, account, entrance, false)) };
    const ticket = newSecret();
    await insertTicket(ctx, account, { ...entrance, secret: ticket });
    return { account, ticket, kinds };
  });
}

/** Opens a session in the transaction at hand; the oldest ones beyond the policy's number end. */
export async function openSession(
  ctx: Ctx,
  account: AccountRow,
  entrance: Entrance,
  withFactor: boolean,
): Promise<{ secret: string; endedSessions: number }> {
  // Two sign-ins at once: one after the other, so that neither overlooks the other's session.
  await lockAccount(ctx, account.id);
  const { sessionsPerAccount } = await currentPolicy(ctx);
  const endedSessions = await endOldest(ctx, account.id, sessionsPerAccount - 1);
  const secret = newSecret();
  await insertSession(ctx, account, { ...entrance, secret, withFactor });
  // A success with the mark of a device says nothing about those who guess without one.
  if (entrance.device === undefined) await clearFailures(ctx, account.id);
  await recordAudit(ctx, {
    action: 'auth.sign_in',
    subject: `account:${account.id}`,
    unitPath: account.unit_path,
    after: { method: entrance.method, factor: withFactor, remote: entrance.remote, endedSessions },
  });
  if (endedSessions > 0) {
    await ctx.emit(
      accountNotice,
      { accountId: account.id, kind: 'sessions_limited', detail: String(endedSessions), by: account.name },
      account.unit_path,
    );
  }
  return { secret, endedSessions };
}

/** The system at work for this person, who is not signed in yet: the audit log names the person. */
export function personAt(account: AccountRow) {
  return {
    ...systemActor('auth.sign-in'),
    id: account.id,
    name: account.name,
    unitPath: account.unit_path,
  };
}
