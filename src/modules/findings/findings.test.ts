import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { newId } from '#base/id';
import { call, type SignedIn, staffCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { units } from '../units/module.ts';
import { closeMissing, countOpen, recordFindings, type SeenFault } from './index.ts';
import { findings } from './module.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let unitId = '';
let siteId = '';
const machine = systemActor('watch.check');

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  const { rows } = await app.ownerPool.query(`SELECT id FROM units.unit WHERE code = 'east-1'`);
  unitId = rows[0].id;
});
beforeEach(() => {
  siteId = newId();
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const home = 'http://www.east-1.example/';
const fault = (more: Partial<SeenFault> = {}): SeenFault => ({
  kind: 'link',
  rule: 'hidden_link',
  severity: 'critical',
  url: home,
  part: null,
  start: 10,
  end: 20,
  text: '幸运博彩',
  context: '…幸运博彩…',
  view: 'html',
  href: 'http://www.lucky-bet.example/',
  ...more,
});

/** One check of the home page (and more): records what it saw, closes what it did not. */
async function check(seen: readonly SeenFault[], pages: readonly string[] = [home], kinds = ['link']) {
  await app.advance(60_000);
  const checkId = newId();
  return app.run(machine, async (ctx) => {
    const place = { unitId, unitPath: 'city.east.east-1', siteId, siteName: '一小' };
    const recorded = await recordFindings(ctx, { ...place, checkId, seen });
    const closed = await closeMissing(ctx, { siteId, checkedUrls: pages, kinds, checkId });
    return { ...recorded, closed, open: await countOpen(ctx, siteId) };
  });
}
const get = async (id: string) =>
  (await call(server, people['east-teacher']!, 'GET', `/api/findings/${id}`)).body;
const post = (who: string, id: string, act: string, body: object = {}) =>
  call(server, people[who]!, 'POST', `/api/findings/${id}/${act}`, body);

describe('a fault that a check sees', () => {
  it('is one finding however often it is seen and wherever in the page it moves', async () => {
    const first = await check([fault(), fault({ start: 90, end: 100 })]);
    expect(first.opened).toHaveLength(1);
    const second = await check([fault({ start: 55, end: 65, url: `${home}#top` })]);
    expect(second).toMatchObject({ opened: [], stillOpen: first.opened, open: 1 });
    expect(await get(first.opened[0]!)).toMatchObject({ timesSeen: 2, start: 55, state: 'open' });
  });

  it('is another finding on another page, by another rule or with another target', async () => {
    const seen = [
      fault(),
      fault({ url: `${home}a` }),
      fault({ rule: 'other' }),
      fault({ href: null }),
      fault({ href: 'http://x.example/' }),
    ];
    expect((await check(seen)).opened).toHaveLength(5);
  });

  it('may hold any text, even one that a database cannot store', async () => {
    const { opened } = await check([fault({ text: `a\u0000b\ud800${'长'.repeat(5000)}`, href: null })]);
    const stored = await get(opened[0]!);
    expect(stored.text).toHaveLength(2000);
    expect(stored.text.startsWith('a\ufffdb\ufffd')).toBe(true);
  });
});

describe('a finding closes', () => {
  it('when a check read the page and saw it no more, and reopens with its history when it is back', async () => {
    const { opened } = await check([fault()]);
    const id = opened[0]!;
    expect((await check([], [])).closed).toEqual([]);
    expect((await check([], [`${home}other`])).closed).toEqual([]);
    expect((await check([])).closed).toEqual([id]);
    expect(await get(id)).toMatchObject({ state: 'closed' });
    expect((await check([fault()])).reopened).toEqual([id]);
    expect(await get(id)).toMatchObject({ state: 'open', closedAt: null, timesSeen: 2 });
    const { rows } = await app.ownerPool.query(
      'SELECT before, after FROM findings.change WHERE finding_id = $1 ORDER BY id',
      [id],
    );
    expect(rows.map((row) => [row.before, row.after])).toEqual([
      [null, 'open'],
      ['open', 'closed'],
      ['closed', 'open'],
    ]);
  });

  it('not when the check looks for other things than what was found there', async () => {
    const [id] = (await check([fault({ text: '过期证书', kind: 'tls' })])).opened;
    expect((await check([])).closed).not.toContain(id);
    expect((await check([], [home], ['tls'])).closed).toEqual([id]);
  });

  it('by no person: neither through the functions nor in the database', async () => {
    const { opened } = await check([fault()]);
    const person = actorAt('city.east', ['findings.judge']);
    await expect(
      app.run(person, (ctx) =>
        closeMissing(ctx, { siteId, checkedUrls: [home], kinds: ['link'], checkId: newId() }),
      ),
    ).rejects.toThrow(/only the machine/);
    await expect(
      app.ownerPool.query(
        `UPDATE findings.finding SET state = 'closed', closed_at = now(), closed_by = $2 WHERE id = $1`,
        [opened[0], person.id],
      ),
    ).rejects.toThrow(/closed_by_machine/);
  });
});

describe('people', () => {
  it('report it fixed, which asks for another look and closes nothing', async () => {
    const { opened } = await check([fault()]);
    const id = opened[0]!;
    const fixed = await post('east-teacher', id, 'fixed', { note: '已删除' });
    expect(fixed.body).toMatchObject({ state: 'fixed' });
    expect((await post('east-teacher', id, 'fixed')).body.code).toBe('findings.not_open');
    const { rows } = await app.ownerPool.query(
      `SELECT payload FROM base.event WHERE name = 'findings.fix_reported' AND payload->>'findingId' = $1`,
      [id],
    );
    expect(rows[0].payload.siteId).toBe(siteId);
    expect((await check([fault()])).reopened).toEqual([id]);
    await post('east-teacher', id, 'fixed');
    expect((await check([])).closed).toEqual([id]);
  });

  it('judge a false alarm only if another reported it fixed, and it stays one when seen again', async () => {
    const { opened } = await check([fault(), fault({ rule: 'second' })]);
    const [own = '', other = ''] = opened;
    await post('east-officer', own, 'fixed');
    expect((await post('east-officer', own, 'false-alarm', { reason: '不是问题' })).body.code).toBe(
      'findings.own_fix',
    );
    await expect(
      app.ownerPool.query(
        `UPDATE findings.finding SET state = 'false_alarm', judged_by = fixed_by WHERE id = $1`,
        [own],
      ),
    ).rejects.toThrow(/four_eyes/);
    expect((await post('east-teacher', other, 'false-alarm', { reason: '不是问题' })).status).toBe(403);
    expect((await post('east-officer', other, 'false-alarm', { reason: '不是问题' })).status).toBe(200);
    const again = await check([fault(), fault({ rule: 'second' })]);
    expect(again).toMatchObject({ falseAlarms: [other], reopened: [own], open: 1 });
  });

  it('of another county see and do nothing', async () => {
    const { opened } = await check([fault()]);
    const list = await call(server, people['west-officer']!, 'GET', '/api/findings');
    expect(list.body).toMatchObject({ items: [], total: 0 });
    expect((await post('west-officer', opened[0]!, 'fixed')).status).toBe(404);
  });

  it('find the worst and newest first, and can filter and search', async () => {
    await check([
      fault({ severity: 'low', text: '低', href: null }),
      fault({ severity: 'high', text: '高_x', href: null }),
    ]);
    const list = await call(server, people['east-teacher']!, 'GET', `/api/findings?siteId=${siteId}`);
    expect(list.body.items.map((one: { severity: string }) => one.severity)).toEqual(['high', 'low']);
    const found = await call(server, people['east-teacher']!, 'GET', `/api/findings?siteId=${siteId}&q=_x`);
    expect(found.body.total).toBe(1);
  });
});
