/** The attacks on sign-in and sessions, each through the front door. */
import { createHook } from 'node:async_hooks';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity, testPassword } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../../audit/module.ts';
import { units } from '../../units/module.ts';
import { authenticate } from '../authenticate.ts';
import { setupToken } from '../local-credential.ts';
import { auth } from '../module.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

beforeAll(async () => {
  app = await testApp([audit, units, auth], { config: { requestsPerMinute: 0 } });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const password = testPassword;

/** A try as a browser makes it; `from`: its address, `cookies`: what it keeps. */
async function tryIn(
  body: { username: string; password: string },
  { from = '192.0.2.1', cookie = '' }: { from?: string; cookie?: string } = {},
) {
  const reply = await server.inject({
    method: 'POST',
    url: '/api/session',
    remoteAddress: from,
    headers: {
      'x-requested-with': 'test',
      cookie,
      'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Chrome/140.0',
    },
    payload: body,
  });
  const cookies = reply.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  return { status: reply.statusCode, body: reply.json(), cookies, reply };
}

const who = (cookies: string): SignedIn => ({ cookie: cookies, id: '' });
const isIn = async (cookies: string) =>
  (await call(server, who(cookies), 'GET', '/api/units')).status === 200;

describe('brute force', () => {
  it('locks a name after five failures, however many come at once, and lets the owner’s own device in', async () => {
    const own = await tryIn({ username: 'east-officer', password });
    // A try at the very moment of a success counts as before it.
    await app.advance(1000);
    const burst = await Promise.all(
      Array.from({ length: 12 }, () =>
        tryIn({ username: 'east-officer', password: 'wrong' }, { from: '192.0.2.9' }),
      ),
    );
    const codes = burst.map(({ body }) => body.code).sort();
    expect(codes).toEqual([...Array(5).fill('auth.bad_credentials'), ...Array(7).fill('auth.locked')]);
    const elsewhere = await tryIn({ username: 'east-officer', password }, { from: '192.0.2.9' });
    expect(elsewhere.body).toMatchObject({ code: 'auth.locked', details: { minutes: 15 } });
    expect((await tryIn({ username: 'east-officer', password }, { cookie: own.cookies })).status).toBe(200);
    // Another's mark of a device opens nothing.
    const other = await tryIn({ username: 'west-officer', password });
    expect((await tryIn({ username: 'east-officer', password }, { cookie: other.cookies })).status).toBe(429);
  });

  it('is ended by an administrator’s unlock, or by time', async () => {
    const east = people['east-officer']!.id;
    const listed = await call(server, people.sysadmin!, 'GET', '/api/accounts?q=east-officer');
    expect(listed.body.items[0].lockedMinutes).toBe(15);
    expect((await call(server, people.sysadmin!, 'POST', `/api/accounts/${east}/unlock`, {})).status).toBe(
      204,
    );
    expect((await tryIn({ username: 'east-officer', password })).status).toBe(200);
    await app.advance(1000);
    for (let i = 0; i < 5; i += 1) await tryIn({ username: 'west-officer', password: 'wrong' });
    expect((await tryIn({ username: 'west-officer', password })).status).toBe(429);
    await app.advance(15 * 60_000);
    expect((await tryIn({ username: 'west-officer', password })).status).toBe(200);
  });

  it('from one address over many names is stopped at the policy’s number, but not on known devices', async () => {
    await app.advance(60 * 60_000);
    const known = await tryIn({ username: 'east-teacher', password });
    await app.ownerPool.query(`INSERT INTO auth.sign_in_failure (username, remote)
      SELECT 'name-' || n, '198.51.100.7' FROM generate_series(1, 97) n`);
    for (let i = 98; i <= 100; i += 1) {
      const last = await tryIn({ username: `name-${i}`, password: 'wrong' }, { from: '198.51.100.7' });
      expect(last.body.code).toBe('auth.bad_credentials');
    }
    const next = await tryIn({ username: 'fresh-name', password: 'wrong' }, { from: '198.51.100.7' });
    expect(next.body.code).toBe('auth.address_locked');
    const neighbour = { from: '198.51.100.7', cookie: known.cookies };
    expect((await tryIn({ username: 'east-teacher', password }, neighbour)).status).toBe(200);
    expect((await tryIn({ username: 'city-officer', password }, { from: '203.0.113.5' })).status).toBe(200);
  }, 60_000);

  it('does not count right passwords as failures of the address', async () => {
    await app.advance(60 * 60_000);
    for (let i = 0; i < 110; i += 1) {
      await app.ownerPool.query(
        `INSERT INTO auth.sign_in_failure (username, remote, succeeded) VALUES ($1, '198.51.100.8', true)`,
        [`morning-${i}`],
      );
    }
    expect((await tryIn({ username: 'city-officer', password }, { from: '198.51.100.8' })).status).toBe(200);
  });
});

describe('enumeration', () => {
  it('gets the same answer after the same work, whether the name exists or not', async () => {
    await app.advance(60 * 60_000);
    const work = async (username: string) => {
      let hashes = 0;
      const statements: string[] = [];
      const hook = createHook({
        init: (_id, type) => {
          if (/argon/i.test(type)) hashes += 1;
        },
      }).enable();
      const query = pg.Client.prototype.query;
      pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
        const text = (args[0] as { text?: string }).text ?? String(args[0]);
        statements.push(text.replace(/\s+/g, ' ').slice(0, 60));
        return (query as (...all: unknown[]) => unknown).apply(this, args);
      } as typeof query;
      const answer = await tryIn({ username, password: 'wrong' }, { from: '203.0.113.77' });
      pg.Client.prototype.query = query;
      hook.disable();
      return { hashes, statements, status: answer.status, body: answer.body };
    };
    const known = await work('east-officer');
    const unknown = await work('nobody-here');
    expect(known.hashes).toBe(1);
    expect(known.statements.length).toBeGreaterThan(4);
    expect(unknown).toEqual(known);
  });

  it('tells nothing of a disabled account', async () => {
    const id = people['east-teacher']!.id;
    const system = await signIn(server, 'sysadmin');
    await call(server, system, 'PATCH', `/api/accounts/${id}`, { disabled: true });
    const right = await tryIn({ username: 'east-teacher', password });
    const none = await tryIn({ username: 'nobody-here', password });
    expect([right.status, right.body]).toEqual([none.status, none.body]);
    await call(server, system, 'PATCH', `/api/accounts/${id}`, { disabled: false });
  });
});

describe('a session', () => {
  it('never takes over an identifier that the browser brought (fixation)', async () => {
    const planted = 'jiaodun_session=AAAAplantedAAAA';
    const first = await tryIn({ username: 'city-officer', password }, { cookie: planted });
    expect(first.cookies).not.toContain('AAAAplantedAAAA');
    expect(await isIn(planted)).toBe(false);
    // Signing in over an open session replaces it.
    const second = await tryIn({ username: 'city-officer', password }, { cookie: first.cookies });
    expect(await isIn(first.cookies)).toBe(false);
    expect(await isIn(second.cookies)).toBe(true);
  });

  it('gets another identifier when the password changes, and every other session ends', async () => {
    const here = await tryIn({ username: 'west-officer', password });
    const there = await tryIn({ username: 'west-officer', password });
    const change = await server.inject({
      method: 'POST',
      url: '/api/session/password',
      headers: { 'x-requested-with': 'test', cookie: here.cookies },
      payload: { current: password, next: 'Kiesel-Blau-77-Regen' },
    });
    expect(change.statusCode).toBe(204);
    const renewed = change.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    expect([await isIn(here.cookies), await isIn(there.cookies), await isIn(renewed)]).toEqual([
      false,
      false,
      true,
    ]);
    const told = await call(server, who(there.cookies), 'GET', '/api/session');
    expect(told.body).toMatchObject({ user: null, ended: { reason: 'password' } });
  });

  it('is worth nothing after sign-out', async () => {
    const { cookies } = await tryIn({ username: 'city-officer', password });
    expect(await isIn(cookies)).toBe(true);
    expect((await call(server, who(cookies), 'DELETE', '/api/session')).status).toBe(204);
    expect(await isIn(cookies)).toBe(false);
    expect((await call(server, who(cookies), 'DELETE', '/api/session')).status).toBe(401);
  });

  it('ends at the policy’s number, the oldest first, also when two sign in at once', async () => {
    await call(server, people['city-officer']!, 'GET', '/api/session');
    await app.ownerPool.query(
      `UPDATE auth.session SET ended_at = base.now(), end_reason = 'ended'
      WHERE ended_at IS NULL AND account_id = $1`,
      [people['city-officer']!.id],
    );
    const opened = [];
    for (let i = 0; i < 5; i += 1) {
      opened.push(await tryIn({ username: 'city-officer', password }));
      await app.advance(1000);
    }
    const two = await Promise.all([1, 2].map(() => tryIn({ username: 'city-officer', password })));
    expect(two.map(({ body }) => body.endedSessions)).toEqual([1, 1]);
    const live = await Promise.all([...opened, ...two].map(({ cookies }) => isIn(cookies)));
    expect(live).toEqual([false, false, true, true, true, true, true]);
    const told = await call(server, who(opened[0]!.cookies), 'GET', '/api/session');
    expect(told.body.ended.reason).toBe('limit');
  });

  it('ends after 30 idle minutes and after twelve busy hours, by the database’s clock', async () => {
    const idle = await tryIn({ username: 'city-officer', password });
    await app.advance(31 * 60_000);
    expect(await isIn(idle.cookies)).toBe(false);
    const busy = await tryIn({ username: 'city-officer', password });
    for (let minutes = 0; minutes < 12 * 60; minutes += 20) {
      expect(await isIn(busy.cookies)).toBe(true);
      await app.advance(20 * 60_000);
    }
    expect(await isIn(busy.cookies)).toBe(false);
  });

  it('is not kept busy by what a page asks for by itself, and its end is written down', async () => {
    const { cookies } = await tryIn({ username: 'city-officer', password });
    const ask = () =>
      server.inject({ method: 'GET', url: '/api/units', headers: { cookie: cookies, 'x-background': '1' } });
    await app.advance(20 * 60_000);
    expect((await ask()).statusCode).toBe(200);
    await app.advance(11 * 60_000);
    expect((await ask()).statusCode).toBe(401);
    const { body } = await call(server, who(cookies), 'GET', '/api/session');
    expect(body.ended.reason).toBe('expired');
    await fire(app, 'auth.end_expired_sessions');
    const open = await app.ownerPool.query(`SELECT count(*)::int AS n FROM auth.session
      WHERE ended_at IS NULL AND seen_at < base.now() - interval '30 minutes'`);
    expect(open.rows[0].n).toBe(0);
  });

  it('is listed with its device, ended by its owner, and by nobody else’s id', async () => {
    const mine = await tryIn({ username: 'city-officer', password });
    const other = await tryIn({ username: 'city-officer', password }, { from: '203.0.113.20' });
    const list = await call(server, who(mine.cookies), 'GET', '/api/my/sessions');
    expect(list.body.items.filter((one: { current: boolean }) => one.current)).toHaveLength(1);
    const there = list.body.items.find((one: { remote: string }) => one.remote === '203.0.113.20');
    expect(there).toMatchObject({ device: 'Chrome 140 · Windows', current: false });
    const stranger = await tryIn({ username: 'east-officer', password });
    const path = `/api/my/sessions/${there.id}`;
    expect((await call(server, who(stranger.cookies), 'DELETE', path)).status).toBe(404);
    expect((await call(server, who(mine.cookies), 'DELETE', path)).status).toBe(204);
    expect(await isIn(other.cookies)).toBe(false);
    const again = await tryIn({ username: 'city-officer', password });
    const others = await call(server, who(mine.cookies), 'POST', '/api/my/sessions/end-others', {});
    expect(others.body.ended).toBeGreaterThan(0);
    expect([await isIn(mine.cookies), await isIn(again.cookies)]).toEqual([true, false]);
  });

  it('is seen and ended by the administrators only', async () => {
    const officer = await tryIn({ username: 'east-officer', password });
    expect((await call(server, who(officer.cookies), 'GET', '/api/sessions')).status).toBe(403);
    const system = await signIn(server, 'sysadmin');
    const online = await call(server, system, 'GET', '/api/sessions?q=east-officer');
    expect(online.body.items.length).toBeGreaterThan(0);
    const kicked = await call(
      server,
      system,
      'POST',
      `/api/accounts/${people['east-officer']!.id}/kick-out`,
      {},
    );
    expect(kicked.body.ended).toBe(online.body.items.length);
    expect(await isIn(officer.cookies)).toBe(false);
    const told = await call(server, who(officer.cookies), 'GET', '/api/session');
    expect(told.body.ended.reason).toBe('kicked');
  });

  it('keeps its cookie from scripts and from other sites, and behind TLS from neighbouring hosts', async () => {
    const plain = await tryIn({ username: 'city-officer', password });
    expect(plain.reply.cookies[0]).toMatchObject({
      name: 'jiaodun_session',
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
    });
    const tlsApp = { ...app, config: { ...app.config, tlsProxy: true } };
    const tls = buildServer(tlsApp, authenticate);
    const reply = await tls.inject({
      method: 'POST',
      url: '/api/session',
      headers: { 'x-requested-with': 'test' },
      payload: { username: 'city-officer', password },
    });
    expect(reply.cookies[0]).toMatchObject({
      name: '__Host-jiaodun_session',
      secure: true,
      sameSite: 'Strict',
    });
    expect(reply.cookies[0]).not.toHaveProperty('domain');
    await tls.close();
  });
});
