/** Preferences, drafts and named views: one's own, whatever the scope. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { modules } from '../../compose.ts';
import { authenticate, setupToken } from './index.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;

beforeAll(async () => {
  app = await testApp(modules);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-one', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'east-two', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
  ]);
}, 120_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
});

const as = (who: string, method: 'GET' | 'PUT' | 'POST' | 'DELETE', url: string, body?: object) =>
  call(server, people[who]!, method, url, body);

describe('a preference', () => {
  it('is kept for its owner, replaced, and shown to nobody above', async () => {
    expect(
      (await as('east-one', 'PUT', '/api/me/preferences/columns.sites', { value: ['name'] })).status,
    ).toBe(204);
    expect(
      (await as('east-one', 'PUT', '/api/me/preferences/columns.sites', { value: ['url'] })).status,
    ).toBe(204);
    expect((await as('east-one', 'GET', '/api/me')).body).toEqual({
      preferences: { 'columns.sites': ['url'] },
      mark: '人员east-one east-one',
    });
    expect((await as('city-officer', 'GET', '/api/me')).body.preferences).toEqual({});
    const direct = await app.appPool.connect();
    try {
      await direct.query('BEGIN');
      await direct.query(
        `SELECT set_config('jiaodun.scope', '*', true), set_config('jiaodun.actor', $1, true)`,
        [people['city-officer']!.id],
      );
      expect((await direct.query('SELECT * FROM auth.preference')).rows).toEqual([]);
    } finally {
      await direct.query('ROLLBACK');
      direct.release();
    }
  });

  it('is refused when it is too large or its key is none', async () => {
    const large = await as('east-one', 'PUT', '/api/me/preferences/x', { value: '长'.repeat(9000) });
    expect([large.status, large.body.code]).toEqual([413, 'auth.preference_too_large']);
    expect((await as('east-one', 'PUT', '/api/me/preferences/a%20b', { value: 1 })).status).toBe(400);
  });

  it('shows the last four digits of the phone in the mark, once the person is known', async () => {
    await app.ownerPool.query(
      `WITH p AS (INSERT INTO units.person (person_no, name, pinyin, unit_id, unit_path, phone)
         SELECT 'M1', '甲', 'j jia', id, unit_path, '13900005678' FROM units.unit WHERE code = 'east-1'
         RETURNING id)
       UPDATE auth.account SET person_id = (SELECT id FROM p) WHERE username = 'east-two'`,
    );
    expect((await as('east-two', 'GET', '/api/me')).body.mark).toBe('人员east-two 5678');
  });
});

describe('a draft', () => {
  it('is offered back to its owner only, and is gone once cleared', async () => {
    const value = { name: '新站', tags: ['a'] };
    expect((await as('east-one', 'PUT', '/api/me/drafts/sites.register', { value })).status).toBe(200);
    expect((await as('east-one', 'GET', '/api/me/drafts/sites.register')).body.value).toEqual(value);
    expect((await as('east-two', 'GET', '/api/me/drafts/sites.register')).body.value).toBeNull();
    await as('east-one', 'PUT', '/api/me/drafts/sites.register', { value: null });
    expect((await as('east-one', 'GET', '/api/me/drafts/sites.register')).body).toEqual({
      value: null,
      savedAt: null,
    });
  });

  it('too large is refused with words that say what is lost: nothing', async () => {
    const value = { text: 'x'.repeat(300_000) };
    const reply = await as('east-one', 'PUT', '/api/me/drafts/big', { value });
    expect([reply.status, reply.body.code]).toEqual([413, 'auth.draft_too_large']);
  });
});

describe('a saved view', () => {
  const view = { list: 'sites', name: '有问题的', search: { health: 'faulty', page: 2 }, columns: ['name'] };

  it('is named once per list: the same name replaces it, also from two tabs at once', async () => {
    const both = await Promise.all(
      ['faulty', 'clean'].map((health) =>
        as('east-one', 'POST', '/api/views', { ...view, search: { health } }),
      ),
    );
    expect(both.map((reply) => reply.status)).toEqual([200, 200]);
    const listed = await as('east-one', 'GET', '/api/views?list=sites');
    expect(listed.body.items).toHaveLength(1);
    expect((await as('east-one', 'GET', '/api/views?list=devices')).body.items).toEqual([]);
  });

  it('is a colleague’s only when shared, and nobody’s above', async () => {
    expect((await as('east-two', 'GET', '/api/views')).body.items).toEqual([]);
    const shared = await as('east-one', 'POST', '/api/views', { ...view, shared: true });
    const seen = (await as('east-two', 'GET', '/api/views')).body.items;
    expect(seen).toMatchObject([
      { id: shared.body.id, mine: false, by: '人员east-one', search: view.search },
    ]);
    expect((await as('east-officer', 'GET', '/api/views')).body.items).toEqual([]);
    expect((await as('east-two', 'DELETE', `/api/views/${shared.body.id}`)).status).toBe(404);
    expect((await as('east-one', 'DELETE', `/api/views/${shared.body.id}`)).status).toBe(204);
    expect((await as('east-two', 'GET', '/api/views')).body.items).toEqual([]);
  });

  it('leaves its saving and its removal in the audit log', async () => {
    const entries = await app.ownerPool.query(
      `SELECT action, count(*)::int AS n FROM audit.entry WHERE action LIKE 'auth.%_view' GROUP BY action ORDER BY action`,
    );
    expect(entries.rows).toEqual([
      { action: 'auth.remove_view', n: 1 },
      { action: 'auth.save_view', n: 3 },
    ]);
  });
});
