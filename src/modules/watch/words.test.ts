import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../addresses/module.ts';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { findings } from '../findings/module.ts';
import { sites } from '../sites/module.ts';
import { units } from '../units/module.ts';
import { watch } from './module.ts';
import { hiddenLink, html, type Page, serveSite, type TestSite } from './testing.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
const open: TestSite[] = [];

beforeAll(async () => {
  app = await testApp([audit, units, auth, findings, addresses, sites, watch]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'city-second', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'east-teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
});
afterEach(() => drain(app));
afterAll(async () => {
  await watch.stop!(app, 'worker');
  for (const site of open) await site.close();
  await server.close();
  await app.close();
});

/** Sessions do not last so long: everybody signs in again. */
async function setTime(time: string) {
  await app.setTime(time);
  for (const name of ['city-officer', 'city-second', 'east-officer', 'west-officer', 'east-teacher'])
    people[name] = await signIn(server, name);
}

const get = async (who: string, url: string) => (await call(server, people[who]!, 'GET', url)).body;
const post = (who: string, url: string, body: unknown = {}) => call(server, people[who]!, 'POST', url, body);

let hosts = 0;
async function register(pages: Record<string, Page>): Promise<string> {
  const site = await serveSite(pages);
  open.push(site);
  const reply = await post('east-officer', '/api/sites', {
    name: `示例站${++hosts}`,
    unitCode: 'east-1',
    url: `http://words${hosts}.school.example/`,
    resolveTo: site.resolveTo,
  });
  expect(reply.status).toBe(200);
  await drain(app);
  return reply.body.id;
}
const stateOf = async (siteId: string) => {
  const [check] = (await get('east-officer', `/api/checks?siteId=${siteId}`)).items;
  return { state: check.state, findings: check.findings };
};

describe('the check of texts', () => {
  it('is open to a token that may do nothing else', async () => {
    const create = (name: string, permissions: string[]) =>
      call(server, people.sysadmin!, 'POST', '/api/tokens', { name, unitCode: 'east-1', permissions });
    const plugIn = await create('建站系统插件', ['watch.scan']);
    // No more than the machine role: it need not wait for a second person.
    expect(plugIn.body).toMatchObject({ state: 'active' });
    const use = async (token: string, method: 'GET' | 'POST', url: string, payload?: object) => {
      const headers = { authorization: `Bearer ${token}`, 'x-requested-with': 'test' };
      const reply = await server.inject({ method, url, headers, ...(payload ? { payload } : {}) });
      return [reply.statusCode, reply.json().code ?? reply.json().total];
    };
    const text = { text: html(hiddenLink), html: true };
    expect(await use(plugIn.body.token, 'POST', '/api/scan', text)).toEqual([200, expect.any(Number)]);
    for (const route of app.modules.flatMap((module) => module.routes ?? []).map((one) => one.route)) {
      if (route.method !== 'GET' || route.access === 'public' || route.path.includes(':')) continue;
      const [status] = await use(plugIn.body.token, 'GET', route.path);
      expect([route.path, status]).toEqual([route.path, 403]);
    }
    const gateway = await create('网关', ['logs.ingest']);
    expect(await use(gateway.body.token, 'POST', '/api/scan', text)).toEqual([403, 'base.forbidden']);
  });
});

const word = { term: '示范违禁词', category: 'custom', tier: 'ban', allow: ['示范违禁词典'] };
const propose = (who: string, body: object) =>
  post(who, '/api/words/proposals', { note: '上级通报', ...body });
const decide = (who: string, id: string, body: object) =>
  post(who, `/api/words/proposals/${id}/decision`, body);

describe('the word list', () => {
  it('starts with the starter list, and is read by every unit but changed by the city only', async () => {
    const list = await get('east-teacher', '/api/words');
    expect(list).toMatchObject({ version: 0 });
    expect(list.words.length).toBeGreaterThan(100);
    expect((await propose('east-teacher', { basedOn: 0, upserts: [word] })).status).toBe(403);
    expect((await get('east-teacher', '/api/words/summary')).total).toBe(list.words.length);
    const { term, category } = list.words[0];
    const paged = await get('east-teacher', `/api/words/terms?pageSize=5&category=${category}&q=${term}`);
    expect(paged.items[0]).toMatchObject({ category });
    expect(paged.total).toBeLessThan(list.words.length);
  });

  it('is in force when another person agrees, from the next check on', async () => {
    const siteId = await register({ '/': { body: html('<p>这里写着示范违禁词，请看。</p>') } });
    expect(await stateOf(siteId)).toMatchObject({ state: 'clean' });
    const proposed = await propose('city-officer', { basedOn: 0, upserts: [word] });
    expect(proposed.body).toMatchObject({ state: 'proposed', added: 1, immediate: false, mayDecide: false });
    expect((await get('east-teacher', '/api/words')).version).toBe(0);
    expect((await decide('city-officer', proposed.body.id, { approve: true })).body.code).toBe(
      'watch.own_words',
    );
    await expect(
      app.ownerPool.query(
        `UPDATE watch.word_proposal SET state = 'approved', version = 1, decided_by = proposed_by, decided_at = now()
         WHERE id = $1`,
        [proposed.body.id],
      ),
    ).rejects.toThrow(/two_people/);
    const agreed = await decide('city-second', proposed.body.id, { approve: true });
    expect(agreed.body).toMatchObject({ state: 'approved', version: 1 });
    const stale = await propose('city-officer', { basedOn: 0, removals: [word] });
    expect([stale.status, stale.body.code]).toEqual([409, 'watch.stale_word_list']);
    expect((await get('east-teacher', '/api/words')).words.at(-1)).toMatchObject(word);
    expect((await post('east-officer', `/api/sites/${siteId}/check`)).status).toBe(200);
    await drain(app);
    expect(await stateOf(siteId)).toEqual({ state: 'faulty', findings: 1 });
    expect((await get('east-teacher', '/api/words/versions')).items[0]).toMatchObject({
      version: 1,
      changedBy: '人员city-officer',
      approvedBy: '人员city-second',
      added: 1,
    });
    expect(await get('east-teacher', '/api/words/difference?from=0&to=1')).toMatchObject({
      added: [word],
      counts: { added: 1, removed: 0, changed: 0 },
    });
  });

  it('takes at once what only puts more before a person, and never what would hide something', async () => {
    const review = { ...word, term: '核对一下', tier: 'review', allow: [] };
    const { version } = await get('city-officer', '/api/words');
    const added = await propose('city-officer', { basedOn: version, upserts: [review] });
    expect(added.body).toMatchObject({ state: 'approved', immediate: true, decidedBy: null });
    for (const change of [
      { removals: [{ term: review.term, category: review.category }] },
      { upserts: [{ ...review, allow: ['请核对一下'] }] },
      { upserts: [{ ...review, tier: 'ban' }] },
      { upserts: [{ ...review, expires: '2026-07-01' }] },
    ]) {
      const one = await propose('city-officer', { basedOn: version + 1, ...change });
      expect(one.body).toMatchObject({ state: 'proposed', immediate: false });
      const back = await post('city-officer', `/api/words/proposals/${one.body.id}/withdrawal`);
      expect(back.body.state).toBe('withdrawn');
    }
    const same = await propose('city-officer', { basedOn: version + 1, upserts: [review] });
    expect(same.body.code).toBe('watch.no_word_change');
  });

  it('does not overwrite what another version changed since, and goes back to a former one', async () => {
    const { version } = await get('city-officer', '/api/words');
    const first = await propose('city-officer', { basedOn: version, upserts: [{ ...word, note: '甲' }] });
    const second = await propose('city-second', { basedOn: version, upserts: [{ ...word, note: '乙' }] });
    await decide('city-second', first.body.id, { approve: true });
    const late = (body: object) => decide('city-officer', second.body.id, body);
    expect((await late({ approve: true })).body.code).toBe('watch.word_changed_since');
    expect((await late({ approve: false })).body.code).toBe('watch.reason_needed');
    expect((await late({ approve: false, note: '重复' })).body.state).toBe('refused');
    const back = await post('city-officer', '/api/words/rollbacks', { version, note: '恢复上一版' });
    expect(back.body).toMatchObject({ changed: 1, state: 'proposed' });
    expect((await decide('city-second', back.body.id, { approve: true })).body.version).toBe(version + 2);
    const same = await get('east-teacher', `/api/words/difference?from=${version}&to=${version + 2}`);
    expect(same.counts).toEqual({ added: 0, removed: 0, changed: 0 });
  });

  it('drops a term after its last day, and shows it in the editor still', async () => {
    const brief = { ...word, term: '限时词语', tier: 'review', allow: [], expires: '2026-06-01' };
    const { version } = await get('city-officer', '/api/words');
    const one = await propose('city-officer', { basedOn: version, upserts: [brief] });
    expect(one.body.state).toBe('approved');
    const inForce = async () =>
      (await get('east-teacher', '/api/words')).words.some(
        (each: { term: string }) => each.term === brief.term,
      );
    await setTime('2026-06-01T15:59:00Z');
    expect(await inForce()).toBe(true);
    await setTime('2026-06-01T16:00:00Z');
    expect(await inForce()).toBe(false);
    expect((await get('east-teacher', '/api/words/terms?expired=true')).items).toMatchObject([brief]);
  });

  it('is read from a sheet into one proposal; bad rows come back', async () => {
    const sheet = [
      '词语,类别,级别,不算命中的说法,有效至,备注',
      '导入词甲,fraud,禁止,反导入词甲,2027-06-30,',
      '。。,fraud,禁用,,,',
      '导入词甲,fraud,禁用,,,',
      '示范违禁词,custom,禁用,示范违禁词典,,',
    ].join('\n');
    const url = '/api/import/words?fileName=words.csv';
    const reply = await call(server, people['city-officer']!, 'POST', url, Buffer.from(sheet));
    expect(reply.body).toMatchObject({ accepted: 2, rejected: 2, created: 1, unchanged: 1 });
    const [waiting] = (await get('city-second', '/api/words/proposals?state=proposed')).items;
    expect(waiting).toMatchObject({ added: 1, changed: 0, mayDecide: true });
    expect(await get('city-second', `/api/words/proposals/${waiting.id}`)).toMatchObject({
      added: [{ term: '导入词甲', allow: ['反导入词甲'], expires: '2027-06-30' }],
    });
    await decide('city-second', waiting.id, { approve: false, note: '先核实' });
  });

  it('refuses a term that cannot be searched and keeps the former version', async () => {
    const { version } = await get('city-officer', '/api/words');
    const reply = await propose('city-officer', { basedOn: version, upserts: [{ ...word, term: '。。' }] });
    expect([reply.status, reply.body.code]).toEqual([400, 'scan.bad_term']);
    expect(await get('city-officer', '/api/words')).toMatchObject({ version });
    // In the test box, where the words reach the confined process first, the same is said.
    for (const faulty of [{ term: '。。' }, { allow: ['长'.repeat(40)] }]) {
      const tried = await post('east-teacher', '/api/words/test', {
        text: '试',
        words: [{ ...word, ...faulty }],
      });
      expect([faulty, tried.status, tried.body.code]).toEqual([faulty, 400, 'scan.bad_term']);
    }
  });

  it('is tried on a text in the box, with its own words and with those given', async () => {
    const text = '查示范违禁词典，不查示范违禁词';
    const reply = await post('east-teacher', '/api/words/test', { text, words: [word] });
    expect(reply.body.hits).toMatchObject([
      { start: 1, end: 6, suppressed: expect.stringContaining('allow:') },
      { start: 10, end: 15, suppressed: null, rule: 'term.custom' },
    ]);
    const changed = { upserts: [{ ...word, term: '只在试用' }], removals: [word] };
    const tried = await post('east-teacher', '/api/words/test', {
      text: '只在试用，示范违禁词',
      changes: changed,
    });
    expect(tried.body.hits.map((hit: { text: string }) => hit.text)).toEqual(['只在试用']);
    const page = await post('east-teacher', '/api/words/test', { text: html(hiddenLink), html: true });
    expect(page.body.hits.map((hit: { rule: string }) => hit.rule)).toContain('hidden-link.display-none');
  });
});

describe('a rescan', () => {
  const start = (who: string) => post(who, '/api/rescans', { reason: '新词', atOnce: 1 });
  const act = (who: string, id: string, what: string) => post(who, `/api/rescans/${id}/acts`, { act: what });

  it('asks for so many sites at a time, goes on after a pause, and tells how each ended', async () => {
    await register({ '/': { body: html('<p>欢迎</p>') } });
    await register({ '/': { body: html(`<p>欢迎</p>${hiddenLink}`) } });
    expect((await start('east-teacher')).status).toBe(403);
    const started = await start('east-officer');
    expect(started.body).toMatchObject({ state: 'running', total: 3, done: 0, running: 1 });
    const { id } = started.body;
    expect((await start('east-officer')).body.code).toBe('watch.rescan_live');
    expect((await act('east-officer', id, 'pause')).body.state).toBe('paused');
    await drain(app);
    await fire(app, 'watch.rescan');
    // What was asked for has ended, and nothing else was asked for.
    expect(await get('east-officer', `/api/rescans/${id}`)).toMatchObject({
      state: 'paused',
      running: 0,
      done: 1,
    });
    expect((await act('west-officer', id, 'resume')).status).toBe(404);
    expect((await act('east-officer', id, 'resume')).body).toMatchObject({ done: 1, running: 1 });
    await drain(app);
    const ended = await get('east-officer', `/api/rescans/${id}`);
    expect(ended).toMatchObject({ state: 'done', done: 3, running: 0 });
    expect(ended.counties).toEqual([{ name: '东示县教育局', total: 3, done: 3 }]);
    expect(ended.results).toEqual([
      { result: 'clean', count: 1 },
      { result: 'faulty', count: 2 },
    ]);
    expect((await act('east-officer', id, 'cancel')).body).toMatchObject({
      code: 'watch.rescan_state',
      message: { zh: expect.stringMatching(/^这次重查是“(?:已取消|已完成)”状态/) },
      details: { state: expect.stringMatching(/^(?:cancelled|done)$/) },
    });
  });

  it('goes on from its rows after the process that asked was killed', async () => {
    const { id } = (await start('east-officer')).body;
    // Neither the job nor the check of the site that was asked for is there any more.
    await app.ownerPool.query('DELETE FROM graphile_worker._private_jobs');
    await app.ownerPool.query(
      `UPDATE watch."check" SET state = 'failed', finished_at = started_at, reason = 'killed' WHERE state = 'running'`,
    );
    await drain(app);
    expect(await get('east-officer', `/api/rescans/${id}`)).toMatchObject({ state: 'running', done: 0 });
    await fire(app, 'watch.rescan');
    await drain(app);
    expect(await get('east-officer', `/api/rescans/${id}`)).toMatchObject({ state: 'done', done: 3 });
  });

  it('can be cancelled, and asks for no other site', async () => {
    const { id } = (await start('east-officer')).body;
    expect((await act('east-officer', id, 'cancel')).body.state).toBe('cancelled');
    await drain(app);
    expect(await get('east-officer', `/api/rescans/${id}`)).toMatchObject({ state: 'cancelled', done: 0 });
  });
});
