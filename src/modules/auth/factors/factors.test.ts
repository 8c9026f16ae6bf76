/** Second factors by the API, as a machine client takes the two steps. */
import type { FastifyInstance } from 'fastify';
import { generateSync } from 'otplib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity, testPassword } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../../audit/module.ts';
import { units } from '../../units/module.ts';
import { authenticate } from '../authenticate.ts';
import { setupToken } from '../local-credential.ts';
import { auth } from '../module.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
/** The authenticator app of each person. */
const secrets: Record<string, string> = {};
const recovery: Record<string, string[]> = {};

beforeAll(async () => {
  app = await testApp([audit, units, auth], { config: { requestsPerMinute: 0 } });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const who = (cookie: string): SignedIn => ({ cookie, id: '' });

/** One request; `cookies` is what the browser keeps afterwards. */
async function send(cookie: string, url: string, payload: object, from: FastifyInstance = server) {
  const reply = await from.inject({
    method: 'POST',
    url,
    headers: { 'x-requested-with': 'test', cookie },
    payload,
  });
  const set = reply.cookies.filter(({ value }) => value !== '').map(({ name, value }) => `${name}=${value}`);
  return {
    status: reply.statusCode,
    body: reply.body === '' ? undefined : reply.json(),
    cookie: set.length > 0 ? set.join('; ') : cookie,
  };
}

const firstStep = (username: string, from = server) =>
  send('', '/api/session', { username, password: testPassword }, from);

/** The code that the app shows `steps` of 30 seconds from now. */
const codeOf = (username: string, steps = 0) =>
  generateSync({
    secret: secrets[username]!,
    epoch: Math.floor(app.clock.now().getTime() / 1000) + 30 * steps,
  });

/** Signs in with both steps. */
async function enter(username: string, from = server): Promise<string> {
  await app.advance(60_000);
  const first = await firstStep(username, from);
  if (first.body.user) return first.cookie;
  const second = await send(
    '',
    '/api/session/factor',
    { ticket: first.body.factor.ticket, code: codeOf(username) },
    from,
  );
  expect([second.status, second.body.code]).toEqual([200, undefined]);
  return second.cookie;
}

/** Sets an authenticator app up in a fresh session; returns its renewed cookie. */
async function enrol(username: string, from = server): Promise<string> {
  const { cookie } = await firstStep(username, from);
  const offer = await send(cookie, '/api/my/factors/totp/offer', {}, from);
  secrets[username] = offer.body.secret;
  expect(offer.body.uri).toContain('otpauth://totp/');
  const added = await send(
    cookie,
    '/api/my/factors/totp',
    { state: offer.body.state, name: '手机', code: codeOf(username) },
    from,
  );
  expect([added.status, added.body.recoveryCodes?.length]).toEqual([200, 10]);
  recovery[username] = added.body.recoveryCodes;
  return added.cookie;
}

describe('an authenticator app', () => {
  it('is added with a code of it, and changes the session’s identifier', async () => {
    const before = await firstStep('city-officer');
    const cookie = await enrol('city-officer');
    expect(cookie).not.toBe(before.cookie);
    const mine = await call(server, who(cookie), 'GET', '/api/my/factors');
    expect(mine.body).toMatchObject({ recoveryCodesLeft: 10, required: false });
    expect(mine.body.items).toMatchObject([{ kind: 'totp', name: '手机' }]);
  });

  it('keeps its secret sealed in the database', async () => {
    const { rows } = await app.ownerPool.query('SELECT secret_sealed FROM auth.factor');
    expect(rows).toHaveLength(1);
    expect(rows[0].secret_sealed).not.toContain(secrets['city-officer']);
    const codes = await app.ownerPool.query(
      `SELECT encode(code_sha256, 'escape') AS code FROM auth.recovery_code`,
    );
    for (const { code } of codes.rows) expect(recovery['city-officer']!.join()).not.toContain(code);
  });

  it('is asked for after the password, which alone opens nothing', async () => {
    await app.advance(60_000);
    const first = await firstStep('city-officer');
    expect(first.body).toMatchObject({ user: null, factor: { kinds: ['totp', 'recovery'] } });
    expect(first.cookie).toBe('');
    const { ticket } = first.body.factor;
    expect((await call(server, who(`jiaodun_session=${ticket}`), 'GET', '/api/units')).status).toBe(401);
    const second = await send('', '/api/session/factor', { ticket, code: codeOf('city-officer') });
    expect((await call(server, who(second.cookie), 'GET', '/api/units')).status).toBe(200);
    // The ticket was used up.
    await app.advance(60_000);
    const again = await send('', '/api/session/factor', { ticket, code: codeOf('city-officer') });
    expect(again.body.code).toBe('auth.ticket_over');
  });

  it('takes a code once, also when two requests bring it at once', async () => {
    await app.advance(60_000);
    const tickets = await Promise.all(
      [1, 2, 3].map(async () => (await firstStep('city-officer')).body.factor.ticket),
    );
    const code = codeOf('city-officer');
    const replies = await Promise.all(
      tickets.map((ticket) => send('', '/api/session/factor', { ticket, code })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 422, 422]);
    expect((await send('', '/api/session/factor', { ticket: tickets[0]!, code })).status).not.toBe(200);
  });

  it('bears a clock that is one step off, and not two', async () => {
    const results: boolean[] = [];
    for (const steps of [-1, 1, -2, 2]) {
      await app.advance(5 * 60_000);
      const { ticket } = (await firstStep('city-officer')).body.factor;
      const reply = await send('', '/api/session/factor', { ticket, code: codeOf('city-officer', steps) });
      results.push(reply.status === 200);
    }
    expect(results).toEqual([true, true, false, false]);
  });

  it('refuses an older step after a newer one was taken', async () => {
    await app.advance(5 * 60_000);
    const older = codeOf('city-officer', -1);
    await enter('city-officer');
    const { ticket } = (await firstStep('city-officer')).body.factor;
    expect((await send('', '/api/session/factor', { ticket, code: older })).body.code).toBe(
      'auth.bad_factor',
    );
  });

  it('cannot be guessed: wrong codes lock the account, and a right password forgives none', async () => {
    await app.advance(60 * 60_000);
    const codes: string[] = [];
    for (let i = 0; i < 6; i += 1) {
      const first = await firstStep('city-officer');
      if (!first.body.factor) {
        codes.push(first.body.code);
        continue;
      }
      const { ticket } = first.body.factor;
      codes.push((await send('', '/api/session/factor', { ticket, code: '000000' })).body.code);
    }
    expect(codes).toEqual([...Array(5).fill('auth.bad_factor'), 'auth.locked']);
    await app.advance(16 * 60_000);
    await enter('city-officer');
  });

  it('survives a server that ends between the two steps', async () => {
    await app.advance(60_000);
    const { ticket } = (await firstStep('city-officer')).body.factor;
    const another = buildServer(app, authenticate);
    const second = await send('', '/api/session/factor', { ticket, code: codeOf('city-officer') }, another);
    expect(second.status).toBe(200);
    await another.close();
  });

  it('is not asked for with a ticket of more than five minutes, or of a password changed since', async () => {
    await app.advance(60_000);
    const old = (await firstStep('city-officer')).body.factor.ticket;
    await app.advance(5 * 60_000 + 1000);
    const code = codeOf('city-officer');
    expect((await send('', '/api/session/factor', { ticket: old, code })).body.code).toBe('auth.ticket_over');
    const { ticket } = (await firstStep('city-officer')).body.factor;
    await app.ownerPool.query(`UPDATE auth.account SET password_set_at = base.now() + interval '1 second'
      WHERE username = 'city-officer'`);
    expect((await send('', '/api/session/factor', { ticket, code })).body.code).toBe('auth.ticket_over');
  });
});

describe('a recovery code', () => {
  it('works once, however it is typed, also when it comes twice at once', async () => {
    await app.advance(60_000);
    const [first, second] = recovery['city-officer']!;
    const tickets = await Promise.all(
      [1, 2].map(async () => (await firstStep('city-officer')).body.factor.ticket),
    );
    const replies = await Promise.all(
      tickets.map((ticket) => send('', '/api/session/factor', { ticket, code: first!.toLowerCase() })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 422]);
    const { ticket } = (await firstStep('city-officer')).body.factor;
    const typed = second!.replaceAll('-', ' ');
    expect((await send('', '/api/session/factor', { ticket, code: typed })).status).toBe(200);
  });

  it('is replaced by new ones', async () => {
    const cookie = await enter('city-officer');
    const renewed = await send(cookie, '/api/my/recovery-codes', {});
    expect(renewed.body.recoveryCodes).toHaveLength(10);
    const { ticket } = (await firstStep('city-officer')).body.factor;
    const old = recovery['city-officer']![5]!;
    expect((await send('', '/api/session/factor', { ticket, code: old })).body.code).toBe('auth.bad_factor');
    recovery['city-officer'] = renewed.body.recoveryCodes;
  });
});

describe('sensitive acts', () => {
  it('need a factor of the last ten minutes from whoever has one', async () => {
    const cookie = await enter('city-officer');
    await app.advance(11 * 60_000);
    const refused = await send(cookie, '/api/my/recovery-codes', {});
    expect(refused.body).toMatchObject({
      code: 'auth.factor_needed',
      details: { kinds: ['totp', 'recovery'] },
    });
    const byPassword = await send(cookie, '/api/session/step-up', { password: testPassword });
    expect(byPassword.body.code).toBe('auth.bad_factor');
    const up = await send(cookie, '/api/session/step-up', { code: codeOf('city-officer') });
    expect(up.status).toBe(204);
    expect(up.cookie).not.toBe(cookie);
    // The elevation changed the identifier: the one from before is worth nothing.
    expect((await send(cookie, '/api/my/recovery-codes', {})).status).toBe(401);
    expect((await send(up.cookie, '/api/my/recovery-codes', {})).status).toBe(200);
  });

  it('lock the proving of a session, not the account, after five wrong codes', async () => {
    const cookie = await enter('city-officer');
    await app.advance(1000);
    const codes: string[] = [];
    for (let i = 0; i < 6; i += 1) {
      codes.push((await send(cookie, '/api/session/step-up', { code: '000000' })).body.code);
    }
    expect(codes).toEqual([...Array(5).fill('auth.bad_factor'), 'auth.locked']);
    await enter('city-officer');
  });

  it('ask for the password before the first factor is added to an old session', async () => {
    const { cookie } = await firstStep('east-teacher');
    await app.advance(11 * 60_000);
    const refused = await send(cookie, '/api/my/factors/totp/offer', {});
    expect(refused.body).toMatchObject({ code: 'auth.factor_needed', details: { kinds: ['password'] } });
    const up = await send(cookie, '/api/session/step-up', { password: testPassword });
    expect((await send(up.cookie, '/api/my/factors/totp/offer', {})).status).toBe(200);
  });
});

describe('where a second factor is required', () => {
  let strict: FastifyInstance;
  beforeAll(() => {
    const strictApp: TestApp = {
      ...app,
      config: { ...app.config, secondFactor: 'required' },
      run: (actor, work) =>
        app.run(actor, (ctx) =>
          work({ ...ctx, app: { ...ctx.app, config: { ...app.config, secondFactor: 'required' } } }),
        ),
    };
    strict = buildServer(strictApp, authenticate);
  });
  afterAll(() => strict.close());

  it('an administrator may do nothing but enrol until there is one', async () => {
    const { cookie, body } = await firstStep('secadmin', strict);
    expect(body.user).toMatchObject({ mustFirst: 'auth.factor_enrol', permissions: [] });
    const get = (path: string) => call(strict, who(cookie), 'GET', path);
    expect((await get('/api/units')).body.code).toBe('auth.factor_enrol');
    expect((await get('/api/roles')).body.code).toBe('auth.factor_enrol');
    expect((await get('/api/my/factors')).body).toMatchObject({ required: true });
    const enrolled = await enrol('secadmin', strict);
    expect((await call(strict, who(enrolled), 'GET', '/api/units')).status).toBe(200);
    const factor = (await call(strict, who(enrolled), 'GET', '/api/my/factors')).body.items[0];
    const last = await call(strict, who(enrolled), 'DELETE', `/api/my/factors/${factor.id}`);
    expect(last.body.code).toBe('auth.last_factor');
  });

  it('so may whoever can reveal names, and a teacher works without', async () => {
    const officer = await firstStep('east-officer', strict);
    expect(officer.body.user.mustFirst).toBe('auth.factor_enrol');
    const teacher = await firstStep('east-teacher', strict);
    expect(teacher.body.user.mustFirst).toBe(null);
  });

  it('a session from before the factor must give it first, and may not change the password instead', async () => {
    const before = await firstStep('sysadmin', strict);
    const fresh = await enrol('sysadmin', strict);
    const get = (cookie: string) => call(strict, who(cookie), 'GET', '/api/units');
    expect([(await get(fresh)).status, (await get(before.cookie)).body.code]).toEqual([
      200,
      'auth.factor_needed',
    ]);
    const change = await send(
      before.cookie,
      '/api/session/password',
      { current: testPassword, next: 'Kiesel-Blau-77-Regen' },
      strict,
    );
    expect(change.body.code).toBe('auth.factor_needed');
    await app.advance(60_000);
    const up = await send(before.cookie, '/api/session/step-up', { code: codeOf('sysadmin') }, strict);
    expect((await get(up.cookie)).status).toBe(200);
  });
});

describe('a lost factor', () => {
  it('is reset by two administrators, neither of whom it is, and ends the sessions', async () => {
    const officer = people['city-officer']!.id;
    const theirs = await enter('city-officer');
    const system = await enter('sysadmin');
    const proposal = await send(system, `/api/accounts/${officer}/resets`, {
      what: 'factors',
      reason: '手机丢了',
    });
    expect(proposal.body).toMatchObject({ state: 'proposed', username: 'city-officer' });
    const twice = await send(system, `/api/accounts/${officer}/resets`, {
      what: 'factors',
      reason: '又一次',
    });
    expect(twice.body.code).toBe('auth.reset_open');
    const path = `/api/account-resets/${proposal.body.id}/decision`;
    expect((await send(system, path, { approve: true })).body.code).toBe('auth.own_proposal');
    const security = await enter('secadmin');
    const done = await send(security, path, { approve: true });
    expect(done.body).toMatchObject({ state: 'approved', password: null });
    expect((await call(server, who(theirs), 'GET', '/api/units')).status).toBe(401);
    expect((await firstStep('city-officer')).body.factor).toBe(null);
    const notices =
      await app.ownerPool.query(`SELECT payload FROM base.event WHERE name = 'auth.account_notice'
      AND payload->>'kind' = 'factors_reset'`);
    expect(notices.rows).toHaveLength(1);
  });

  it('is refused by the database when one person does both, or does it for himself', async () => {
    const system = await enter('sysadmin');
    const self = await send(system, `/api/accounts/${people.sysadmin!.id}/resets`, {
      what: 'factors',
      reason: '自己',
    });
    expect(self.body.code).toBe('auth.own_reset');
    const insert = (by: string, decidedBy: string) =>
      app.ownerPool.query(
        `INSERT INTO auth.reset_request (account_id, unit_path, what, reason, state, proposed_by, proposed_by_name,
           decided_by, decided_by_name) VALUES ($1, 'city', 'factors', 'x', 'approved', $2, 'x', $3, 'x')`,
        [people.secadmin!.id, by, decidedBy],
      );
    await expect(insert('a', 'a')).rejects.toThrow(/four_eyes/);
    await expect(insert(people.secadmin!.id, 'a')).rejects.toThrow(/not_oneself/);
    await expect(insert('a', people.secadmin!.id)).rejects.toThrow(/not_oneself/);
  });

  it('and an administrator’s password take two people; a teacher’s takes one', async () => {
    const system = await enter('sysadmin');
    const direct = await send(system, `/api/accounts/${people.auditadmin!.id}/password-reset`, {
      reason: '忘记密码',
    });
    expect(direct.body.code).toBe('auth.reset_needs_two');
    const teacher = await send(system, `/api/accounts/${people['east-teacher']!.id}/password-reset`, {
      reason: '忘记密码',
    });
    expect(teacher.body.password).toMatch(/^(\w{5}-){3}\w{5}$/);
    const first = await send('', '/api/session', {
      username: 'east-teacher',
      password: teacher.body.password,
    });
    expect(first.body.user).toMatchObject({ mustChangePassword: true, mustFirst: 'auth.password_expired' });
    expect((await call(server, who(first.cookie), 'GET', '/api/units')).body.code).toBe(
      'auth.password_expired',
    );
    const changed = await send(first.cookie, '/api/session/password', {
      current: teacher.body.password,
      next: 'Kiesel-Blau-77-Regen',
    });
    expect((await call(server, who(changed.cookie), 'GET', '/api/units')).status).toBe(200);
  });
});
