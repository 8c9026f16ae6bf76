import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity, testPassword } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { units } from '../units/module.ts';
import { authenticate } from './authenticate.ts';
import { setupToken } from './local-credential.ts';
import { auth } from './module.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

beforeAll(async () => {
  app = await testApp([audit, units, auth]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
  ]);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

describe('first set-up', () => {
  it('works once', async () => {
    const again = await call(server, null, 'POST', '/api/setup', {
      token: 'x',
      city: { code: 'other', name: '另一个市' },
      systemAdmin: { username: 'aaa', name: '某甲', password: testPassword },
      securityAdmin: { username: 'bbb', name: '某乙', password: testPassword },
      auditAdmin: { username: 'ccc', name: '某丙', password: testPassword },
    });
    expect(again.body.code).toBe('auth.setup_done');
  });
});

describe('a set-up that one person typed for three', () => {
  it('lets only that person keep the password; the others choose their own first', async () => {
    const fresh = await testApp([audit, units, auth]);
    const other = buildServer(fresh, authenticate);
    const person = (username: string, name: string) => ({ username, name, password: testPassword });
    const done = await call(other, null, 'POST', '/api/setup', {
      token: await setupToken(fresh.config.dataDir),
      city: { code: 'city', name: '示例市教育局' },
      systemAdmin: { ...person('typist', '某甲'), mustChangePassword: false },
      securityAdmin: person('second', '某乙'),
      auditAdmin: person('third', '某丙'),
    });
    expect(done.status).toBe(204);
    expect((await call(other, await signIn(other, 'typist'), 'GET', '/api/accounts')).status).toBe(200);
    for (const username of ['second', 'third']) {
      const who = await signIn(other, username);
      const refused = await call(other, who, 'GET', '/api/accounts');
      expect(refused).toMatchObject({ status: 403, body: { code: 'auth.password_expired' } });
      const same = { current: testPassword, next: testPassword };
      expect((await call(other, who, 'POST', '/api/session/password', same)).status).toBe(422);
      const own = { current: testPassword, next: `${testPassword}-eigen` };
      expect((await call(other, who, 'POST', '/api/session/password', own)).status).toBe(204);
      const again = await signIn(other, username, own.next);
      expect((await call(other, again, 'GET', '/api/accounts')).status).toBe(200);
    }
    await other.close();
    await fresh.close();
  });
});

describe('an account of a registered person', () => {
  it('acts in that person’s posts; another one of the unit is refused, and so is an unknown number', async () => {
    const system = people.sysadmin!;
    const csv = Buffer.from('人员编号,姓名,单位代码,岗位\nPA-1,岗上人,east-1,网络管理员\n');
    const imported = await call(
      server,
      people['city-officer']!,
      'POST',
      '/api/import/people?fileName=a.csv',
      csv,
    );
    expect(imported.body).toMatchObject({ accepted: 1 });
    const create = (username: string, personNo: string) =>
      call(server, system, 'POST', '/api/accounts', {
        username,
        name: '岗上人',
        unitCode: 'east-1',
        password: testPassword,
        personNo,
      });
    const made = await create('in-post', 'PA-1');
    const { rows } = await app.ownerPool.query(`SELECT id FROM units.person WHERE person_no = 'PA-1'`);
    expect(made.body).toMatchObject({ username: 'in-post', personId: rows[0].id });
    expect((await create('in-post-2', 'PA-1')).body).toMatchObject({
      code: 'auth.person_has_account',
      details: { username: 'in-post', field: 'personNo' },
    });
    expect((await create('in-post-3', 'PA-9')).body.code).toBe('auth.unknown_person');
    await call(server, system, 'PATCH', `/api/accounts/${made.body.id}`, { disabled: true });
    expect((await create('in-post-4', 'PA-1')).status).toBe(200);
  });

  it('is told afterwards, once, and never so that one person holds roles that exclude each other', async () => {
    const [system, security] = [people.sysadmin!, people.secadmin!];
    const csv = '人员编号,姓名,单位代码,岗位\nPT-1,后来人,east-1,网络管理员\nPT-2,另一人,east-1,网络安全员\n';
    const path = '/api/import/people?fileName=t.csv';
    await call(server, people['city-officer']!, 'POST', path, Buffer.from(csv));
    const make = async (username: string, name: string, unitCode: string, role: string) => {
      const body = { username, name, unitCode, password: testPassword };
      const made = await call(server, system, 'POST', '/api/accounts', body);
      const grant = await call(server, system, 'POST', '/api/role-grants', { accountId: made.body.id, role });
      await call(server, security, 'POST', `/api/role-grants/${grant.body.id}/decision`, { approve: true });
      return made.body.id as string;
    };
    const tie = (id: string, personNo: string, who = system) =>
      call(server, who, 'POST', `/api/accounts/${id}/person`, { personNo });
    const teacher = await make('later-teacher', '后来人', 'east-1', 'school_teacher');
    expect((await tie(teacher, 'PT-9')).body.code).toBe('auth.unknown_person');
    expect((await tie(teacher, 'PT-1', people['east-officer'])).status).toBe(403);
    const [first, second] = await Promise.all([tie(teacher, 'PT-1'), tie(teacher, 'PT-2')]);
    expect([first.status, second.status].sort()).toEqual([200, 409]);
    expect((await tie(teacher, 'PT-1')).status).toBe(409);
    const { rows } = await app.ownerPool.query(
      `SELECT p.person_no FROM auth.account a JOIN units.person p ON p.id = a.person_id WHERE a.id = $1`,
      [teacher],
    );
    const auditor = await make('later-auditor', '审计员', 'city', 'audit_admin');
    expect((await tie(auditor, rows[0].person_no)).body.code).toBe('auth.exclusive_role');
  });
});

describe('signing in', () => {
  it('answers an unknown name and a wrong password alike, and locks either after five tries', async () => {
    await app.advance(1000);
    for (const username of ['nobody-here', 'east-officer']) {
      const codes: string[] = [];
      for (let i = 0; i < 6; i += 1) {
        const reply = await call(server, null, 'POST', '/api/session', { username, password: 'wrong' });
        codes.push(reply.body.code);
      }
      expect(codes).toEqual([...Array(5).fill('auth.bad_credentials'), 'auth.locked']);
    }
    await app.advance(16 * 60_000);
    await expect(signIn(server, 'east-officer')).resolves.toBeTruthy();
  });

  it('ends a session after 30 idle minutes', async () => {
    const who = await signIn(server, 'west-officer');
    await app.advance(29 * 60_000);
    expect((await call(server, who, 'GET', '/api/units')).status).toBe(200);
    await app.advance(31 * 60_000);
    expect((await call(server, who, 'GET', '/api/units')).status).toBe(401);
  });

  it('refuses a change without the header that a foreign form cannot send', async () => {
    const reply = await server.inject({
      method: 'DELETE',
      url: '/api/session',
      headers: { cookie: people['city-officer']!.cookie },
    });
    expect(reply.json().code).toBe('base.csrf');
  });
});

describe('roles', () => {
  it('need two people, and administrators exclude each other and business roles', async () => {
    const system = await signIn(server, 'sysadmin');
    const own = await call(server, system, 'POST', '/api/role-grants', {
      accountId: people.sysadmin!.id,
      role: 'city_officer',
    });
    expect(own.body.code).toBe('auth.exclusive_role');
    const officer = people['city-officer']!.id;
    const second = await call(server, system, 'POST', '/api/role-grants', {
      accountId: officer,
      role: 'audit_admin',
    });
    expect(second.body.code).toBe('auth.exclusive_role');
    const grant = await call(server, system, 'POST', '/api/role-grants', {
      accountId: officer,
      role: 'leader',
    });
    const decided = await call(server, system, 'POST', `/api/role-grants/${grant.body.id}/decision`, {
      approve: true,
    });
    expect(decided.body.code).toBe('base.forbidden');
  });

  it('are three people’s: a second account of the same name is refused, until both are tied to persons', async () => {
    const system = await signIn(server, 'sysadmin');
    const second = await call(server, system, 'POST', '/api/accounts', {
      username: 'sysadmin-two',
      name: '系统甲',
      unitCode: 'city',
      password: testPassword,
    });
    const proposed = await call(server, system, 'POST', '/api/role-grants', {
      accountId: second.body.id,
      role: 'security_admin',
    });
    expect([proposed.status, proposed.body.code]).toEqual([409, 'auth.namesake']);
    expect(proposed.body.message.zh).toContain('sysadmin');
  });

  it('are refused by the database when one person proposes and decides', async () => {
    await expect(
      app.ownerPool.query(
        `UPDATE auth.role_grant SET decided_by = proposed_by, state = 'approved' WHERE state = 'proposed'`,
      ),
    ).rejects.toThrow(/four_eyes/);
  });
});

describe('scope', () => {
  it('shows a county its own subtree only, whatever it asks', async () => {
    const east = await signIn(server, 'east-officer');
    const list = await call(server, east, 'GET', '/api/units?pageSize=100');
    expect(list.body.items.map((unit: { code: string }) => unit.code)).toEqual(['east', 'east-1', 'east-2']);
    const refused = await call(server, east, 'POST', '/api/units', {
      code: 'west-9',
      name: '西示县第九小学',
      kind: 'school',
      parentCode: 'west',
    });
    expect(refused.status).toBeGreaterThanOrEqual(400);
  });

  it('lets the application role see nothing without a scope, and delete nothing at all', async () => {
    const none = await app.appPool.query('SELECT count(*)::int AS n FROM units.unit');
    expect(none.rows[0].n).toBe(0);
    await expect(app.appPool.query('DELETE FROM audit.entry')).rejects.toThrow(/permission denied/);
    await expect(app.appPool.query('SET ROLE postgres')).rejects.toThrow(/permission denied/);
  });
});

describe('audit', () => {
  it('holds every act of these tests, whole', async () => {
    await fire(app, 'audit.checkpoint');
    await drain(app);
    const auditor = await signIn(server, 'auditadmin');
    const whole = await call(server, auditor, 'GET', '/api/audit/verify');
    expect(whole.body).toMatchObject({ intact: true });
    expect(whole.body.entries).toBeGreaterThan(10);
  });
});
