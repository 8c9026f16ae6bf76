import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../../audit/module.ts';
import { units } from '../../units/module.ts';
import { authenticate } from '../authenticate.ts';
import { setupToken } from '../local-credential.ts';
import { auth } from '../module.ts';
import { writeBuiltInRoles } from './compose-role.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

beforeAll(async () => {
  app = await testApp([audit, units, auth]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'east-moderator', unitCode: 'east-1', role: 'moderator' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'helper', unitCode: 'city', role: 'support' },
    { username: 'east-helper', unitCode: 'east', role: 'support' },
  ]);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const as = (name: string) => people[name]!;
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const ask = (name: string, method: Method, url: string, body?: unknown) =>
  call(server, as(name), method, url, body);
const codeOf = async (reply: Promise<{ status: number; body: { code?: string } }>) =>
  (await reply).body?.code ?? (await reply).status;

async function grant(account: string, role: string) {
  const proposed = await ask('sysadmin', 'POST', '/api/role-grants', { accountId: as(account).id, role });
  expect(proposed.body.code).toBeUndefined();
  const decided = await ask('secadmin', 'POST', `/api/role-grants/${proposed.body.id}/decision`, {
    approve: true,
  });
  expect(decided.status).toBe(200);
  return proposed.body.id as string;
}

async function newAccount(username: string, unitCode: string): Promise<SignedIn> {
  const made = await ask('sysadmin', 'POST', '/api/accounts', {
    username,
    name: `人员${username}`,
    unitCode,
    password: 'Demo-Pass-2026',
    mustChangePassword: false,
  });
  expect(made.status).toBe(200);
  people[username] = await signIn(server, username);
  return people[username]!;
}

describe('a composed role', () => {
  const body = {
    zh: '夜间值守',
    en: 'Night duty',
    permissions: ['units.read', 'people.read'],
    reason: '夜间值守需要',
  };

  it('needs two administrators, and gives what it holds until it is retired', async () => {
    const proposed = await ask('secadmin', 'POST', '/api/composed-roles', { name: 'own_night', ...body });
    expect(proposed.body).toMatchObject({ version: 1, state: 'proposed' });
    const early = { accountId: as('east-moderator').id, role: 'own_night' };
    expect(await codeOf(ask('sysadmin', 'POST', '/api/role-grants', early))).toBe('auth.unknown_role');
    const own = ask('secadmin', 'POST', `/api/composed-roles/${proposed.body.id}/decision`, {
      approve: true,
    });
    expect(await codeOf(own)).toBe('base.forbidden');
    await expect(
      app.ownerPool.query(
        `UPDATE auth.role SET decided_by = proposed_by, state = 'active' WHERE name = 'own_night'`,
      ),
    ).rejects.toThrow(/four_eyes/);
    expect(await codeOf(ask('east-moderator', 'GET', '/api/people'))).toBe('base.forbidden');
    await ask('sysadmin', 'POST', `/api/composed-roles/${proposed.body.id}/decision`, { approve: true });
    await grant('east-moderator', 'own_night');
    expect((await ask('east-moderator', 'GET', '/api/people')).status).toBe(200);
    const rights = await ask('east-moderator', 'GET', '/api/session/rights');
    expect(
      rights.body.rights.find((one: { permission: string }) => one.permission === 'people.read'),
    ).toMatchObject({
      roles: [{ zh: '夜间值守' }],
      lentBy: null,
    });
    await ask('secadmin', 'POST', `/api/composed-roles/${proposed.body.id}/retirement`, {
      reason: '不再需要了',
    });
    expect(await codeOf(ask('east-moderator', 'GET', '/api/people'))).toBe('base.forbidden');
  });

  it('holds business permissions only', async () => {
    for (const permission of [
      'accounts.write',
      'roles.approve',
      'audit.read',
      'accounts.view_as',
      'no.such',
    ]) {
      const reply = ask('secadmin', 'POST', '/api/composed-roles', {
        ...body,
        name: 'own_too_much',
        permissions: ['units.read', permission],
      });
      expect([permission, await codeOf(reply)]).toEqual([permission, 'auth.unknown_permission']);
    }
  });
});

