/**
 * One process per data directory. The lock is the kernel's: SQLite's file lock on a tiny database. It is gone
 * the moment its holder is, however it died, so a reused process id or a `kill -9` can neither fake nor keep it.
 * The file's content (who holds it) is only for the message. The holder must not open that file by other means:
 * closing any descriptor of a file drops all of a process's POSIX locks on it.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError, registerErrors } from '#base/errors';

registerErrors({
  'data_dir.in_use': {
    status: 409,
    zh: '数据目录 {dataDir} 正在被另一个进程（PID {pid}）使用；请先停止它，或用 --data 指定别的目录',
    en: 'The data directory {dataDir} is in use by process {pid}; stop it first, or give another one with --data',
  },
  'data_dir.not_writable': {
    status: 403,
    zh: '当前用户不能写数据目录 {dataDir}；请用原来启动它的用户，或用 --data 指定别的目录',
    en: 'This user may not write the data directory {dataDir}; start as the user who did before, or give another one with --data',
  },
});

export interface DataDirLock {
  /** The lock's file. */
  readonly path: string;
  /** Gives the directory free. May be called twice. */
  release(): void;
}

/** https://www.sqlite.org/rescode.html */
const busy = 5;
const cannotOpen = 14;

/** A lock that nobody refers to must not be freed by garbage collection. */
const held = new Set<DatabaseSync>();

/**
 * Takes the data directory (made when missing, with `mode`) for this process until `release()` or the process's end.
 * Throws `data_dir.in_use` with `{dataDir, pid}` when another holder lives, also within this process, and
 * `data_dir.not_writable`. `name` tells apart independent locks in one directory.
 * The default mode lets other users pass through to what they own inside (the database server), but not list it.
 */
export function lockDataDir(dataDir: string, name = 'jiaodun.lock', mode = 0o711): DataDirLock {
  const path = join(dataDir, name);
  const database = openLockFile(dataDir, path, mode);
  try {
    database.exec('BEGIN IMMEDIATE');
    writeHolder(database);
    database.exec('BEGIN IMMEDIATE');
  } catch (error) {
    const pid = isBusy(error) ? readHolder(database) : undefined;
    database.close();
    if (!isBusy(error)) throw error;
    throw new AppError('data_dir.in_use', { dataDir, pid: pid ?? '?' }, error);
  }
  held.add(database);
  return {
    path,
    release() {
      if (held.delete(database)) database.close();
    },
  };
}

function openLockFile(dataDir: string, path: string, mode: number): DatabaseSync {
  try {
    // Set again after making it: a umask of 077 would shut out the database server's user.
    if (mkdirSync(dataDir, { recursive: true }) !== undefined) chmodSync(dataDir, mode);
    const database = new DatabaseSync(path, { timeout: 0 });
    chmodSync(path, 0o600);
    return database;
  } catch (error) {
    const { code = '', errcode } = error as { code?: string; errcode?: number };
    if (errcode !== cannotOpen && !['EACCES', 'EPERM', 'EROFS'].includes(code)) throw error;
    throw new AppError('data_dir.not_writable', { dataDir }, error);
  }
}

function writeHolder(database: DatabaseSync): void {
  database.exec('CREATE TABLE IF NOT EXISTS holder (only INTEGER PRIMARY KEY CHECK (only = 1), pid INTEGER)');
  database.prepare('INSERT OR REPLACE INTO holder VALUES (1, ?)').run(process.pid);
  database.exec('COMMIT');
}

/** The holder's pid; undefined while that process has not written it yet. */
function readHolder(database: DatabaseSync): number | undefined {
  try {
    return Number(database.prepare('SELECT pid FROM holder').get()?.pid);
  } catch (error) {
    if (isBusy(error) || String(error).includes('no such table')) return undefined;
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === busy;
}
