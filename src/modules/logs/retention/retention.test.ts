/** Old logs go by days, by two people, never what a case holds; on the real engines. */
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import type { LogstoreClient } from '#base/logstore/client';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../../audit/module.ts';
import { auth } from '../../auth/module.ts';
import { notify } from '../../notify/module.ts';
import { tasks } from '../../tasks/module.ts';
import { units } from '../../units/module.ts';
import type { CatalogueLine } from '../contract/proofs.ts';
import { logs } from '../module.ts';
import { segmentsDir } from '../places.ts';
import { readCatalogue } from '../prove/read-catalogue.ts';
import { verifyCatalogue } from '../prove/verify-catalogue.ts';
import { registerSegments } from '../register-segments.ts';
import { RecordBuffer, recordPrefix } from '../segments/record-stream.ts';
import { sealSegment } from '../segments/seal-segment.ts';
import { findSource } from '../store/catalogue.ts';
import * as plans from '../store/drop-plans.ts';
import * as steps from '../store/drop-steps.ts';
import { confirmDrop, decideDrop } from './decide-drop.ts';
import { placeHold } from './hold-logs.ts';
import { proposeDrop } from './propose-drop.ts';
import { runDrop } from './run-drop.ts';

let app: TestApp;
let store: SpawnedLogstore;
let client: LogstoreClient;
let storeDir = '';
let server: FastifyInstance;
let people: Record<string, SignedIn>;
/** What the log store is told from now on fails, at the n-th command. */
let failAt = 0;
let commands: string[] = [];
const system = systemActor('test');
const day = 86_400_000;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-retention-'));
  store = await spawnLogstore(storeDir);
  client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  const watched: LogstoreClient = {
    ...client,
    command: async (text, ...rest) => {
      commands.push(text);
      if (failAt > 0 && commands.length === failAt) throw new Error('cut off here');
      return client.command(text, ...rest);
    },
  };
  app = await testApp([audit, units, auth, notify, tasks, logs], {
    logstore: watched,
    now: '2026-07-05T06:00:00Z',
  });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'city-second', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});
beforeEach(() => {
  failAt = 0;
  commands = [];
});

async function as(who: string, method: 'GET' | 'POST', url: string, body?: unknown) {
  const reply = await call(server, people[who]!, method, url, body);
  if (reply.status !== 401) return reply;
  people[who] = await signIn(server, who);
  return call(server, people[who], method, url, body);
}

async function newSource(name: string, retention = 'other', unitCode = 'east-1'): Promise<number> {
  const reply = await as('city-officer', 'POST', '/api/logs/sources', {
    name,
    format: 'squid',
    unitCode,
    retention,
  });
  expect([reply.status, reply.body]).toMatchObject([200, {}]);
  return reply.body.id;
}

let made = 0;

/** Seals lines received at these times into one segment of a source, and indexes it. Returns its number. */
async function sealed(sourceId: number, ...times: string[]): Promise<number> {
  made += 1;
  const content = new RecordBuffer();
  for (const [i, time] of times.entries()) {
    const at = Date.parse(time);
    const line = `${(at / 1000).toFixed(3)} 10 192.0.2.${i + 1} 2000 198.51.100.7 443 TCP_TUNNEL/200 10 20 CONNECT host-${made}.example:443 - - ${i}`;
    const bytes = Buffer.from(line);
    content.append(recordPrefix('192.0.2.1', at), bytes, 0, bytes.length);
  }
  const one = await sealSegment(segmentsDir(app), `t-${made}`, [content.view()]);
  const [id] = await app.run(system, async (ctx) =>
    registerSegments(ctx, [{ sealed: one, source: (await findSource(ctx, { id: sourceId }))! }]),
  );
  await drain(app);
  return id!;
}

const rowsOf = async (segment: number) =>
  Number(
    (
      await client.query<{ n: string }>(`SELECT count() AS n FROM jiaodun_logs.event WHERE seg = ${segment}`)
    )[0]!.n,
  );
const partitions = async () =>
  (
    await client.query<{ p: string }>(
      `SELECT DISTINCT partition AS p FROM system.parts WHERE database = 'jiaodun_logs' AND table = 'event' AND active ORDER BY p`,
    )
  ).map(({ p }) => p);

