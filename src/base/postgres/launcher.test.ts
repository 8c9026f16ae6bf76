import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isAppError } from '#base/errors';
import { chooseAccount } from './account.ts';
import { findEngine, provideEngine } from './engine.ts';
import { findHome } from './home.ts';
import { type RunningPostgres, startPostgres } from './launcher.ts';

const log = pino({ level: 'silent' });
const isRoot = process.getuid?.() === 0;
let root: string;
let running: RunningPostgres[] = [];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jiaodun-pg-'));
  await chmod(root, 0o755);
});
afterEach(async () => {
  for (const server of running) await server.stop();
  running = [];
  await rm(root, { recursive: true });
});

async function start(dataDir = join(root, 'data'), fallbackPlace?: string): Promise<RunningPostgres> {
  const onExit = () => {
    throw new Error('it ended by itself');
  };
  const server = await startPostgres({ dataDir, log, onExit, ...(fallbackPlace ? { fallbackPlace } : {}) });
  running.push(server);
  return server;
}

async function query<T>(server: RunningPostgres, sql: string): Promise<T[]> {
  const client = new pg.Client(server.owner);
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

it('makes a cluster, stops, and finds its rows again', async () => {
  const first = await start();
  await query(first, `CREATE TABLE kept AS SELECT '教盾' AS word`);
  await first.stop();
  const second = await start();
  expect(await query(second, 'SELECT word FROM kept')).toEqual([{ word: '教盾' }]);
  expect(second.where).toBeNull();
  expect(second.stoppedOrphan).toBeNull();
});

it('orders Chinese by pinyin, finds it by trigrams and has the extensions', async () => {
  const server = await start();
  for (const name of ['pg_trgm', 'ltree', 'btree_gist']) await query(server, `CREATE EXTENSION ${name}`);
  const ordered = await query<{ w: string }>(
    server,
    `SELECT w FROM unnest(ARRAY['张','李','阿','王','陈']) w ORDER BY w`,
  );
  expect(ordered.map((row) => row.w).join('')).toBe('阿陈李王张');
  const [found] = await query<{ s: number }>(server, `SELECT similarity('网络安全', '网络') AS s`);
  expect(found!.s).toBeGreaterThan(0);
});

it('answers on the socket only, with a password, durable and with checksums', async () => {
  const server = await start();
  const rows = await query<{ name: string; setting: string }>(
    server,
    'SELECT name, setting FROM pg_settings',
  );
  const settings = Object.fromEntries(rows.map((row) => [row.name, row.setting]));
  expect(settings).toMatchObject({
    listen_addresses: '',
    data_checksums: 'on',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    jit: 'off',
    wal_level: 'replica',
    TimeZone: 'UTC',
    server_encoding: 'UTF8',
  });
  const wrong = new pg.Client({ ...server.owner, password: 'wrong' });
  await expect(wrong.connect()).rejects.toMatchObject({ code: '28P01' });
  const viaUrl = new pg.Client({ connectionString: server.url });
  await viaUrl.connect();
  await viaUrl.end();
});

it('keeps the password in a file that only its owner reads, and makes a new one when it is lost', async () => {
  const first = await start();
  const path = join(root, 'data', 'postgres.password');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await first.stop();
  await rm(path);
  const second = await start();
  expect(second.owner.password).not.toBe(first.owner.password);
  expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('refuses to run twice on one data directory and names the process', async () => {
  const first = await start();
  const error = await start().catch((thrown: unknown) => thrown);
  expect(isAppError(error, 'data_dir.in_use') && error.details.pid).toBe(process.pid);
  expect(await query(first, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('uses a short socket folder when the data directory has a long path, and takes it away again', async () => {
  const server = await start(join(root, '很长的目录名'.repeat(8), 'data'));
  expect(server.owner.host).toMatch(/\/jiaodun-\w{6}$/);
  expect((await stat(server.owner.host)).mode & 0o777).toBe(0o700);
  expect(await query(server, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await server.stop();
  await expect(stat(server.owner.host)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('is found at the same socket when it is started again after a kill', async () => {
  const dataDir = join(root, '很长的目录名'.repeat(8), 'data');
  const exit = Promise.withResolvers<unknown>();
  const first = await startPostgres({ dataDir, log, onExit: exit.resolve });
  process.kill(first.pid, 'SIGKILL');
  await exit.promise;
  const second = await start(dataDir);
  expect(second.url).toBe(first.url);
  expect(await query(second, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('refuses a cluster of another version', async () => {
  await (await start()).stop();
  await writeFile(join(root, 'data/pg/PG_VERSION'), '17\n');
  const error = await start().catch((thrown: unknown) => thrown);
  expect(isAppError(error, 'postgres.wrong_version') && error.details.found).toBe('17');
});

it('repairs the symlinks that a blocked install script did not make', async () => {
  const engine = await findEngine();
  const bare = join(root, 'package', 'native');
  await cp(engine.folder, bare, {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  });
  expect((await readdir(join(bare, 'lib'))).includes('libicuuc.so.60')).toBe(false);
  const home = join(root, 'home');
  await mkdir(home);
  const provided = await provideEngine({ ...engine, folder: bare }, chooseAccount(), home);
  expect(provided).toBe(join(home, `engine-${engine.version}`));
  expect((await readdir(join(provided, 'lib'))).includes('libicuuc.so.60')).toBe(true);
  expect(await readdir(home)).toEqual([`engine-${engine.version}`]);
});

it('says that the programs are broken instead of starting half a server', async () => {
  const engine = await findEngine();
  const broken = join(root, 'package', 'native');
  await cp(engine.folder, broken, { recursive: true, verbatimSymlinks: true });
  await rm(join(broken, 'lib', 'libicudata.so.60.2'));
  await symlink('/nonexistent', join(broken, 'lib', 'libicudata.so.60.2'));
  const home = join(root, 'home');
  await mkdir(home);
  const error = await provideEngine({ ...engine, folder: broken }, chooseAccount(), home).catch(
    (e: unknown) => e,
  );
  expect(isAppError(error, 'postgres.engine_broken')).toBe(true);
});

describe.skipIf(!isRoot)('from a root shell', () => {
  it('runs the server as an ordinary user who owns the cluster', async () => {
    const server = await start();
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    const account = chooseAccount();
    expect(status).toContain(`Uid:\t${account.uid}\t${account.uid}`);
    expect(/Groups:(.*)/.exec(status)?.[1]?.trim()).toBe('');
    expect((await stat(join(root, 'data/pg'))).uid).toBe(account.uid);
    expect(account.uid).toBeGreaterThan(0);
  });

  it('goes elsewhere from a folder that only root may enter, says where, and stays there', async () => {
    const secret = join(root, 'secret');
    await mkdir(secret, { mode: 0o700 });
    const place = join(root, 'var');
    const first = await start(join(secret, 'data'), place);
    expect(first.where?.startsWith(`${place}/`)).toBe(true);
    await query(first, 'CREATE TABLE kept AS SELECT 7 AS n');
    await first.stop();
    await chmod(secret, 0o755);
    const second = await start(join(secret, 'data'), place);
    expect(second.where).toBe(first.where);
    expect(await query(second, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('does not make an empty database where the pointer’s one is missing', async () => {
    const secret = join(root, 'secret');
    await mkdir(secret, { mode: 0o700 });
    const server = await start(join(secret, 'data'), join(root, 'var'));
    await server.stop();
    await rm(server.where!, { recursive: true });
    const error = await start(join(secret, 'data'), join(root, 'var')).catch((thrown: unknown) => thrown);
    expect(isAppError(error, 'postgres.data_missing')).toBe(true);
  });

  it('copies the programs when they too are in a folder that only root may enter', async () => {
    const engine = await findEngine();
    const secret = join(root, 'secret');
    await mkdir(secret, { mode: 0o700 });
    const hidden = join(secret, 'native');
    await cp(engine.folder, hidden, { recursive: true, verbatimSymlinks: true });
    const home = join(root, 'home');
    await mkdir(home);
    const provided = await provideEngine({ ...engine, folder: hidden }, chooseAccount(), home);
    expect(provided).toBe(join(home, `engine-${engine.version}`));
  });

  it('fails with the remedy when there is no place that the server’s user can reach', async () => {
    const secret = join(root, 'secret');
    await mkdir(join(secret, 'data'), { recursive: true });
    await chmod(secret, 0o700);
    const error = await findHome(join(secret, 'data'), chooseAccount(), '/proc/jiaodun').catch(
      (e: unknown) => e,
    );
    expect(isAppError(error, 'postgres.no_reachable_place') && error.messages().en).toContain('--data');
  });

  it('keeps the owner of an existing cluster', async () => {
    const cluster = join(root, 'pg');
    await mkdir(cluster);
    await chown(cluster, 65534, 65534);
    expect(chooseAccount(cluster)).toMatchObject({ uid: 65534, gid: 65534 });
  });
});
