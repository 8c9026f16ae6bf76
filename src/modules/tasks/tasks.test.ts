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
import { type ActRecord, evolve, type TaskCore } from './rules.ts';
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

/** A person with a post, tied to an account; returns what ends the post on a day. */
async function appoint(
  who: string,
  unit: string,
  post: string,
  from = '2026-01-01',
): Promise<(on: string) => Promise<unknown>> {
  const { rows } = await app.ownerPool.query<{ id: string; person: string }>(
    `WITH p AS (INSERT INTO units.person (person_no, name, unit_id, unit_path)
       SELECT 'P-' || $1 || '-' || $3, '人员' || $1, id, unit_path FROM units.unit WHERE code = $2 RETURNING id, unit_id, unit_path),
     a AS (INSERT INTO units.appointment (id, person_id, unit_id, unit_path, post, starts_on, change, actor_id, actor_name)
       SELECT uuidv7(), id, unit_id, unit_path, $3, $4::date, 'appointed', 'test', 'test' FROM p RETURNING id)
     SELECT a.id, p.id AS person FROM a, p`,
    [who, unit, post, from],
  );
  await app.ownerPool.query('UPDATE auth.account SET person_id = $1 WHERE username = $2', [
    rows[0]!.person,
    who,
  ]);
  return (on) =>
    app.ownerPool.query('UPDATE units.appointment SET ends_on = $2::date WHERE id = $1', [rows[0]!.id, on]);
}

describe('a task for a post', () => {
  it('is seen by the unit’s people while nobody holds the post, and the county sees that nobody is in charge', async () => {
    const id = await raise({ assignee: { post: 'reviewer' } });
    expect(await mine('teacher')).toContain(id);
    expect((await get('teacher', id)).body).toMatchObject({ nobody: true, holders: [] });
    const late = await call(
      server,
      people['east-officer']!,
      'GET',
      '/api/tasks?view=team&nobody=true&pageSize=100',
    );
    expect(late.body.items.map((one: { id: string }) => one.id)).toContain(id);
  });

  it('goes to the successor with all that was there, also when the predecessor had claimed it', async () => {
    const id = await raise({ assignee: { post: 'network_admin' } });
    const leaves = await appoint('teacher', 'east-1', 'network_admin');
    expect(await mine('teacher')).toContain(id);
    expect(await mine('colleague')).not.toContain(id);
    await act('teacher', id, { act: 'claim' });
    await act('teacher', id, { act: 'comment', text: '先看了一遍' });
    await leaves('2026-06-01');
    await appoint('colleague', 'east-1', 'network_admin', '2026-06-01');
    expect(await mine('teacher')).not.toContain(id);
    expect(await mine('colleague')).toContain(id);
    expect((await act('teacher', id, { act: 'finish' })).body.code).toBe('tasks.not_yours');
    const seen = await get('colleague', id);
    expect(seen.body.history.map((one: { text: string | null }) => one.text)).toContain('先看了一遍');
    expect((await act('colleague', id, { act: 'claim' })).body.claimedByName).toBe('人员colleague');
    expect((await act('colleague', id, { act: 'finish', answer: '接着办完' })).body.state).toBe('done');
  });
});

describe('delegating', () => {
  it('lets another one hand in until the date, while the delegator stays accountable', async () => {
    const id = await raise();
    const until = '2026-06-01T02:10:00.000Z';
    expect((await act('teacher', id, { act: 'delegate', accountId: people.head!.id, until })).status).toBe(
      200,
    );
    expect(await mine('head')).toContain(id);
    expect((await get('head', id)).body).toMatchObject({
      claimedByName: '人员teacher',
      delegateName: '人员head',
    });
    await app.setTime('2026-06-01T02:15:00Z');
    expect(await mine('head')).not.toContain(id);
    expect((await act('head', id, { act: 'finish' })).body.code).toBe('tasks.not_yours');
    await app.setTime('2026-06-01T02:00:00Z');
    expect((await act('head', id, { act: 'finish', answer: '代办' })).body).toMatchObject({
      state: 'done',
      doneByName: '人员head',
      claimedByName: '人员teacher',
    });
  });

  it('refuses one who could not see the task', async () => {
    const id = await raise();
    const to = people['west-officer']!.id;
    const reply = await act('teacher', id, { act: 'transfer', to: { accountId: to }, reason: '请你办' });
    expect([reply.status, reply.body.code]).toEqual([422, 'tasks.nobody_there']);
  });
});

