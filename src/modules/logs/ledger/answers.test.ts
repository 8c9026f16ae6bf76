/** Silences, answers of two people, alarms and what is usual, through the front door. */
import type { FastifyInstance } from 'fastify';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../../audit/module.ts';
import { auth } from '../../auth/module.ts';
import { notify } from '../../notify/module.ts';
import { tasks } from '../../tasks/module.ts';
import { units } from '../../units/module.ts';
import { logs } from '../module.ts';
import { noteBeat } from '../store/beats.ts';
import { endSilence, tellCollectorGap } from '../store/gaps.ts';
import * as ledger from '../store/ledger.ts';
import { isSigned } from './certificate-signature.ts';
import { recordLoss } from './record-loss.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
const system = systemActor('test');
const minute = 60_000;
const hour = 60 * minute;

beforeAll(async () => {
  app = await testApp([audit, units, auth, notify, tasks, logs], { now: '2026-11-22T06:00:00Z' });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'city-second', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'head', unitCode: 'east-1', role: 'leader' },
  ]);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
});

/** Signs in anew when the session ended with the time that the test let pass. */
async function as(who: string, method: 'GET' | 'POST' | 'PUT', url: string, body?: unknown) {
  const reply = await call(server, people[who]!, method, url, body);
  if (reply.status !== 401) return reply;
  people[who] = await signIn(server, who);
  return call(server, people[who], method, url, body);
}

/** A source of the school that was last heard at this time. */
async function sourceHeard(name: string, at: Date | null, more: object = {}): Promise<number> {
  const reply = await as('teacher', 'POST', '/api/logs/sources', { name, format: 'squid', ...more });
  expect([reply.status, reply.body]).toMatchObject([200, {}]);
  if (at) await heard(reply.body.id, at);
  return reply.body.id;
}

const heard = (id: number, at: Date) =>
  app.run(system, (ctx) => ledger.movePulse(ctx, { id, unitPath: 'city.east.east-1' }, at));

const beat = (collector: string, since: Date, at: Date, disk = [50, 100]) =>
  app.run(system, (ctx) => noteBeat(ctx, { collector, since, at, diskFree: disk[0]!, diskTotal: disk[1]! }));

const openAlarms = async (sourceId: number) =>
  (await as('teacher', 'GET', `/api/logs/alarms?sourceId=${sourceId}&open=true`)).body.items.map(
    (one: { kind: string }) => one.kind,
  );

const gapsOf = async (sourceId: number, who = 'teacher') =>
  (await as(who, 'GET', `/api/logs/gaps?sourceId=${sourceId}`)).body.items;

test('a silence longer than agreed is a gap and an alarm with a task, and both end when it is heard again', async () => {
  const now = app.clock.now();
  await beat('c1', new Date(now.getTime() - 30 * hour), now);
  const id = await sourceHeard('quiet-one', now);
  expect(
    (await as('teacher', 'PUT', `/api/logs/sources/${id}/rhythm`, { ...noRhythm, maxSilenceSeconds: 600 }))
      .status,
  ).toBe(200);
  await fire(app, 'logs.watch-sources');
  expect(await openAlarms(id)).toEqual([]);
  await app.advance(11 * minute);
  await beat('c1', now, app.clock.now());
  await fire(app, 'logs.watch-sources');
  await fire(app, 'logs.watch-sources');
  expect(await openAlarms(id)).toEqual(['silence']);
  expect(await gapsOf(id)).toMatchObject([
    { proof: 'silence', began: now.toISOString(), ended: null, state: 'unanswered', needsSecond: true },
  ]);
  const tasksOfTeacher = await as('teacher', 'GET', '/api/tasks?q=quiet-one');
  expect(tasksOfTeacher.body.items).toMatchObject([{ kind: 'logs.alarm', state: 'open' }]);
  await app.run(system, async (ctx) => {
    await endSilence(ctx, id, app.clock.now(), app.clock.now());
  });
  await heard(id, app.clock.now());
  await fire(app, 'logs.watch-sources');
  expect(await openAlarms(id)).toEqual([]);
  expect(await gapsOf(id)).toMatchObject([{ ended: app.clock.now().toISOString(), needsSecond: false }]);
  const after = await as('teacher', 'GET', `/api/tasks/${tasksOfTeacher.body.items[0].id}`);
  expect(after.body).toMatchObject({ state: 'done' });
});

