import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { healthOf } from '#base/health';
import { createLogger } from '#base/log';
import { connectLogstore, type LogstoreClient } from '#base/logstore/client';
import { healthOfModules, type RoleHealth } from '#base/role-health';
import { startHeartbeat } from '#base/role-process';
import { type TestApp, testApp } from '#test/db';

let app: TestApp;
let logstore: LogstoreClient;
/** Answers as the log store answers a ping, or breaks the connection. */
let storeIsUp = true;
const server = createServer((_request, reply) => void (storeIsUp ? reply.end('Ok.\n') : reply.destroy()));
const silent = createLogger('test', 'silent');

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  logstore = connectLogstore({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  app = await testApp([], { logstore });
}, 60_000);
afterAll(async () => {
  await app.close();
  await logstore.close();
  server.close();
});
beforeEach(async () => {
  storeIsUp = true;
  await app.ownerPool.query('DELETE FROM base.role_heartbeat');
});

/** Runs `look` while these roles beat. */
async function whileBeating(roles: Record<string, () => Promise<RoleHealth>>, look: () => Promise<void>) {
  const ends = Object.entries(roles).map(([role, health]) =>
    startHeartbeat(app.appPool, role, silent, health),
  );
  const rows = () => app.ownerPool.query('SELECT FROM base.role_heartbeat');
  await vi.waitFor(async () => expect((await rows()).rowCount).toBe(ends.length), { timeout: 20_000 });
  try {
    await look();
  } finally {
    for (const end of ends) await end();
  }
}

const well = async () => ({ problems: [], figures: {} });
const problem = { zh: '缓冲区小', en: 'a small buffer' };
const ill = async () => ({ problems: [problem], figures: { udpBuffer: 1 } });

test('is ok when every role beats and is well', async () => {
  await whileBeating({ collector: well, worker: well, web: well }, async () => {
    const { status, roles, problems } = await healthOf(app);
    expect({ status, problems }).toEqual({ status: 'ok', problems: [] });
    expect(roles).toEqual({ postgres: 'ok', logstore: 'ok', collector: 'ok', worker: 'ok', web: 'ok' });
  });
});

test('a role with a problem is degraded, and so is the whole, with the reason in words', async () => {
  await whileBeating({ collector: ill, worker: well, web: well }, async () => {
    const health = await healthOf(app);
    expect(health).toMatchObject({ status: 'degraded', roles: { collector: 'degraded', worker: 'ok' } });
    expect(health.problems).toEqual([{ role: 'collector', ...problem }]);
  });
});

test('of several processes of a role the worst one counts', async () => {
  await whileBeating({ collector: well, worker: well, web: well }, async () => {
    await app.ownerPool.query(
      `INSERT INTO base.role_heartbeat (role, host, pid, started_at, status, detail)
       VALUES ('collector', 'another', 1, base.now(), 'degraded', $1)`,
      [JSON.stringify({ problems: [problem] })],
    );
    expect((await healthOf(app)).roles.collector).toBe('degraded');
    await app.advance(21_000);
    expect((await healthOf(app)).problems).toEqual([]);
  });
});

test('a role that cannot say how it is lives and is degraded', async () => {
  const broken = () => Promise.reject(new Error('no'));
  await whileBeating({ collector: broken }, async () => {
    const { roles, problems } = await healthOf(app);
    expect(roles.collector).toBe('degraded');
    expect(problems.map(({ role }) => role)).toEqual(['collector']);
  });
});

test('a role that has ended is down, and its problems are gone with it', async () => {
  await whileBeating({ collector: ill }, async () => undefined);
  const { roles, problems } = await healthOf(app);
  expect(roles).toMatchObject({ collector: 'down', web: 'down' });
  expect(problems).toEqual([]);
});

test('a log store that does not answer is down', async () => {
  storeIsUp = false;
  const { roles, stores, status } = await healthOf(app);
  expect({ role: roles.logstore, store: stores.logstore!.status, status }).toEqual({
    role: 'down',
    store: 'down',
    status: 'degraded',
  });
});

test('what the modules say of one role is put together', async () => {
  const modules = [
    { name: 'a', health: ill },
    { name: 'b' },
    { name: 'c', health: async () => null },
    { name: 'd', health: async () => ({ problems: [problem], figures: { waiting: 2 } }) },
  ];
  expect(await healthOfModules(app, modules, 'collector')).toEqual({
    problems: [problem, problem],
    figures: { udpBuffer: 1, waiting: 2 },
  });
});
