import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../addresses/module.ts';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { findings } from '../findings/module.ts';
import { sites } from '../sites/module.ts';
import { tasks } from '../tasks/module.ts';
import { units } from '../units/module.ts';
import { watch } from './module.ts';
import { takeDueLooks } from './probe/look-store.ts';
import { enrol, takeDue } from './probe/probe-store.ts';
import { createReaderPool } from './read-page.ts';
import { runCheck } from './run-check.ts';
import { stopWatching } from './stop-watching.ts';
import { dueSites } from './store.ts';
import { hiddenLink, html, type Page, serveSite, type TestSite } from './testing.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
const open: TestSite[] = [];
const pool = createReaderPool({ workers: 1 });

beforeAll(async () => {
  app = await testApp([audit, units, auth, tasks, findings, addresses, sites, watch]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
});
afterEach(async () => {
  await drain(app);
  for (const site of open.splice(0)) await site.close();
});
afterAll(async () => {
  await watch.stop!(app, 'worker');
  await pool.close();
  await server.close();
  await app.close();
});

const get = async (url: string, who = 'east-officer') => (await call(server, people[who]!, 'GET', url)).body;
const post = (url: string, body: unknown = {}, who = 'east-officer') =>
  call(server, people[who]!, 'POST', url, body);
const patch = (id: string, body: unknown, who = 'east-officer') =>
  call(server, people[who]!, 'PATCH', `/api/sites/${id}`, body);
const retire = (id: string, who = 'east-officer') =>
  post(`/api/sites/${id}/retirement`, { reason: '学校撤并，网站关停' }, who);
const restore = (id: string, who = 'east-officer') =>
  post(`/api/sites/${id}/restoration`, { reason: '注销错了' }, who);
const system = systemActor('watch');

async function serve(pages: Record<string, Page>): Promise<TestSite> {
  const site = await serveSite(pages);
  open.push(site);
  return site;
}

async function register(host: string, resolveTo: string): Promise<string> {
  const entry = { name: `站${host}`, unitCode: 'east-1', url: `http://${host}/`, resolveTo };
  const reply = await post('/api/sites', entry);
  expect(reply.status).toBe(200);
  return reply.body.id;
}

const faulty = { '/': { body: html(`<p>欢迎</p>${hiddenLink}`) } };

describe('the address of a site', () => {
  it('is corrected with a reason while nothing was read, and the site is looked at there', async () => {
    const hosts = new Set<string | undefined>();
    const site = await serve({
      '/': (request, response) => {
        hosts.add(request.headers.host);
        response.setHeader('content-type', 'text/html; charset=utf-8').end(faulty['/'].body);
      },
    });
    const id = await register('wrong.east.example', site.resolveTo);
    const typed = { url: 'http://right.east.example/', revision: 1 };
    expect((await patch(id, typed)).body.code).toBe('sites.reason_needed');
    expect((await patch(id, { ...typed, reason: '打错了' }, 'west-officer')).status).toBe(404);
    // Where the site stands inside, only officers say which.
    const inside = await patch(id, { ...typed, reason: '打错了' }, 'east-teacher');
    expect(inside.body.code).toBe('sites.inside_address');
    const done = await patch(id, { ...typed, reason: '打错了' });
    expect(done.body).toMatchObject({ host: 'right.east.example', revision: 2, firstReadAt: null });
    await drain(app);
    const [check] = (await get(`/api/checks?siteId=${id}`)).items;
    expect(check.state).toBe('faulty');
    expect([...hosts]).toEqual(['right.east.example']);
    const now = await get(`/api/sites/${id}`);
    expect(now.firstReadAt).not.toBeNull();
    const late = await patch(id, {
      url: 'http://other.east.example/',
      revision: now.revision,
      reason: '又错了',
    });
    expect([late.status, late.body.code]).toEqual([409, 'sites.already_read']);
    const scheme = { url: 'https://right.east.example/', revision: now.revision, reason: '启用 HTTPS' };
    expect((await patch(id, scheme)).body).toMatchObject({ url: 'https://right.east.example/' });
    const { rows } = await app.ownerPool.query(
      `SELECT before->>'host' AS was, after->>'reason' AS why FROM audit.entry
       WHERE action = 'sites.update' AND subject = $1 ORDER BY at LIMIT 1`,
      [`site:${id}`],
    );
    expect(rows).toEqual([{ was: 'wrong.east.example', why: '打错了' }]);
  });

  it('is not one that another site has', async () => {
    const site = await serve({ '/': { status: 503, body: Buffer.from('') } });
    await register('taken.east.example', site.resolveTo);
    const id = await register('free.east.example', site.resolveTo);
    const reply = await patch(id, { url: 'http://taken.east.example/x', revision: 1, reason: '打错了' });
    expect([reply.status, reply.body.code]).toEqual([409, 'sites.duplicate_host']);
  });
});

describe('two people at one entry', () => {
  it('are told: one saves, the other reads again', async () => {
    const site = await serve(faulty);
    const id = await register('two.east.example', site.resolveTo);
    const both = await Promise.all([
      patch(id, { name: '甲改的', revision: 1 }),
      patch(id, { name: '乙改的', revision: 1 }, 'east-teacher'),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const lost = both.find(({ status }) => status === 409)!;
    expect(lost.body.code).toBe('sites.changed_meanwhile');
    const won = both.find(({ status }) => status === 200)!;
    expect(await get(`/api/sites/${id}`)).toMatchObject({ name: won.body.name, revision: 2 });
    await drain(app);
    // What a check writes is no change of the entry.
    expect(await get(`/api/sites/${id}`)).toMatchObject({ health: 'faulty', revision: 2 });
  });
});

describe('a retired site', () => {
  it('stays on file, is looked at by nobody, and its findings and tasks are over', async () => {
    const site = await serve(faulty);
    const id = await register('old.east.example', site.resolveTo);
    await drain(app);
    const found = (await get(`/api/findings?siteId=${id}`)).items;
    expect(found.length).toBeGreaterThan(0);
    const taskOf = async () =>
      (await app.ownerPool.query(`SELECT state FROM tasks.task WHERE key = $1`, [`findings:site:${id}`]))
        .rows;
    expect(await taskOf()).toEqual([{ state: 'open' }]);
    const soon = new Date(app.clock.now().getTime() + 60_000);
    await app.run(system, (ctx) => enrol(ctx, [{ id, probe: soon, look: soon, files: soon }]));
    expect((await get(`/api/sites/${id}/watch`)).nextProbeAt).not.toBeNull();
    expect((await retire(id, 'east-teacher')).status).toBe(403);
    expect((await retire(id, 'west-officer')).status).toBe(404);
    const done = await retire(id);
    expect(done.body.retired).toMatchObject({ reason: '学校撤并，网站关停' });
    await drain(app);
    const after = (await get(`/api/findings?siteId=${id}&pageSize=100`)).items;
    expect(new Set(after.map((one: { state: string }) => one.state))).toEqual(new Set(['closed']));
    const history = await app.ownerPool.query(
      `SELECT DISTINCT note FROM findings.change WHERE finding_id = $1 AND after = 'closed'`,
      [found[0].id],
    );
    expect(history.rows[0].note).toContain('学校撤并，网站关停');
    expect(await taskOf()).toEqual([{ state: 'done' }]);
    const idsOf = async (url: string) => (await get(url)).items.map((one: { id: string }) => one.id);
    expect(await idsOf('/api/sites?pageSize=100')).not.toContain(id);
    expect(await idsOf('/api/sites?pageSize=100&retired=true')).toEqual([id]);
    expect(await idsOf('/api/watch/wall?pageSize=100')).not.toContain(id);
    expect(await get(`/api/sites/${id}`)).toMatchObject({ openFindings: 0 });
    for (const act of ['check', 'probe']) {
      expect((await post(`/api/sites/${id}/${act}`)).body.code).toBe('sites.retired');
    }
    expect((await get(`/api/sites/${id}/watch`)).nextProbeAt).toBeNull();
    const before = site.asked.length;
    await app.ownerPool.query(
      `UPDATE watch."check" SET started_at = started_at - interval '30 days', finished_at = finished_at - interval '30 days'`,
    );
    const far = { holder: 'test', limit: 100, farSeconds: 0 };
    const due = await app.run(system, async (ctx) => [
      ...(await dueSites(ctx, ctx.clock.now(), 100)),
      ...(await takeDue(ctx, far)),
      ...(await takeDueLooks(ctx, far)),
    ]);
    expect(due.map((one) => one.id)).not.toContain(id);
    await runCheck(app, id, { pool, signal: new AbortController().signal });
    expect(site.asked.length).toBe(before);
  });

  it('ends the check that is under way: nothing that it sees afterwards is kept', async () => {
    let asked = () => {};
    const isAsked = new Promise<void>((done) => {
      asked = done;
    });
    let answer = () => {};
    const mayAnswer = new Promise<void>((done) => {
      answer = done;
    });
    const site = await serve({
      '/': (_, response) => {
        asked();
        void mayAnswer.then(() =>
          response.setHeader('content-type', 'text/html; charset=utf-8').end(faulty['/'].body),
        );
      },
    });
    const id = await register('busy.east.example', site.resolveTo);
    const check = runCheck(app, id, { pool, signal: new AbortController().signal });
    await isAsked;
    expect((await retire(id)).status).toBe(200);
    // The job of the check waits at the site; the event is handed over beside it.
    await app.run(system, (ctx) => stopWatching(ctx, { siteId: id, reason: '学校撤并，网站关停' }));
    answer();
    expect(await check).toBe(false);
    await drain(app);
    expect((await get(`/api/checks?siteId=${id}`)).items).toMatchObject([
      { state: 'failed', reason: expect.stringContaining('注销') },
    ]);
    expect((await get(`/api/findings?siteId=${id}`)).items).toEqual([]);
    expect(await get(`/api/sites/${id}`)).toMatchObject({ health: 'unknown', openFindings: 0 });
  });

  it('is retired once, frees its host, and comes back while nobody has that', async () => {
    const site = await serve(faulty);
    const id = await register('again.east.example', site.resolveTo);
    await drain(app);
    const both = await Promise.all([retire(id), retire(id, 'city-officer')]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    await drain(app);
    expect((await patch(id, { name: '改名', revision: 1 })).body.code).toBe('sites.retired');
    const anew = await register('again.east.example', site.resolveTo);
    const refused = await restore(id);
    expect([refused.status, refused.body.code]).toEqual([409, 'sites.duplicate_host']);
    expect((await retire(anew)).status).toBe(200);
    expect((await restore(id, 'east-teacher')).status).toBe(403);
    expect((await restore(id, 'west-officer')).status).toBe(404);
    const back = await Promise.all([restore(id), restore(anew)]);
    expect(back.map(({ status }) => status).sort()).toEqual([200, 409]);
    await drain(app);
    const one = back.find(({ status }) => status === 200)!.body;
    expect(await get(`/api/sites/${one.id}`)).toMatchObject({ retired: null, health: 'faulty' });
    const { rows } = await app.ownerPool.query(
      `SELECT count(*)::int AS n, count(restored_at)::int AS back FROM sites.retirement WHERE site_id = ANY($1)`,
      [[id, anew]],
    );
    expect(rows).toEqual([{ n: 2, back: 1 }]);
  });

  it('lets its unit be closed, and is not restored to a closed one', async () => {
    const { id: unitId } = (
      await call(server, people['city-officer']!, 'POST', '/api/units', {
        code: 'east-9',
        name: '东示县第九小学',
        kind: 'school',
        parentCode: 'east',
      })
    ).body;
    const entry = { name: '九小网站', unitCode: 'east-9', url: 'http://nine.east.example/' };
    const id = (await post('/api/sites', entry)).body.id;
    const close = () =>
      post(
        `/api/units/${unitId}/close`,
        { effectiveOn: app.clock.now().toISOString().slice(0, 10), docNo: '示教〔2026〕9号', reason: '撤并' },
        'city-officer',
      );
    expect((await close()).body.code).toBe('units.still_in_use');
    expect((await retire(id)).status).toBe(200);
    expect((await close()).status).toBe(200);
    expect((await restore(id, 'city-officer')).body.code).toBe('units.not_open');
  });
});
