/** The embedded PostgreSQL: from a data directory to a server that accepts connections, and back. */
import { chmod, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { elapsed } from '#base/clock';
import { type DataDirLock, lockDataDir } from '#base/data-dir-lock';
import { fail } from '#base/errors';
import type { Logger } from '#base/log';
import { chooseAccount } from './account.ts';
import { type ClusterPlace, clusterDirOf, ensureCluster } from './cluster.ts';
import { findEngine, provideEngine } from './engine.ts';
import { findHome, makeSocketDir, writePointer } from './home.ts';
import { stopOrphan, stopStrayBackends } from './leftovers.ts';
import { type Exit, type Postmaster, socketPort, spawnPostmaster } from './postmaster.ts';

export interface StartPostgresOptions {
  /** The product's data directory; the cluster is its `pg/`. Made when missing. */
  readonly dataDir: string;
  readonly log: Logger;
  /** Called once when the server ends without `stop()`; start again with `startPostgres`. */
  readonly onExit: (exit: Exit) => void;
  /** Where the cluster goes when the server's user cannot enter `dataDir`. Default `/var/lib/jiaodun`. */
  readonly fallbackPlace?: string;
  /** Server parameters in place of the product's own: for tests, whose data nobody keeps. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What `pg` needs to connect as the superuser; `host` is the socket's folder. */
export interface OwnerConnection {
  readonly host: string;
  readonly port: number;
  readonly user: 'postgres';
  readonly password: string;
  readonly database: 'postgres';
}

export interface RunningPostgres {
  readonly owner: OwnerConnection;
  /** The same as a URL for DATABASE_URL-like use: `postgres://postgres:…@/postgres?host=…&port=…`. */
  readonly url: string;
  readonly pid: number;
  /** The folder of the cluster when it is not in the data directory: to be told at start. Otherwise null. */
  readonly where: string | null;
  /** The pid of a server that an earlier, killed run had left and that was stopped first. */
  readonly stoppedOrphan: number | null;
  /** Fast shutdown; after `timeoutMs` (default 10 s) immediate shutdown. Resolves when the process is gone. */
  stop(options?: { timeoutMs?: number }): Promise<void>;
}

/** Crash recovery replays at most `max_wal_size`; a minute is ample for that on a slow disk. */
const readyWithinMs = 60_000;
/** How long leftovers of a killed server may hold its shared memory. */
const retryForMs = 8_000;

/**
 * Starts the server on `<dataDir>/pg`, making the cluster at first. Resolves when it accepts connections.
 * Throws `data_dir.in_use` when another process runs it, and the `postgres.*` codes of `errors.ts`.
 */
export async function startPostgres(options: StartPostgresOptions): Promise<RunningPostgres> {
  const locks = [lockDataDir(options.dataDir, 'postgres.lock')];
  try {
    const dataDir = await realpath(options.dataDir);
    return await startLocked({ ...options, dataDir }, locks);
  } catch (error) {
    for (const lock of locks) lock.release();
    throw error;
  }
}

async function startLocked(options: StartPostgresOptions, locks: DataDirLock[]): Promise<RunningPostgres> {
  const { dataDir, log } = options;
  const { place, ready } = await preparePlace(options, locks);
  const cluster = clusterDirOf(place.home);
  const stoppedOrphan = await stopOrphan(cluster);
  if (stoppedOrphan) log.warn({ pid: stoppedOrphan }, 'stopped a PostgreSQL that an earlier run had left');
  const { password, made } = await ensureCluster(place);
  if (!ready) await writePointer(dataDir, { home: place.home, ready: true });
  if (made) log.info({ cluster }, 'made a new database cluster');

  const host = await makeSocketDir(place.home, place.account);
  const owner: OwnerConnection = { host, port: socketPort, user: 'postgres', password, database: 'postgres' };
  const postmaster = await startUntilReady(place, owner, options);
  let stopping = false;
  const cleaned = postmaster.gone.then(async (exit) => {
    if (stopping && host !== join(place.home, 'socket')) await rm(host, { recursive: true, force: true });
    for (const lock of locks) lock.release();
    if (!stopping) options.onExit(exit);
  });
  return {
    owner,
    url: urlOf(owner),
    pid: postmaster.pid,
    where: place.home === dataDir ? null : place.home,
    stoppedOrphan,
    async stop({ timeoutMs = 10_000 } = {}) {
      stopping = true;
      await stopPostmaster(postmaster, timeoutMs);
      await cleaned;
    },
  };
}

async function preparePlace(
  options: StartPostgresOptions,
  locks: DataDirLock[],
): Promise<{ place: ClusterPlace; ready: boolean }> {
  const { dataDir, fallbackPlace } = options;
  const candidate = chooseAccount();
  const { home, ready } = await findHome(dataDir, candidate, fallbackPlace);
  // Two data directories may name one home (a copied folder): the home has its own lock.
  if (home !== dataDir) locks.push(lockDataDir(home, 'postgres.lock'));
  const account = chooseAccount(clusterDirOf(home));
  const engine = await provideEngine(await findEngine(), account, home);
  return { place: { dataDir, home, engine, account }, ready };
}

async function startUntilReady(
  place: ClusterPlace,
  owner: OwnerConnection,
  { log, settings }: StartPostgresOptions,
): Promise<Postmaster> {
  const cluster = clusterDirOf(place.home);
  const giveUp = elapsed() + retryForMs;
  await chmod(cluster, 0o700);
  for (;;) {
    const postmaster = spawnPostmaster(place, owner.host, log, settings);
    if (await acceptsConnections(postmaster, owner)) return postmaster;
    await stopPostmaster(postmaster, 5_000);
    const leftover = /lock file .* already exists|shared memory block .* still in use/.test(
      postmaster.tail(),
    );
    if (!leftover || elapsed() > giveUp) {
      fail('postgres.start_failed', { reason: postmaster.tail() || 'it did not answer' });
    }
    await stopStrayBackends(cluster);
    await sleep(250);
  }
}

/** False when the server ended or did not answer in time. Throws what no waiting mends, e.g. a wrong password. */
async function acceptsConnections(postmaster: Postmaster, owner: OwnerConnection): Promise<boolean> {
  const until = elapsed() + readyWithinMs;
  while (!postmaster.exit() && elapsed() < until) {
    const code = await tryToConnect(owner);
    if (code === null) return true;
    // 57P03 cannot_connect_now: recovery is running. The others: the socket is not there yet.
    if (!['57P03', 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code)) {
      await stopPostmaster(postmaster, 5_000);
      fail('postgres.start_failed', { reason: `connecting failed with ${code}\n${postmaster.tail()}` });
    }
    await sleep(30);
  }
  return false;
}

/** Null when a connection was made, otherwise the error's code. */
async function tryToConnect(owner: OwnerConnection): Promise<string | null> {
  const client = new Client({ ...owner, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // the same failure rejects connect(); without a listener it would end the process
  try {
    await client.connect();
    await client.query('SELECT 1');
    return null;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code ?? (/timeout|terminated/i.test(message) ? 'ECONNRESET' : message);
  } finally {
    await client.end().catch(() => {}); // nothing to end when connecting failed
  }
}

async function stopPostmaster(postmaster: Postmaster, timeoutMs: number): Promise<void> {
  for (const [signal, wait] of [['SIGINT', timeoutMs] as const, ['SIGQUIT', 10_000] as const]) {
    postmaster.kill(signal);
    const timer = new AbortController();
    const late = sleep(wait, 'late', { signal: timer.signal }).catch(() => 'stopped');
    const first = await Promise.race([postmaster.gone, late]);
    timer.abort();
    if (first !== 'late') return;
  }
  postmaster.kill('SIGKILL');
  await postmaster.gone;
}

function urlOf(owner: OwnerConnection): string {
  const password = encodeURIComponent(owner.password);
  return `postgres://postgres:${password}@/${owner.database}?host=${encodeURIComponent(owner.host)}&port=${owner.port}`;
}