async function segment(id: number) {
  const { rows } = await app.ownerPool.query('SELECT * FROM logs.segment WHERE id = $1', [id]);
  return rows[0];
}

const hasFile = async (id: number) =>
  access(join(segmentsDir(app), (await segment(id)).file)).then(
    () => true,
    () => false,
  );

/** The nightly look, and both people. */
async function agreed(): Promise<string> {
  await fire(app, 'logs.propose-drop');
  const { body } = await as('sysadmin', 'GET', '/api/logs/retention/plans?state=proposed');
  const plan = body.items[0];
  const confirmed = await as('sysadmin', 'POST', `/api/logs/retention/plans/${plan.id}/confirm`, {
    segments: plan.segments,
    note: '已核对',
  });
  expect([confirmed.status, confirmed.body]).toMatchObject([200, { state: 'confirmed' }]);
  const approved = await as('auditadmin', 'POST', `/api/logs/retention/plans/${plan.id}/decision`, {
    approve: true,
    note: '同意清除',
  });
  expect([approved.status, approved.body]).toMatchObject([200, { state: 'approved' }]);
  return plan.id;
}

const audited = async (action: string) =>
  (
    await app.ownerPool.query('SELECT after FROM audit.entry WHERE action = $1 ORDER BY id', [action])
  ).rows.map((row) => row.after);

