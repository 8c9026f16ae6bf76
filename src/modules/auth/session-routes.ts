import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { type Exchange, type Handler, handleRaw } from '#base/http';
import { newSecret } from '#base/id';
import { actorOfSecret } from './authenticate.ts';
import * as contract from './contract.ts';
import { challengePasskey } from './factors/passkey.ts';
import { accountOfTicket, enterByPasskey, proveAgain, takeSecondStep } from './factors/second-step.ts';
import { changePassword } from './sessions/change-password.ts';
import { accountOfActor, describeUser } from './sessions/describe-user.ts';
import type { Entry } from './sessions/open-session.ts';
import {
  clearSessionCookie,
  knownDevice,
  readSessionCookie,
  writeSessionCookie,
} from './sessions/session-cookie.ts';
import { endSessions, findEnd, rotateSession } from './sessions/session-store.ts';
import { firstSetUp, setupNeeded } from './set-up.ts';
import { signIn } from './sign-in.ts';
import type { AccountRow } from './store.ts';

/** Where a request comes from, as a session keeps it. */
function placeOf(request: FastifyRequest): { remote: string; userAgent: string } {
  return { remote: request.ip, userAgent: request.headers['user-agent'] ?? '' };
}

/** Tells the client what its step led to, and hands the session over in a cookie; an older one there ends. */
export async function answerEntry(
  app: App,
  entry: Entry,
  { request, reply }: Exchange,
): Promise<z.input<typeof contract.signedIn>> {
  if ('ticket' in entry) {
    return { user: null, factor: { ticket: entry.ticket, kinds: entry.kinds }, endedSessions: 0 };
  }
  await endPresent(app, request, entry.account);
  await writeSessionCookie(app, reply, entry.secret, entry.account.id);
  const actor = (await actorOfSecret(app, entry.secret, request.url)) ?? fail('base.unauthenticated');
  return {
    user: await describeUser(app, entry.account, actor),
    factor: null,
    endedSessions: entry.endedSessions,
  };
}

/** Signing in over an open session of the same browser replaces it: no secret from before stays good. */
async function endPresent(app: App, request: FastifyRequest, account: AccountRow): Promise<void> {
  const before = readSessionCookie(app, request);
  const actor = before ? await actorOfSecret(app, before, request.url) : null;
  if (!actor?.sessionId) return;
  const { sessionId } = actor;
  await app.run({ ...systemActor('auth'), id: account.id }, (ctx) =>
    endSessions(ctx, { id: sessionId }, 'signed_out'),
  );
}

/** Changes the secret of the session at hand: after a password change and each elevation (session fixation). */
export async function renewSecret(
  app: App,
  actor: Actor,
  reply: FastifyReply,
  change: { proved: boolean; factor: boolean },
): Promise<void> {
  const { sessionId } = actor;
  if (!sessionId) return;
  const secret = newSecret();
  const system = { ...systemActor('auth'), id: actor.id };
  const done = await app.run(system, (ctx) => rotateSession(ctx, sessionId, { ...change, secret }));
  if (!done) fail('base.unauthenticated');
  await writeSessionCookie(app, reply, secret);
}

async function demandAccount(app: App, actor: Actor): Promise<{ account: AccountRow; sessionId: string }> {
  const account = await accountOfActor(app, actor);
  if (!account || !actor.sessionId) fail('base.unauthenticated');
  return { account, sessionId: actor.sessionId };
}

async function whyEnded(app: App, request: FastifyRequest, user: unknown) {
  const secret = user ? undefined : readSessionCookie(app, request);
  if (!secret) return null;
  return (await app.run(systemActor('auth'), (ctx) => findEnd(ctx, secret))) ?? null;
}

export const sessionRoutes: Handler[] = [
  handleRaw(contract.getSession, async (app, actor, _input, { request }) => {
    const account = await accountOfActor(app, actor);
    const needed = await app.run(systemActor('auth'), setupNeeded);
    return {
      user: account ? await describeUser(app, account, actor) : null,
      ended: await whyEnded(app, request, account),
      serverTime: app.clock.now(),
      setupNeeded: needed,
      demo: app.config.demo,
    };
  }),
  handleRaw(contract.signIn, async (app, _actor, { body }, exchange) => {
    const { request } = exchange;
    const device = (accountId: string | undefined) => knownDevice(app, request, accountId);
    const entry = await signIn(app, { ...body, ...placeOf(request), method: 'password', device });
    return answerEntry(app, entry, exchange);
  }),
  handleRaw(contract.giveFactor, async (app, _actor, { body }, exchange) => {
    const { ticket, ...given } = body;
    const deviceOf = (accountId: string) => knownDevice(app, exchange.request, accountId);
    const place = placeOf(exchange.request);
    return answerEntry(app, await takeSecondStep(app, ticket, given, { ...place, deviceOf }), exchange);
  }),
  handleRaw(contract.challengePasskey, (app, actor, { body }) =>
    app.run(systemActor('auth'), async (ctx: Ctx) => {
      const own = actor.kind === 'user' ? actor.id : undefined;
      const accountId = body.ticket ? await accountOfTicket(ctx, body.ticket) : own;
      const { options, state } = await challengePasskey(ctx, accountId);
      return { options: { ...options }, state };
    }),
  ),
  handleRaw(contract.signInByPasskey, async (app, _actor, { body }, exchange) =>
    answerEntry(app, await enterByPasskey(app, body, placeOf(exchange.request)), exchange),
  ),
  handleRaw(contract.stepUp, async (app, actor, { body }, { request, reply }) => {
    const { account, sessionId } = await demandAccount(app, actor);
    const factor = await proveAgain(app, account, sessionId, request.ip, body);
    await renewSecret(app, actor, reply, { proved: true, factor });
    return reply.status(204).send();
  }),
  handleRaw(contract.signOut, async (app, actor, _input, { reply }) => {
    const { sessionId } = actor;
    if (sessionId) {
      // Whoever looks as another leaves the own session: that other person did nothing.
      const system = { ...systemActor('auth'), id: actor.viewer?.id ?? actor.id };
      await app.run(system, (ctx) => endSessions(ctx, { id: sessionId }, 'signed_out'));
    }
    clearSessionCookie(app, reply);
    return reply.status(204).send();
  }),
  handleRaw(contract.changePassword, async (app, actor, { body }, { request, reply }) => {
    const { account, sessionId } = await demandAccount(app, actor);
    // A first password may be known to others: the factor is asked for before it can be replaced.
    if (actor.limited === 'auth.factor_needed') fail('auth.factor_needed');
    await changePassword(app, account, { ...body, sessionId, remote: request.ip });
    await renewSecret(app, actor, reply, { proved: true, factor: false });
    return reply.status(204).send();
  }),
  handleRaw(contract.setUp, async (app, _actor, { body }, { reply }) => {
    await firstSetUp(app, body);
    return reply.status(204).send();
  }),
];
