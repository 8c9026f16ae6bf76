import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { call, type SignedIn, signIn, staffCity, testPassword } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../../audit/module.ts';
import { units } from '../../units/module.ts';
import { authenticate } from '../authenticate.ts';
import { setupToken } from '../local-credential.ts';
import { auth } from '../module.ts';
import { isTooCommon } from './common-passwords.ts';
import { lockedFor, passwordProblems } from './policy-rules.ts';

const strict = { minLength: 10, minClasses: 3, history: 5, maxAgeDays: 90, warnDays: 7 };
const policy = {
  ...strict,
  lockTries: 5,
  lockMinutes: 15,
  addressTries: 100,
  idleMinutes: 30,
  absoluteHours: 12,
  sessionsPerAccount: 5,
};

describe('a password', () => {
  it.each([
    'Password123!',
    'P@ssw0rd2026',
    'Admin@123456',
    'Qwer1234!@#$',
    '1qaz@WSX3edc',
    'Woaini1314!',
    'Huawei@2024',
    'Zhejiang@2024',
    'Teacher20260901!',
    'Aaaa1111!!!!',
    'Root@2026#Root',
  ])('that every guesser tries is too common: %s', (text) => {
    expect(isTooCommon(text)).toBe(true);
  });

  it.each(['Kiesel-Blau-77', 'Mimosa#41Kiesel', '青山-绿水-77Kl', testPassword])(
    'of one’s own words is not: %s',
    (text) => {
      expect(isTooCommon(text)).toBe(false);
      expect(passwordProblems(text, policy, ['wang.fang', '王芳'])).toEqual([]);
    },
  );

  it('names every fault, and the owner’s own name also backwards, with stand-ins, and in characters', () => {
    expect(passwordProblems('short', policy, [])).toHaveLength(2);
    for (const text of ['Zhang.San-77-Qb', '77-Qb-nasgnahz', 'Zh4ng$an-77-Qbx', '张三丰-77-Qbx']) {
      const problems = passwordProblems(text, policy, ['zhang.san', '张三丰']);
      expect([text, problems.map(({ en }) => en)]).toEqual([text, [expect.stringMatching(/own user name/)]]);
    }
  });
});

describe('a lock', () => {
  const at = (minute: number) => new Date(minute * 60_000);
  it('lasts from the last of the failures, and counts only those close together', () => {
    const five = [14, 12, 8, 4, 0].map(at);
    expect(lockedFor(five, 5, 15, at(14))).toBe(15);
    expect(lockedFor(five, 5, 15, at(28))).toBe(1);
    expect(lockedFor(five, 5, 15, at(29))).toBe(0);
    expect(lockedFor([20, 12, 8, 4, 0].map(at), 5, 15, at(20))).toBe(0);
    expect(lockedFor([14, 12].map(at), 5, 15, at(14))).toBe(0);
  });
});

