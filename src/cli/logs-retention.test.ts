import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '#base/app';
import { buildServer } from '#base/http';
import { buildCity } from '#test/city';
import { runCommand } from '#test/command';
import { actorAt, type TestApp, testApp } from '#test/db';
import { logs } from '../modules/logs/module.ts';
import { createClient } from './client.ts';
import { logsCommand } from './logs.ts';

let app: TestApp;
let server: FastifyInstance;
let url = '';
const rights = [
  'retention',
  'retention_confirm',
  'retention_approve',
  'hold',
  'hold_lift',
  'read',
  'sources',
];
const people: Record<string, Actor> = {};
let who = 'first';

beforeAll(async () => {
  app = await testApp([logs], { now: '2026-11-22T07:00:00Z' });
  await buildCity(app);
  for (const name of ['first', 'second']) {
    people[name] = actorAt(
      'city',
      rights.map((right) => `logs.${right}`),
    );
  }
  server = buildServer(app, async () => people[who]!);
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  await app.ownerPool.query(`WITH s AS (INSERT INTO logs.source (name, unit_path, format)
      VALUES ('gateway', 'city', 'squid') RETURNING id)
    INSERT INTO logs.segment (chain, chain_seq, origin, source_id, unit_path, file, sha256, prev_link, link, records,
      raw_bytes, first_recv, last_recv, sealed_at, indexed_at)
    SELECT 'main', i, 'o' || i, s.id, 'city', 'f' || i, repeat('0', 64), 'p', 'l', 10, 1200, '2026-01-01T00:00:00Z',
      '2026-01-01T01:00:00Z', '2026-01-01T02:00:00Z', '2026-01-01T02:00:00Z' FROM s, generate_series(1, 2) i`);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
});

const run = (...argv: string[]) =>
  runCommand(logsCommand, argv, { client: createClient({ url, token: who }) });

test('a hold is placed, its lifting asked for and agreed to by another', async () => {
  const placed = await run(
    'hold',
    'place',
    '--case',
    '案2026-1',
    '--reason',
    '调查',
    '--source',
    'gateway',
    '--from',
    '2026-01-01T08:00:00+08:00',
  );
  expect(placed).toMatchObject({ code: 0, stdout: expect.stringContaining('covers 2 段') });
  const id = placed.stdout.split(' ')[0]!;
  expect((await run('hold')).stdout).toContain('gateway 2026-01-01T00:00:00.000Z');
  expect((await run('retention', 'propose')).stdout).toContain('nothing is old enough');
  expect((await run('hold', 'lift', id, '--reason', '已结')).stdout).toContain('lifting');
  await expect(run('hold', 'accept', id)).rejects.toMatchObject({ code: 'logs.hold_own_lift' });
  who = 'second';
  expect((await run('hold', 'accept', id)).stdout).toContain('lifted');
});

test('a list is confirmed by one and refused by another', async () => {
  who = 'first';
  const plan = JSON.parse((await run('retention', 'propose', '--json')).stdout).plan;
  expect(plan).toMatchObject({ state: 'proposed', segments: 2 });
  expect(
    (await run('retention', 'confirm', plan.id, '--segments', '2', '--note', '已核对')).stdout,
  ).toContain('confirmed');
  who = 'second';
  expect((await run('retention', 'refuse', plan.id, '--note', '再等等')).stdout).toContain('refused');
  expect((await run('retention', 'plans')).stdout).toContain(`${plan.id} refused`);
  expect((await run('retention')).stdout).toContain('school_site: 365');
  expect((await run('retention', 'places')).stdout).toContain('2 段');
});

test('wrong use is told with what is missing', async () => {
  for (const argv of [
    ['retention', 'confirm'],
    ['retention', 'nonsense'],
    ['hold', 'place'],
    ['hold', 'lift'],
  ])
    expect((await run(...argv)).code).toBe(2);
});