const noRhythm = { maxSilenceSeconds: null, beatText: null, beatSeconds: null, quiet: false };

test('one person answers for a short silence; a long one and a loss need a second', async () => {
  const id = await sourceHeard('answered', null);
  const told = async (key: string, hours: number, lost: number | null) => {
    const { rows } = await app.ownerPool.query(
      `INSERT INTO logs.gap (id, source_id, unit_path, key, proof, began, ended, lost)
       VALUES (gen_random_uuid(), $1, 'city.east.east-1', $2, $3, '2026-11-20T00:00:00Z',
         '2026-11-20T00:00:00Z'::timestamptz + $4 * interval '1 hour', $5) RETURNING id`,
      [id, key, lost === null ? 'silence' : 'counter', hours, lost],
    );
    return rows[0].id as string;
  };
  const answer = { reason: 'power', words: '全校停电' };
  const short = await told('short', 2, null);
  expect((await as('teacher', 'POST', `/api/logs/gaps/${short}/answers`, answer)).body).toMatchObject({
    state: 'accepted',
    answers: [{ needsSecond: false, accepted: true }],
  });
  const again = await as('teacher', 'POST', `/api/logs/gaps/${short}/answers`, answer);
  expect([again.status, again.body.code]).toEqual([409, 'logs.gap_answered']);
  for (const gapId of [await told('long', 30, null), await told('loss', 1, 7)]) {
    const given = await as('east-officer', 'POST', `/api/logs/gaps/${gapId}/answers`, answer);
    expect(given.body).toMatchObject({ state: 'waiting', needsSecond: true });
    const own = await as('east-officer', 'POST', `/api/logs/gaps/${gapId}/decision`, { accept: true });
    expect([own.status, own.body.code]).toEqual([403, 'logs.gap_own_answer']);
    const refused = await as('head', 'POST', `/api/logs/gaps/${gapId}/decision`, {
      accept: false,
      words: '不对',
    });
    expect(refused.body).toMatchObject({ state: 'unanswered' });
    await as('teacher', 'POST', `/api/logs/gaps/${gapId}/answers`, answer);
    const teacher = await as('teacher', 'POST', `/api/logs/gaps/${gapId}/decision`, { accept: true });
    expect(teacher.status).toBe(403);
    const accepted = await as('head', 'POST', `/api/logs/gaps/${gapId}/decision`, { accept: true });
    expect(accepted.body).toMatchObject({ state: 'accepted', decidedName: '人员head' });
    // History stays: the refused answer is there, too.
    expect(accepted.body.answers.map((one: { accepted: boolean }) => one.accepted)).toEqual([false, true]);
    const nothing = await as('head', 'POST', `/api/logs/gaps/${gapId}/decision`, { accept: true });
    expect([nothing.status, nothing.body.code]).toEqual([409, 'logs.gap_nothing_waits']);
  }
});

test('the database refuses one person for two, and a change of what was decided', async () => {
  const { rows } = await app.ownerPool.query(
    `INSERT INTO logs.gap (id, source_id, unit_path, key, proof, began, ended, lost) SELECT gen_random_uuid(), id,
       unit_path, 'direct', 'counter', now(), now(), 5 FROM logs.source LIMIT 1 RETURNING id`,
  );
  const gapId = rows[0].id;
  await app.ownerPool.query(
    `INSERT INTO logs.gap_answer (id, gap_id, unit_path, reason, words, given_by, given_name, needs_second, accepted)
     VALUES (gen_random_uuid(), $1, 'city.east', 'power', 'words', 'me', 'me', false, true)`,
    [gapId],
  );
  const decide = (by: string) =>
    app.ownerPool.query(
      `UPDATE logs.gap_answer SET accepted = true, decided_by = $2, decided_at = now() WHERE gap_id = $1`,
      [gapId, by],
    );
  await expect(decide('me')).rejects.toThrow('two_people');
  await expect(
    app.ownerPool.query('UPDATE logs.gap_answer SET accepted = true WHERE gap_id = $1', [gapId]),
  ).rejects.toThrow();
  await decide('you');
  await expect(decide('another')).rejects.toThrow('stays');
});

