import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { loadOrCreateKeys, openItem, verifyBag } from '#evidence';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../../addresses/module.ts';
import { audit } from '../../audit/module.ts';
import { authenticate, setupToken } from '../../auth/index.ts';
import { auth } from '../../auth/module.ts';
import { logs } from '../../logs/module.ts';
import { units } from '../../units/module.ts';
import { trace } from '../module.ts';
import { hiddenAddress } from './hide-destinations.ts';

let app: TestApp;
let server: FastifyInstance;
let store: SpawnedLogstore;
let storeDir = '';
let people: Record<string, SignedIn>;

const epoch = (time: string) => (Date.parse(`2026-11-22T${time}Z`) / 1000).toFixed(6);
const nat = (event: string, time: string, inside: string, port: number) =>
  `[${epoch(time)}]\t [${event}] tcp 6 src=${inside} dst=198.51.100.2 sport=4000 dport=443 src=198.51.100.2 dst=203.0.113.1 sport=443 dport=${port}`;
const mac = (n: number) => `00:00:5e:00:54:0${n}`;
const privateReason = '只有经办人知道的缘由';

const api = async (who: string, method: 'GET' | 'POST' | 'PATCH', url: string, body?: unknown) =>
  call(server, people[who]!, method, url, body);
const ask = async (who: string, port: number, caseNo = 'C-1') =>
  (
    await api(who, 'POST', '/api/traces', {
      ip: '203.0.113.1',
      port,
      at: '2026-11-22T06:15:00Z',
      caseNo,
      reason: privateReason,
    })
  ).body;
