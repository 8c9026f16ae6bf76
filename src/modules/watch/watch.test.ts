import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { writeSheet } from '#base/sheet';
import { after } from '#base/timers';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { noNginx, startNginx } from '../../../test/peers/nginx.ts';
import { schoolSite } from '../../../test/peers/school-site.ts';
import { addresses } from '../addresses/module.ts';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { findings } from '../findings/module.ts';
import { sites } from '../sites/module.ts';
import { units } from '../units/module.ts';
import { watch } from './module.ts';
import { createReaderPool } from './read-page.ts';
import { runCheck } from './run-check.ts';
import { takeCheck } from './store.ts';
import { hiddenLink, html, identityNumbers, type Page, serveSite, type TestSite } from './testing.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
const open: TestSite[] = [];
const pool = createReaderPool({ workers: 1 });

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites, watch]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
});
afterEach(async () => {
  // What one test leaves in the queue is not the next one's business.
  await drain(app);
  for (const site of open.splice(0)) await site.close();
});
afterAll(async () => {
  await watch.stop!(app, 'worker');
  await pool.close();
  await server.close();
  await app.close();
});

const get = async (who: string, url: string) => (await call(server, people[who]!, 'GET', url)).body;
const post = (who: string, url: string, body: unknown = {}) => call(server, people[who]!, 'POST', url, body);
const checksOf = async (siteId: string) => (await get('east-officer', `/api/checks?siteId=${siteId}`)).items;
const findingsOf = async (siteId: string) =>
  (await get('east-officer', `/api/findings?siteId=${siteId}&pageSize=100`)).items;

let hosts = 0;
async function register(pages: Record<string, Page>, unit?: string): Promise<{ id: string; site: TestSite }> {
  const site = await serveSite(pages);
  open.push(site);
  return { id: await registerAt(site.resolveTo, unit), site };
}

async function registerAt(resolveTo: string, unitCode = 'east-1'): Promise<string> {
  const url = `http://www${++hosts}.school.example/`;
  const entry = { name: `示例站${hosts}`, unitCode, url, resolveTo };
  const reply = await post('east-officer', '/api/sites', entry);
  expect(reply.status).toBe(200);
  return reply.body.id;
}

async function finishedEvents(siteId: string) {
  const { rows } = await app.ownerPool.query(
    `SELECT payload FROM base.event WHERE name = 'watch.check_finished' AND payload->>'siteId' = $1 ORDER BY id`,
    [siteId],
  );
  return rows.map(({ payload }) => payload as { state: string; critical: string[] });
}

async function checkAgain(siteId: string) {
  expect((await post('east-officer', `/api/sites/${siteId}/check`)).status).toBe(200);
  await drain(app);
  return (await checksOf(siteId))[0];
}

const clean = { '/': { body: html('<p>欢迎</p>') } };
const faulty = { '/': { body: html(`<p>欢迎</p>${hiddenLink}`) } };

