import { recordAudit } from '#audit';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { decidePolicy, proposePolicy } from './policy/change-policy.ts';
import { currentPolicy, listPolicies } from './policy/policy-store.ts';
import { decideReset, proposeReset, resetPassword, unlockAccount } from './sessions/reset-account.ts';
import { listResets } from './sessions/reset-store.ts';
import { deviceName } from './sessions/session-rules.ts';
import { endSessions, findLiveSession, type LiveSessionRow, listSessions } from './sessions/session-store.ts';
import { findAccount } from './store.ts';

function sessionOf(row: LiveSessionRow, actor: Actor) {
  return {
    id: row.id,
    accountId: row.account_id,
    username: row.username,
    name: row.name,
    unitName: row.unit_name,
    startedAt: row.started_at,
    seenAt: row.seen_at,
    remote: row.remote,
    device: deviceName(row.user_agent),
    method: row.method,
    secondFactorAt: row.second_factor_at,
    current: row.id === actor.sessionId,
  };
}

/** One's own sessions, whatever the actor's scope: the account is the bound. */
function asOwner<T>(app: App, actor: Actor, work: (ctx: Ctx) => Promise<T>): Promise<T> {
  if (actor.kind !== 'user') fail('base.unauthenticated');
  return app.run({ ...systemActor('auth'), id: actor.id, name: actor.name, unitPath: actor.unitPath }, work);
}

const mySessionRoutes: Handler[] = [
  handleRaw(contract.listMySessions, (app, actor, { query }) =>
    asOwner(app, actor, async (ctx) => {
      const page = await listSessions(ctx, { ...query, accountId: actor.id });
      return { ...page, items: page.items.map((row) => sessionOf(row, actor)) };
    }),
  ),
  handleRaw(contract.endMySession, async (app, actor, { params }, { reply }) => {
    await asOwner(app, actor, async (ctx) => {
      const session = await findLiveSession(ctx, params.id);
      if (session?.account_id !== actor.id) fail('base.not_found', { what: params.id });
      await endSessions(ctx, { id: params.id }, 'ended');
      await recordAudit(ctx, { action: 'auth.end_session', subject: `account:${actor.id}` });
    });
    return reply.status(204).send();
  }),
  handleRaw(contract.endMyOtherSessions, (app, actor) =>
    asOwner(app, actor, async (ctx) => {
      const which = { accountId: actor.id, exceptId: actor.sessionId };
      const ended = await endSessions(ctx, which, 'ended');
      await recordAudit(ctx, {
        action: 'auth.end_session',
        subject: `account:${actor.id}`,
        after: { ended },
      });
      return { ended };
    }),
  ),
];

const othersRoutes: Handler[] = [
  handle(contract.listLiveSessions, async (ctx, { query }) => {
    const page = await listSessions(ctx, query);
    return { ...page, items: page.items.map((row) => sessionOf(row, ctx.actor)) };
  }),
  handle(contract.kickOut, async (ctx, { params }, { reply }) => {
    const session = (await findLiveSession(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
    await kickOut(ctx, session.account_id, { id: params.id });
    reply.status(204);
    return undefined;
  }),
  handle(contract.kickOutAccount, async (ctx, { params }) => ({
    ended: await kickOut(ctx, params.id, { accountId: params.id }),
  })),
  handle(contract.unlockAccount, async (ctx, { params }, { reply }) => {
    await unlockAccount(ctx, params.id);
    reply.status(204);
    return undefined;
  }),
  handle(contract.resetPassword, async (ctx, { params, body }) => ({
    password: await resetPassword(ctx, params.id, body.reason),
  })),
  handle(contract.listResets, (ctx, { query }) => listResets(ctx, query)),
  handle(contract.proposeReset, (ctx, { params, body }) => proposeReset(ctx, params.id, body)),
  handle(contract.decideReset, async (ctx, { params, body }) => {
    const { row, password } = await decideReset(ctx, params.id, body.approve);
    return { ...row, password };
  }),
];

/** Ends somebody's session, or all of them; the person is told by whom. */
async function kickOut(
  ctx: Ctx,
  accountId: string,
  which: { id?: string; accountId?: string },
): Promise<number> {
  const account = (await findAccount(ctx, { id: accountId })) ?? fail('base.not_found', { what: accountId });
  const ended = await endSessions(ctx, which, 'kicked');
  await recordAudit(ctx, {
    action: 'auth.kick_out',
    subject: `account:${accountId}`,
    unitPath: account.unit_path,
    after: { ended },
  });
  const notice = {
    accountId,
    kind: 'kicked_out' as const,
    detail: String(ended),
    by: ctx.actor.name,
  };
  await ctx.emit(contract.accountNotice, notice, account.unit_path);
  return ended;
}

const policyRoutes: Handler[] = [
  handleRaw(contract.getSignInPolicy, (app) => app.run(systemActor('auth'), currentPolicy)),
  handle(contract.listSignInPolicies, (ctx, { query }) => listPolicies(ctx, query)),
  handle(contract.proposeSignInPolicy, (ctx, { body }) => proposePolicy(ctx, body)),
  handle(contract.decideSignInPolicy, (ctx, { params, body }) => decidePolicy(ctx, params.id, body.approve)),
];

export const sessionsRoutes: Handler[] = [...mySessionRoutes, ...othersRoutes, ...policyRoutes];
