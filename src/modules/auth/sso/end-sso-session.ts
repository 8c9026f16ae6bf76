/** Single logout, in both directions. */
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { publicUrlOf } from '#base/config';
import { isAppError } from '#base/errors';
import { type EndReason, endSessions } from '../sessions/session-store.ts';
import { digestOf } from '../store.ts';
import { closeLogins, loginOfSession, type ThroughRow } from './binding-store.ts';
import { ticketOfLogout } from './cas-reply.ts';
import { findReady } from './connector-store.ts';
import { providerOf, ssoSealer } from './provider-of.ts';

/** Ends these sessions, each with its entry in the audit log. */
export async function endThrough(ctx: Ctx, sessions: readonly ThroughRow[], reason: EndReason, why: string) {
  for (const { id, account_id: accountId, unit_path: unitPath } of sessions) {
    await endSessions(ctx, { id }, reason);
    await recordAudit(ctx, {
      action: 'auth.sso_session_ended',
      subject: `account:${accountId}`,
      unitPath,
      after: { why },
    });
  }
}

/**
 * CAS tells that a session ended there. Whoever knows its ticket is that server (or the person): a ticket of 256
 * bits is never shown. An unknown ticket changes nothing. Returns how many sessions ended.
 */
export async function endByLogoutRequest(app: App, connectorId: string, body: string): Promise<number> {
  const ticket = ticketOfLogout(new URLSearchParams(body).get('logoutRequest') ?? '');
  if (ticket === undefined) return 0;
  return app.run(systemActor('auth.sso'), async (ctx) => {
    const sessions = await closeLogins(ctx, { connectorId, ticketSha256: digestOf(ticket) });
    await endThrough(ctx, sessions, 'signed_out', 'the other system ended it');
    return sessions.length;
  });
}

/**
 * Where to sign out of the other system, for a session that came from one which offers that; null otherwise, also
 * when it cannot be asked now: signing out here must not wait for it.
 */
export async function endAddress(app: App, sessionId: string): Promise<string | null> {
  const system = systemActor('auth.sso');
  const { login, connector } = await app.run(system, async (ctx) => {
    const found = await loginOfSession(ctx, sessionId);
    return { login: found, connector: found && (await findReady(ctx, found.connector_id)) };
  });
  if (!login || !connector) return null;
  try {
    const provider = await providerOf(app, connector.kind, connector.version);
    // A token that no longer opens is only a hint that is not given.
    const idToken = login.id_token ? (await ssoSealer(app)).open(login.id_token, login.id) : undefined;
    const address = await provider.endUrl?.(idToken, `${publicUrlOf(app.config)}/sign-in`);
    return address?.href ?? null;
  } catch (error) {
    if (!isAppError(error)) throw error;
    app.log.warn(
      { connector: connector.id, code: error.code, ...error.details },
      'no sign-out at the other system',
    );
    return null;
  }
}
