import type { FastifyRequest } from 'fastify';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { findUnit } from '#units';
import { useToken } from './grant-store.ts';
import { localToken, sameSecret } from './local-credential.ts';
import { humanOnly, permissionsOf, roles } from './roles.ts';
import { type AccountRow, findSession } from './store.ts';

export const sessionCookie = 'jiaodun_session';

/** Who calls: session cookie, API token, or the CLI of this machine. Null when nobody is known. */
export async function authenticate(app: App, request: FastifyRequest): Promise<Actor | null> {
  const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer) return actorOfToken(app, bearer);
  const secret = request.cookies[sessionCookie];
  if (!secret) return null;
  const account = await app.run(systemActor('auth'), (ctx) => findSession(ctx, secret));
  return account ? actorOfAccount(account) : null;
}

/** An account's rights. Until a first password is changed it may do nothing but change it. */
export function actorOfAccount(account: AccountRow): Actor {
  return {
    kind: 'user',
    id: account.id,
    name: account.name,
    unitId: account.unit_id,
    unitPath: account.unit_path,
    scope: account.unit_path,
    permissions: account.must_change_password ? new Set() : permissionsOf(account.roles),
  };
}

async function actorOfToken(app: App, secret: string): Promise<Actor | null> {
  if (sameSecret(secret, await localToken(app.config.dataDir))) {
    return app.run(systemActor('auth'), localActor);
  }
  const token = await app.run(systemActor('auth'), (ctx) => useToken(ctx, secret));
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
