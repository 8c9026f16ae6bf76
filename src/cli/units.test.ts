import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { buildCity } from '#test/city';
import { runCommand } from '#test/command';
import { actorAt, type TestApp, testApp } from '#test/db';
import { audit } from '../modules/audit/module.ts';
import { units } from '../modules/units/module.ts';
import { type Client, createClient } from './client.ts';
import { unitsCommand } from './units.ts';

let app: TestApp;
let server: FastifyInstance;
let client: Client;
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-cli-units-'));
  app = await testApp([audit, units], { now: '2026-06-01T02:00:00Z' });
  await buildCity(app);
  const officer = actorAt('city', ['units.read', 'units.write', 'units.reorganise']);
  server = buildServer(app, async () => officer);
  await server.listen({ host: '127.0.0.1', port: 0 });
  client = createClient({ url: `http://127.0.0.1:${(server.server.address() as AddressInfo).port}` });
});
afterAll(async () => {
  await server?.close();
  await app?.close();
  await rm(dir, { recursive: true, force: true });
});

const run = (...argv: string[]) => runCommand(unitsCommand, argv, { client });
const paper = ['--doc', '示教〔2026〕5号', '--reason', '调整'];

it('previews, moves, merges and closes, and shows the tree of a day', async () => {
  const preview = await run('move', 'east-1', '--to', 'west', ...paper, '--preview');
  expect(preview).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('city.east.east-1 → city.west.east-1'),
  });
  expect((await run('show', 'east-1')).stdout).toContain('东示县教育局');
  expect((await run('move', 'east-1', '--to', 'west', ...paper)).stdout).toContain('已变更');
  expect((await run('show', 'east-1', '--json')).stdout).toContain('"city.west.east-1"');
  expect((await run('list', '--on', '2026-06-01')).stdout).toContain('    east-1  东示县第一小学');
  expect((await run('merge', 'west-1', '--into', 'west-2', ...paper, '--json')).stdout).toContain(
    '"applied"',
  );
  expect((await run('close', 'east-1', ...paper)).stdout).toContain('已变更');
  expect((await run('list', '--q', 'dsxdyxx')).stdout).toBe('');
  expect((await run('list', '--state', 'closed')).stdout).toContain('east-1');
  expect((await run('move', 'west-2', '--to', 'city', ...paper, '--on', '2026-09-01')).stdout).toContain(
    '到期',
  );
  const out = join(dir, 'units.csv');
  expect((await run('export', '--format', 'csv', '--state', 'all', '--out', out)).code).toBe(0);
  expect((await readFile(out, 'utf8')).trim().split('\r\n')).toHaveLength(8);
});

it('tells wrong use, unknown units and what the server refuses', async () => {
  for (const argv of [
    [],
    ['fly'],
    ['move', 'east-2'],
    ['merge', 'east-2', ...paper],
    ['list', '--state', 'x'],
    ['export', '--format', 'pdf'],
    ['move', 'east-2', 'west-2', '--to', 'west', ...paper],
    ['show'],
  ]) {
    expect([argv, (await run(...argv)).code]).toEqual([argv, 2]);
  }
  expect(await run('show', 'east')).toMatchObject({ code: 0 });
  expect(await run('show', 'nowhere')).toMatchObject({ code: 1, stderr: expect.stringContaining('nowhere') });
  await expect(run('close', 'east', ...paper)).rejects.toMatchObject({ code: 'units.still_in_use' });
  await expect(
    run('move', 'east-2', '--to', 'west', '--doc', '5号', '--reason', '调整'),
  ).rejects.toMatchObject({
    code: 'base.invalid_input',
  });
});