describe('a check', () => {
  it('follows the registration, keeps its pages and tells the critical findings', async () => {
    const { id } = await register({ '/': { body: html('<a href="/bad">x</a>') }, '/bad': faulty['/'] });
    await drain(app);
    const [check] = await checksOf(id);
    expect(check).toMatchObject({ siteId: id, state: 'faulty', pages: 2, reason: null });
    const detail = await get('east-officer', `/api/checks/${check.id}`);
    expect(
      detail.pageList.map((page: { url: string; findings: number }) => [page.url, page.findings > 0]),
    ).toEqual([
      [expect.stringMatching(/example\/$/), false],
      [expect.stringMatching(/\/bad$/), true],
    ]);
    const found = await findingsOf(id);
    const link = found.find((one: { kind: string }) => one.kind === 'hidden-link');
    expect(link).toMatchObject({ severity: 'critical', state: 'open', url: expect.stringMatching(/\/bad$/) });
    const [told] = await finishedEvents(id);
    expect(told).toMatchObject({ state: 'faulty' });
    expect(told!.critical).toContain(link.id);
    expect(await get('east-officer', `/api/sites/${id}`)).toMatchObject({
      health: 'faulty',
      openFindings: found.length,
    });
  });

  it('tells a critical finding again while it stands, closes it when it is gone and reopens it when it returns', async () => {
    const { id, site } = await register(faulty);
    await drain(app);
    const before = await findingsOf(id);
    await checkAgain(id);
    site.pages = clean;
    expect(await checkAgain(id)).toMatchObject({ state: 'clean', findings: 0 });
    const closed = await findingsOf(id);
    expect(closed.map((one: { id: string }) => one.id).sort()).toEqual(
      before.map((one: { id: string }) => one.id).sort(),
    );
    expect(new Set(closed.map((one: { state: string }) => one.state))).toEqual(new Set(['closed']));
    site.pages = faulty;
    await checkAgain(id);
    const again = await findingsOf(id);
    expect(again).toHaveLength(before.length);
    expect(new Set(again.map((one: { state: string }) => one.state))).toEqual(new Set(['open']));
    const events = await finishedEvents(id);
    expect(events.map((one) => [one.state, one.critical.length > 0])).toEqual([
      ['faulty', true],
      ['faulty', true],
      ['clean', false],
      ['faulty', true],
    ]);
    expect(events[1]!.critical).toEqual(events[0]!.critical);
  });

  it('closes nothing on a page that it could not read, and does not call the site clean', async () => {
    const { id, site } = await register({ '/': { body: html('<a href="/bad">x</a>') }, '/bad': faulty['/'] });
    await drain(app);
    site.pages = { ...clean, '/bad': { status: 500, body: 'oops' } };
    expect(await checkAgain(id)).toMatchObject({
      state: 'faulty',
      reason: expect.stringContaining('没有读到'),
    });
    expect((await findingsOf(id)).every((one: { state: string }) => one.state === 'open')).toBe(true);
    const [first, second] = await finishedEvents(id);
    expect(first!.critical).not.toEqual([]);
    expect(second!.critical).toEqual(first!.critical);
    site.pages = { ...clean, '/bad': { status: 302, location: '/', body: '' } };
    expect(await checkAgain(id)).toMatchObject({ state: 'clean' });
    expect((await findingsOf(id)).every((one: { state: string }) => one.state === 'closed')).toBe(true);
  });

  it('says that a site is down or shut and leaves its findings open', async () => {
    const { id, site } = await register(faulty);
    await drain(app);
    site.pages = { '/': { status: 403, body: '' } };
    expect(await checkAgain(id)).toMatchObject({ state: 'blocked', reason: expect.stringContaining('403') });
    expect(await get('east-officer', `/api/sites/${id}`)).toMatchObject({ health: 'blocked' });
    await site.close();
    expect(await checkAgain(id)).toMatchObject({
      state: 'unreachable',
      reason: expect.stringContaining('连接不上'),
    });
    expect((await findingsOf(id)).every((one: { state: string }) => one.state === 'open')).toBe(true);
  });

  it('is refused while one is running, and seen by nobody outside the unit', async () => {
    const { id } = await register(clean);
    await drain(app);
    const started = await post('east-officer', `/api/sites/${id}/check`);
    expect(started.body).toMatchObject({ state: 'running', finishedAt: null });
    const second = await post('east-officer', `/api/sites/${id}/check`);
    expect([second.status, second.body.code]).toEqual([409, 'watch.check_running']);
    expect((await get('west-officer', '/api/checks')).items).toEqual([]);
    expect(
      (await call(server, people['west-officer']!, 'GET', `/api/checks/${started.body.id}`)).status,
    ).toBe(404);
    expect((await post('west-officer', `/api/sites/${id}/check`)).status).toBe(404);
    await drain(app);
    expect((await checksOf(id))[0]).toMatchObject({ id: started.body.id, state: 'clean' });
  });

  it('follows a redirect to the name with www only when the same unit has registered that too', async () => {
    const site = await serveSite({
      '/': { status: 301, location: 'http://www.twin.example/home', body: '' },
    });
    open.push(site);
    const add = async (url: string, unitCode: string) => {
      const body = { name: '双名站', unitCode, url, resolveTo: site.resolveTo };
      return (await post(unitCode === 'east-1' ? 'east-officer' : 'city-officer', '/api/sites', body)).body
        .id;
    };
    const id = await add('http://twin.example/', 'east-1');
    await drain(app);
    expect((await checksOf(id))[0]).toMatchObject({
      state: 'blocked',
      reason: expect.stringContaining('www.twin'),
    });
    site.pages = { ...site.pages, '/home': { body: html('好') } };
    await add('http://www.twin.example/home', 'east-1');
    expect(await checkAgain(id)).toMatchObject({ state: 'clean', pages: 1 });
  });

  it('tells of a clean site how many pages and files were not read whole', async () => {
    const { id, site } = await register({
      '/': { body: html('<a href="/a.docx">附件</a>') },
      '/a.docx': { type: 'application/octet-stream', body: 'PK\x03\x04 cut off' },
    });
    await drain(app);
    const read = async () => (await get('east-officer', `/api/sites/${id}`)) as object;
    expect(await read()).toMatchObject({ health: 'clean', unreadPages: 1 });
    site.pages = { '/': { body: html('附件已撤下') } };
    await checkAgain(id);
    expect(await read()).toMatchObject({ health: 'clean', unreadPages: 0 });
  });

  it('follows a report that something was fixed', async () => {
    const { id, site } = await register(faulty);
    await drain(app);
    site.pages = clean;
    const [finding] = await findingsOf(id);
    expect((await post('east-officer', `/api/findings/${finding.id}/fixed`)).status).toBe(200);
    await drain(app);
    expect((await checksOf(id)).map((check: { state: string }) => check.state)).toEqual(['clean', 'faulty']);
  });
});

