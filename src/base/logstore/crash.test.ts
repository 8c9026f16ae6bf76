/** The store against `kill -9`: what was acknowledged is there, once. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LogstoreClient } from './client.ts';
import { type SpawnedLogstore, spawnLogstore } from './testing.ts';

let dataDir: string;
let store: SpawnedLogstore;
let client: LogstoreClient;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'jiaodun-store-crash-'));
  store = await spawnLogstore(dataDir);
  client = store.connect();
  await client.command(
    'CREATE TABLE batches (batch UInt32, n UInt32) ENGINE = MergeTree ORDER BY (batch, n)',
  );
});
afterEach(async () => {
  await client.close();
  await store.stop();
  rmSync(dataDir, { recursive: true });
});

/** On the same port, as the supervisor does it. */
async function killAndRestart(): Promise<void> {
  await store.kill();
  store = await spawnLogstore(dataDir, { port: store.port });
}

function rowsOf(batch: number): { batch: number; n: number }[] {
  return Array.from({ length: 500 }, (_, n) => ({ batch, n }));
}

interface Counted {
  batch: number;
  rows: string;
  distinct: string;
}
const counted =
  'SELECT batch, count() AS rows, uniqExact(n) AS distinct FROM batches GROUP BY batch ORDER BY batch';

it('has every acknowledged batch once after kills in the middle of inserts, repeated by the client', async () => {
  const acknowledged: number[] = [];
  let next = 0;
  const writer = async () => {
    while (next < 90) {
      const batch = next++;
      await client.insert('batches', rowsOf(batch), { token: `batch ${batch}` });
      acknowledged.push(batch);
    }
  };
  const writers = Promise.all([writer(), writer(), writer()]);
  for (const after of [15, 40, 65]) {
    while (acknowledged.length < after) await new Promise((resolve) => setImmediate(resolve));
    await killAndRestart();
  }
  await writers;
  expect(acknowledged.length).toBe(90);
  const found = await client.query<Counted>(counted);
  expect(found).toEqual(Array.from({ length: 90 }, (_, batch) => ({ batch, rows: '500', distinct: '500' })));
});

it('keeps acknowledged batches without a token, and tells the caller about the one that is uncertain', async () => {
  let acknowledged = 0;
  const writing = (async () => {
    for (;;) {
      await client.insert('batches', rowsOf(acknowledged));
      acknowledged++;
    }
  })();
  const failed = expect(writing).rejects.toMatchObject({ code: 'base.unavailable' });
  while (acknowledged < 10) await new Promise((resolve) => setImmediate(resolve));
  await store.kill();
  store = await spawnLogstore(dataDir); // another port: the writer's repetition finds nobody
  await failed;
  await client.close();
  client = store.connect();
  const found = await client.query<Counted>(counted);
  expect(found.length).toBeGreaterThanOrEqual(acknowledged);
  expect(found.length).toBeLessThanOrEqual(acknowledged + 1);
  expect(new Set(found.map((row) => `${row.rows} ${row.distinct}`))).toEqual(new Set(['500 500']));
}, 90_000);

it('still knows a token after a stop and after a kill', async () => {
  await client.insert('batches', rowsOf(1), { token: 'one' });
  expect(await store.stop()).toBe(0);
  store = await spawnLogstore(dataDir, { port: store.port });
  await client.insert('batches', rowsOf(1), { token: 'one' });
  await killAndRestart();
  await client.insert('batches', rowsOf(1), { token: 'one' });
  expect(await client.query(counted)).toEqual([{ batch: 1, rows: '500', distinct: '500' }]);
});

it('completes an insert of several blocks that died half-way when it is repeated', async () => {
  const lines = Buffer.from(Array.from({ length: 2_500_000 }, (_, n) => `7\t${n}\n`).join(''));
  const inserting = client.insert('batches', lines, { format: 'TSV', token: 'large' });
  const someRows = async () =>
    Number((await client.query<{ n: string }>('SELECT count() AS n FROM batches'))[0]!.n);
  while ((await someRows()) === 0) await new Promise((resolve) => setImmediate(resolve));
  await killAndRestart();
  await inserting;
  await client.insert('batches', lines, { format: 'TSV', token: 'large' });
  expect(await client.query(counted)).toEqual([{ batch: 7, rows: '2500000', distinct: '2500000' }]);
}, 120_000);

it('throws away bodies that a killed process had staged', async () => {
  const auth = Buffer.from(`${store.user}:${store.password}`).toString('base64');
  const socket = connectSocket(store.port, '127.0.0.1');
  socket.on('error', () => {}); // the store is killed under it
  socket.write(
    `POST /?query=INSERT%20INTO%20batches%20FORMAT%20TSV HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ${auth}\r\n` +
      'Content-Length: 1000\r\n\r\n1\t1\n',
  );
  const staged = () => readdirSync(join(dataDir, 'incoming')).length;
  while (staged() === 0) await new Promise((resolve) => setImmediate(resolve));
  await store.kill();
  expect(staged()).toBe(1);
  store = await spawnLogstore(dataDir, { port: store.port });
  expect(staged()).toBe(0);
  expect(await client.query(counted)).toEqual([]);
});

it('refuses a second process on the same folder', async () => {
  await expect(spawnLogstore(dataDir)).rejects.toThrow('ended with code 1');
  expect(await client.ping()).toBe(true);
});
