/** The launcher against kills: of the server, of the process that started it, of initdb. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Account, chooseAccount } from './account.ts';
import { type OwnerConnection, type RunningPostgres, startPostgres } from './launcher.ts';
import type { Exit } from './postmaster.ts';

const project = join(import.meta.dirname, '../../..');
const log = pino({ level: 'silent' });
const isRoot = process.getuid?.() === 0;
const children: ChildProcess[] = [];
let dataDir: string;
const running: RunningPostgres[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'jiaodun-pg-crash-'));
  await chmod(dataDir, 0o755);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const server of running.splice(0)) await server.stop();
  await rm(dataDir, { recursive: true, maxRetries: 20, retryDelay: 100 });
});

async function start(onExit: (exit: Exit) => void = () => {}): Promise<RunningPostgres> {
  const server = await startPostgres({ dataDir, log, onExit });
  running.push(server);
  return server;
}

async function connect(owner: OwnerConnection): Promise<pg.Client> {
  const client = new pg.Client(owner);
  client.on('error', () => {}); // it will be killed
  await client.connect();
  return client;
}

interface Launched {
  readonly child: ChildProcess;
  readonly owner: OwnerConnection;
  readonly pid: number;
}

function launch(ids: { uid?: number; gid?: number } = {}): ChildProcess {
  const script = `
    const { startPostgres } = await import('#base/postgres/launcher');
    const { pino } = await import('pino');
    const server = await startPostgres({ dataDir: ${JSON.stringify(dataDir)}, log: pino({ level: 'silent' }), onExit() {} });
    console.log(JSON.stringify({ owner: server.owner, pid: server.pid }));
    process.stdin.once('data', () => server.stop().then(() => process.exit(0)));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: project,
    stdio: ['pipe', 'pipe', 'inherit'],
    ...ids,
  });
  children.push(child);
  return child;
}

/** A process of its own that starts the server and stays. */
async function startElsewhere(ids: { uid?: number; gid?: number } = {}): Promise<Launched> {
  const child = launch(ids);
  const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
  return { child, ...(JSON.parse(line) as Omit<Launched, 'child'>) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

it('comes back with every committed row after kill -9 of the server, though a backend is still busy', async () => {
  let exited: (exit: Exit) => void = () => {};
  const exit = new Promise<Exit>((resolve) => {
    exited = resolve;
  });
  const first = await start(exited);
  const client = await connect(first.owner);
  await client.query('CREATE TABLE kept (n int)');
  for (let n = 0; n < 50; n++) await client.query('INSERT INTO kept VALUES ($1)', [n]);
  const busy = await connect(first.owner);
  // It computes without ever waiting, so it does not notice the postmaster's death and keeps the shared memory.
  const never = busy.query(
    'SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b',
  );
  const ended = expect(never).rejects.toThrow();
  process.kill(first.pid, 'SIGKILL');
  expect((await exit).signal).toBe('SIGKILL');
  const second = await start();
  await ended;
  const after = await connect(second.owner);
  expect((await after.query('SELECT count(*)::int AS n FROM kept')).rows).toEqual([{ n: 50 }]);
  await after.end();
});

async function waitUntilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('ends by itself, cleanly, when the process that started it is killed', async () => {
  const left = await startElsewhere();
  await kill(left.child);
  await waitUntilGone(left.pid);
  expect(await readdir(join(dataDir, 'pg'))).not.toContain('postmaster.pid');
  expect((await start()).stoppedOrphan).toBeNull();
});

/** The shell that would end the server with its parent. */
async function guardOf(parent: number): Promise<number> {
  const children = (await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8')).trim().split(' ');
  for (const pid of children) {
    if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() === 'sh') return Number(pid);
  }
  throw new Error('no guard found');
}

it.skipIf(process.platform !== 'linux')(
  'stops the server that a killed process left and keeps its rows',
  async () => {
    const left = await startElsewhere();
    const client = await connect(left.owner);
    await client.query('CREATE TABLE kept AS SELECT 1 AS n');
    process.kill(await guardOf(left.child.pid!), 'SIGKILL');
    await kill(left.child);
    expect((await client.query('SELECT n FROM kept')).rows).toEqual([{ n: 1 }]); // the orphan still serves
    const server = await start();
    expect(server.stoppedOrphan).toBe(left.pid);
    const after = await connect(server.owner);
    expect((await after.query('SELECT n FROM kept')).rows).toEqual([{ n: 1 }]);
    await after.end();
  },
);

it('refuses a second process while the first lives, and starts when it has stopped', async () => {
  const other = await startElsewhere();
  await expect(start()).rejects.toMatchObject({ code: 'data_dir.in_use', details: { pid: other.child.pid } });
  other.child.stdin!.write('stop\n');
  await once(other.child, 'exit');
  expect((await start()).stoppedOrphan).toBeNull();
});

/** Kills the starting process as soon as `seen` is true for the names in the data directory. */
async function killWhen(seen: (names: string[]) => Promise<boolean>): Promise<void> {
  const child = launch();
  while (!(await seen(await readdir(dataDir)))) await new Promise((resolve) => setImmediate(resolve));
  await kill(child);
}

it('leaves nothing half-made when it is killed during initdb', async () => {
  await killWhen(async (names) => {
    const half = names.find((name) => name.startsWith('pg.new-'));
    return half !== undefined && (await stat(join(dataDir, half, 'data', 'base')).catch(() => null)) !== null;
  });
  const names = await readdir(dataDir);
  expect(names.includes('pg')).toBe(false);
  const server = await start();
  expect((await readdir(dataDir)).filter((name) => name.startsWith('pg.new-'))).toEqual([]);
  const client = await connect(server.owner);
  expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});

it('starts although the lock file’s pid now belongs to another program of the same user', async () => {
  await (await start()).stop();
  const account: Account = chooseAccount(join(dataDir, 'pg'));
  const ids = isRoot ? { uid: account.uid!, gid: account.gid! } : {};
  const stranger = spawn('sleep', ['600'], { ...ids, stdio: 'ignore' });
  children.push(stranger);
  await once(stranger, 'spawn');
  const lockFile = join(dataDir, 'pg', 'postmaster.pid');
  await writeFile(
    lockFile,
    `${stranger.pid}\n${join(dataDir, 'pg')}\n1700000000\n5432\n/tmp\n\n  1 1\nready\n`,
  );
  if (isRoot) await chown(lockFile, account.uid!, account.gid!);
  const server = await start();
  expect(server.stoppedOrphan).toBeNull();
  expect(stranger.exitCode).toBeNull();
  expect(await readFile(lockFile, 'utf8')).toContain(`${server.pid}\n`);
});

it.each(['', 'garbage\n', '-5\n'])('starts although the lock file holds %j', async (content) => {
  await (await start()).stop();
  await writeFile(join(dataDir, 'pg', 'postmaster.pid'), content);
  if (isRoot) {
    const { uid, gid } = chooseAccount(join(dataDir, 'pg'));
    await chown(join(dataDir, 'pg', 'postmaster.pid'), uid!, gid!);
  }
  const server = await start();
  expect(server.pid).toBeGreaterThan(0);
});

it.skipIf(!isRoot)('works for an ordinary user, and a kill -9 of that one too', async () => {
  await chown(dataDir, 65534, 65534);
  const first = await startElsewhere({ uid: 65534, gid: 65534 });
  expect((await stat(join(dataDir, 'pg'))).uid).toBe(65534);
  await kill(first.child);
  const second = await startElsewhere({ uid: 65534, gid: 65534 });
  expect(second.pid).not.toBe(first.pid);
  second.child.stdin!.write('stop\n');
  expect((await once(second.child, 'exit'))[0]).toBe(0);
});
