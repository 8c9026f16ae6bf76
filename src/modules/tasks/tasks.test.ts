/** Tasks through the front door: who sees them, who may do what, and two at once. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../audit/module.ts';
import { auth } from '../auth/module.ts';
import { notify } from '../notify/module.ts';
import { units } from '../units/module.ts';
import { raiseTask } from './index.ts';
import { tasks } from './module.ts';
import { settleTask } from './settle-task.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let unitIds: Record<string, string>;

const system = systemActor('test');
let counter = 0;

beforeAll(async () => {
  app = await testApp([audit, units, auth, notify, tasks]);
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city-officer', unitCode: 'city', role: 'city_officer' },
    { username: 'east-officer', unitCode: 'east', role: 'county_officer' },
    { username: 'east-second', unitCode: 'east', role: 'county_officer' },
    { username: 'west-officer', unitCode: 'west', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'colleague', unitCode: 'east-1', role: 'school_teacher' },
    { username: 'head', unitCode: 'east-1', role: 'leader' },
    { username: 'other-school', unitCode: 'east-2', role: 'school_teacher' },
  ]);
  const list = await call(server, people['city-officer']!, 'GET', '/api/units?pageSize=100');
  unitIds = Object.fromEntries(
    list.body.items.map((one: { code: string; id: string }) => [one.code, one.id]),
  );
});
afterAll(async () => {
  await server.close();
  await app.close();
});

async function raise(over: Partial<Parameters<typeof raiseTask>[1]> = {}, unit = 'east-1'): Promise<string> {
  counter += 1;
  const input = {
    key: `test:${counter}`,
    kind: 'test.kind',
    unitId: unitIds[unit]!,
    unitPath: unit.length > 4 ? `city.${unit.slice(0, 4)}.${unit}` : `city.${unit}`,
    assignee: { role: 'school_teacher' },
    title: `测试事项 ${counter}`,
    why: '因为要测试',
    legalBasis: 'D2',
    dueAt: new Date('2026-06-08T02:00:00Z'),
    minutes: 10,
    link: null,
    ...over,
  };
  return (await app.run(system, (ctx) => raiseTask(ctx, input)))!;
}

const act = (who: string, id: string, body: object) =>
  call(server, people[who]!, 'POST', `/api/tasks/${id}/acts`, body);
const get = (who: string, id: string) => call(server, people[who]!, 'GET', `/api/tasks/${id}`);
const mine = async (who: string): Promise<string[]> =>
  (await call(server, people[who]!, 'GET', '/api/tasks?pageSize=500')).body.items.map(
    (one: { id: string }) => one.id,
  );

describe('a task', () => {
  it('is on the list of those who hold its role in its unit, and on nobody else’s', async () => {
    const id = await raise();
    expect(await mine('teacher')).toContain(id);
    expect(await mine('colleague')).toContain(id);
    for (const who of ['head', 'other-school', 'east-officer', 'west-officer', 'city-officer']) {
      expect([who, (await mine(who)).includes(id)]).toEqual([who, false]);
    }
    expect((await get('other-school', id)).status).toBe(404);
    expect((await get('west-officer', id)).status).toBe(404);
    expect((await get('east-officer', id)).status).toBe(200);
  });

  it('is raised once for one key', async () => {
    const id = await raise({ key: 'once' });
    expect(id).toBeTruthy();
    expect(await raise({ key: 'once' })).toBeNull();
  });

  it('is claimed by one of two who try at once, and the other is told by whom', async () => {
    const id = await raise();
    const replies = await Promise.all(['teacher', 'colleague'].map((who) => act(who, id, { act: 'claim' })));
    expect(replies.map((reply) => reply.status).sort()).toEqual([200, 409]);
    const lost = replies.find((reply) => reply.status === 409)!;
    expect(lost.body.code).toBe('tasks.claimed');
    expect(lost.body.message.zh).toMatch(/人员(teacher|colleague)/);
    const winner = replies[0]!.status === 200 ? 'teacher' : 'colleague';
    const loser = winner === 'teacher' ? 'colleague' : 'teacher';
    expect(await mine(winner)).toContain(id);
    expect(await mine(loser)).not.toContain(id);
    expect((await act(loser, id, { act: 'finish' })).body.code).toBe('tasks.claimed');
    expect((await act(winner, id, { act: 'finish', answer: '已办' })).body.state).toBe('done');
  });

  it('that its module closes cannot be declared done', async () => {
    const id = await raise({ key: 'machine', link: '/findings' });
    const refused = await act('teacher', id, { act: 'finish', answer: '做好了' });
    expect([refused.status, refused.body.code]).toEqual([409, 'tasks.closes_itself']);
    expect(await app.run(system, (ctx) => settleTask(ctx, 'machine', 'done'))).toBe(true);
    expect(await app.run(system, (ctx) => settleTask(ctx, 'machine', 'done'))).toBe(false);
    expect((await get('teacher', id)).body).toMatchObject({ state: 'done', allowed: ['comment'] });
  });
});
