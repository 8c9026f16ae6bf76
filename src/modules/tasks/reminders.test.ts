/** Reminders, steps to the next level, reminders by hand: how often, to whom, and over restarts. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { keepMail, type MailBox } from '#test/mail';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { notify } from '../notify/module.ts';
import { units } from '../units/module.ts';
import { raiseTask } from './index.ts';
import { tasks } from './module.ts';
import { remindEverybody } from './remind.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let unitIds: Record<string, string>;
let mailBox: MailBox;
const system = systemActor('test');

beforeAll(async () => {
  mailBox = await keepMail();
  app = await testApp([audit, units, auth, notify, tasks], { config: { smtpUrl: mailBox.url } });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'head', unitCode: 'east-1', role: 'leader' },
    { username: 'other-school', unitCode: 'east-2', role: 'school_teacher' },
  ]);
  const list = await call(server, people['city-officer']!, 'GET', '/api/units?pageSize=100');
  unitIds = Object.fromEntries(
    list.body.items.map((one: { code: string; id: string }) => [one.code, one.id]),
  );
  await app.ownerPool.query(`WITH p AS (INSERT INTO units.person (person_no, name, unit_id, unit_path, email)
      SELECT 'P-' || username, name, unit_id, unit_path, username || '@example.org' FROM auth.account
      RETURNING id, person_no)
    UPDATE auth.account a SET person_id = p.id FROM p WHERE p.person_no = 'P-' || a.username`);
});
afterAll(async () => {
  await server.close();
  await app.close();
  await mailBox.close();
});

let counter = 0;
async function raise(dueAt: string, over: object = {}): Promise<string> {
  counter += 1;
  const task = {
    key: `remind:${counter}`,
    kind: 'test.kind',
    unitId: unitIds['east-1']!,
    unitPath: 'city.east.east-1',
    assignee: { role: 'school_teacher' },
    title: `到期事项 ${counter}`,
    why: '测试',
    legalBasis: 'D2',
    dueAt: new Date(dueAt),
    minutes: 10,
    link: null,
    ...over,
  };
  return (await app.run(system, (ctx) => raiseTask(ctx, task)))!;
}

/** Messages about tasks that an account has in the app, and those of them that went out by mail too. */
async function told(who: string): Promise<{ app: number; mail: number }> {
  const { rows } = await app.ownerPool.query<{ app: number; mail: number }>(
    `SELECT (SELECT count(*)::int FROM notify.message m WHERE m.account_id = a.id AND m.key LIKE 'tasks:%') AS app,
       (SELECT count(*)::int FROM notify.delivery d WHERE d.recipient = a.username || '@example.org') AS mail
     FROM auth.account a WHERE username = $1`,
    [who],
  );
  return rows[0]!;
}

