import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '#base/app';
import { buildServer } from '#base/http';
import { buildCity } from '#test/city';
import { runCommand } from '#test/command';
import { actorAt, type TestApp, testApp } from '#test/db';
import { logs } from '../modules/logs/module.ts';
import { spoolDir } from '../modules/logs/places.ts';
import { sealSpool } from '../modules/logs/seal-spool.ts';
import { Spool } from '../modules/logs/spool/spool.ts';
import { createClient } from './client.ts';
import { logsCommand } from './logs.ts';

let app: TestApp;
let server: FastifyInstance;
let url = '';
const people: Record<string, Actor> = {
  city: actorAt('city', ['logs.read', 'logs.sources']),
  west: actorAt('city.west', ['logs.read', 'logs.sources']),
};

beforeAll(async () => {
  app = await testApp([logs], { now: '2026-11-22T06:00:00Z' });
  await buildCity(app);
  server = buildServer(
    app,
    async (_app, request) => people[String(request.headers.authorization).slice(7)] ?? null,
  );
  await server.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  await mkdir(spoolDir(app), { recursive: true });
  let closed = '';
  const spool = new Spool({ dir: spoolDir(app), now: app.clock.now, onClosed: (path) => (closed = path) });
  const line = Buffer.from('Nov 22 14:00:00 dnsmasq[1068]: query[A] www.example from 192.0.2.5');
  const at = app.clock.now().getTime();
  for (const sender of ['198.51.100.1', '198.51.100.2']) spool.of(sender).append(at, line, 0, line.length);
  await spool.rotate();
  await sealSpool(app, closed);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
});

const run = (who: string, ...argv: string[]) =>
  runCommand(logsCommand, argv, { client: createClient({ url, token: who }) });

test('lists unregistered senders and adopts one in the format that reads its lines', async () => {
  const listed = await run('city', 'sources', '--state', 'quarantined', '--json');
  expect(JSON.parse(listed.stdout).map(({ name }: { name: string }) => name)).toEqual([
    'unregistered:198.51.100.1',
    'unregistered:198.51.100.2',
  ]);
  const adopt = ['adopt', '198.51.100.1', '--name', 'dns-1', '--unit', 'east', '--json'];
  await expect(run('city', ...adopt)).rejects.toMatchObject({ code: 'logs.reason_needed' });
  const adopted = await run('city', ...adopt, '--reason', '认领发送方');
  expect([adopted.code, adopted.stderr]).toEqual([0, '格式 format: dnsmasq (1/1)\n']);
  expect(JSON.parse(adopted.stdout)).toMatchObject({
    name: 'dns-1',
    format: 'dnsmasq',
    senders: ['198.51.100.1'],
  });
  expect((await run('city', 'sources', '--state', 'active')).stdout).toMatch(
    /dns-1 {2}active {2}dnsmasq {2}198\.51\.100\.1/,
  );
});

test('another county sees neither, and wrong words are told', async () => {
  expect((await run('west', 'sources')).stdout).toBe('没有日志源 no log sources\n');
  expect(await run('west', 'adopt', '198.51.100.2', '--name', 'mine')).toMatchObject({ code: 2 });
  expect((await run('city', 'adopt', '198.51.100.2')).stderr).toContain('--name NAME');
  expect((await run('city', 'adopt', '198.51.100.2', '--name', 'x', '--format', 'word')).stderr).toContain(
    '--format: squid',
  );
  expect((await run('city', 'sources', '--state', 'new')).stderr).toContain(
    '--state: active | quarantined | retired',
  );
});
