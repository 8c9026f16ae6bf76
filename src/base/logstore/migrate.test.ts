import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { LogstoreClient } from './client.ts';
import { migrateLogstore, splitStatements } from './migrate.ts';
import { type SpawnedLogstore, spawnLogstore } from './testing.ts';

let root: string;
let folder: string;
let store: SpawnedLogstore;
let client: LogstoreClient;
let tests = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'jiaodun-store-migrate-'));
  store = await spawnLogstore(join(root, 'data'));
});
afterAll(async () => {
  await store.stop();
  await rm(root, { recursive: true });
});
beforeEach(async () => {
  tests++;
  folder = join(root, `migrations-${tests}`);
  await mkdir(folder);
  const admin = store.connect();
  await admin.command(`CREATE DATABASE m${tests}`);
  await admin.close();
  client = store.connect(`m${tests}`);
});

async function put(name: string, sql: string): Promise<void> {
  await writeFile(join(folder, name), sql);
}
const first = `-- the first; with a comment
CREATE TABLE a (n UInt8) ENGINE = MergeTree ORDER BY n;  -- done
INSERT INTO a VALUES (1);
`;

it('applies new files in order, each once', async () => {
  await put('0002_b.sql', 'ALTER TABLE a ADD COLUMN s String;');
  await put('0001_a.sql', first);
  await put('readme.txt', 'not a migration');
  expect(await migrateLogstore(client, folder)).toEqual(['0001_a.sql', '0002_b.sql']);
  expect(await migrateLogstore(client, folder)).toEqual([]);
  await put('0003_c.sql', 'CREATE TABLE c (n UInt8) ENGINE = MergeTree ORDER BY n');
  expect(await migrateLogstore(client, folder)).toEqual(['0003_c.sql']);
  expect(await client.query('SELECT n, s FROM a')).toEqual([{ n: 1, s: '' }]);
});

it('refuses a file that was changed after it was applied', async () => {
  await put('0001_a.sql', first);
  await migrateLogstore(client, folder);
  await put('0001_a.sql', `${first}\n-- and more`);
  await expect(migrateLogstore(client, folder)).rejects.toMatchObject({
    code: 'logstore.migration_changed',
    details: { file: '0001_a.sql' },
  });
});

it('refuses a store that is newer than the program, and a number that was left out', async () => {
  await put('0002_b.sql', 'CREATE TABLE b (n UInt8) ENGINE = MergeTree ORDER BY n');
  await migrateLogstore(client, folder);
  await put('0001_a.sql', first);
  await expect(migrateLogstore(client, folder)).rejects.toMatchObject({ code: 'logstore.migration_order' });
  await rm(join(folder, '0002_b.sql'));
  await expect(migrateLogstore(client, folder)).rejects.toMatchObject({ code: 'logstore.migration_unknown' });
});

it('goes on behind the last good statement when a file failed half-way', async () => {
  await put('0001_a.sql', `${first}SELEC broken;\n`);
  await expect(migrateLogstore(client, folder)).rejects.toMatchObject({ code: '47' });
  await put('0001_a.sql', `${first}CREATE TABLE b (n UInt8) ENGINE = MergeTree ORDER BY n;\n`);
  expect(await migrateLogstore(client, folder)).toEqual(['0001_a.sql']);
  expect(await client.query('SELECT count() AS n FROM a')).toEqual([{ n: '1' }]);
});

it('splits at semicolons that end a line only', () => {
  expect(splitStatements("SELECT ';' AS a, 1;\n-- only a comment\n;\r\nSELECT 2 ; -- end\nSELECT 3")).toEqual(
    ["SELECT ';' AS a, 1", 'SELECT 2', 'SELECT 3'],
  );
});