test('whole days go when two people agreed: rows, files, and the catalogue tells of it for ever', async () => {
  const gateway = await newSource('gateway');
  const site = await newSource('school-site', 'school_site');
  const alone = await sealed(gateway, '2026-01-05T07:00:00Z', '2026-01-05T07:00:01Z');
  const shared = await sealed(gateway, '2026-01-06T07:00:00Z');
  const kept = await sealed(site, '2026-01-06T08:00:00Z');
  const midnight = await sealed(gateway, '2026-01-06T23:59:59Z', '2026-01-07T00:00:01Z');
  await app.setTime('2026-07-09T06:00:00Z');
  expect(await fire(app, 'logs.propose-drop')).toBeUndefined();
  const list = await as('sysadmin', 'GET', '/api/logs/retention/plans');
  expect(list.body.items).toMatchObject([
    { state: 'proposed', days: 2, sources: 1, segments: 2, heldSegments: 0 },
  ]);
  const id = await agreed();
  expect(await rowsOf(alone)).toBe(2);
  await drain(app);
  expect((await as('auditadmin', 'GET', `/api/logs/retention/plans/${id}`)).body).toMatchObject({
    state: 'done',
    confirmedBy: '系统甲',
    decidedBy: '审计丙',
    problem: null,
  });
  const items = (await as('auditadmin', 'GET', `/api/logs/retention/plans/${id}/items`)).body.items;
  expect(items).toMatchObject([
    { day: '2026-01-05', state: 'done', dropped: 1, droppedRecords: 2, how: 'partition' },
    { day: '2026-01-06', state: 'done', dropped: 1, droppedRecords: 1, how: 'rows' },
  ]);
  expect(items[0].digest).toMatch(/^[0-9a-f]{64}$/);
  expect([await rowsOf(alone), await rowsOf(shared), await rowsOf(kept)]).toEqual([0, 0, 1]);
  // The one around midnight counts to its last day; its rows of the day that went are gone.
  expect([await rowsOf(midnight), await hasFile(midnight)]).toEqual([1, true]);
  expect(await partitions()).toEqual(['20260106', '20260107']);
  expect([await hasFile(alone), await hasFile(shared), await hasFile(kept)]).toEqual([false, false, true]);
  expect(await segment(alone)).toMatchObject({
    drop_plan: id,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(await audited('logs.drop_day')).toMatchObject([
    { day: '2026-01-05', segments: 1 },
    { day: '2026-01-06', segments: 1 },
  ]);
  const gone = await as('teacher', 'GET', `/api/logs/segments/${alone}/records/0?reason=原文核对`);
  expect([gone.status, gone.body.error?.code ?? gone.body.code]).toEqual([410, 'logs.segment_dropped']);
  expect((await as('teacher', 'GET', `/api/logs/sources/${gateway}/retention`)).body).toMatchObject({
    class: 'other',
    days: 183,
    segments: 1,
    dropped: 2,
    drops: [{ day: '2026-01-06' }, { day: '2026-01-05' }],
  });
  const check = await as('auditadmin', 'GET', '/api/logs/verify');
  expect(check.body).toMatchObject({ intact: true, problems: [], droppedDays: 2 });
  await expectForgedDropsFound(id);
});

/** What is kept of dropped days is recomputed from the segments, and compared with what the audit log has. */
async function expectForgedDropsFound(plan: string): Promise<void> {
  const lines: CatalogueLine[] = [];
  for await (const line of readCatalogue(app)) lines.push(line);
  const days = (await audited('logs.drop_day')).map(({ day, digest }) => ({ plan, day, digest }));
  const found = async (change: (line: CatalogueLine) => CatalogueLine | null, droppedDays = days) => {
    const changed = lines.flatMap((line) => change(structuredClone(line)) ?? []);
    const given = (async function* () {
      yield* changed;
    })();
    const { problems } = await verifyCatalogue(given, { droppedDays });
    return problems.filter(({ code }) => code === 'drop_differs').map(({ detail }) => detail);
  };
  const first = (line: CatalogueLine) => 'drop' in line && line.drop.day === '2026-01-05';
  expect(days).toHaveLength(2);
  expect(await found((line) => line)).toEqual([]);
  expect(await found((line) => (first(line) ? null : line))).toEqual([
    expect.stringMatching(/2026-01-05.*nothing is kept/),
    expect.stringMatching(/2026-01-05.*another digest/),
  ]);
  const forged = (line: CatalogueLine) =>
    'drop' in line && first(line) ? { drop: { ...line.drop, digest: '0'.repeat(64) } } : line;
  expect(await found(forged)).toEqual([
    expect.stringMatching(/2026-01-05.*not that of these segments/),
    expect.stringMatching(/2026-01-05.*another digest/),
  ]);
  // A segment that was taken out of the catalogue together with its drop: only the audit log remembers.
  const rewritten = (line: CatalogueLine) =>
    first(line) ||
    ('segment' in line && line.segment.dropped && line.segment.lastRecv < Date.parse('2026-01-06'))
      ? null
      : line;
  expect(await found(rewritten, [])).toEqual([]);
  expect(await found(rewritten)).toEqual([expect.stringMatching(/2026-01-05.*another digest/)]);
  const fewer = (line: CatalogueLine) =>
    'drop' in line && first(line) ? { drop: { ...line.drop, records: line.drop.records - 1 } } : line;
  expect(await found(fewer)).toEqual([expect.stringMatching(/1 segments of 2 records .* not 1 of 1/)]);
}

test('refuses less than the law asks for, one person for both acts, a list that was not looked at', async () => {
  const short = await as('city-officer', 'POST', '/api/logs/retention/rules', {
    class: 'school_site',
    days: 364,
    basis: '想少留一天',
  });
  expect([short.status, short.body.code]).toEqual([400, 'logs.retention_too_short']);
  expect(short.body.message.en).toContain('365');
  await expect(
    app.ownerPool.query(`INSERT INTO logs.retention_rule (unit_path, class, days, basis, actor_id, actor_name)
      VALUES ('city', 'other', 182, '绕过', 'x', 'x')`),
  ).rejects.toMatchObject({ constraint: 'least_days' });
  const old = await newSource('for-two');
  await sealed(old, '2026-01-07T09:00:00Z');
  await app.advance(3 * day);
  await fire(app, 'logs.propose-drop');
  const plan = (await as('sysadmin', 'GET', '/api/logs/retention/plans?state=proposed')).body.items[0];
  const wrong = await as('sysadmin', 'POST', `/api/logs/retention/plans/${plan.id}/confirm`, {
    segments: plan.segments + 1,
    note: '没有看',
  });
  expect([wrong.status, wrong.body.code]).toEqual([409, 'logs.plan_differs']);
  const early = await as('auditadmin', 'POST', `/api/logs/retention/plans/${plan.id}/decision`, {
    approve: true,
    note: '先批',
  });
  expect([early.status, early.body.code]).toEqual([409, 'logs.plan_state']);
  await expect(
    app.ownerPool.query(
      `UPDATE logs.drop_plan SET state = 'approved', confirmed_by = 'a', confirmed_at = now(), decided_by = 'a',
        decided_at = now() WHERE id = $1`,
      [plan.id],
    ),
  ).rejects.toMatchObject({ code: '23514' });
  // A longer rule of the county makes the list lapse.
  const longer = await as('east-officer', 'POST', '/api/logs/retention/rules', {
    class: 'other',
    days: 400,
    basis: '县局规定',
  });
  expect(longer.status).toBe(200);
  await fire(app, 'logs.propose-drop');
  expect((await as('sysadmin', 'GET', `/api/logs/retention/plans/${plan.id}`)).body.state).toBe('lapsed');
  expect((await as('west-officer', 'GET', '/api/logs/retention/classes')).body.items).toMatchObject([
    { class: 'other', days: 183, rules: [] },
    { class: 'school_site', days: 365 },
  ]);
  expect((await as('teacher', 'GET', `/api/logs/sources/${old}/retention`)).body.days).toBe(400);
  expect((await as('west-officer', 'GET', `/api/logs/sources/${old}/retention`)).status).toBe(404);
});

test('what a case holds stays when its day goes, and goes when two people have lifted the hold', async () => {
  const one = await newSource('west-one', 'other', 'west-1');
  const two = await newSource('west-two', 'other', 'west-1');
  const held = await sealed(one, '2026-01-08T01:00:00Z');
  const single = await sealed(two, '2026-01-08T02:00:00Z');
  const free = await sealed(two, '2026-01-08T03:00:00Z');
  const placed = await as('west-officer', 'POST', '/api/logs/holds', {
    caseNo: '案2026-7',
    reason: '公安调查',
    sourceIds: [one],
    segmentIds: [single],
    since: '2026-01-08T00:00:00Z',
    until: '2026-01-08T01:30:00Z',
  });
  expect(placed.body).toMatchObject({ covers: 2, alreadyDropped: 0, hold: { state: 'active' } });
  const foreign = await as('east-officer', 'POST', '/api/logs/holds', {
    caseNo: '案2026-8',
    reason: '别县的日志',
    sourceIds: [one],
    since: '2026-01-08T00:00:00Z',
  });
  expect(foreign.status).toBe(404);
  expect((await as('east-officer', 'GET', '/api/logs/holds')).body.items).toEqual([]);
  await app.advance(3 * day);
  const first = await agreed();
  await drain(app);
  expect((await as('auditadmin', 'GET', `/api/logs/retention/plans/${first}`)).body).toMatchObject({
    state: 'done',
    heldSegments: 2,
  });
  expect([await rowsOf(held), await rowsOf(single), await rowsOf(free)]).toEqual([1, 1, 0]);
  expect([await hasFile(held), await hasFile(single), await hasFile(free)]).toEqual([true, true, false]);
  // Nor does the database drop it, whoever asks.
  await expect(
    app.ownerPool.query('UPDATE logs.segment SET dropped_at = now(), drop_plan = $2 WHERE id = $1', [
      held,
      first,
    ]),
  ).rejects.toMatchObject({ constraint: 'drop_not_approved' });
  const id = placed.body.hold.id;
  const lift = { reason: '案件已结' };
  expect((await as('west-officer', 'POST', `/api/logs/holds/${id}/lift`, lift)).body.state).toBe('lifting');
  const own = await as('west-officer', 'POST', `/api/logs/holds/${id}/lift-decision`, { accept: true });
  expect([own.status, own.body.code]).toEqual([403, 'logs.hold_own_lift']);
  const other = await as('city-officer', 'POST', `/api/logs/holds/${id}/lift-decision`, { accept: true });
  expect(other.body).toMatchObject({ state: 'lifted', lift: { accepted: true } });
  await agreed();
  await drain(app);
  expect([await rowsOf(held), await rowsOf(single)]).toEqual([0, 0]);
  expect([await hasFile(held), await hasFile(single)]).toEqual([false, false]);
});

test('a hold placed while a drop is being decided waits for it and is told what is gone; one placed before wins', async () => {
  const source = await newSource('race', 'other', 'west-2');
  const gone = await sealed(source, '2026-01-09T01:00:00Z');
  const later = await sealed(source, '2026-01-09T02:00:00Z');
  await app.advance(3 * day);
  const plan = await agreed();
  const hold = (segmentId: number) =>
    app.run(system, (ctx) =>
      placeHold(ctx, { caseNo: '案2026-9', reason: '赶在清除之前', segmentIds: [segmentId] }),
    );
  await hold(later);
  let placing: ReturnType<typeof hold> | undefined;
  await app.run(system, async (ctx) => {
    await steps.lockHolds(ctx);
    placing = hold(gone);
    await steps.decideDay(ctx, plan, '2026-01-09');
  });
  expect(await placing).toMatchObject({ covers: 0, alreadyDropped: 1 });
  await drain(app);
  expect([await rowsOf(gone), await rowsOf(later)]).toEqual([0, 1]);
  expect([await hasFile(gone), await hasFile(later)]).toEqual([false, true]);
});

test('broken off at any command to the log store it goes on; two at once drop once', async () => {
  const source = await newSource('broken', 'other', 'west-2');
  const staying = await newSource('staying', 'school_site', 'west-2');
  const ids = [
    await sealed(source, '2026-01-10T01:00:00Z'),
    await sealed(source, '2026-01-10T23:59:59Z', '2026-01-11T00:00:01Z'),
    await sealed(source, '2026-01-12T01:00:00Z'),
  ];
  const stays = await sealed(staying, '2026-01-12T02:00:00Z');
  await app.advance(5 * day);
  const before = (await audited('logs.drop_day')).length;
  const plan = await agreed();
  for (let at = 1; at <= 12; at += 1) {
    commands = [];
    failAt = at;
    await Promise.allSettled([runDrop(app), runDrop(app)]);
    const state = (
      await app.ownerPool.query('SELECT state, problem FROM logs.drop_plan WHERE id = $1', [plan])
    ).rows[0];
    if (state.state === 'done') break;
    expect(state.problem).toContain('cut off here');
  }
  failAt = 0;
  await runDrop(app);
  expect((await as('auditadmin', 'GET', `/api/logs/retention/plans/${plan}`)).body).toMatchObject({
    state: 'done',
    problem: null,
  });
  for (const id of ids) expect([await rowsOf(id), await hasFile(id)]).toEqual([0, false]);
  expect([await rowsOf(stays), await hasFile(stays)]).toEqual([1, true]);
  const told = (await audited('logs.drop_day')).slice(before);
  expect(told.map(({ day: one, segments }) => [one, segments])).toEqual([
    ['2026-01-10', 1],
    ['2026-01-11', 1],
    ['2026-01-12', 1],
  ]);
});

test('with a clock that was set back after both agreed nothing goes before its time', async () => {
  const source = await newSource('clock', 'other', 'west-2');
  const id = await sealed(source, '2026-05-01T01:00:00Z');
  const now = app.clock.now();
  await fire(app, 'logs.anchor-chains');
  await app.setTime(new Date(now.getTime() + 200 * day));
  await app.run(system, proposeDrop);
  const open = await app.run(system, plans.openPlan);
  expect(open!.warnings).toContain('clock_gap');
  const person = (name: string) => ({ ...system, kind: 'user' as const, id: name, name });
  await app.run(person('first'), (ctx) =>
    confirmDrop(ctx, open!.id, { segments: open!.segments, note: '没看时钟' }),
  );
  await app.setTime(now);
  await app.run(person('second'), (ctx) => decideDrop(ctx, open!.id, { approve: true, note: '没看时钟' }));
  await drain(app);
  expect([await rowsOf(id), await hasFile(id)]).toEqual([1, true]);
  expect(await segment(id)).toMatchObject({ dropped_at: null });
});
