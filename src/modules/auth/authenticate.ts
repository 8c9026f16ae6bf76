import type { FastifyRequest } from 'fastify';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { findUnit } from '#units';
import { localToken, sameSecret } from './local-credential.ts';
import { actorOfView, actorWith, rightsOf } from './rights/rights.ts';
import { useToken } from './rights/token-store.ts';
import { humanOnly, roles } from './roles.ts';
import { readSessionCookie } from './sessions/session-cookie.ts';
import { limitOf, needsFactor } from './sessions/session-rules.ts';
import { findSession, type SessionRow } from './sessions/session-store.ts';
import type { AccountRow } from './store.ts';

/** Who calls: session cookie, API token, or the CLI of this machine. Null when nobody is known. */
export async function authenticate(app: App, request: FastifyRequest): Promise<Actor | null> {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer) return actorOfToken(app, bearer, request.ip);
  const secret = readSessionCookie(app, request);
  if (!secret) return null;
  const isBackground = request.headers['x-background'] !== undefined;
  return actorOfSecret(app, secret, request.url.split('?')[0]!.slice(0, 200), isBackground);
}

/** Who holds this session's secret; null when it is no live session's. `path`: what is asked for. */
export async function actorOfSecret(
  app: App,
  secret: string,
  path: string,
  isBackground = false,
): Promise<Actor | null> {
  return app.run(systemActor('auth'), async (ctx) => {
    const session = await findSession(ctx, secret, isBackground);
    return session ? actorOfSession(ctx, session, path) : null;
  });
}

async function actorOfSession(ctx: Ctx, session: SessionRow, path: string): Promise<Actor> {
  const { session_id: sessionId } = session;
  const rights = await rightsOf(ctx, session, sessionId);
  const own = held(ctx, session, actorWith(session, rights));
  const seen = rights.view && !own.limited ? await actorOfView(ctx, session, rights.view, path) : null;
  return { ...(seen ?? own), sessionId };
}

/** No rights until the session's owner has done what comes first: the password, the second factor. */
function held(ctx: Ctx, session: SessionRow, actor: Actor): Actor {
  const factor = needsFactor(ctx.app.config, session.roles, actor.permissions);
  const limited = limitOf(session, factor);
  return limited ? { ...actor, limited, permissions: new Set() } : actor;
}

/** An account's rights. */
export async function actorOfAccount(ctx: Ctx, account: AccountRow): Promise<Actor> {
  return actorWith(account, await rightsOf(ctx, account));
}

async function actorOfToken(app: App, secret: string, remote: string): Promise<Actor | null> {
  if (sameSecret(secret, await localToken(app.config.dataDir))) {
    return app.run(systemActor('auth'), localActor);
  }
  const token = await app.run(systemActor('auth'), (ctx) => useToken(ctx, secret, remote));
  if (!token) return null;
  return {
    kind: 'machine',
    id: token.id,
    name: token.name,
    unitId: token.unit_id,
    unitPath: token.unit_path,
    scope: token.unit_path,
    permissions: new Set(token.permissions.filter((one) => !humanOnly.includes(one))),
  };
}

/** The operator at the machine: everything but what a person must decide by name. */
async function localActor(ctx: Ctx): Promise<Actor> {
  const everything = Object.values(roles).flatMap((role) => role.permissions);
  const city = await findUnit(ctx, { kind: 'city' });
  return {
    kind: 'machine',
    id: 'local-cli',
    name: '本机命令行 local CLI',
    unitId: city?.id ?? null,
    unitPath: city?.unit_path ?? '',
    scope: '*',
    permissions: new Set(everything.filter((one) => !humanOnly.includes(one))),
  };
}