describe('the daily reminder', () => {
  it('is one message and one mail for everything, at a working hour of a working day', async () => {
    for (let index = 0; index < 30; index += 1) await raise('2026-06-02T02:00:00Z');
    await raise('2026-05-30T02:00:00Z');
    await raise('2026-07-30T02:00:00Z');
    // Incidents remind by themselves.
    await raise('2026-05-30T02:00:00Z', { exempt: true });
    // Monday, 08:30 in China: too early; Sunday before: no working day.
    for (const time of ['2026-05-31T02:00:00Z', '2026-06-01T00:30:00Z', '2026-06-01T10:30:00Z']) {
      await app.setTime(time);
      expect([time, await remindEverybody(app)]).toEqual([time, 0]);
    }
    await app.setTime('2026-06-01T01:03:00Z');
    expect(await remindEverybody(app)).toBe(1);
    expect(await told('teacher')).toEqual({ app: 1, mail: 1 });
    const [message] = (
      await app.ownerPool.query(`SELECT subject, body FROM notify.message WHERE key LIKE 'tasks:%'`)
    ).rows;
    expect(message.subject).toContain('待办 31 件，其中逾期 1 件');
    expect(message.body).toContain('另有 21 件');
  });

  it('comes once a day over restarts, two workers at once, and a clock that jumps', async () => {
    const runs = await Promise.all([remindEverybody(app), remindEverybody(app)]);
    expect(runs).toEqual([0, 0]);
    for (const time of [
      '2026-06-01T09:00:00Z',
      '2026-06-01T01:00:01Z',
      '2026-05-29T03:00:00Z',
      '2026-06-01T03:00:00Z',
    ]) {
      await app.setTime(time);
      await fire(app, 'tasks.remind');
    }
    const { rows } = await app.ownerPool.query(
      'SELECT day::text, count(*)::int AS n FROM tasks.reminder GROUP BY day ORDER BY day',
    );
    // The clock stood on Friday for a moment: that was another day.
    expect(rows).toEqual([
      { day: '2026-05-29', n: 1 },
      { day: '2026-06-01', n: 1 },
    ]);
    expect(await told('teacher')).toEqual({ app: 2, mail: 2 });
    await app.setTime('2026-06-02T02:00:00Z');
    const next = await Promise.all([remindEverybody(app), remindEverybody(app)]);
    expect(next[0]! + next[1]!).toBe(1);
    expect(await told('teacher')).toEqual({ app: 3, mail: 3 });
  });

  it('is neither lost nor sent twice when the process dies in the middle', async () => {
    await raise('2026-06-03T08:00:00Z', { unitId: unitIds['east-2'], unitPath: 'city.east.east-2' });
    await app.setTime('2026-06-03T02:00:00Z');
    const run = app.run.bind(app);
    let calls = 0;
    // Dies before the second person's transaction commits.
    const dying = {
      ...app,
      run: async (...given: Parameters<typeof app.run>) => {
        calls += 1;
        if (calls < 3) return run(...given);
        return run(given[0], async (ctx) => {
          await given[1](ctx);
          throw new Error('killed');
        });
      },
    } as typeof app;
    await expect(remindEverybody(dying)).rejects.toThrow('killed');
    expect(await remindEverybody(app)).toBe(1);
    const { rows } = await app.ownerPool.query(
      `SELECT count(*)::int AS n FROM tasks.reminder WHERE day = '2026-06-03'`,
    );
    expect(rows[0].n).toBe(2);
    expect((await told('teacher')).app + (await told('other-school')).app).toBe(5);
  });
});

describe('what is late', () => {
  it('is told to the next level by the steps of the policy, each once for one due time', async () => {
    // Due on Saturday; Wednesday is the third working day after it.
    const steps = async () =>
      (
        await app.ownerPool.query(`SELECT e.level, e.reached, count(*)::int AS n FROM tasks.escalation e
          JOIN tasks.task t ON t.id = e.task_id WHERE t.title = '到期事项 31' GROUP BY 1, 2 ORDER BY 1`)
      ).rows;
    await app.setTime('2026-06-03T02:13:00Z');
    await fire(app, 'tasks.escalate');
    await fire(app, 'tasks.escalate');
    expect(await steps()).toEqual(
      [
        { level: 'leader', reached: 1, n: 1 },
        { level: 'office', reached: 1, n: 1 },
      ]
        .reverse()
        .sort((a, b) => (a.level < b.level ? -1 : 1)),
    );
    expect(await told('head')).toEqual({ app: 1, mail: 0 });
    expect(await told('east-officer')).toEqual({ app: 1, mail: 0 });
    expect(await told('city-officer')).toEqual({ app: 0, mail: 0 });
    const exempt =
      await app.ownerPool.query(`SELECT FROM tasks.escalation e JOIN tasks.task t ON t.id = e.task_id
      WHERE t.exempt`);
    expect(exempt.rowCount).toBe(0);
  });
});

describe('a reminder by hand', () => {
  it('is merged, recorded, limited in a week, and no second mail of the day', async () => {
    people['east-officer'] = await signIn(server, 'east-officer');
    const before = await told('teacher');
    const nudge = () => call(server, people['east-officer']!, 'POST', '/api/tasks/nudges', {});
    expect((await nudge()).body).toEqual({ units: 1, reached: 1, skipped: 0, nobody: 0 });
    await drain(app);
    expect(await told('teacher')).toEqual({ app: before.app + 1, mail: before.mail });
    expect((await nudge()).status).toBe(200);
    const third = await nudge();
    expect([third.status, third.body.code]).toEqual([429, 'tasks.nudged_enough']);
    const list = await call(server, people['east-officer']!, 'GET', '/api/tasks/nudges');
    expect(list.body.items).toMatchObject([
      { unitName: '东示县第一小学', sentByName: '人员east-officer' },
      { unitName: '东示县第一小学' },
    ]);
    people.teacher = await signIn(server, 'teacher');
    expect((await call(server, people.teacher, 'POST', '/api/tasks/nudges', {})).status).toBe(403);
  });
});