const ask = {
  title: '填报网站开设情况',
  why: '摸清全县学校网站底数',
  legalBasis: '丽教办发〔2009〕57号',
  dueAt: '2026-06-12T08:00:00Z',
  minutes: 15,
};
const campaign = (who: string, body: object) =>
  call(server, people[who]!, 'POST', '/api/tasks/campaigns', body);
const taskOf = async (campaignId: string, unit: string): Promise<string> => {
  const query = `view=team&campaignId=${campaignId}&unitId=${unitIds[unit]}`;
  return (await call(server, people['city-officer']!, 'GET', `/api/tasks?${query}`)).body.items[0].id;
};

describe('a request to many units', () => {
  it('needs a legal basis, and enough time', async () => {
    expect((await campaign('east-officer', { ...ask, legalBasis: '领导要求' })).body.code).toBe(
      'tasks.no_basis',
    );
    expect((await campaign('east-officer', { ...ask, legalBasis: undefined })).body.code).toBe(
      'tasks.no_basis',
    );
    const soon = await campaign('east-officer', { ...ask, dueAt: '2026-06-03T15:59:59Z' });
    expect([soon.status, soon.body.code, soon.body.details]).toEqual([
      422,
      'tasks.too_soon',
      { field: 'dueAt', days: 3, earliest: '2026-06-04' },
    ]);
    expect((await campaign('east-officer', { ...ask, dueAt: '2026-06-03T16:00:00Z' })).status).toBe(200);
  });

  it('reaches the schools below, of which each one answers for itself; and is exported as one sheet', async () => {
    const reply = await campaign('east-officer', ask);
    expect(reply.body).toMatchObject({ targets: 2, open: 2, done: 0, late: 0, unknown: 0 });
    const id = await taskOf(reply.body.id, 'east-1');
    expect(
      (await act('teacher', id, { act: 'finish', answer: '=HYPERLINK("http://x")有 1 个网站' })).status,
    ).toBe(200);
    const after = await call(server, people['east-officer']!, 'GET', `/api/tasks/campaigns/${reply.body.id}`);
    expect(after.body).toMatchObject({ open: 1, done: 1 });
    const url = `/api/tasks/campaigns/${reply.body.id}/answers?format=csv`;
    const sheet = (await call(server, people['east-officer']!, 'GET', url)).body.toString();
    expect(sheet).toContain('东示县第一小学');
    expect(sheet).toContain('有 1 个网站');
    expect(sheet).not.toMatch(/(^|,|")=HYPERLINK/m);
    expect((await call(server, people['west-officer']!, 'GET', url)).status).toBe(404);
    expect((await call(server, people.teacher!, 'GET', url)).status).toBe(403);
  });

  it('asks no unit of another county', async () => {
    const reply = await campaign('east-officer', { ...ask, unitIds: [unitIds['east-1'], unitIds['west-1']] });
    expect([reply.status, reply.body.code]).toEqual([422, 'tasks.no_units']);
  });

  it('warns before a school is overloaded, and goes on when the asker insists', async () => {
    const policy = await call(server, people['city-officer']!, 'GET', '/api/tasks/policy');
    const rules = { ...policy.body.rules, monthlyCap: 1 };
    const set = { rules, source: '市局会议纪要' };
    expect((await call(server, people['east-officer']!, 'PUT', '/api/tasks/policy', set)).status).toBe(403);
    expect((await call(server, people['city-officer']!, 'PUT', '/api/tasks/policy', set)).status).toBe(200);
    const refused = await campaign('east-officer', ask);
    expect([refused.status, refused.body.code]).toEqual([409, 'tasks.over_cap']);
    expect(refused.body.message.zh).toContain('东示县第一小学');
    expect((await campaign('east-officer', { ...ask, acceptOverload: true })).status).toBe(200);
    await call(server, people['city-officer']!, 'PUT', '/api/tasks/policy', {
      ...set,
      rules: policy.body.rules,
    });
  });

  it('is withdrawn as a whole, but for what is done', async () => {
    const { body } = await campaign('city-officer', { ...ask, acceptOverload: true });
    expect(body.targets).toBe(4);
    const done = await taskOf(body.id, 'east-1');
    const open = await taskOf(body.id, 'east-2');
    await act('teacher', done, { act: 'finish', answer: '已报' });
    const url = `/api/tasks/campaigns/${body.id}/withdraw`;
    expect((await call(server, people['east-officer']!, 'POST', url, { reason: '不报了' })).status).toBe(404);
    const reply = await call(server, people['city-officer']!, 'POST', url, { reason: '改为另行通知' });
    expect(reply.body).toMatchObject({ done: 1, open: 0, late: 0, withdrawnReason: '改为另行通知' });
    expect((await get('other-school', open)).body).toMatchObject({
      state: 'cancelled',
      outcome: '改为另行通知',
    });
    expect((await get('teacher', done)).body.state).toBe('done');
    expect((await call(server, people['city-officer']!, 'POST', url, { reason: '再撤' })).status).toBe(409);
  });
});

describe('countersigning', () => {
  async function toSign(): Promise<string> {
    const { body } = await campaign('east-officer', {
      ...ask,
      signer: { role: 'leader' },
      unitIds: [unitIds['east-1']],
      acceptOverload: true,
    });
    return taskOf(body.id, 'east-1');
  }

  it('is done only with the leader’s signature, and never by who handed it in', async () => {
    const id = await toSign();
    expect((await act('teacher', id, { act: 'finish', answer: '初报' })).body.state).toBe('signing');
    expect((await act('teacher', id, { act: 'sign' })).body.code).toBe('tasks.own_submission');
    expect((await act('colleague', id, { act: 'sign' })).body.code).toBe('tasks.not_yours');
    expect(await mine('head')).toContain(id);
    const back = await act('head', id, { act: 'send_back', reason: '少一个网站', field: '网站数' });
    expect(back.body).toMatchObject({
      state: 'claimed',
      returnedReason: '少一个网站',
      returnedField: '网站数',
    });
    expect(await mine('teacher')).toContain(id);
    expect((await act('teacher', id, { act: 'finish', answer: '补报' })).body.state).toBe('signing');
    const signed = await act('head', id, { act: 'sign' });
    expect(signed.body).toMatchObject({ state: 'done', round: 2 });
    expect(signed.body.signers).toMatchObject([{ role: 'leader', signedByName: '人员head' }]);
  });

  it('is demanded by the database itself', async () => {
    const id = await toSign();
    await act('teacher', id, { act: 'finish', answer: '初报' });
    const client = await app.appPool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT set_config('jiaodun.scope', '*', true)`);
      await expect(
        client.query(`UPDATE tasks.task SET state = 'done', settled_at = now() WHERE id = $1`, [id]),
      ).rejects.toMatchObject({ constraint: 'countersigned' });
      await client.query('ROLLBACK');
      await client.query('BEGIN');
      await client.query(`SELECT set_config('jiaodun.scope', '*', true)`);
      await expect(
        client.query(
          `INSERT INTO tasks.signature (task_id, round, signer_key, unit_path, done_by, signed_by, signed_by_name)
           SELECT t.id, t.round, g.signer_key, t.unit_path, t.done_by, t.done_by, '自己' FROM tasks.task t
           JOIN tasks.signer g ON g.task_id = t.id WHERE t.id = $1`,
          [id],
        ),
      ).rejects.toMatchObject({ constraint: 'four_eyes' });
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });

  it('signs many at once, each for itself', async () => {
    const ids = [await toSign(), await toSign(), await raise()];
    for (const id of ids.slice(0, 2)) await act('teacher', id, { act: 'finish', answer: '已报' });
    const body = { ids, act: { act: 'sign' } };
    const reply = await call(server, people.head!, 'POST', '/api/tasks/batch', body);
    expect(reply.body).toMatchObject({ done: 2, failed: [{ id: ids[2], code: 'tasks.wrong_state' }] });
    expect((await get('head', ids[0]!)).body.state).toBe('done');
  });
});

describe('going back', () => {
  it('to the asker with reason and field, who issues it again', async () => {
    const { body } = await campaign('east-officer', {
      ...ask,
      unitIds: [unitIds['east-1']],
      acceptOverload: true,
    });
    const id = await taskOf(body.id, 'east-1');
    const back = await act('teacher', id, { act: 'return', reason: '我校没有网站', field: '网站名称' });
    expect(back.body).toMatchObject({
      state: 'returned',
      returnedReason: '我校没有网站',
      returnedField: '网站名称',
    });
    expect(await mine('teacher')).not.toContain(id);
    expect(await mine('east-officer')).toContain(id);
    // A colleague of the asking bureau may answer for it, a teacher may not.
    expect((await act('teacher', id, { act: 'reissue', note: '' })).status).toBe(403);
    const again = await act('east-second', id, {
      act: 'reissue',
      note: '没有就填 0',
      dueAt: '2026-06-20T00:00:00Z',
    });
    expect(again.body).toMatchObject({
      state: 'open',
      dueAt: '2026-06-20T00:00:00.000Z',
      returnedReason: null,
    });
  });

  it('has nobody to go to when the system raised it', async () => {
    const id = await raise();
    expect((await act('teacher', id, { act: 'return', reason: '不归我管' })).body.code).toBe(
      'tasks.no_asker',
    );
  });

  it('after it was done, when the asker finds it wanting', async () => {
    const { body } = await campaign('east-officer', {
      ...ask,
      unitIds: [unitIds['east-1']],
      acceptOverload: true,
    });
    const id = await taskOf(body.id, 'east-1');
    await act('teacher', id, { act: 'finish', answer: '1' });
    const back = await act('east-officer', id, { act: 'send_back', reason: '请写明网址' });
    expect(back.body.state).toBe('claimed');
    expect((await act('teacher', id, { act: 'finish', answer: 'http://www.example/' })).body).toMatchObject({
      state: 'done',
      submissions: [{ answer: '1' }, { answer: 'http://www.example/' }],
    });
  });
});

describe('who proposed it', () => {
  it('does not decide it: neither by the rules nor by direct SQL', async () => {
    const author = people['east-officer']!.id;
    const id = await raise({ assignee: { role: 'county_officer' }, author, key: 'review-own' }, 'east');
    expect(await mine('east-officer')).not.toContain(id);
    expect(await mine('east-second')).toContain(id);
    expect((await act('east-officer', id, { act: 'claim' })).body.code).toBe('tasks.own_work');
    await expect(
      app.ownerPool.query(`UPDATE tasks.task SET state = 'claimed', claimed_by = author WHERE id = $1`, [id]),
    ).rejects.toMatchObject({ constraint: 'four_eyes' });
  });
});

describe('the history', () => {
  it('tells the state of every task again, and cannot be changed', async () => {
    const { rows } = await app.ownerPool.query(`SELECT t.*, array(SELECT signer_key FROM tasks.signer g
      WHERE g.task_id = t.id ORDER BY g.at, g.signer_key) AS signers FROM tasks.task t`);
    expect(rows.length).toBeGreaterThan(20);
    for (const task of rows) {
      const acts = await app.ownerPool.query('SELECT * FROM tasks.act WHERE task_id = $1 ORDER BY seq', [
        task.id,
      ]);
      expect(acts.rows.map((row) => row.seq)).toEqual(acts.rows.map((_row, index) => index + 1));
      const [first, ...rest] = acts.rows;
      const start: TaskCore = {
        state: 'open',
        holderKey: first.data.key,
        claimedBy: null,
        delegate: null,
        askedBy: task.asked_by,
        author: task.author,
        byMachine: task.by_machine,
        signRule: first.data.rule,
        signers: first.data.keys,
        signed: [],
        doneBy: null,
        round: 0,
      };
      const told = rest.reduce(
        (state, row) => evolve(state, { act: row.act, actorId: row.actor_id, data: row.data } as ActRecord),
        start,
      );
      expect([task.title, told.state, told.holderKey, told.claimedBy, told.doneBy, told.round]).toEqual([
        task.title,
        task.state,
        task.holder_key,
        task.claimed_by,
        task.done_by,
        task.round,
      ]);
    }
    const client = await app.appPool.connect();
    try {
      await expect(client.query(`UPDATE tasks.act SET actor_name = 'x'`)).rejects.toMatchObject({
        code: '42501',
      });
      await expect(client.query('DELETE FROM tasks.task')).rejects.toMatchObject({ code: '42501' });
    } finally {
      client.release();
    }
  });
});