const report = async (who: string, query = '') => (await api(who, 'GET', `/api/traces/report${query}`)).body;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-privacy-'));
  store = await spawnLogstore(storeDir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([audit, units, auth, logs, addresses, trace], {
    logstore: client,
    now: '2026-11-22T06:45:00Z',
  });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'second', unitCode: 'city', role: 'city_officer' },
    { username: 'east', unitCode: 'east', role: 'county_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
    { username: 'head-east', unitCode: 'east-1', role: 'leader' },
    { username: 'head-west', unitCode: 'west-1', role: 'leader' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  const upload = async (kind: string, rows: readonly string[]) => {
    const reply = await api(
      'city',
      'POST',
      `/api/import/${kind}?fileName=${kind}.csv`,
      Buffer.from(rows.join('\r\n')),
    );
    expect(reply.body).toMatchObject({ rejected: 0, errors: [] });
  };
  await upload('people', [
    'person_no,name,unit_code,post,minor',
    'P1,张密封,west-1,teacher,',
    'P2,李同学,west-1,teacher,是',
  ]);
  await upload('allocations', [
    'cidr,unit_code,realm,role',
    '10.2.0.0/16,west,main,inside',
    '10.2.4.0/22,west-1,main,inside',
    '203.0.113.0/30,city,main,exit',
  ]);
  await upload('devices', [
    'asset_no,name,type,unit_code,ip,mac,owner_no,room,since',
    `D-1,电脑,computer,west-1,10.2.4.10,${mac(1)},P1,301,2026-03-01`,
    `D-2,电脑,computer,west-1,10.2.4.11,${mac(2)},P2,学生公寓5,2026-03-01`,
  ]);
  await app.setTime('2026-11-22T07:00:00Z');
  const lines = ['10.2.4.10', '10.2.4.11'].flatMap((inside, i) => [
    nat('NEW', '06:10:00', inside, 61001 + i),
    nat('DESTROY', '06:20:00', inside, 61001 + i),
  ]);
  const url = '/api/logs/ingest?source=nat&format=conntrack';
  lines.push(nat('NEW', '06:10:00', '10.2.4.20', 61003), nat('DESTROY', '06:20:00', '10.2.4.20', 61003));
  expect((await api('city', 'POST', url, Buffer.from(lines.sort().join('\n')))).status).toBe(200);
  const fetched = `${epoch('06:15:01')} 2000 10.2.4.10 TCP_TUNNEL/200 10 CONNECT secret.example:443 wangxiao HIER_DIRECT/198.51.100.2 -`;
  const proxy = '/api/logs/ingest?source=proxy&format=squid';
  expect((await api('city', 'POST', proxy, Buffer.from(fetched))).status).toBe(200);
  await drain(app);
}, 240_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

describe('the report for leaders', () => {
  it('tells a school’s leader who asked about the school, for which case and with what result, not why', async () => {
    const found = await ask('east', 61001, 'EAST-7');
    expect(found.candidates).toMatchObject([{ outsideScope: true }]);
    const seen = await report('head-west');
    expect(seen.items).toMatchObject([
      {
        source: 'trace',
        part: 'candidate',
        office: '东示县教育局',
        caseNo: 'EAST-7',
        verdict: found.verdict,
        queries: 1,
        namesAsked: 0,
        namesOpened: 0,
      },
    ]);
    expect(JSON.stringify(seen)).not.toContain(privateReason);
    expect((await report('head-east')).total).toBe(0);
    const county = await report('east');
    expect(county.items).toMatchObject([{ part: 'asked', caseNo: 'EAST-7' }]);
  });

  it('counts what the city asked, the names it asked for and opened, by office', async () => {
    const found = await ask('city', 61001, 'CITY-1');
    const body = { candidate: 0, caseNo: 'CITY-1', reason: '需要联系本人' };
    const asked = (await api('city', 'POST', `/api/traces/${found.id}/reveals`, body)).body;
    await api('second', 'POST', `/api/reveals/${asked.id}/decision`, { approve: true });
    expect((await api('city', 'POST', `/api/reveals/${asked.id}/open`)).body.name).toBe('张密封');
    await api('city', 'POST', `/api/reveals/${asked.id}/open`);
    const opened = await report('head-west', '?opened=yes');
    expect(opened.items).toMatchObject([{ caseNo: 'CITY-1', namesAsked: 1, namesOpened: 2 }]);
    const { body: sums } = await api('head-west', 'GET', '/api/traces/report/summary');
    expect(sums).toMatchObject({ queries: 2, namesAsked: 1, namesOpened: 2 });
    expect(sums.offices.map((one: { office: string }) => one.office).sort()).toHaveLength(2);
    const none = await api('head-west', 'GET', '/api/traces/report/summary?to=2026-11-21');
    expect(none.body).toMatchObject({ queries: 0, from: null });
  });

  it('is the leader’s and the offices’, not the teacher’s', async () => {
    expect((await api('teacher', 'GET', '/api/traces/report')).status).toBe(403);
  });

  it('cannot be left out or changed by who asks: the database writes it', async () => {
    const before = await report('head-west');
    const id = '00000000-0000-7000-8000-00000000abcd';
    await app.run(
      {
        kind: 'system',
        id: 'x',
        name: 'x',
        unitId: null,
        unitPath: '',
        scope: '*',
        permissions: new Set(),
      },
      async (ctx) => {
        const { sql } = await import('kysely');
        await sql`INSERT INTO trace.trace (id, unit_path, ip, proto, at, known_at, asked_by, asked_by_name, case_no,
          reason, verdict, because, coverage, candidates, milliseconds) VALUES (${id}::uuid, 'city.east',
          '192.0.2.1', 'tcp', now(), now(), 'system:incidents.respond', 'incidents.respond', 'BY-HAND', 'test', 'probable', '[]', '{}', 1, 0)`.execute(
          ctx.db,
        );
        await sql`INSERT INTO trace.candidate (trace_id, number, unit_path, details)
          VALUES (${id}::uuid, 0, 'city.west.west-1', '{}')`.execute(ctx.db);
      },
    );
    const after = await report('head-west');
    expect(after.total).toBe(before.total + 1);
    // Of another unit's incident: nobody of that office asked, and the found one reads so.
    const byHand = after.items.filter((row: { caseNo: string }) => row.caseNo === 'BY-HAND');
    expect(byHand).toMatchObject([{ office: '东示县教育局', bySystem: true, part: 'candidate' }]);
    const { body: sums } = await api('head-west', 'GET', '/api/traces/report/summary');
    const east = sums.offices.filter((one: { office: string }) => one.office === '东示县教育局');
    expect(east.map((one: { bySystem: boolean }) => one.bySystem).sort()).toEqual([false, true]);
    await expect(app.appPool.query(`UPDATE trace.query_touch SET case_no = 'gone'`)).rejects.toThrow(
      /permission denied/,
    );
  });
});

describe('a minor', () => {
  it('is shown with neither room nor kind of custody before a second person approved, and needs a legal ground', async () => {
    const found = await ask('city', 61002);
    const [candidate] = found.candidates;
    expect(candidate).toMatchObject({
      assetNo: 'D-2',
      room: null,
      person: { sealed: true, protected: true },
    });
    const kinds = candidate.steps.map((step: { kind: string }) => step.kind);
    expect(kinds).toContain('register');
    expect(kinds).not.toContain('custody');
    expect(JSON.stringify(found)).not.toContain('学生公寓');
    const url = `/api/traces/${found.id}/reveals`;
    const body = { candidate: 0, caseNo: 'C-1', reason: '需要联系监护人' };
    expect((await api('city', 'POST', url, body)).body.code).toBe('trace.minor_ground');
    const legalGround = '《未成年人网络保护条例》第三十六条';
    const asked = (await api('city', 'POST', url, { ...body, legalGround })).body;
    expect(asked).toMatchObject({ legalGround, state: 'requested' });
    expect((await api('city', 'GET', `/api/traces/${found.id}`)).body.candidates[0].room).toBeNull();
    // The bag would tell what the page keeps back.
    expect((await api('city', 'POST', `/api/traces/${found.id}/bag`)).body.code).toBe('trace.bag_minor');
    await api('second', 'POST', `/api/reveals/${asked.id}/decision`, { approve: true });
    const open = (await api('city', 'GET', `/api/traces/${found.id}`)).body.candidates[0];
    expect(open).toMatchObject({ room: '学生公寓5', person: { sealed: true, known: true } });
    expect(open.person.protected).toBeUndefined();
    const others = (await api('second', 'GET', `/api/traces/${found.id}`)).body.candidates[0];
    expect(others).toMatchObject({ room: null, person: { protected: true } });
  });

  it('stays protected in earlier traces when marked later, and in those of its time when it is none any more', async () => {
    const [adult] = (await api('city', 'GET', '/api/people?q=P1')).body.items;
    const [pupil] = (await api('city', 'GET', '/api/people?q=P2')).body.items;
    expect([adult.minor, pupil.minor]).toEqual([false, true]);
    const [first, second] = [await ask('city', 61001), await ask('city', 61002)];
    expect(first.candidates[0].room).toBe('301');
    expect((await api('west', 'PATCH', `/api/people/${adult.id}`, { minor: true })).status).toBe(200);
    expect((await api('west', 'PATCH', `/api/people/${pupil.id}`, { minor: false })).status).toBe(200);
    for (const one of [first, second]) {
      const again = (await api('second', 'GET', `/api/traces/${one.id}`)).body.candidates[0];
      expect(again).toMatchObject({ room: null, person: { protected: true } });
    }
    await api('west', 'PATCH', `/api/people/${adult.id}`, { minor: false });
  });

  it('keeps its mark when an import does not say', async () => {
    const [pupil] = (await api('city', 'GET', '/api/people?q=P2')).body.items;
    await api('west', 'PATCH', `/api/people/${pupil.id}`, { minor: true });
    const rows = 'person_no,name,unit_code,post\r\nP2,李同学,west-1,teacher';
    await api('city', 'POST', '/api/import/people?fileName=p.csv', Buffer.from(rows));
    expect((await api('city', 'GET', '/api/people?q=P2')).body.items[0].minor).toBe(true);
  });
});

describe('destinations', () => {
  const rules = '/api/traces/destination-rules';

  it('are dropped by default, shown when two people decided so, for the unit and those below it', async () => {
    const hidden = await ask('city', 61001);
    expect(JSON.stringify(hidden)).not.toContain('198.51.100.2');
    expect(hidden.candidates[0].steps[0].rawLine).toContain(hiddenAddress);
    expect(hidden.candidates[0].steps[0].sha256).toMatch(/^[0-9a-f]{64}$/);
    const body = { keep: true, reason: '专案需要核对访问目的' };
    const proposed = (await api('city', 'POST', rules, body)).body;
    expect(proposed).toMatchObject({ state: 'proposed', proposedByMe: true });
    expect((await api('second', 'POST', rules, body)).body.code).toBe('trace.rule_pending');
    const decision = `${rules}/${proposed.id}/decision`;
    expect((await api('city', 'POST', decision, { approve: true })).body.code).toBe('trace.own_proposal');
    expect((await api('west', 'POST', decision, { approve: true })).status).toBe(404);
    expect(JSON.stringify(await ask('city', 61001))).not.toContain('198.51.100.2');
    expect((await api('second', 'POST', decision, { approve: true })).body.state).toBe('approved');
    expect((await api('second', 'POST', decision, { approve: false })).body.code).toBe(
      'trace.already_decided',
    );
    expect(JSON.stringify(await ask('city', 61001))).toContain('198.51.100.2');
    expect((await api('west', 'GET', rules)).body.keep).toBe(true);
    const below = (await api('west', 'POST', rules, { keep: false, reason: '本县不需要访问目的' })).body;
    // Only city officers can be the second person here: the county has one officer.
    await api('city', 'POST', `${rules}/${below.id}/decision`, { approve: true });
    expect((await api('west', 'GET', rules)).body.keep).toBe(false);
    expect((await api('city', 'GET', rules)).body.keep).toBe(true);
    const { rows } = await app.ownerPool.query(
      `SELECT action FROM audit.entry WHERE action LIKE 'trace.destinations%' ORDER BY id`,
    );
    expect(rows.map((row) => row.action)).toEqual([
      'trace.destinations_propose',
      'trace.destinations_approve',
      'trace.destinations_propose',
      'trace.destinations_approve',
    ]);
  });

  it('of a proxy are its pages and hosts, in pages, reports and the readable part of bags; names of people are masked always', async () => {
    const proxied = async () => {
      const trace = await ask('city', 61003);
      const step = trace.candidates
        .flatMap((one: { steps: { kind: string; rawLine: string }[] }) => one.steps)
        .find((one: { kind: string }) => one.kind === 'proxy');
      const bag = await api('city', 'POST', `/api/traces/${trace.id}/bag`);
      const file = join(storeDir, `${trace.id}.zip`);
      await writeFile(file, bag.body);
      const { publicPem } = await loadOrCreateKeys(join(app.config.dataDir, 'keys'));
      const { bag: manifest } = await verifyBag(file, publicPem);
      const lines = (await openItem(file, manifest!, 'items/lines.ndjson'))!.toString().trim().split('\n');
      return { raw: step.rawLine, shown: lines.map((line) => JSON.parse(line).shown).join('\n') };
    };
    const shown = await proxied();
    for (const text of [shown.raw, shown.shown]) {
      expect(text).toContain('10.2.4.10');
      expect(text).toContain('secret.example');
      expect(text).not.toContain('wangxiao');
    }
    const body = { keep: false, reason: '不再需要访问目的' };
    const { id } = (await api('second', 'POST', rules, body)).body;
    await api('city', 'POST', `${rules}/${id}/decision`, { approve: true });
    const hidden = await proxied();
    for (const text of [hidden.raw, hidden.shown]) {
      expect(text).toContain('10.2.4.10');
      expect(text).toContain(`CONNECT ${hiddenAddress}`);
      expect(text).not.toMatch(/secret|198\.51\.100\.2|wangxiao/);
    }
  });

  it('are never decided by one person, whatever the program does', async () => {
    await api('city', 'POST', rules, { keep: false, reason: '不再需要访问目的' });
    await expect(
      app.ownerPool.query(`UPDATE trace.destination_rule SET decision = 'approved', decided_by = proposed_by,
        decided_by_name = 'x', decided_at = now() WHERE decision IS NULL`),
    ).rejects.toThrow(/destinations_by_two/);
  });
});
