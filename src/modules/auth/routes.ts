import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { recordAudit } from '#audit';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { newSecret } from '#base/id';
import { findUnit } from '#units';
import { actorOfAccount, sessionCookie } from './authenticate.ts';
import * as contract from './contract.ts';
import { decideRole, proposeRole } from './decide-role.ts';
import { type GrantRow, insertToken, listGrants, listTokens, revokeToken } from './grant-store.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { humanOnly, roles } from './roles.ts';
import { firstSetUp, setupNeeded } from './set-up.ts';
import { signIn } from './sign-in.ts';
import * as store from './store.ts';

function userOf(account: store.AccountRow): z.input<typeof contract.sessionUser> {
  return {
    id: account.id,
    username: account.username,
    name: account.name,
    unitId: account.unit_id,
    unitName: account.unit_name,
    unitPath: account.unit_path,
    roles: account.roles,
    permissions: [...actorOfAccount(account).permissions],
    mustChangePassword: account.must_change_password,
  };
}

function accountOf(row: store.AccountRow): z.input<typeof contract.account> {
  return {
    id: row.id,
    username: row.username,
    name: row.name,
    unitId: row.unit_id,
    unitName: row.unit_name,
    roles: row.roles,
    disabled: row.disabled,
    lastSignInAt: row.last_sign_in_at,
  };
}

function grantOf(row: GrantRow): z.input<typeof contract.roleGrant> {
  return {
    id: row.id,
    accountId: row.account_id,
    username: row.username,
    name: row.name,
    role: row.role,
    state: row.state,
    proposedBy: row.proposed_by_name,
    proposedAt: row.proposed_at,
    decidedBy: row.decided_by_name,
  };
}

function setCookie(app: App, reply: FastifyReply, secret: string): void {
  reply.setCookie(sessionCookie, secret, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: app.config.tlsProxy,
  });
}

async function currentAccount(app: App, actor: Actor): Promise<store.AccountRow | undefined> {
  if (actor.kind !== 'user') return undefined;
  return app.run(systemActor('auth'), (ctx) => store.findAccount(ctx, { id: actor.id }));
}

async function unitByCode(ctx: Ctx, code: string) {
  const unit = (await findUnit(ctx, { code })) ?? fail('units.unknown_unit', { code });
  return { id: unit.id, path: unit.unit_path };
}

async function createAccount(ctx: Ctx, body: z.output<NonNullable<typeof contract.createAccount.body>>) {
  const unit = await unitByCode(ctx, body.unitCode);
  const hash = await hashPassword(body.password);
  try {
    const id = await store.insertAccount(ctx, {
      username: body.username,
      name: body.name,
      unitId: unit.id,
      unitPath: unit.path,
      hash,
      mustChange: body.mustChangePassword,
    });
    await recordAudit(ctx, {
      action: 'auth.create_account',
      subject: `account:${id}`,
      unitPath: unit.path,
      after: { username: body.username, unit: body.unitCode },
    });
    return accountOf((await store.findAccount(ctx, { id }))!);
  } catch (error) {
    if (violatedConstraint(error) === 'account_username_key') fail('auth.duplicate_username', body, error);
    throw error;
  }
}

