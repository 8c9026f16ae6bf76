import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createConfinedPool } from '#base/confine';
import { isAppError } from '#base/errors';

type Task = { do: string; path?: string };
const entry = new URL('./confine-test-task.ts', import.meta.url);
const pool = createConfinedPool<Task, unknown>({
  entry,
  timeMs: 4000,
  memoryMb: 64,
  workers: 1,
  resultBytes: 1 << 20,
});
afterAll(() => pool.close());

const codeOf = async (task: Task) => {
  const error = await pool.run(task).catch((reason: unknown) => reason);
  return isAppError(error) ? error.code : error;
};

describe('createConfinedPool', () => {
  it('gives inputs to a process and returns what it answers, bytes included', async () => {
    const answers = await Promise.all([pool.run({ do: 'echo', path: 'a' }), pool.run({ do: 'bytes' })]);
    expect(answers).toEqual([{ do: 'echo', path: 'a' }, new Uint8Array([1, 2, 3])]);
  });

  it('cannot read a file outside the project, write one, or start a program', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'confine-')), 'secret');
    writeFileSync(file, 'secret');
    expect(readFileSync(file, 'utf8')).toBe('secret');
    for (const task of ['read', 'write', 'spawn']) {
      expect(await pool.run({ do: task, path: file })).toBe('ERR_ACCESS_DENIED');
    }
  });

  it('sees nothing of the environment of its parent', async () => {
    expect(await pool.run({ do: 'env' })).toEqual(['LANG', 'PATH']);
  });

  it('runs as nobody when its parent is root and the project is readable for everyone', async () => {
    const notices: string[] = [];
    const other = createConfinedPool<Task, unknown>({
      entry,
      timeMs: 4000,
      memoryMb: 64,
      workers: 1,
      onNotice: (notice) => notices.push(notice),
    });
    const user = await other.run({ do: 'user' });
    await other.close();
    const isRoot = process.getuid?.() === 0;
    expect(user).toBe(isRoot && notices.length === 0 ? 65534 : process.getuid?.());
  });

  it.each([
    ['an endless loop', 'loop', 'confine.timeout'],
    ['too much memory', 'memory', 'confine.memory'],
    ['an exception', 'throw', 'confine.crashed'],
    ['its own end', 'exit', 'confine.crashed'],
    ['too long an answer', 'long', 'confine.too_large'],
  ])('survives %s and serves the next input', async (_, task, code) => {
    expect(await codeOf({ do: task })).toBe(code);
    expect(await pool.run({ do: 'echo' })).toEqual({ do: 'echo' });
  });

  it('refuses inputs after it was closed, and those that wait', async () => {
    const other = createConfinedPool<Task, unknown>({ entry, timeMs: 4000, memoryMb: 64, workers: 1 });
    const waiting = [other.run({ do: 'loop' }), other.run({ do: 'echo' })].map((run) =>
      run.catch((reason: unknown) => reason),
    );
    await other.close();
    for (const error of await Promise.all(waiting)) expect(isAppError(error, 'confine.closed')).toBe(true);
    expect(
      isAppError(await other.run({ do: 'echo' }).catch((reason: unknown) => reason), 'confine.closed'),
    ).toBe(true);
  });
});