test('the other county sees and answers nothing', async () => {
  const id = await sourceHeard('hidden', null);
  await app.ownerPool.query(
    `INSERT INTO logs.gap (id, source_id, unit_path, key, proof, began, ended) VALUES
       ('00000000-0000-7000-8000-0000000000aa', $1, 'city.east.east-1', 'hidden', 'silence', now(), now())`,
    [id],
  );
  const gap = '/api/logs/gaps/00000000-0000-7000-8000-0000000000aa';
  for (const [method, url, body] of [
    ['GET', gap],
    ['POST', `${gap}/answers`, { reason: 'power', words: '停电' }],
    ['POST', `${gap}/decision`, { accept: true }],
    ['GET', `/api/logs/sources/${id}/completeness`],
    ['GET', `/api/logs/sources/${id}/rhythm`],
    ['PUT', `/api/logs/sources/${id}/rhythm`, noRhythm],
  ] as const) {
    expect([url, (await as('west-officer', method, url, body)).status]).toEqual([url, 404]);
  }
  const calendar = await as('west-officer', 'GET', '/api/logs/completeness');
  expect(calendar.status).toBe(200);
  expect(JSON.stringify(calendar.body)).not.toContain('hidden');
});

test('a dead collector is everybody’s gap and no source’s silence; the city answers for it with two people', async () => {
  const began = app.clock.now();
  const id = await sourceHeard('waits', began, { expectedPerHour: 1000 });
  await app.advance(2 * hour);
  await fire(app, 'logs.watch-sources');
  expect(await openAlarms(id)).toEqual([]);
  const alarms = (await as('city-officer', 'GET', '/api/logs/alarms?open=true')).body.items;
  expect(alarms).toMatchObject([{ kind: 'collector', source: 'c1', sourceId: null }]);
  await beat('c1', app.clock.now(), app.clock.now());
  await app.run(system, async (ctx) => {
    await tellCollectorGap(ctx, {
      key: `collector:c1:${began.getTime()}`,
      proof: 'collector',
      collector: 'c1',
      unitPath: 'city',
      began,
      ended: app.clock.now(),
      lost: null,
    });
  });
  await fire(app, 'logs.watch-sources');
  expect((await as('city-officer', 'GET', '/api/logs/alarms?open=true')).body.items).toEqual([]);
  const seen = (await as('teacher', 'GET', '/api/logs/gaps?proof=collector')).body.items;
  expect(seen).toMatchObject([{ source: 'c1', ended: app.clock.now().toISOString(), needsSecond: true }]);
  const answer = { reason: 'maintenance', words: '更换硬盘' };
  const below = await as('teacher', 'POST', `/api/logs/gaps/${seen[0].id}/answers`, answer);
  expect([below.status, below.body.code]).toEqual([403, 'logs.gap_of_collector']);
  expect((await as('city-officer', 'POST', `/api/logs/gaps/${seen[0].id}/answers`, answer)).body.state).toBe(
    'waiting',
  );
  expect(
    (await as('city-second', 'POST', `/api/logs/gaps/${seen[0].id}/decision`, { accept: true })).body.state,
  ).toBe('accepted');
  // It was silent only while nobody listened.
  expect(await openAlarms(id)).toEqual([]);
});