describe('the policy', () => {
  let app: TestApp;
  let server: FastifyInstance;
  let people: Record<string, SignedIn>;
  beforeAll(async () => {
    app = await testApp([audit, units, auth], { config: { requestsPerMinute: 0 } });
    server = buildServer(app, authenticate);
    people = await staffCity(server, await setupToken(app.config.dataDir), [
      { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
    ]);
  });
  afterAll(async () => {
    await server.close();
    await app.close();
  });

  const proposal = {
    ...policy,
    minLength: 12,
    minClasses: 4,
    history: 3,
    maxAgeDays: 30,
    reason: '年度检查要求',
  };
  const change = (who: SignedIn, current: string, next: string) =>
    call(server, who, 'POST', '/api/session/password', { current, next });

  it('is changed by two people, and in force at once', async () => {
    const { secadmin, sysadmin, 'east-teacher': teacher } = people as Record<string, SignedIn>;
    expect((await call(server, teacher!, 'POST', '/api/sign-in-policies', proposal)).status).toBe(403);
    expect((await call(server, sysadmin!, 'POST', '/api/sign-in-policies', proposal)).status).toBe(403);
    const made = await call(server, secadmin!, 'POST', '/api/sign-in-policies', proposal);
    expect(made.body.state).toBe('proposed');
    const again = await call(server, secadmin!, 'POST', '/api/sign-in-policies', proposal);
    expect(again.body.code).toBe('auth.policy_open');
    const path = `/api/sign-in-policies/${made.body.id}/decision`;
    expect((await call(server, secadmin!, 'POST', path, { approve: true })).body.code).toBe(
      'auth.own_proposal',
    );
    expect((await call(server, null, 'GET', '/api/sign-in-policy')).body.minLength).toBe(10);
    expect((await call(server, sysadmin!, 'POST', path, { approve: true })).body.state).toBe('approved');
    expect((await call(server, null, 'GET', '/api/sign-in-policy')).body.minLength).toBe(12);
    expect((await call(server, sysadmin!, 'POST', path, { approve: false })).body.code).toBe(
      'auth.already_decided',
    );
  });

  it('cannot be weakened below the floor: neither by the form nor by the database’s owner', async () => {
    const weak = { ...proposal, minLength: 6, maxAgeDays: 999, idleMinutes: 600 };
    const refused = await call(server, people.secadmin!, 'POST', '/api/sign-in-policies', weak);
    expect(refused.body.details.issues.map((one: { path: string }) => one.path)).toEqual([
      'minLength',
      'maxAgeDays',
      'idleMinutes',
    ]);
    await expect(app.ownerPool.query('UPDATE auth.sign_in_policy SET min_length = 6')).rejects.toThrow(
      /check/,
    );
    await expect(
      app.ownerPool.query('UPDATE auth.sign_in_policy SET decided_by = proposed_by'),
    ).rejects.toThrow(/four_eyes/);
  });

  it('is told at the field when a new password does not meet it', async () => {
    const reply = await change(people['east-teacher']!, testPassword, 'kurz-77-Ab');
    expect(reply.body).toMatchObject({ code: 'auth.weak_password', details: { issues: [{ path: 'next' }] } });
    const account = { username: 'new.person', name: '新人', unitCode: 'city', password: 'Admin@123456!' };
    const created = await call(server, people.sysadmin!, 'POST', '/api/accounts', account);
    expect(created.body).toMatchObject({
      code: 'auth.weak_password',
      details: { issues: [{ path: 'password' }] },
    });
  });

  it('keeps the last passwords from coming back, and lets older ones return', async () => {
    let who = people['east-teacher']!;
    const words = ['Kiesel-Blau-77-R', 'Mimosa#41Kiesel', 'Regen*88Wolke-x', 'Laterne+19Ufer'];
    let current = testPassword;
    for (const next of words) {
      const old = await change(who, current, testPassword);
      if (current !== testPassword) {
        const isOld = words.indexOf(current) < 2;
        expect([current, old.body?.code]).toEqual([current, isOld ? 'auth.used_password' : undefined]);
        if (!isOld) return;
      }
      expect((await change(who, current, next)).status).toBe(204);
      await app.advance(1000);
      current = next;
      who = await signIn(server, 'east-teacher', current);
    }
  });

  it('warns before a password expires, and then asks for another one before anything else', async () => {
    await app.advance(24 * 86_400_000);
    const system = await signIn(server, 'sysadmin');
    expect((await call(server, system, 'GET', '/api/session')).body.user.passwordDaysLeft).toBe(6);
    await app.advance(7 * 86_400_000);
    const late = await signIn(server, 'sysadmin');
    const user = (await call(server, late, 'GET', '/api/session')).body.user;
    expect(user).toMatchObject({
      mustFirst: 'auth.password_too_old',
      mustChangePassword: true,
      permissions: [],
    });
    expect((await call(server, late, 'GET', '/api/units')).body.code).toBe('auth.password_too_old');
    expect((await change(late, testPassword, 'Kiesel-Blau-77-R')).status).toBe(204);
  });

  it('rehashes a password at sign-in when the cost has changed, and leaves its age', async () => {
    const { argon2Sync, randomBytes } = await import('node:crypto');
    const nonce = randomBytes(16);
    const text = 'Laterne+19Ufer';
    const tag = argon2Sync('argon2id', {
      message: text,
      nonce,
      memory: 8192,
      passes: 1,
      parallelism: 1,
      tagLength: 32,
    });
    const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
    const old = `$argon2id$v=19$m=8192,t=1,p=1$${encode(nonce)}$${encode(tag)}`;
    const where = `WHERE username = 'secadmin'`;
    await app.ownerPool.query(
      `UPDATE auth.account SET password_hash = $1, password_set_at = base.now() ${where}`,
      [old],
    );
    const before = await app.ownerPool.query(`SELECT password_set_at AS at FROM auth.account ${where}`);
    await app.advance(60_000);
    await signIn(server, 'secadmin', text);
    const after = await app.ownerPool.query(
      `SELECT password_hash AS hash, password_set_at AS at FROM auth.account ${where}`,
    );
    expect(after.rows[0].hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(after.rows[0].at).toEqual(before.rows[0].at);
    await signIn(server, 'secadmin', text);
  });
});
