/** An incident from the crawl to its closing and back, on real stores, a real mail server and a real page. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { spawnLogstore } from '#base/logstore/testing';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { keepMail, type MailBox } from '#test/mail';
import { newDataDir, removeDataDir } from '#test/product';
import { modules } from '../../compose.ts';
import { fireDueSteps } from './escalate.ts';

const cleanPage = '<!doctype html><meta charset="utf-8"><title>东示县第一小学</title><p>欢迎访问</p>';
const faultyPage = `${cleanPage}<p>百家乐网上真人开户</p><div style="display:none"><a href="http://www.lucky-bet.example/">澳门赌场 真人百家乐 在线投注</a></div>`;

let app: TestApp;
let server: FastifyInstance;
let school: Server;
let mailBox: MailBox;
let logstore: Awaited<ReturnType<typeof spawnLogstore>>;
let logDir: string;
let people: Record<string, SignedIn>;
let page = faultyPage;

beforeAll(async () => {
  logDir = await newDataDir();
  logstore = await spawnLogstore(logDir);
  const client = logstore.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  mailBox = await keepMail();
  school = createServer((request, reply) => {
    const found = request.url === '/';
    reply.writeHead(found ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' }).end(found ? page : '');
  });
  await new Promise<void>((resolve) => school.listen(0, '127.0.0.1', resolve));
  app = await testApp(modules, { logstore: client, config: { smtpUrl: mailBox.url } });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
});
afterAll(async () => {
  await server.close();
  await app.close();
  await logstore.stop();
  await mailBox.close();
  await new Promise((resolve) => school.close(resolve));
  await removeDataDir(logDir);
});

const as = (who: string) => ({
  get: async (url: string) => (await call(server, people[who]!, 'GET', url)).body,
  post: (url: string, body: unknown = {}) => call(server, people[who]!, 'POST', url, body),
  put: (url: string, body: unknown) => call(server, people[who]!, 'PUT', url, body),
});
const only = async () => (await as('city-officer').get('/api/incidents')).items[0];
const detail = async () => as('city-officer').get(`/api/incidents/${(await only()).id}`);
const acknowledge = (token: string) =>
  call(server, null, 'POST', `/api/ack/${token}`, { officer: '值班员', badge: 'D-01' });

describe('an incident', () => {
  it('opens from a crawl, with two clocks, evidence, shield and two reports, without a click', async () => {
    await as('city-officer').put('/api/incidents/policy', {
      dueMinutes: 120,
      escalateAtMinutes: [30, 60, 90, 110],
      autoOpen: true,
      autoShield: true,
      autoReport: true,
      bureauName: '示例市教育局',
      bureauEmail: 'bureau@example.org',
      policeName: '示例市公安局',
      policeEmail: 'police@example.org',
      source: '通知第二条',
    });
    const { port } = school.address() as AddressInfo;
    const site = await as('city-officer').post('/api/sites', {
      name: '东示县第一小学网站',
      unitCode: 'east-1',
      url: 'http://www.east-1.example/',
      resolveTo: `127.0.0.1:${port}`,
    });
    expect(site.status).toBe(200);
    await drain(app);
    const incident = await only();
    expect(incident).toMatchObject({ state: 'responding', unit: '东示县第一小学', exercise: false });
    const due = new Date(Date.parse(incident.t0) + 120 * 60_000).toISOString();
    expect(incident.obligations.map((one: { to: string; dueAt: string }) => [one.to, one.dueAt])).toEqual([
      ['bureau', due],
      ['police', due],
    ]);
    expect(incident.obligations.every((one: { sentAt: string | null }) => one.sentAt !== null)).toBe(true);
    expect(mailBox.to('bureau@example.org')).toHaveLength(1);
    expect(mailBox.to('police@example.org')).toHaveLength(1);
    expect(incident.evidence.length).toBeGreaterThan(0);
    const { shield, timeline } = await detail();
    expect(shield.map((entry: { host: string }) => entry.host).sort()).toEqual([
      'www.east-1.example',
      'www.lucky-bet.example',
    ]);
    expect(timeline.filter((entry: { kind: string }) => entry.kind === 'failed')).toEqual([]);
  });

  it('shows each finding in the picture that its bag holds, or why nobody sees it', async () => {
    const { items } = await as('teacher').get('/api/findings');
    const told = [];
    for (const one of items) {
      told.push({ one, picture: await as('teacher').get(`/api/findings/${one.id}/picture`) });
    }
    const link = told.find(({ one }) => one.href !== null)!.picture;
    expect(link).toMatchObject({ state: 'unseen', unseen: 'display-none', pictureId: null });
    const { source } = link;
    expect(source.text.slice(source.start, source.end)).toBe('http://www.lucky-bet.example/');
    const { one: seen, picture } = told.find((each) => each.picture.state === 'seen')!;
    const bag = await as('city-officer').get(`/api/evidence/bags/${picture.bagId}`);
    const inBag = bag.contents.filter((one: { path: string }) => /spot-\d+\.png$/.test(one.path));
    const url = `/api/findings/${seen.id}/picture/file`;
    const file = await server.inject({ url, headers: { cookie: people.teacher!.cookie } });
    expect(file.headers['content-type']).toBe('image/png');
    const sha256 = createHash('sha256').update(file.rawPayload).digest('hex');
    expect(inBag.map((one: { sha256: string }) => one.sha256)).toContain(sha256);
    expect((await call(server, people['west-officer']!, 'GET', url)).status).toBe(404);
  });

  it('draws a finding again when somebody asks, once for all who do', async () => {
    const { items } = await as('teacher').get('/api/findings');
    const [{ id }] = items;
    const asked = await Promise.all([1, 2].map(() => as('teacher').post(`/api/findings/${id}/picture`)));
    expect(asked.map(({ status, body }) => [status, body.isWaiting])).toEqual([
      [200, true],
      [200, true],
    ]);
    expect((await call(server, people['west-officer']!, 'POST', `/api/findings/${id}/picture`)).status).toBe(
      404,
    );
    page = cleanPage;
    await drain(app);
    page = faultyPage;
    const after = await as('teacher').get(`/api/findings/${id}/picture`);
    expect(after).toMatchObject({ isWaiting: false, bagId: null });
    expect(after.state === 'seen' || after.unseen === 'absent').toBe(true);
  });

  it('is not opened twice by a second crawl', async () => {
    const { siteId } = await only();
    await as('teacher').post(`/api/sites/${siteId}/check`);
    await drain(app);
    expect((await as('city-officer').get('/api/incidents')).total).toBe(1);
    expect(mailBox.to('police@example.org')).toHaveLength(1);
  });

  it('shows its unit and the line above, and nobody else', async () => {
    expect((await as('east-officer').get('/api/incidents')).total).toBe(1);
    expect((await as('west-officer').get('/api/incidents')).total).toBe(0);
    expect((await as('west-officer').get('/api/incidents/clocks')).clocks).toEqual([]);
    const { id } = await only();
    expect((await call(server, people['west-officer']!, 'GET', `/api/incidents/${id}`)).status).toBe(404);
  });

  it('escalates at each minute once, also when wake-ups and the sweep meet', async () => {
    await app.advance(31 * 60_000);
    await Promise.all([drain(app), fireDueSteps(app), fireDueSteps(app)]);
    people['city-officer'] = await signIn(server, 'city-officer');
    const steps = async () =>
      (await detail()).timeline.filter((entry: { kind: string }) => entry.kind === 'escalated').length;
    expect(await steps()).toBe(1);
    people.teacher = await signIn(server, 'teacher');
    const urgent = (await as('teacher').get('/api/messages')).items.filter(
      (one: { urgent: boolean }) => one.urgent,
    );
    expect(urgent).toHaveLength(2);
  });

  it('fires everything that an outage missed, in order, once', async () => {
    await app.advance(62 * 60_000);
    expect(await fireDueSteps(app)).toBe(2);
    expect(await fireDueSteps(app)).toBe(0);
    await fire(app, 'incidents.sweep');
    people['city-officer'] = await signIn(server, 'city-officer');
    const entries = (await detail()).timeline.filter((entry: { kind: string }) => entry.kind === 'escalated');
    expect(entries.map((entry: { en: string }) => entry.en.slice(0, 9))).toEqual([
      'Minute 30',
      'Minute 60',
      'Minute 90',
    ]);
  });

  it('is fulfilled by the acknowledgement alone, once; looking at the link is not enough', async () => {
    const token = mailBox.tokenIn('bureau@example.org');
    const seen = await call(server, null, 'GET', `/api/ack/${token}`);
    expect(seen.body).toMatchObject({ to: 'bureau', acknowledgedAt: null });
    expect((await only()).obligations[0].acknowledgedAt).toBeNull();
    expect((await acknowledge(token)).body).toMatchObject({ late: false });
    expect((await acknowledge(token)).body.code).toBe('incidents.already_acknowledged');
    expect((await acknowledge('x'.repeat(43))).body.code).toBe('incidents.bad_ack_token');
  });

  it('marks a report late for good when its deadline has passed', async () => {
    await app.advance(40 * 60_000);
    await drain(app);
    people['city-officer'] = await signIn(server, 'city-officer');
    expect((await only()).obligations.map((one: { late: boolean }) => one.late)).toEqual([false, true]);
    expect((await acknowledge(mailBox.tokenIn('police@example.org'))).body).toMatchObject({ late: true });
    await drain(app);
    const { obligations, state } = await only();
    expect(obligations.map((one: { late: boolean }) => one.late)).toEqual([false, true]);
    expect(state).toBe('responding');
  });

  it('closes when a crawl finds the page clean, with every bag intact', async () => {
    page = cleanPage;
    const { id } = await only();
    expect((await as('city-officer').post(`/api/incidents/${id}/recheck`)).status).toBe(204);
    await drain(app);
    const incident = await only();
    expect(incident.state).toBe('closed');
    for (const { bag } of incident.evidence) {
      const verified = await as('city-officer').post(`/api/evidence/bags/${bag}/verify`);
      expect(verified.body).toMatchObject({ result: 'pass', problems: [] });
    }
    expect((await as('city-officer').get('/api/incidents/clocks')).clocks).toEqual([]);
  });

  it('once closed tells the county, and asks it to lift the school’s own block until that is lifted', async () => {
    people['east-officer'] = await signIn(server, 'east-officer');
    const east = as('east-officer');
    const { id, number } = await only();
    const { items: told } = await east.get('/api/messages?pageSize=100');
    expect(told.map((one: { subject: string }) => one.subject)).toContain(`事件 ${number} 已结束`);
    const lift = async () =>
      (await east.get('/api/tasks?pageSize=100')).items.filter(
        (one: { kind: string }) => one.kind === 'incidents.lift',
      );
    // What the hidden links led to stays blocked, and nobody is asked to lift that.
    expect(await lift()).toMatchObject([
      {
        title: `解除封堵？www.east-1.example（事件 ${number} 已结束）`,
        link: `/shield?incidentId=${id}&active=true`,
      },
    ]);
    const { items } = await east.get(`/api/shield/entries?incidentId=${id}&active=true`);
    expect(items.length).toBeGreaterThan(1);
    const entry = items.find((one: { host: string }) => one.host === 'www.east-1.example');
    const url = `/api/shield/entries/${entry.id}/withdraw`;
    expect((await east.post(url, { reason: '网页已经干净' })).status).toBe(200);
    await drain(app);
    expect(await lift()).toEqual([]);
  });

  it('reopens when the fault comes back, with clocks of its own, and sends new reports', async () => {
    page = faultyPage;
    await app.advance(60_000);
    const { siteId, id } = await only();
    await as('city-officer').post(`/api/sites/${siteId}/check`);
    await drain(app);
    const again = await only();
    expect(again).toMatchObject({ id, state: 'responding', reopened: 1 });
    expect(
      again.obligations.every((one: { acknowledgedAt: string | null }) => one.acknowledgedAt === null),
    ).toBe(true);
    expect(mailBox.to('police@example.org')).toHaveLength(2);
  });
});

describe('a report by hand', () => {
  it('starts the clock at the discovery, and refuses a discovery in the future', async () => {
    people.teacher = await signIn(server, 'teacher');
    const foundAt = new Date(app.clock.now().getTime() - 20 * 60_000).toISOString();
    const made = await as('teacher').post('/api/incidents', { title: '公告栏出现诈骗二维码', foundAt });
    expect(made.body).toMatchObject({ state: 'responding', t0: foundAt });
    const future = new Date(app.clock.now().getTime() + 60_000).toISOString();
    expect(
      (await as('teacher').post('/api/incidents', { title: '来自未来的事件', foundAt: future })).body.code,
    ).toBe('incidents.future');
  });

  it('ends by two people: one states that it is gone or was a false alarm, another decides', async () => {
    people['east-officer'] = await signIn(server, 'east-officer');
    const list = (await as('teacher').get('/api/incidents?state=responding')).items;
    const { id } = list.find((one: { title: string }) => one.title === '公告栏出现诈骗二维码');
    const url = `/api/incidents/${id}/proposals`;
    expect((await as('east-officer').post(url, { kind: 'dismissed', reason: '二维码是食堂的' })).status).toBe(
      204,
    );
    expect(
      (await as('east-officer').post(url, { kind: 'dismissed', reason: '二维码是食堂的' })).body.code,
    ).toBe('incidents.proposal_waits');
    const [waiting] = (await as('east-officer').get(`/api/incidents/${id}`)).proposals;
    const decision = `${url}/${waiting.id}/decision`;
    expect((await as('east-officer').post(decision, { approve: true })).body.code).toBe(
      'incidents.own_proposal',
    );
    expect((await as('teacher').post(decision, { approve: true })).status).toBe(403);
    people['city-officer'] = await signIn(server, 'city-officer');
    expect((await as('city-officer').post(decision, { approve: true })).status).toBe(204);
    expect((await as('teacher').get(`/api/incidents/${id}`)).state).toBe('dismissed');
    await expect(
      app.ownerPool.query(`UPDATE incidents.proposal SET decided_by = proposed_by`),
    ).rejects.toThrow(/four_eyes/);
  });

  it('keeps deadlines that nobody can move', async () => {
    await expect(app.appPool.query(`UPDATE incidents.obligation SET due_at = now()`)).rejects.toThrow(
      /permission denied/,
    );
    await expect(app.appPool.query(`DELETE FROM incidents.obligation`)).rejects.toThrow(/permission denied/);
  });
});