describe('a worker that dies', () => {
  it('doubles nothing: its check is taken up after the lease, and its late result is not kept', async () => {
    const { id, site } = await register(clean);
    await drain(app);
    const stuck = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<void>();
    site.pages = {
      '/': (_request, response) => {
        stuck.resolve();
        void waiting.promise.then(() => response.end(html(hiddenLink)));
      },
    };
    const signal = new AbortController().signal;
    const slow = runCheck(app, id, { pool, signal });
    await stuck.promise;
    site.pages = faulty;
    await fire(app, 'watch.take-up');
    await drain(app);
    expect((await checksOf(id))[0]).toMatchObject({ state: 'running' });
    await app.advance(4 * 60_000);
    await fire(app, 'watch.take-up');
    await drain(app);
    const [check] = await checksOf(id);
    expect(check).toMatchObject({ state: 'faulty', pages: 1 });
    waiting.resolve();
    await slow;
    expect(await checksOf(id)).toHaveLength(2);
    expect((await findingsOf(id)).every((one: { timesSeen: number }) => one.timesSeen === 1)).toBe(true);
    expect(await finishedEvents(id)).toHaveLength(2);
    expect((await get('east-officer', `/api/checks/${check.id}`)).pageList).toHaveLength(1);
  });

  it('loses no page and asks for none twice: who takes its check up goes on at the next address', async () => {
    const links = Array.from({ length: 9 }, (_, n) => `<a href="/p${n}">p</a>`).join('');
    const page = (n: number) => ({ body: html(`<p>第 ${n} 页</p><a href="/q${n}">q</a>`) });
    const pages: Record<string, Page> = { '/': { body: html(links) }, '/p2': { body: html(hiddenLink) } };
    for (const n of [0, 1, 3, 4, 5, 6, 7, 8]) pages[`/p${n}`] = page(n);
    for (const n of [0, 1, 3, 4, 5, 6, 7, 8]) pages[`/q${n}`] = { body: html('好') };
    const stuck = Promise.withResolvers<void>();
    const { id, site } = await register({});
    await drain(app);
    // The worker dies while it waits for this page: nothing of it comes back.
    site.pages = { ...pages, '/p5': () => stuck.resolve() };
    site.asked.length = 0;
    const end = new AbortController();
    const dead = runCheck(app, id, { pool, signal: end.signal });
    await stuck.promise;
    const [half] = await checksOf(id);
    expect(half).toMatchObject({ state: 'running', pages: 6 });
    expect((await findingsOf(id)).map((one: { state: string }) => one.state)).toContain('open');
    site.pages = pages;
    await app.advance(4 * 60_000);
    await fire(app, 'watch.take-up');
    await drain(app);
    end.abort();
    await dead;
    const [check] = await checksOf(id);
    expect(check).toMatchObject({ id: half.id, state: 'faulty', pages: 18 });
    const asked = site.asked.filter((path) => /^\/[pq]\d$/.test(path));
    expect(asked.filter((path) => path !== '/p5')).toHaveLength(16);
    expect(new Set(asked).size).toBe(17);
    const detail = await get('east-officer', `/api/checks/${check.id}`);
    expect(detail.pageList).toHaveLength(18);
    expect((await findingsOf(id)).every((one: { timesSeen: number }) => one.timesSeen === 1)).toBe(true);
  });

  it('killed at any moment, three times, asks again only for what it was waiting for, and loses nothing', async () => {
    const links = (from: number) =>
      [1, 2, 3].map((n) => `<a href="/k${(from * 3 + n) % 40}">${from}</a>`).join('');
    const pages: Record<string, Page> = { '/': { body: html(links(0)) } };
    for (let n = 0; n < 40; n++)
      pages[`/k${n}`] = { body: html(links(n) + (n % 10 === 7 ? hiddenLink : '')) };
    const sites = [await register({}), await register({})];
    await drain(app);
    for (const { site } of sites) {
      site.pages = pages;
      site.asked.length = 0;
    }
    const asked = () => sites.reduce((sum, { site }) => sum + site.asked.length, 0);
    /** For each kill, what each site was asked for last: the answer may not have been kept. */
    const waitedFor: string[][] = sites.map(() => []);
    const moments: string[] = [];
    for (let kills = 0; ; kills++) {
      const ids = sites.map(({ id }) => id);
      const argv = ['test/support/crawl-child.ts', app.ownerUrl, app.config.dataDir];
      const child = spawn(process.execPath, [...argv, app.clock.now().toISOString(), ...ids], {
        stdio: 'inherit',
      });
      const ended = once(child, 'exit');
      if (kills === 3) {
        expect(await ended).toEqual([0, null]);
        break;
      }
      const least = asked() + 6 + Math.floor(Math.random() * 14);
      const late = Math.random() * 12;
      moments.push(`${late.toFixed(1)} ms after request ${least}`);
      // Requests, not time, say when: then the moment falls anywhere in fetching, reading and keeping.
      for (const { site } of sites)
        site.onAsked = () => void (asked() === least && after(late, () => child.kill('SIGKILL')));
      expect((await ended)[1]).toBe('SIGKILL');
      for (const [at, { site }] of sites.entries()) waitedFor[at]!.push(site.asked.at(-1)!);
      await app.advance(181_000);
      // A session ends when nobody uses it.
      for (const who of ['city-officer', 'west-officer', 'east-teacher'])
        expect(await get(who, '/api/checks')).toHaveProperty('items');
    }
    for (const [at, { id, site }] of sites.entries()) {
      const paths = site.asked.filter((path) => pages[path]);
      const isAgain = (path: string, n: number) => paths.indexOf(path) < n;
      const twice = paths.filter(isAgain);
      // The end of the check looks at the home page under four other names, after everything else.
      const looks = twice.filter((path) => path === '/');
      expect(looks.length, moments.join(', ')).toBeLessThanOrEqual(4 + waitedFor[at]!.length);
      const again = twice.filter((path) => path !== '/');
      expect(waitedFor[at], moments.join(', ')).toEqual(expect.arrayContaining(again));
      expect(again.length).toBeLessThanOrEqual(3);
      expect(new Set(paths)).toEqual(new Set(Object.keys(pages)));
      const [check, ...others] = await checksOf(id);
      expect([check.state, check.pages, others.length]).toEqual(['faulty', 41, 1]);
      const { pageList } = await get('east-officer', `/api/checks/${check.id}`);
      const kept = pageList.map((page: { url: string }) => new URL(page.url).pathname).sort();
      expect(kept).toEqual(Object.keys(pages).sort());
      expect((await findingsOf(id)).every((one: { timesSeen: number }) => one.timesSeen === 1)).toBe(true);
    }
  });

  it('does not end a check that another worker has taken meanwhile', async () => {
    const { id, site } = await register(clean);
    await drain(app);
    const stuck = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<void>();
    site.pages = {
      '/': (_request, response) => {
        stuck.resolve();
        void waiting.promise.then(() => response.end(html(hiddenLink)));
      },
    };
    const slow = runCheck(app, id, { pool, signal: new AbortController().signal });
    await stuck.promise;
    await app.advance(4 * 60_000);
    expect(await app.run(systemActor('test'), (ctx) => takeCheck(ctx, id, 'other'))).toBeDefined();
    waiting.resolve();
    expect(await slow).toBe(false);
    expect((await checksOf(id))[0]).toMatchObject({ state: 'running', pages: 0 });
    expect(await findingsOf(id)).toEqual([]);
  });

  it('ends a check as failed after the third time', async () => {
    const { id } = await register(clean);
    await drain(app);
    await post('east-officer', `/api/sites/${id}/check`);
    for (const holder of ['a', 'b', 'c']) {
      const taken = await app.run(systemActor('test'), (ctx) => takeCheck(ctx, id, holder));
      expect(taken).toBeDefined();
      await app.advance(4 * 60_000);
    }
    await fire(app, 'watch.take-up');
    await drain(app);
    expect((await checksOf(id))[0]).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('3 次'),
    });
    expect(await get('east-officer', `/api/sites/${id}`)).toMatchObject({ health: 'unknown' });
    expect(await checkAgain(id)).toMatchObject({ state: 'clean' });
  });

  it('gives its check back when it is stopped, without counting it', async () => {
    const { id, site } = await register(clean);
    await drain(app);
    const stop = new AbortController();
    site.pages = { '/': () => stop.abort() };
    await runCheck(app, id, { pool, signal: stop.signal });
    expect((await checksOf(id))[0]).toMatchObject({ state: 'running' });
    const taken = await app.run(systemActor('test'), (ctx) => takeCheck(ctx, id, 'next'));
    expect(taken).toMatchObject({ attempts: 1 });
  });

  it('is followed by another check when a fix was reported meanwhile', async () => {
    const { id, site } = await register(faulty);
    await drain(app);
    const [finding] = await findingsOf(id);
    const stuck = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<void>();
    site.pages = {
      '/': (_request, response) => {
        stuck.resolve();
        void waiting.promise.then(() => response.end(html(hiddenLink)));
      },
    };
    const slow = runCheck(app, id, { pool, signal: new AbortController().signal });
    await stuck.promise;
    await post('east-officer', `/api/findings/${finding.id}/fixed`);
    await drain(app);
    site.pages = clean;
    waiting.resolve();
    expect(await slow).toBe(true);
    await app.advance(60_000);
    await fire(app, 'watch.take-up');
    await drain(app);
    expect((await checksOf(id)).map((check: { state: string }) => check.state)).toEqual([
      'clean',
      'faulty',
      'faulty',
    ]);
  });
});

