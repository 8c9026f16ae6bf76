/** Clocks that somebody reads: of sources whose logs come as files. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../../audit/module.ts';
import { authenticate, setupToken } from '../../auth/index.ts';
import { auth } from '../../auth/module.ts';
import { units } from '../../units/module.ts';
import { logs } from '../module.ts';
import { openTraceReader } from '../search/find-trace-rows.ts';

let app: TestApp;
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let id = 0;

beforeAll(async () => {
  app = await testApp([audit, units, auth, logs], { now: '2026-11-22T06:00:00Z' });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'east', unitCode: 'east', role: 'county_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
  ]);
  const source = { name: 'offline gateway', format: 'huawei-usg', unitCode: 'east' };
  id = (await send('east', '', source)).body.id;
}, 60_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
});

const send = (who: string, path: string, body: object) =>
  call(server, people[who]!, 'POST', `/api/logs/sources${path}`, body);
const read = (body: object, who = 'east') => send(who, `/${id}/clock`, { note: '与手机时间核对', ...body });
const list = async (who = 'east') => call(server, people[who]!, 'GET', `/api/logs/sources/${id}/clock`);

test('what the display showed is kept as the difference to the right time, in the zone of the source', async () => {
  const { status, body } = await read({ shown: '2026-11-22 13:03:10', at: '2026-11-22T05:00:00Z' });
  expect([status, body.code]).toEqual([200, undefined]);
  expect(body).toMatchObject({ offsetMs: 190_000, spreadMs: 2000, steady: true, origin: 'reading' });
  const source = await call(server, people.east!, 'GET', `/api/logs/sources/${id}`);
  expect(source.body.clock).toMatchObject({ offsetMs: 190_000 });
  const entries = await app.ownerPool.query(
    `SELECT after FROM audit.entry WHERE action = 'logs.read_clock' AND subject = $1`,
    [`log_source:${id}`],
  );
  expect(entries.rows).toMatchObject([{ after: { shown: '2026-11-22 13:03:10', offsetMs: 190_000 } }]);
});

test.each([
  ['a day that is none', { shown: '2026-02-30 13:03:10' }, 422, 'logs.clock_shown_unreadable'],
  ['no time of day', { shown: '2026-11-22' }, 400, 'base.invalid_input'],
  [
    'a right time to come',
    { at: '2026-11-22T07:00:00Z', shown: '2026-11-22 15:00:09' },
    422,
    'logs.clock_read_ahead',
  ],
  ['a display in another zone', { shown: '2026-11-22 04:30:02' }, 422, 'logs.clock_zone_differs'],
  [
    'the same moment again',
    { at: '2026-11-22T05:00:00Z', shown: '2026-11-22 13:00:00' },
    409,
    'logs.clock_read_twice',
  ],
  ['no word how', { note: '' }, 400, 'base.invalid_input'],
])('%s is refused and keeps nothing', async (_, body, status, code) => {
  const before = (await list()).body.total;
  const reply = await read({ at: '2026-11-22T04:30:00Z', shown: '2026-11-22 12:30:01', ...body });
  expect([reply.status, reply.body.code]).toEqual([status, code]);
  expect((await list()).body.total).toBe(before);
});

test('another county neither sees nor writes it', async () => {
  expect((await list('west')).status).toBe(404);
  const reply = await read({ at: '2026-11-22T04:30:00Z', shown: '2026-11-22 12:30:01' }, 'west');
  expect(reply.status).toBe(404);
});

test('a mistake is taken back once, stays in the list, and makes room for the right one', async () => {
  const at = '2026-11-22T05:30:00Z';
  const { body } = await read({ shown: '2026-11-22 13:45:00', at });
  const withdraw = (number: number) =>
    send('east', `/${id}/clock/${number}/withdraw`, { reason: '抄错了分钟' });
  expect((await withdraw(body.id)).body.withdrawn).not.toBeNull();
  expect((await withdraw(body.id)).status).toBe(404);
  expect((await read({ shown: '2026-11-22 13:33:05', at })).body.offsetMs).toBe(185_000);
  const rows = (await list()).body.items;
  expect(
    rows.map((row: { offsetMs: number; withdrawn: string | null }) => [row.offsetMs, row.withdrawn !== null]),
  ).toEqual(
    expect.arrayContaining([
      [900_000, true],
      [185_000, false],
      [190_000, false],
    ]),
  );
  const source = await call(server, people.east!, 'GET', `/api/logs/sources/${id}`);
  expect(source.body.clock).toMatchObject({ offsetMs: 185_000 });
});

test('two at once of one moment: one is kept', async () => {
  const bodies = ['2026-11-22 12:10:01', '2026-11-22 12:10:03'].map((shown) => ({
    shown,
    at: '2026-11-22T04:10:00Z',
  }));
  const replies = await Promise.all(bodies.map((body) => read(body)));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
});

test('a trace as things were known at a moment takes the readings that counted then', async () => {
  const at = '2026-11-22T03:00:00Z';
  const right = Date.parse(at);
  const told = async (known: Date) => {
    const [one] = await app.run(systemActor('test'), async (ctx) =>
      (await openTraceReader(ctx, known.getTime())).clocks([{ sourceId: id, at: right }]),
    );
    return one?.at.getTime() === right ? one.offsetMs : null;
  };
  const before = app.clock.now();
  await app.advance(60_000);
  const { body } = await read({ shown: '2026-11-22 11:07:00', at });
  const during = app.clock.now();
  await app.advance(60_000);
  await send('east', `/${id}/clock/${body.id}/withdraw`, { reason: '抄错了分钟' });
  const after = app.clock.now();
  expect([await told(before), await told(during), await told(after)]).toEqual([null, 420_000, null]);
});