test('a full disk and lost datagrams sound and fall silent again', async () => {
  const now = app.clock.now();
  await beat('c1', now, now, [5, 100]);
  await recordLoss(app, { collector: 'c1', began: now, ended: now, datagrams: 12, proof: 'kernel' });
  await recordLoss(app, { collector: 'c1', began: now, ended: now, datagrams: 3, proof: 'kernel' });
  await fire(app, 'logs.watch-sources');
  const kinds = async () =>
    (await as('city-officer', 'GET', '/api/logs/alarms?open=true')).body.items
      .filter((one: { sourceId: number | null }) => one.sourceId === null)
      .map((one: { kind: string; words: { en: string } }) => [one.kind, one.words.en])
      .sort();
  expect(await kinds()).toEqual([
    ['disk', 'the disk of the collector c1 has 5 % left'],
    ['kernel', 'the collector c1 lost 15 datagrams within an hour'],
  ]);
  expect((await as('teacher', 'GET', '/api/logs/gaps?proof=kernel')).body.items).toMatchObject([
    { lost: 15 },
  ]);
  await app.advance(2 * hour);
  await beat('c1', now, app.clock.now());
  await fire(app, 'logs.watch-sources');
  expect(await kinds()).toEqual([]);
});

test('what is usual is learned by hour of the week; a quiet night is no silence, a quiet forenoon is', async () => {
  const id = await sourceHeard('school-proxy', null);
  // Ten weeks of a school: 500 an hour from 8 to 17 on weekdays, nothing otherwise. One Wednesday ends after a line.
  await app.ownerPool.query(
    `INSERT INTO logs.ledger_day (source_id, day, unit_path, received, parsed, ignored, unparsable, lost)
     SELECT $1, d::date, 'city.east.east-1', h, h, z, z, z FROM generate_series('2026-09-21'::date, '2026-11-27', '1 day') d,
       LATERAL (SELECT array_agg(CASE WHEN d = '2026-11-25' THEN (i = 8)::int WHEN i BETWEEN 8 AND 16 AND extract(isodow FROM d) < 6 THEN 500 ELSE 0 END ORDER BY i)
         AS h, array_agg(0::bigint ORDER BY i) AS z FROM generate_series(0, 23) i) x`,
    [id],
  );
  await app.setTime('2026-11-22T17:40:00Z');
  await fire(app, 'logs.learn-rates');
  expect((await as('teacher', 'GET', `/api/logs/sources/${id}/rhythm`)).body).toMatchObject({
    learnedWeeks: 8,
  });
  // Friday 17:00 in China until Monday 08:00: nothing is due.
  const friday = new Date('2026-11-27T09:00:00Z');
  await app.setTime('2026-11-30T00:00:00Z');
  await heard(id, friday);
  await beat('c1', new Date('2026-11-22T00:00:00Z'), app.clock.now());
  await fire(app, 'logs.watch-sources');
  expect(await openAlarms(id)).toEqual([]);
  // Twenty would have come within three minutes, but ten minutes are the least.
  await app.setTime('2026-11-30T00:09:00Z');
  await beat('c1', friday, app.clock.now());
  await fire(app, 'logs.watch-sources');
  expect(await openAlarms(id)).toEqual(['silence']);
  const calendar = await as(
    'teacher',
    'GET',
    '/api/logs/completeness?from=2026-11-20&to=2026-11-30&q=school-proxy',
  );
  const days = Object.fromEntries(calendar.body.items[0].days.map((one: { day: string }) => [one.day, one]));
  expect(days['2026-11-20']).toMatchObject({ received: 4500, expected: 4500, state: 'ok' });
  expect(days['2026-11-21']).toMatchObject({ received: 0, expected: 0, state: 'none' });
  expect(days['2026-11-24']).toMatchObject({ received: 4500, state: 'ok' });
  // One line and then nothing: no day to rely on, and so none that is well.
  expect(days['2026-11-25']).toMatchObject({ received: 1, state: 'silent' });
  expect(days['2026-11-26']).toMatchObject({ received: 4500, state: 'silent' });
  expect(days['2026-11-30']).toMatchObject({ received: 0, expected: 75, state: 'gap' });
  const hours = await as(
    'teacher',
    'GET',
    `/api/logs/sources/${id}/completeness?from=2026-11-20&to=2026-11-20`,
  );
  expect(hours.body.hours).toHaveLength(24);
  expect(hours.body.hours[8]).toMatchObject({ hour: 8, received: 500, parsed: 500, state: 'ok' });
});

