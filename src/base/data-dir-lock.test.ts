import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type DataDirLock, lockDataDir } from '#base/data-dir-lock';
import { isAppError } from '#base/errors';

const project = join(import.meta.dirname, '../..');
const children: ChildProcess[] = [];
const locks: DataDirLock[] = [];
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'jiaodun-lock-test-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const lock of locks.splice(0)) lock.release();
  rmSync(dataDir, { recursive: true });
});

function take(): DataDirLock {
  const lock = lockDataDir(dataDir);
  locks.push(lock);
  return lock;
}

function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Another process that tries to take the lock, says `taken` or the error's code, and stays. */
async function takeElsewhere(
  ids: { uid?: number; gid?: number } = {},
): Promise<{ child: ChildProcess; said: string }> {
  const script = `
    const { lockDataDir } = await import('#base/data-dir-lock');
    try { lockDataDir(${JSON.stringify(dataDir)}); globalThis.gc(); console.log('taken'); }
    catch (error) { console.log(error.code + ' ' + error.details.pid); }
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...ids,
  });
  children.push(child);
  const [said] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, said: said.toString().trim() };
}

it('refuses a second process and names the first', async () => {
  take();
  expect((await takeElsewhere()).said).toBe(`data_dir.in_use ${process.pid}`);
});

it('names the holder when that is another process', async () => {
  const { child, said } = await takeElsewhere();
  expect(said).toBe('taken');
  const error = errorOf(take);
  expect(isAppError(error, 'data_dir.in_use') && error.details.pid).toBe(child.pid);
});

it('keeps the first lock when the same process tries again', async () => {
  take();
  expect(isAppError(errorOf(take), 'data_dir.in_use')).toBe(true);
  expect((await takeElsewhere()).said).toBe(`data_dir.in_use ${process.pid}`);
});

it('is free the moment its holder is killed', async () => {
  const { child } = await takeElsewhere();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(errorOf(take)).toBeUndefined();
});

it('is free after release, also when released twice', async () => {
  const lock = take();
  lock.release();
  lock.release();
  expect((await takeElsewhere()).said).toBe('taken');
});

it('does not overwrite a file of that name which is something else', () => {
  writeFileSync(
    join(dataDir, 'jiaodun.lock'),
    'somebody’s notes, longer than the header of a database. '.repeat(20),
  );
  expect(String(errorOf(take))).toContain('file is not a database');
});

it('makes a directory that the database server’s user may pass through, whatever the umask', () => {
  const before = process.umask(0o077);
  try {
    dataDir = join(dataDir, 'data');
    take();
  } finally {
    process.umask(before);
    dataDir = join(dataDir, '..');
  }
  expect(statSync(join(dataDir, 'data')).mode & 0o777).toBe(0o711);
  expect(statSync(join(dataDir, 'data/jiaodun.lock')).mode & 0o777).toBe(0o600);
});

it.skipIf(process.getuid?.() !== 0)('tells a user who may not write there', async () => {
  take().release();
  const { said } = await takeElsewhere({ uid: 65534, gid: 65534 });
  expect(said).toMatch(/^data_dir.not_writable/);
});
