/** Where the cluster lives: in the data directory, or, when the server's user cannot enter it, in /var/lib/jiaodun. */
import { createHash, randomBytes } from 'node:crypto';
import { chown, lstat, mkdir, mkdtemp, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail } from '#base/errors';
import { type Account, canEnter } from './account.ts';

/** Remembered in `<dataDir>/postgres.json`; `ready` once the cluster was complete. */
export interface Pointer {
  readonly home: string;
  readonly ready: boolean;
}

const pointerName = 'postgres.json';
const systemPlace = '/var/lib/jiaodun';

/**
 * The folder in which the cluster is or will be. A place that was used once stays, even when the data directory
 * has become reachable since. Throws `postgres.no_reachable_place` and `postgres.data_missing`.
 */
export async function findHome(dataDir: string, account: Account, place = systemPlace): Promise<Pointer> {
  const known = await readPointer(dataDir);
  if (known) {
    const version = await lstat(join(known.home, 'pg', 'PG_VERSION')).catch(() => undefined);
    if (known.ready && !version) {
      fail('postgres.data_missing', { pointer: join(dataDir, pointerName), home: known.home });
    }
    return known;
  }
  const reachable = await canEnter(account, dataDir);
  const pointer = { home: reachable ? dataDir : await makeHome(dataDir, account, place), ready: false };
  await writePointer(dataDir, pointer);
  return pointer;
}

async function readPointer(dataDir: string): Promise<Pointer | undefined> {
  const text = await readFile(join(dataDir, pointerName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const pointer = JSON.parse(text) as Pointer;
  // A data directory that was moved keeps its cluster inside; only a cluster elsewhere has a fixed place.
  return pointer.home === '.' ? { ...pointer, home: dataDir } : pointer;
}

/** Writes the pointer whole (renamed into place). */
export async function writePointer(dataDir: string, pointer: Pointer): Promise<void> {
  const path = join(dataDir, pointerName);
  const home = pointer.home === dataDir ? '.' : pointer.home;
  await writeFile(`${path}.new`, `${JSON.stringify({ ...pointer, home })}\n`, { mode: 0o600, flush: true });
  await rename(`${path}.new`, path);
}

/** The random part keeps a new data directory from meeting the cluster of a deleted one of the same name. */
async function makeHome(dataDir: string, account: Account, place: string): Promise<string> {
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const home = join(place, `${hash}-${randomBytes(3).toString('hex')}`);
  try {
    await makeFolder(place);
    await makeFolder(home);
  } catch (error) {
    const reason = (error as Error).message;
    return fail(
      'postgres.no_reachable_place',
      { account: account.name, dataDir, fallback: place, reason },
      error,
    );
  }
  if (await canEnter(account, home)) return home;
  const reason = `${account.name} cannot enter ${home}`;
  return fail('postgres.no_reachable_place', { account: account.name, dataDir, fallback: place, reason });
}

/** Not `recursive`: where nothing can be made (below /proc), Node's recursive mkdir never ends. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** `sockaddr_un.sun_path` holds 108 bytes on Linux, 104 on macOS; `/.s.PGSQL.5432.lock` is 19 of them. */
const maxSocketDir = 80;

/**
 * A folder for the socket that the server may write to and every role may enter: `<home>/socket`, or a private
 * one below the system's temporary folder when that path is too long. That one is remembered, so that a server
 * that is started again after a crash is found where the roles look for it.
 */
export async function makeSocketDir(home: string, account: Account): Promise<string> {
  const near = join(home, 'socket');
  if (Buffer.byteLength(near) <= maxSocketDir) {
    await mkdir(near, { recursive: true, mode: 0o755 });
    return give(near, account);
  }
  const memory = join(home, 'socket-dir');
  const known = await readFile(memory, 'utf8').catch(() => '');
  if (known && (await isOurs(known, account))) return known;
  for (const base of [tmpdir(), '/tmp']) {
    if (Buffer.byteLength(base) < 50 && (await canEnter(account, base))) {
      const made = await give(await mkdtemp(join(base, 'jiaodun-')), account);
      await writeFile(memory, made);
      return made;
    }
  }
  return fail('postgres.start_failed', { reason: `no short path for a socket: ${near} is too long` });
}

/** Anyone may have put something else there since: only a real folder of the server's user, closed to others, counts. */
async function isOurs(folder: string, account: Account): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return (
    found?.isDirectory() === true &&
    found.uid === (account.uid ?? process.getuid?.()) &&
    (found.mode & 0o77) === 0
  );
}

async function give(folder: string, account: Account): Promise<string> {
  if (account.uid !== undefined && account.gid !== undefined) await chown(folder, account.uid, account.gid);
  return folder;
}