test('an alarm that lasts is urged once to the county', async () => {
  const id = await sourceHeard('lasting', app.clock.now(), { expectedPerHour: 1000 });
  const start = app.clock.now();
  for (const hours of [1, 26, 27]) {
    await app.setTime(new Date(start.getTime() + hours * hour));
    await beat('c1', start, app.clock.now());
    await fire(app, 'logs.watch-sources');
  }
  const messages = await as('east-officer', 'GET', '/api/messages?q=lasting');
  expect(
    messages.body.items.filter((one: { subject: string }) => one.subject.includes('lasting')),
  ).toHaveLength(1);
  expect(await openAlarms(id)).toEqual(['silence']);
});

test('refuses ranges that are too long or the wrong way round, and half a sign of life', async () => {
  const id = await sourceHeard('ranges', null);
  const code = async (url: string) => (await as('teacher', 'GET', url)).body.code;
  expect(await code('/api/logs/completeness?from=2026-01-01&to=2026-06-01')).toBe('logs.too_many_days');
  expect(await code(`/api/logs/sources/${id}/completeness?from=2026-06-02&to=2026-06-01`)).toBe(
    'logs.bad_range',
  );
  const half = await as('teacher', 'PUT', `/api/logs/sources/${id}/rhythm`, {
    ...noRhythm,
    beatText: '-- MARK --',
  });
  expect(half.status).toBe(400);
});

test('a certificate says what is held, is signed, prints, and stays as it was issued', async () => {
  const id = await sourceHeard('certified', null);
  await app.ownerPool.query(
    `INSERT INTO logs.gap (id, source_id, unit_path, key, proof, began, ended)
     VALUES (gen_random_uuid(), $1, 'city.east.east-1', 'certified', 'silence', now(), now())`,
    [id],
  );
  const issued = await as('head', 'POST', '/api/logs/certificates', {});
  expect(issued.status).toBe(200);
  expect(isSigned(issued.body)).toBe(true);
  expect(isSigned({ ...issued.body, statement: issued.body.statement.replace('certified', 'perfect') })).toBe(
    false,
  );
  const statement = JSON.parse(issued.body.statement);
  expect(statement).toMatchObject({ version: 1, unit: { code: 'east-1' }, issuedBy: '人员head' });
  expect(statement.sources.find((one: { name: string }) => one.name === 'certified')).toMatchObject({
    dutyDays: 183,
    daysHeld: 0,
    state: 'none',
    gaps: 1,
    openGaps: 1,
  });
  const again = await as('east-officer', 'GET', `/api/logs/certificates/${issued.body.id}`);
  expect(again.body).toEqual(issued.body);
  const pdf = await as('teacher', 'GET', `/api/logs/certificates/${issued.body.id}/pdf`);
  const text = (await extractText(await getDocumentProxy(new Uint8Array(pdf.body)), { mergePages: true }))
    .text;
  expect(text).toContain('网络日志留存证明');
  expect(text.replaceAll(/\s/g, '')).toContain(issued.body.sha256);
  expect((await as('west-officer', 'GET', `/api/logs/certificates/${issued.body.id}`)).status).toBe(404);
  const above = await as('teacher', 'POST', '/api/logs/certificates', { unitCode: 'east' });
  expect(above.status).toBe(404);
  const list = await as('teacher', 'GET', '/api/logs/certificates');
  expect(list.body.items).toMatchObject([{ unitName: '东示县第一小学', state: 'none' }]);
});