describe('what a whole check sees', () => {
  const page = (body: string, title = '示例学校') => ({ body: html(body, title) });
  const rulesOf = async (siteId: string) =>
    (await findingsOf(siteId))
      .filter((one: { state: string }) => one.state === 'open')
      .map((one: { rule: string }) => one.rule)
      .sort();

  it('asks again only for what changed, and shows what changed before and after', async () => {
    const answers: number[] = [];
    const tagged: Page = (request, response) => {
      const status = request.headers['if-none-match'] === '"v1"' ? 304 : 200;
      answers.push(status);
      response.writeHead(status, { etag: '"v1"', 'content-type': 'text/html' });
      response.end(status === 304 ? undefined : html('<p>不变的网页</p>'));
    };
    const home = (text: string) => page(`<p>${text}</p><a href="/same">s</a><a href="/news">n</a>`);
    const { id, site } = await register({
      '/': home('访问量 12345'),
      '/same': tagged,
      '/news': page('<p>第一条新闻</p>'),
    });
    await drain(app);
    site.pages = {
      ...site.pages,
      '/': home('访问量 12399'),
      '/news': page('<p>第二条新闻</p><a href="/x">x</a>'),
    };
    site.pages['/x'] = page('新页');
    const check = await checkAgain(id);
    expect(check).toMatchObject({ state: 'clean', pages: 4 });
    expect(answers).toEqual([200, 304]);
    const { items } = await get('east-officer', `/api/changes?checkId=${check.id}`);
    expect(items).toMatchObject([{ classes: ['text', 'links'], url: expect.stringMatching(/\/news$/) }]);
    expect(await get('east-officer', `/api/changes/${items[0].id}`)).toMatchObject({
      text: { before: ['第一条新闻'], after: ['第二条新闻', 'x'] },
      links: { before: [], after: [expect.stringMatching(/\/x$/)] },
    });
    expect((await get('west-officer', '/api/changes')).items).toEqual([]);
  });

  it('sees what only a spider, a phone or someone from a search is shown, and closes it when that ends', async () => {
    const forSpider: Page = (request, response) => {
      const agent = request.headers['user-agent'] ?? '';
      if (agent.includes('iPhone'))
        return void response.writeHead(302, { location: 'http://bet.example/' }).end();
      const isSpider = agent.includes('Baiduspider');
      const body = isSpider
        ? '<p>澳门赌场 在线赌场</p><a href="http://casino.example/">进入</a>'
        : '<p>欢迎</p>';
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(html(body, isSpider ? '澳门赌场' : '示例学校'));
    };
    const { id, site } = await register({ '/': forSpider });
    await drain(app);
    expect(await rulesOf(id)).toEqual(['cloaking.mobile', 'cloaking.spider']);
    const [check] = await checksOf(id);
    const { looks } = await get('east-officer', `/api/checks/${check.id}`);
    expect(looks.map((one: { identity: string; verdict: string }) => [one.identity, one.verdict])).toEqual([
      ['browser', 'same'],
      ['spider', 'differs'],
      ['referrer', 'same'],
      ['mobile', 'differs'],
      ['random-path', 'same'],
    ]);
    // Turned away as a spider: nothing is known, nothing is closed.
    site.pages = {
      '/': (request, response) =>
        void (request.headers['user-agent']?.includes('Baidu')
          ? response.writeHead(403).end()
          : response.end(html('<p>欢迎</p>'))),
    };
    await checkAgain(id);
    expect(await rulesOf(id)).toEqual(['cloaking.mobile', 'cloaking.spider']);
    site.pages = clean;
    await checkAgain(id);
    expect(await rulesOf(id)).toEqual([]);
  });

  it('sees parasite pages on addresses that do not exist, and no fault in a soft 404', async () => {
    const answer = (body: string) => (path: string) => (path === '/robots.txt' ? undefined : page(body));
    const all = (of: (path: string) => Page | undefined) =>
      new Proxy({} as Record<string, Page>, { get: (_pages, path) => of(String(path)) as Page });
    const { id, site } = await register({});
    await drain(app);
    site.pages = all((path) => (path === '/' ? page('好') : answer('<p>澳门赌场 在线赌场</p>')(path)));
    await checkAgain(id);
    expect(await rulesOf(id)).toEqual(['cloaking.random-path']);
    site.pages = all((path) => (path === '/' ? page('好') : answer('<p>没有这个网页</p>')(path)));
    await checkAgain(id);
    expect(await rulesOf(id)).toEqual([]);
  });

  it.skipIf(noNginx)(
    `reads a school's site behind a real nginx, whatever its headers say${noNginx ? ` (${noNginx})` : ''}`,
    async () => {
      const sheet = await writeSheet(
        { columns: ['姓名', '身份证号'], rows: identityNumbers(12).map((id) => ['张某', id]) },
        'xlsx',
      );
      const { files, rules, there, dead } = schoolSite(hiddenLink, sheet);
      const nginx = await startNginx(files, rules);
      onTestFinished(() => nginx.close());
      const id = await registerAt(nginx.resolveTo);
      await drain(app);
      const [check] = await checksOf(id);
      const { pageList } = await get('east-officer', `/api/checks/${check.id}`);
      const read = new Map<string, { outcome: string; charset: string | null }>(
        pageList.map((one: { url: string }) => [new URL(one.url).pathname, one]),
      );
      expect(there.filter((path) => read.get(path)?.outcome !== 'read')).toEqual([]);
      expect([read.get('/list0/7.html')?.charset, read.get('/list1/7.html')?.charset]).toEqual([
        'utf-8',
        'gb18030',
      ]);
      const found = async (rule: string) =>
        (await findingsOf(id)).filter((one: { rule: string }) => one.rule.startsWith(rule));
      const paths = async (rule: string, key = 'url') =>
        (await found(rule)).map((one: Record<string, string>) => new URL(one[key]!).pathname).sort();
      expect([...new Set(await paths('hidden-link'))]).toEqual(['/list0/7.html', '/list1/7.html']);
      expect(await paths('personal.id-card')).toContain(encodeURI('/list0/名单.xlsx'));
      // The notice comes with 200 and in the template of every page; no article is taken for it.
      expect(await paths('dead-link', 'href')).toEqual(dead);
      const lines = await nginx.asked();
      expect(new Set(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).size).toBe(
        lines.length - lines.filter((line) => line.startsWith('GET / ')).length + 1,
      );

      await checkAgain(id);
      const second = (await nginx.asked()).slice(lines.length).map((line) => line.split(' '));
      const again = (path: string) => second.find(([, one]) => one === path)?.[2];
      // Whole again: the home page, what had a finding, and what only looked like a page.
      const whole = ['/', '/list0/7.html', '/list1/7.html', encodeURI('/list0/名单.xlsx')];
      expect(there.filter((path) => again(path) !== (whole.includes(path) ? '200' : '304'))).toEqual([]);
      expect(await paths('dead-link', 'href')).toEqual(dead);
      expect((await found('dead-link')).map((one: { state: string }) => one.state)).toEqual(
        dead.map(() => 'open'),
      );
    },
  );

  it('makes one campaign, told once, of a domain planted on several schools; each county sees its own', async () => {
    const planted = {
      '/': page('<div style="display:none"><a href="http://plant.example/">澳门赌场</a></div>'),
    };
    const own = [(await register(planted)).id, (await register(planted)).id];
    await drain(app);
    expect((await get('east-officer', '/api/campaigns?q=plant')).items).toEqual([]);
    const ids = [...own, (await register(planted, 'east-2')).id];
    await drain(app);
    const list = (await get('east-officer', '/api/campaigns?q=plant')).items;
    expect(list).toMatchObject([{ domain: 'plant.example', reason: 'harmful', state: 'open', sites: 3 }]);
    expect((await get('west-officer', '/api/campaigns')).items).toEqual([]);
    const url = `/api/campaigns/${list[0].id}`;
    const { siteList } = await get('city-officer', url);
    expect(siteList.map((one: { siteId: string }) => one.siteId).sort()).toEqual(ids.sort());
    const { rows } = await app.ownerPool.query(`SELECT FROM tasks.task WHERE key = $1`, [
      `watch:campaign:${list[0].id}`,
    ]);
    expect(rows).toHaveLength(1);
    const body = { state: 'harmless', note: '核对过的第三方服务' };
    expect((await post('east-officer', `${url}/judgement`, body)).body.code).toBe('watch.city_only');
    expect((await post('city-officer', `${url}/judgement`, body)).body).toMatchObject({ state: 'harmless' });
    expect((await post('city-officer', `${url}/judgement`, body)).body.code).toBe('watch.campaign_judged');
  });

  it('tells a replaced home page from a school’s own work, until a person accepts it', async () => {
    const school = (news: string) =>
      page(
        `<div id="top" class="banner"><img src="/logo.jpg"></div><ul class="news">${news}</ul>
        <div class="foot"><p>地址：示例路一号，电话见招生办公室</p></div>`,
        '示例县第一中学',
      );
    const { id, site } = await register({ '/': school('<li>开学典礼顺利举行</li>') });
    await drain(app);
    for (const news of ['<li>运动会开幕</li><li>开学典礼</li>', '<li>家长会通知</li><li>运动会</li>']) {
      site.pages = { '/': school(news) };
      expect(await checkAgain(id)).toMatchObject({ state: 'clean' });
    }
    site.pages = {
      '/': page(
        '<center><table><tr><td><marquee>Hacked by nobody, greetings to all</marquee></td></tr></table></center>',
        'HACKED',
      ),
    };
    await checkAgain(id);
    expect(await rulesOf(id)).toEqual(['defacement.replaced']);
    expect(await get('east-officer', `/api/sites/${id}/baseline`)).toMatchObject({
      learned: 3,
      look: { title: '示例县第一中学' },
      latest: { title: 'HACKED' },
    });
    await checkAgain(id);
    expect(await rulesOf(id)).toEqual(['defacement.replaced']);
    const reply = await post('east-officer', `/api/sites/${id}/baseline`, { reason: '学校换了新版首页' });
    expect(reply.body).toMatchObject({ look: { title: 'HACKED' }, acceptedBy: '人员east-officer' });
    await drain(app);
    expect(await rulesOf(id)).toEqual([]);
  });

  it('reads the footer against the register, finds dead links and stale columns, and reads a file once', async () => {
    const file = Buffer.from('plain notes without a name');
    const body = `<ul>${['2026-01-03', '2026-01-02', '2026-01-01'].map((day) => `<li>公示 ${day}</li>`).join('')}</ul>
      <a href="/gone">旧页</a><a href="/a.bin">甲</a><a href="/b.bin">乙</a><p>浙ICP备99999999号</p>`;
    const { id, site } = await register({
      '/': page(body),
      '/a.bin': { type: 'application/octet-stream', body: file },
      '/b.bin': { type: 'application/octet-stream', body: file },
    });
    const change = await call(server, people['east-officer']!, 'PATCH', `/api/sites/${id}`, {
      revision: 1,
      icpNo: '浙ICP备12345678号-1',
    });
    expect(change.status).toBe(200);
    await drain(app);
    expect(await rulesOf(id)).toEqual(['dead-link.internal', 'filing.icp-differs', 'stale.home']);
    const files = (await get('east-officer', `/api/attachments?siteId=${id}`)).items;
    expect(files).toMatchObject([{ inNewest: true }]);
    // The register holds the shown number for a school of another county; the footer stands in a frame.
    const entry = { name: '西县一小', unitCode: 'west-1', url: 'http://west.school.example/' };
    const stranger = await post('west-officer', '/api/sites', { ...entry, icpNo: '浙ICP备99999999号-1' });
    expect(stranger.status).toBe(200);
    site.pages['/'] = page('<iframe src="/foot.html"></iframe>');
    site.pages['/foot.html'] = page('<p>浙ICP备99999999号</p>');
    await checkAgain(id);
    expect(await rulesOf(id)).toEqual(['filing.icp-foreign']);
    // A part that could not be read neither opens nor closes anything.
    site.pages['/foot.html'] = { status: 500, body: '' };
    await checkAgain(id);
    expect(await rulesOf(id)).toEqual(['filing.icp-foreign']);
    site.pages['/'] = page(`<p><a href="https://beian.miit.gov.cn/">浙ICP备12345678号</a></p>`);
    await checkAgain(id);
    expect(await rulesOf(id)).toEqual([]);
    // The file is gone: its last reading is no news of today.
    delete site.pages['/a.bin'];
    delete site.pages['/b.bin'];
    await checkAgain(id);
    expect((await get('east-officer', `/api/attachments?siteId=${id}`)).items).toMatchObject([
      { inNewest: false },
    ]);
  });

  it('goes by the numbers that the bureau saved, and loses none that another saved meanwhile', async () => {
    const { version, policy } = await get('city-officer', '/api/watch/policy');
    const save = (basedOn: number) =>
      call(server, people['city-officer']!, 'PUT', '/api/watch/policy', {
        basedOn,
        policy: { ...policy, staleDays: { ...policy.staleDays, home: 3650 } },
      });
    expect((await save(version)).body).toMatchObject({ version: version + 1 });
    expect((await save(version)).body.code).toBe('watch.stale_policy');
    const { id } = await register({
      '/': page('<li>公示 2020-01-03</li><li>公示 2020-01-02</li><li>公示 2020-01-01</li>'),
    });
    await drain(app);
    expect(await rulesOf(id)).toEqual([]);
  });
});

