import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '#base/app';
import { buildServer } from '#base/http';
import { buildCity } from '#test/city';
import { runCommand } from '#test/command';
import { actorAt, type TestApp, testApp } from '#test/db';
import { tasks } from '../modules/tasks/module.ts';
import { createClient } from './client.ts';
import { tasksCommand } from './tasks.ts';

let app: TestApp;
let server: FastifyInstance;
let url = '';
let people: Record<string, Actor>;

beforeAll(async () => {
  app = await testApp([tasks], { now: '2026-06-01T02:00:00Z' });
  const ids = await buildCity(app);
  const may = ['tasks.work', 'tasks.team', 'tasks.ask'];
  people = { east: actorAt('city.east', may, ids.east), west: actorAt('city.west', may, ids.west) };
  server = buildServer(
    app,
    async (_app, request) => people[String(request.headers.authorization).slice(7)] ?? null,
  );
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await server.close();
  await app.close();
});

const run = (who: string, argv: string[]) =>
  runCommand(tasksCommand, argv, { client: createClient({ url, token: who }) });

const ask = [
  'ask',
  '--title',
  '报送网站清单',
  '--why',
  '摸清底数',
  '--minutes',
  '15',
  '--due',
  '2026-06-12T17:00+08:00',
];

test('asks the schools of the county, and lists them and their progress', async () => {
  const refused = await run('east', ask);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--basis')]);
  const done = await run('east', [...ask, '--basis', '丽教办发〔2009〕57号']);
  expect(done).toMatchObject({ code: 0, stdout: '已布置给 2 个单位 units asked: 2\n' });
  const list = await run('east', ['--nobody']);
  expect(list.code).toBe(0);
  expect(list.stdout).toContain('2026-06-12 17:00 open  东示县第一小学  报送网站清单  无人负责 nobody');
  expect((await run('west', ['--json'])).stdout).toBe('[]\n');
  const progress = await run('east', ['progress']);
  expect(progress.stdout).toContain(
    '东示县第一小学  办结 done 0  在办 open 0  逾期 late 0  无人负责 nobody 1',
  );
});

test('tells a monitor by its exit code that something is late', async () => {
  await app.setTime('2026-06-13T02:00:00Z');
  expect((await run('east', ['--late'])).code).toBe(1);
  expect((await run('west', ['--late'])).code).toBe(0);
});

test('refuses what it does not know', async () => {
  expect((await run('east', ['undo'])).code).toBe(2);
  expect((await run('east', [...ask.slice(0, -1), 'tomorrow', '--basis', 'D5'])).code).toBe(2);
});
