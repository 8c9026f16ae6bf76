/** `jiaodun sites` and `jiaodun findings` against the real routes and the real database. */
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Actor, systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { newId } from '#base/id';
import { recordFindings, type SeenFault } from '#findings';
import { buildCity } from '#test/city';
import { runCommand } from '#test/command';
import { actorAt, type TestApp, testApp } from '#test/db';
import { modules } from '../compose.ts';
import { createClient } from './client.ts';
import { findingsCommand } from './findings.ts';
import { sitesCommand } from './sites.ts';

let app: TestApp;
let server: FastifyInstance;
let url = '';
let people: Record<string, Actor>;
const host = 'www.east-1.example';

beforeAll(async () => {
  app = await testApp(modules);
  const ids = await buildCity(app);
  const may = ['sites.read', 'watch.check', 'findings.read', 'findings.work'];
  people = { east: actorAt('city.east', may, ids.east), west: actorAt('city.west', may, ids.west) };
  const { rows } = await app.ownerPool.query(
    `INSERT INTO sites.site (unit_id, unit_path, name, url, host) VALUES
      ($1, 'city.east.east-1', '一小网站', 'http://${host}/', '${host}') RETURNING id`,
    [ids['east-1']],
  );
  const fault: SeenFault = {
    kind: 'term',
    rule: 'term.gambling',
    severity: 'critical',
    url: `http://${host}/`,
    part: null,
    start: 10,
    end: 14,
    text: '澳门\u001b[31m赌场',
    context: '…澳门赌场…',
    view: 'strict',
    href: null,
  };
  await app.run(systemActor('watch.check'), (ctx) =>
    recordFindings(ctx, {
      unitId: ids['east-1']!,
      unitPath: 'city.east.east-1',
      siteId: rows[0].id,
      siteName: '一小网站',
      checkId: newId(),
      seen: [fault],
    }),
  );
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

const run = (command: typeof sitesCommand, who: string, argv: string[]) =>
  runCommand(command, argv, { client: createClient({ url, token: who }) });

test('tells how the websites are, and exits with 1 while one has grave findings', async () => {
  const all = await run(sitesCommand, 'east', ['status']);
  expect(all).toMatchObject({ code: 1, stderr: '' });
  expect(all.stdout).toBe(`faulty  ${host}  东示县第一小学  一小网站  问题 findings 1\n`);
  expect(await run(sitesCommand, 'east', ['status', '--state', 'down'])).toMatchObject({
    code: 0,
    stdout: '没有网站 no websites\n',
  });
  expect(JSON.parse((await run(sitesCommand, 'west', ['status', '--json'])).stdout)).toEqual([]);
  for (const argv of [[], ['status', '--state', 'bad'], ['probe'], ['status', host]]) {
    expect(await run(sitesCommand, 'east', argv)).toMatchObject({ code: 2 });
  }
});

test('probes a website by its host or address, and says when there is none', async () => {
  const asked = await run(sitesCommand, 'east', ['probe', `http://${host}/`]);
  expect(asked).toMatchObject({ code: 0, stderr: '' });
  expect(asked.stdout).toContain('上次 last: unknown');
  expect(await run(sitesCommand, 'west', ['probe', host])).toMatchObject({
    code: 2,
    stderr: `没有登记这个网站 no such website: ${host}\n`,
  });
});

test('lists findings without their control characters, and reports one as fixed', async () => {
  const list = await run(findingsCommand, 'east', ['list']);
  expect(list.code).toBe(1);
  expect(list.stdout).toContain(
    'critical  open  东示县第一小学  一小网站  有害词语：赌博 / Harmful term: gambling [term.gambling]',
  );
  expect(list.stdout).not.toContain('\u001b');
  expect(await run(findingsCommand, 'west', ['list'])).toMatchObject({
    code: 0,
    stdout: '没有问题 no findings\n',
  });
  const [id] = list.stdout.split(' ');
  await expect(run(findingsCommand, 'west', ['fixed', id!])).rejects.toMatchObject({ status: 404 });
  const proposed = await run(findingsCommand, 'east', ['false-alarm', id!, '--reason', '校史里的引文']);
  expect(proposed).toMatchObject({ code: 0, stdout: expect.stringContaining('  proposed  ') });
  expect(await run(findingsCommand, 'east', ['fixed', id!, '--note', '已删除'])).toMatchObject({
    code: 0,
    stdout: `${id}  fixed\n`,
  });
  const other = newId();
  const again = await run(findingsCommand, 'east', ['fixed', id!, other, '--note', '已删除']);
  expect(again).toMatchObject({ code: 2, stdout: '已报告整改 reported as fixed: 0\n' });
  expect(again.stderr).toContain(`${id}: `);
  expect(again.stderr).toContain(`${other}: `);
  expect((await run(findingsCommand, 'east', ['show', id!])).stdout).toMatch(
    /经过 history\n(?:.*\n)*.*已删除/,
  );
  expect((await run(findingsCommand, 'east', ['list'])).code).toBe(0);
  for (const argv of [['list', id!], ['show'], ['false-alarm', id!], ['list', '--state', 'bad']]) {
    expect(await run(findingsCommand, 'east', argv)).toMatchObject({ code: 2, stdout: '' });
  }
});