describe('a worker', () => {
  let other: TestApp;
  let front: FastifyInstance;
  let officer: SignedIn;

  beforeAll(async () => {
    other = await testApp([audit, units, auth, findings, addresses, sites, watch], {
      config: { watchSitesAtOnce: 16 },
    });
    front = buildServer(other, authenticate);
    const staff = await staffCity(front, await setupToken(other.config.dataDir), [
      { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    ]);
    officer = staff['east-officer']!;
  });
  afterAll(async () => {
    await watch.stop!(other, 'worker');
    await front.close();
    await other.close();
  });

  const add = async (name: string, site: TestSite) => {
    const url = `http://${name}.school.example/`;
    const body = { name: `示例站${name}`, unitCode: 'east-1', url, resolveTo: site.resolveTo };
    const reply = await call(front, officer, 'POST', '/api/sites', body);
    expect(reply.status).toBe(200);
    return reply.body.id as string;
  };
  const countChecks = async (siteId: string) => {
    const { rows } = await other.ownerPool.query('SELECT FROM watch."check" WHERE site_id = $1', [siteId]);
    return rows.length;
  };

  it('checks a site every six hours, and every five minutes while a critical finding is open', async () => {
    const [good, bad] = [await serveSite(clean), await serveSite(faulty)];
    open.push(good, bad);
    const ids = [await add('good', good), await add('bad', bad)];
    const counts = () => Promise.all(ids.map(countChecks));
    const roundAfter = async (minutes: number) => {
      await other.advance((minutes - 1) * 60_000);
      await fire(other, 'watch.schedule');
      await other.advance(60_000);
      await drain(other);
      return counts();
    };
    await drain(other);
    expect(await counts()).toEqual([1, 1]);
    expect(await roundAfter(4)).toEqual([1, 1]);
    expect(await roundAfter(3)).toEqual([1, 2]);
    bad.pages = clean;
    expect(await roundAfter(6)).toEqual([1, 3]);
    expect(await roundAfter(6)).toEqual([1, 3]);
    expect(await roundAfter(360)).toEqual([2, 4]);
  });

  it('takes sites without waiting for them, so many at a time, and comes to every one', async () => {
    officer = await signIn(front, 'east-officer');
    const waiting = Promise.withResolvers<void>();
    let now = 0;
    let most = 0;
    const site = await serveSite({
      '/': (_request, response) => {
        most = Math.max(most, ++now);
        void waiting.promise.then(() => {
          now--;
          response.end(html('好'));
        });
      },
    });
    open.push(site);
    await watch.start!(other, 'worker');
    const ids: string[] = [];
    for (let n = 0; n < 24; n++) ids.push(await add(`crew${n}`, site));
    await other.advance(10_000);
    await drain(other);
    await vi.waitFor(() => expect(now).toBe(16), { timeout: 20_000 });
    waiting.resolve();
    const countClean = async () => {
      const { rows } = await other.ownerPool.query(
        `SELECT FROM watch."check" WHERE state = 'clean' AND site_id = ANY($1)`,
        [ids],
      );
      return rows.length;
    };
    await vi.waitFor(async () => expect(await countClean()).toBe(24), { timeout: 30_000 });
    expect(most).toBe(16);
  });
});