describe('the built-in roles', () => {
  it('are written down at each start, once, and anew when the program has others', async () => {
    await Promise.all([writeBuiltInRoles(app), writeBuiltInRoles(app)]);
    const count = async () =>
      (await app.ownerPool.query(`SELECT count(*)::int AS n FROM auth.role WHERE built_in`)).rows[0].n;
    expect(await count()).toBe(14);
    await app.ownerPool.query(`UPDATE auth.role SET permissions = '{a.b}' WHERE name = 'leader'`);
    await writeBuiltInRoles(app);
    expect(await count()).toBe(15);
    const { rows } = await app.ownerPool.query(
      `SELECT state FROM auth.role WHERE name = 'leader' ORDER BY version`,
    );
    expect(rows.map(({ state }) => state)).toEqual(['replaced', 'active']);
  });
});

describe('taking a role back', () => {
  it('works at once by one person, with a reason; having it again takes two', async () => {
    await newAccount('east-reviewer', 'east-1');
    const id = await grant('east-reviewer', 'reviewer');
    expect((await ask('east-reviewer', 'GET', '/api/people')).status).toBe(200);
    expect(await codeOf(ask('secadmin', 'POST', `/api/role-grants/${id}/revocation`, {}))).toBe(
      'base.invalid_input',
    );
    expect(
      (await ask('secadmin', 'POST', `/api/role-grants/${id}/revocation`, { reason: '调离岗位' })).status,
    ).toBe(204);
    expect(await codeOf(ask('east-reviewer', 'GET', '/api/people'))).toBe('base.forbidden');
    const twice = ask('secadmin', 'POST', `/api/role-grants/${id}/revocation`, { reason: '调离岗位' });
    expect(await codeOf(twice)).toBe('auth.not_revocable');
    await grant('east-reviewer', 'reviewer');
    expect((await ask('east-reviewer', 'GET', '/api/people')).status).toBe(200);
  });

  it('never leaves the city without an audit administrator', async () => {
    const { rows } = await app.ownerPool.query(`SELECT id FROM auth.role_grant WHERE role = 'audit_admin'`);
    const revoke = { reason: '想要关闭审计' };
    const last = ask('secadmin', 'POST', `/api/role-grants/${rows[0].id}/revocation`, revoke);
    expect(await codeOf(last)).toBe('auth.last_auditor');
    const disable = ask('sysadmin', 'PATCH', `/api/accounts/${as('auditadmin').id}`, { disabled: true });
    expect(await codeOf(disable)).toBe('auth.last_auditor');
    await expect(
      app.ownerPool.query(`UPDATE auth.account SET disabled = true WHERE username = 'auditadmin'`),
    ).rejects.toThrow(/last audit/);
    await expect(
      app.ownerPool.query(`DELETE FROM auth.role_grant WHERE role = 'audit_admin'`),
    ).rejects.toThrow(/last audit/);
    await newAccount('audit-two', 'city');
    await grant('audit-two', 'audit_admin');
    // Two at once, each leaving the other: one of them stays.
    const both = await Promise.all([
      ask('secadmin', 'POST', `/api/role-grants/${rows[0].id}/revocation`, revoke),
      ask('sysadmin', 'PATCH', `/api/accounts/${as('audit-two').id}`, { disabled: true }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([204, 409]);
    if (both[0]!.status === 204) await grant('auditadmin', 'audit_admin');
  });
});

describe('the three administrators', () => {
  it('exclude each other on one person, also over two accounts', async () => {
    await app.ownerPool.query(`INSERT INTO units.person (person_no, name, unit_id, unit_path)
      SELECT 'X-1', '兼职人', id, unit_path FROM units.unit WHERE code = 'city'`);
    await newAccount('one-a', 'city');
    await newAccount('one-b', 'city');
    await app.ownerPool.query(`UPDATE auth.account SET person_id = (SELECT id FROM units.person WHERE person_no = 'X-1')
      WHERE username IN ('one-a', 'one-b')`);
    await grant('one-a', 'system_admin');
    for (const role of ['security_admin', 'audit_admin', 'city_officer', 'unit_auditor']) {
      const reply = ask('sysadmin', 'POST', '/api/role-grants', { accountId: as('one-b').id, role });
      expect([role, await codeOf(reply)]).toEqual([role, 'auth.exclusive_role']);
    }
    await newAccount('one-c', 'city');
    await grant('one-c', 'city_officer');
    await expect(
      app.ownerPool.query(`UPDATE auth.account SET person_id = (SELECT id FROM units.person WHERE person_no = 'X-1')
        WHERE username = 'one-c'`),
    ).rejects.toThrow(/exclude each other/);
  });
});

describe('a delegation', () => {
  const days = (n: number) => new Date(app.clock.now().getTime() + n * 86_400_000).toISOString();
  const offer = (to: string, more: object = {}) => ({
    toAccountId: as(to).id,
    permissions: ['people.read'],
    reason: '出差期间代办',
    startsAt: days(0),
    endsAt: days(7),
    ...more,
  });

  it('holds once accepted, for its time, and its acts say for whom', async () => {
    expect(await codeOf(ask('east-moderator', 'GET', '/api/imports'))).not.toBe('base.forbidden');
    expect(await codeOf(ask('east-moderator', 'GET', '/api/people'))).toBe('base.forbidden');
    const permissions = ['people.read', 'people.write'];
    const offered = await ask(
      'east-officer',
      'POST',
      '/api/delegations',
      offer('east-moderator', { permissions }),
    );
    expect(offered.body.state).toBe('offered');
    expect(await codeOf(ask('east-moderator', 'GET', '/api/people'))).toBe('base.forbidden');
    const foreign = ask('east-teacher', 'POST', `/api/delegations/${offered.body.id}/answer`, {
      accept: true,
    });
    expect(await codeOf(foreign)).toBe('base.not_found');
    const accepted = await ask('east-moderator', 'POST', `/api/delegations/${offered.body.id}/answer`, {
      accept: true,
    });
    expect(accepted.body.state).toBe('accepted');
    expect((await ask('east-moderator', 'GET', '/api/people')).status).toBe(200);
    const csv = Buffer.from('人员编号,姓名,单位代码,岗位\nD-1,代办人,east-1,教师\n');
    const done = await ask('east-moderator', 'POST', '/api/import/people?fileName=a.csv', csv);
    expect(done.body).toMatchObject({ accepted: 1 });
    const { rows } = await app.ownerPool.query(
      `SELECT actor_name, after FROM audit.entry WHERE actor_id = $1 AND after ? 'onBehalfOf' ORDER BY id DESC LIMIT 1`,
      [as('east-moderator').id],
    );
    expect(rows[0].actor_name).toContain('（代 人员east-officer）');
    expect(rows[0].after.onBehalfOf).toMatchObject({
      id: as('east-officer').id,
      delegation: offered.body.id,
    });
    await app.advance(7.1 * 86_400_000);
    people['east-moderator'] = await signIn(server, 'east-moderator');
    expect(await codeOf(ask('east-moderator', 'GET', '/api/people'))).toBe('base.forbidden');
    for (const name of [
      'east-officer',
      'east-teacher',
      'west-officer',
      'sysadmin',
      'secadmin',
      'helper',
      'east-helper',
      'city-officer',
    ])
      people[name] = await signIn(server, name);
  });

  it('widens no scope, passes on nothing borrowed or a person’s own, and is bounded', async () => {
    const refused = async (who: string, body: object) => codeOf(ask(who, 'POST', '/api/delegations', body));
    expect(await refused('east-officer', offer('west-officer'))).toBe('auth.bad_recipient');
    expect(await refused('east-teacher', offer('east-officer'))).toBe('auth.bad_recipient');
    expect(await refused('east-officer', offer('east-officer'))).toBe('auth.bad_recipient');
    expect(await refused('sysadmin', offer('east-teacher'))).toBe('auth.bad_recipient');
    expect(await refused('city-officer', offer('secadmin'))).toBe('auth.bad_recipient');
    expect(await refused('east-officer', offer('east-teacher', { endsAt: days(91) }))).toBe(
      'auth.bad_period',
    );
    expect(await refused('east-officer', offer('east-teacher', { endsAt: days(-1) }))).toBe(
      'auth.bad_period',
    );
    for (const permission of [
      'trace.reveal_approve',
      'incidents.decide',
      'accounts.write',
      'people.reveal',
      'x.y',
    ])
      expect(await refused('east-officer', offer('east-teacher', { permissions: [permission] }))).toBe(
        'auth.not_yours_to_lend',
      );
    expect(await refused('east-officer', offer('east-teacher', { role: 'city_officer' }))).toBe(
      'auth.not_yours_to_lend',
    );
    await expect(
      app.ownerPool.query(`UPDATE auth.delegation SET ends_at = starts_at + interval '91 days'`),
    ).rejects.toThrow(/check/);
  });

  it('stops when the giver loses the permission, and at a word of either side', async () => {
    await newAccount('east-giver', 'east');
    const id = await grant('east-giver', 'reviewer');
    const offered = await ask(
      'east-giver',
      'POST',
      '/api/delegations',
      offer('east-moderator', { permissions: [], role: 'reviewer' }),
    );
    expect(offered.body.permissions).toContain('people.read');
    await ask('east-moderator', 'POST', `/api/delegations/${offered.body.id}/answer`, { accept: true });
    expect((await ask('east-moderator', 'GET', '/api/people')).status).toBe(200);
    await ask('secadmin', 'POST', `/api/role-grants/${id}/revocation`, { reason: '调离岗位' });
    expect(await codeOf(ask('east-moderator', 'GET', '/api/people'))).toBe('base.forbidden');
    await grant('east-giver', 'reviewer');
    expect((await ask('east-moderator', 'GET', '/api/people')).status).toBe(200);
    const stranger = ask('east-teacher', 'POST', `/api/delegations/${offered.body.id}/end`);
    expect(await codeOf(stranger)).toBe('base.not_found');
    await ask('east-moderator', 'POST', `/api/delegations/${offered.body.id}/end`);
    expect(await codeOf(ask('east-moderator', 'GET', '/api/people'))).toBe('base.forbidden');
  });
});

describe('looking as another', () => {
  const reason = '核对他看不到名单的问题';
  const start = (who: string, target: string) =>
    codeOf(ask(who, 'POST', '/api/session/view-as', { accountId: as(target).id, reason }));

  it('shows their eyes without their hands, and is written down under both names', async () => {
    expect(await start('helper', 'east-officer')).toBe(204);
    const session = await ask('helper', 'GET', '/api/session');
    expect(session.body.user).toMatchObject({ id: as('east-officer').id, viewedBy: { name: '人员helper' } });
    expect(session.body.user.permissions).not.toContain('trace.reveal_approve');
    const seen = await ask('helper', 'GET', '/api/people');
    expect(seen.status).toBe(200);
    expect(await codeOf(ask('helper', 'POST', '/api/units', {}))).toBe('base.read_only');
    const again = await start('helper', 'east-teacher');
    expect(again).toBe('base.read_only');
    const { rows } = await app.ownerPool.query(
      `SELECT actor_name, after FROM audit.entry WHERE actor_id = $1 AND action = 'auth.look' AND after ->> 'path' = '/api/people'`,
      [as('helper').id],
    );
    expect(rows).toEqual([
      {
        actor_name: '人员helper',
        after: { path: '/api/people', viewedAs: { id: as('east-officer').id, name: '人员east-officer' } },
      },
    ]);
    expect((await ask('helper', 'DELETE', '/api/session/view-as')).status).toBe(204);
    expect((await ask('helper', 'GET', '/api/session')).body.user).toMatchObject({
      id: as('helper').id,
      viewedBy: null,
    });
    const mine = await ask('east-officer', 'GET', '/api/session/views');
    expect(mine.body.items[0]).toMatchObject({ viewer: '人员helper', reason });
    expect(mine.body.items[0].looked).toBeGreaterThan(1);
  });

  it('ends by itself after half an hour, and with the target’s account', async () => {
    expect(await start('helper', 'east-teacher')).toBe(204);
    await app.ownerPool.query(`UPDATE auth.account SET disabled = true WHERE username = 'east-teacher'`);
    expect((await ask('helper', 'GET', '/api/session')).body.user.id).toBe(as('helper').id);
    await app.ownerPool.query(`UPDATE auth.account SET disabled = false WHERE username = 'east-teacher'`);
    expect((await ask('helper', 'GET', '/api/session')).body.user.id).toBe(as('east-teacher').id);
    await app.ownerPool.query(`UPDATE auth.view_as SET ends_at = base.now() WHERE ended_at IS NULL`);
    expect((await ask('helper', 'GET', '/api/session')).body.user.id).toBe(as('helper').id);
    expect(await codeOf(ask('helper', 'POST', '/api/units', {}))).toBe('base.forbidden');
  });

  it('never keeps the viewer: every way to sign out ends the own session, under the own name', async () => {
    for (const [method, url] of [
      ['DELETE', '/api/session'],
      ['POST', '/api/sso/sign-out'],
    ] as const) {
      const own = await signIn(server, 'helper');
      const start = await call(server, own, 'POST', '/api/session/view-as', {
        accountId: as('east-officer').id,
        reason,
      });
      expect(start.status).toBe(204);
      expect((await call(server, own, 'GET', '/api/session')).body.user.id).toBe(as('east-officer').id);
      expect((await call(server, own, method, url)).status).toBeLessThan(300);
      expect((await call(server, own, 'GET', '/api/session')).body.user).toBeNull();
      expect((await ask('east-officer', 'GET', '/api/session')).body.user.id).toBe(as('east-officer').id);
      const { rows } = await app.ownerPool.query(
        `SELECT account_id, ended_by, end_reason FROM auth.session WHERE ended_at IS NOT NULL
         ORDER BY ended_at DESC LIMIT 1`,
      );
      const me = as('helper').id;
      expect(rows).toEqual([{ account_id: me, ended_by: me, end_reason: 'signed_out' }]);
    }
  });

  it('is refused for administrators and auditors, other scopes, oneself, and without the permission', async () => {
    for (const target of ['auditadmin', 'secadmin', 'sysadmin', 'helper'])
      expect([target, await start('helper', target)]).toEqual([target, 'auth.cannot_view_as']);
    expect(await start('east-helper', 'west-officer')).toBe('auth.cannot_view_as');
    expect(await start('east-helper', 'helper')).toBe('auth.cannot_view_as');
    expect(await start('east-officer', 'east-teacher')).toBe('base.forbidden');
  });
});

describe('a refusal', () => {
  it('names the permission, the roles, and who in one’s unit or above can', async () => {
    const reply = await ask('east-moderator', 'GET', '/api/people');
    expect(reply.body.message.zh).toBe('你没有“查看人员”的权限（people.read）');
    expect(reply.body.details.roles.map((one: { role: string }) => one.role)).toContain('county_officer');
    const names = reply.body.details.holders.map((one: { name: string }) => one.name);
    expect(reply.body.details.holders[0].unitName).toBe('东示县第一小学');
    expect(names).toContain('人员east-teacher');
    expect(names).toContain('人员east-officer');
    expect(names).not.toContain('人员west-officer');
    expect(JSON.stringify(reply.body)).not.toMatch(/1[3-9]\d{9}/);
    const asked = await ask('east-moderator', 'GET', '/api/permissions/people.read/holders');
    expect(asked.body.permission).toMatchObject({ zh: '查看人员', delegable: true });
    expect(await codeOf(ask('east-moderator', 'GET', '/api/permissions/no.such/holders'))).toBe(
      'base.not_found',
    );
  });
});

describe('a token', () => {
  const make = (body: object = {}) =>
    ask('sysadmin', 'POST', '/api/tokens', {
      name: '网关',
      unitCode: 'east',
      permissions: ['units.read'],
      ...body,
    });
  const use = async (token: string, remoteAddress = '192.0.2.7') =>
    (await server.inject({ url: '/api/units', headers: { authorization: `Bearer ${token}` }, remoteAddress }))
      .statusCode;

  it('beyond the machine role waits for a second person', async () => {
    const { body } = await make();
    expect(body.state).toBe('proposed');
    expect(await use(body.token)).toBe(401);
    expect(await codeOf(ask('sysadmin', 'POST', `/api/tokens/${body.id}/decision`, { approve: true }))).toBe(
      'base.forbidden',
    );
    await expect(
      app.ownerPool.query(`UPDATE auth.token SET decided_by = created_by WHERE id = $1`, [body.id]),
    ).rejects.toThrow(/four_eyes/);
    expect((await ask('secadmin', 'POST', `/api/tokens/${body.id}/decision`, { approve: true })).status).toBe(
      204,
    );
    expect(await use(body.token)).toBe(200);
    const headers = { authorization: `Bearer ${body.token}` };
    const refusal = (await server.inject({ url: '/api/people', headers, remoteAddress: '192.0.2.7' })).json();
    expect(refusal).toMatchObject({ code: 'base.forbidden', details: { holders: [] } });
    expect(refusal.details.roles).not.toEqual([]);
    const listed = await ask('sysadmin', 'GET', '/api/tokens');
    expect(listed.body.items[0]).toMatchObject({ state: 'active', lastUsedFrom: '192.0.2.7' });
    expect((await make({ permissions: ['logs.ingest'] })).body.state).toBe('active');
  });

  it('holds no decision of a person and nothing of an administrator', async () => {
    for (const permission of [
      'roles.approve',
      'accounts.write',
      'people.reveal',
      'trace.reveal_approve',
      'audit.read',
    ])
      expect([permission, (await make({ permissions: [permission] })).body.code]).toEqual([
        permission,
        'auth.unknown_permission',
      ]);
  });

  it('works from its addresses only, until it is rotated, revoked or over', async () => {
    const { body } = await make({ allowedFrom: ['198.51.100.0/24', '2001:db8::1'] });
    await ask('secadmin', 'POST', `/api/tokens/${body.id}/decision`, { approve: true });
    expect([
      await use(body.token),
      await use(body.token, '198.51.100.9'),
      await use(body.token, '2001:db8::1'),
    ]).toEqual([401, 200, 200]);
    const rotated = await ask('sysadmin', 'POST', `/api/tokens/${body.id}/rotation`, { graceMinutes: 10 });
    const both = [body.token, rotated.body.token];
    expect(await Promise.all(both.map((one) => use(one, '198.51.100.9')))).toEqual([200, 200]);
    await app.advance(11 * 60_000);
    expect(await Promise.all(both.map((one) => use(one, '198.51.100.9')))).toEqual([401, 200]);
    expect((await ask('sysadmin', 'DELETE', `/api/tokens/${body.id}`)).status).toBe(204);
    expect(await use(rotated.body.token, '198.51.100.9')).toBe(401);
    expect(await codeOf(ask('sysadmin', 'POST', `/api/tokens/${body.id}/rotation`, {}))).toBe(
      'auth.token_state',
    );
    const short = await make({ permissions: ['shield.read'], days: 1 });
    await app.advance(25 * 3_600_000);
    expect(await use(short.body.token)).toBe(401);
    const stored = await app.ownerPool.query(`SELECT encode(secret_sha256, 'hex') AS h FROM auth.token`);
    expect(JSON.stringify(stored.rows)).not.toContain(body.token);
  });
});

describe('a phone number', () => {
  it('opens with a reason, thirty a day, and the person sees by whom', async () => {
    for (const name of ['east-officer', 'west-officer', 'sysadmin', 'east-teacher', 'east-moderator'])
      people[name] = await signIn(server, name);
    const csv = Buffer.from('人员编号,姓名,单位代码,岗位,手机\nPH-1,有号人,east-1,教师,13900001234\n');
    await ask('east-officer', 'POST', '/api/import/people?fileName=a.csv', csv);
    const { rows } = await app.ownerPool.query(`SELECT id FROM units.person WHERE person_no = 'PH-1'`);
    const url = `/api/people/${rows[0].id}/phone`;
    const reason = '电话回访';
    expect(await codeOf(ask('east-officer', 'POST', url, { reason: '' }))).toBe('base.invalid_input');
    expect(await codeOf(ask('east-moderator', 'POST', url, { reason }))).toBe('base.forbidden');
    expect(await codeOf(ask('west-officer', 'POST', url, { reason }))).toBe('base.not_found');
    expect((await ask('east-officer', 'POST', url, { reason })).body).toEqual({
      phone: '13900001234',
      left: 29,
    });
    await app.ownerPool.query(`UPDATE auth.account SET person_id = $1 WHERE username = 'east-teacher'`, [
      rows[0].id,
    ]);
    const mine = await ask('east-teacher', 'GET', '/api/session/phone-reveals');
    expect(mine.body.items).toMatchObject([{ by: '人员east-officer', unit: '东示县教育局', reason }]);
    const many = await Promise.all(
      Array.from({ length: 35 }, () => codeOf(ask('east-officer', 'POST', url, { reason }))),
    );
    expect(many.filter((code) => code === 200).length).toBe(29);
    expect(many.filter((code) => code === 'auth.reveal_limit').length).toBe(6);
    await expect(app.appPool.query('UPDATE auth.phone_reveal SET reason = $1', ['x'])).rejects.toThrow(
      /permission denied/,
    );
  });
});
