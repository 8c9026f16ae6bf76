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
});

export interface DataDirLock {
  /** The lock's file. */
  readonly path: string;
  /** Gives the directory free. May be called twice. */
  release(): void;
}

const busy = 5; // SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy

/**
 * Takes the data directory (made when missing) for this process until `release()` or the process's end.
 * Throws `data_dir.in_use` with `{dataDir, pid}` when another holder lives, also within this process.
 * `name` tells apart independent locks in one directory.
 */
export function lockDataDir(dataDir: string, name = 'jiaodun.lock'): DataDirLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o755 });
  const path = join(dataDir, name);
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    chmodSync(path, 0o600);
    database.exec('BEGIN IMMEDIATE');
    writeHolder(database);
    database.exec('BEGIN IMMEDIATE');
  } catch (error) {
    const pid = isBusy(error) ? readHolder(database) : undefined;
    database.close();
    if (!isBusy(error)) throw error;
    throw new AppError('data_dir.in_use', { dataDir, pid: pid ?? '?' }, error);
  }
  let held = true;
  return {
    path,
    release() {
      if (held) database.close();
      held = false;
    },
  };
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