const sessionRoutes: Handler[] = [
  handleRaw(contract.getSession, async (app, actor) => {
    const account = await currentAccount(app, actor);
    const needed = await app.run(systemActor('auth'), setupNeeded);
    return {
      user: account ? userOf(account) : null,
      serverTime: app.clock.now(),
      setupNeeded: needed,
      demo: app.config.demo,
    };
  }),
  handleRaw(contract.signIn, async (app, _actor, { body }, { request, reply }) => {
    const { account, secret } = await signIn(app, { ...body, remote: request.ip });
    setCookie(app, reply, secret);
    return { user: userOf(account) };
  }),
  handleRaw(contract.signOut, async (app, actor, _input, { request, reply }) => {
    const secret = request.cookies[sessionCookie];
    if (secret) await app.run({ ...actor, scope: '*' }, (ctx) => store.endSession(ctx, secret));
    reply.clearCookie(sessionCookie, { path: '/' });
    return reply.status(204).send();
  }),
  handleRaw(contract.changePassword, async (app, actor, { body }, { request, reply }) => {
    const account = (await currentAccount(app, actor)) ?? fail('base.unauthenticated');
    if (!(await verifyPassword(body.current, account.password_hash))) fail('auth.wrong_password');
    if (body.current === body.next) fail('auth.same_password');
    const hash = await hashPassword(body.next);
    await app.run({ ...actor, scope: '*' }, async (ctx) => {
      await store.setPassword(ctx, account.id, hash);
      await store.endSessionsOf(ctx, account.id, request.cookies[sessionCookie]);
      await recordAudit(ctx, { action: 'auth.change_password', subject: `account:${account.id}` });
    });
    return reply.status(204).send();
  }),
  handleRaw(contract.setUp, async (app, _actor, { body }, { reply }) => {
    await firstSetUp(app, body);
    return reply.status(204).send();
  }),
];

const accountRoutes: Handler[] = [
  handle(contract.listAccounts, async (ctx, { query }) => {
    const { items, total } = await store.listAccounts(ctx, query);
    return { total, items: items.map(accountOf) };
  }),
  handle(contract.createAccount, (ctx, { body }) => createAccount(ctx, body)),
  handle(contract.setAccountState, async (ctx, { params, body }, { reply }) => {
    if (!(await store.setDisabled(ctx, params.id, body.disabled)))
      fail('base.not_found', { what: params.id });
    if (body.disabled) await store.endSessionsOf(ctx, params.id);
    await recordAudit(ctx, {
      action: 'auth.set_account_state',
      subject: `account:${params.id}`,
      after: body,
    });
    reply.status(204);
    return undefined;
  }),
  handle(contract.listRoleGrants, async (ctx, { query }) => {
    const { items, total } = await listGrants(ctx, query);
    return { total, items: items.map(grantOf) };
  }),
  handle(contract.proposeRole, async (ctx, { body }) => grantOf(await proposeRole(ctx, body))),
  handle(contract.decideRole, async (ctx, { params, body }) =>
    grantOf(await decideRole(ctx, params.id, body.approve)),
  ),
  handle(contract.listRoles, async () =>
    Object.entries(roles).map(([role, { zh, en, permissions }]) => ({
      role: role as contract.RoleName,
      zh,
      en,
      permissions: [...permissions],
    })),
  ),
];

const tokenRoutes: Handler[] = [
  handle(contract.listTokens, async (ctx, { query }) => {
    const { items, total } = await listTokens(ctx, query);
    return {
      total,
      items: items.map((row) => ({
        id: row.id,
        name: row.name,
        unitName: row.unit_name,
        expiresAt: row.expires_at,
        lastUsedAt: row.last_used_at,
        revoked: row.revoked_at !== null,
      })),
    };
  }),
  handle(contract.createToken, async (ctx, { body }) => {
    const forbidden = body.permissions.find((one) => humanOnly.includes(one));
    if (forbidden) fail('base.forbidden', { permission: forbidden });
    const unit = await unitByCode(ctx, body.unitCode);
    const secret = `jd_${newSecret()}`;
    const { name, permissions, days } = body;
    const id = await insertToken(ctx, {
      name,
      permissions,
      days,
      secret,
      unitId: unit.id,
      unitPath: unit.path,
    });
    await recordAudit(ctx, {
      action: 'auth.create_token',
      subject: `token:${id}`,
      unitPath: unit.path,
      after: { name, permissions, days },
    });
    return { id, token: secret };
  }),
  handle(contract.revokeToken, async (ctx, { params }, { reply }) => {
    if (!(await revokeToken(ctx, params.id))) fail('base.not_found', { what: params.id });
    await recordAudit(ctx, { action: 'auth.revoke_token', subject: `token:${params.id}` });
    reply.status(204);
    return undefined;
  }),
];

export const routes: Handler[] = [...sessionRoutes, ...accountRoutes, ...tokenRoutes];
