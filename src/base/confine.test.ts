import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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

  it('wakes another process only for an input that has waited for the one at work', async () => {
    const poolOf = (patienceMs: number) =>
      createConfinedPool<Task, number>({ entry, timeMs: 4000, memoryMb: 64, workers: 2, patienceMs });
    const [patient, hasty] = [poolOf(60_000), poolOf(5)];
    const pids = await Promise.all(Array.from({ length: 5 }, () => patient.run({ do: 'pid' })));
    expect(new Set(pids).size).toBe(1);
    let hasEnded = false;
    const endless = hasty.run({ do: 'loop' }).catch(() => (hasEnded = true));
    expect(await hasty.run({ do: 'pid' })).toBeGreaterThan(0);
    expect(hasEnded).toBe(false);
    await Promise.all([patient.close(), hasty.close(), endless]);
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
    ['bytes that are no answer', 'garbage', 'confine.crashed'],
    ['an answer without bytes', 'nothing', 'confine.crashed'],
  ])('survives %s and serves the next input', async (_, task, code) => {
    expect(await codeOf({ do: task })).toBe(code);
    expect(await pool.run({ do: 'echo' })).toEqual({ do: 'echo' });
  });

  it('replaces a process after as many inputs as it may have, and not before', async () => {
    const limits = { entry, timeMs: 4000, memoryMb: 64, workers: 1 };
    const other = createConfinedPool<Task, number>({ ...limits, maxInputs: 3 });
    const pids: number[] = [];
    for (let n = 0; n < 7; n += 1) pids.push(await other.run({ do: 'pid' }));
    await other.close();
    expect(pids.map((pid) => [...new Set(pids)].indexOf(pid))).toEqual([0, 0, 0, 1, 1, 1, 2]);
  });

  it('replaces a process that keeps more memory than twice its heap, whatever it is made of', async () => {
    const before = await pool.run({ do: 'pid' });
    expect(await pool.run({ do: 'pid' })).toBe(before);
    expect(await pool.run({ do: 'keep' })).toBe(1);
    expect(await pool.run({ do: 'keep' })).toBe(1);
    expect(await pool.run({ do: 'pid' })).not.toBe(before);
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

describe('a project whose packages are linked from elsewhere', () => {
  const folder = mkdtempSync(join(tmpdir(), 'confine-linked-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const project = join(folder, 'project');
  const packages = join(folder, 'elsewhere', 'node_modules');
  mkdirSync(join(packages, 'words'), { recursive: true });
  mkdirSync(project);
  writeFileSync(join(folder, 'elsewhere', 'secret'), 'secret');
  writeFileSync(
    join(packages, 'words', 'package.json'),
    '{"name":"words","type":"module","main":"index.js"}',
  );
  writeFileSync(join(packages, 'words', 'index.js'), `export const word = 'found';`);
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(project, 'entry.js'),
    `import { readFileSync } from 'node:fs';
     import { serialize } from 'node:v8';
     import { word } from 'words';
     const read = (path) => { try { return readFileSync(path, 'utf8'); } catch (error) { return error.code; } };
     process.on('message', ({ input }) =>
       process.send({ output: serialize({ word, secret: read(input), user: process.getuid?.() }) }));`,
  );
  symlinkSync(packages, join(project, 'node_modules'));
  symlinkSync(project, join(folder, 'linked-project'));
  const ask = async (entry: string) => {
    const notices: string[] = [];
    const limits = { timeMs: 4000, memoryMb: 64, workers: 1, onNotice: (text: string) => notices.push(text) };
    const linked = createConfinedPool<string, { word: string; secret: string; user: number }>({
      entry: pathToFileURL(entry),
      ...limits,
    });
    const answer = await linked.run(join(folder, 'elsewhere', 'secret')).finally(() => linked.close());
    return { ...answer, notices };
  };

  it('reads the packages where they are, and nothing beside them', async () => {
    chmodSync(folder, 0o755);
    for (const entry of [join(project, 'entry.js'), join(folder, 'linked-project', 'entry.js')]) {
      expect(await ask(entry)).toMatchObject({ word: 'found', secret: 'ERR_ACCESS_DENIED' });
    }
  });

  it.runIf(process.getuid?.() === 0)(
    'keeps its user, and says why, when others cannot enter there',
    async () => {
      chmodSync(join(folder, 'elsewhere'), 0o700);
      const { word, user, notices } = await ask(join(project, 'entry.js'));
      expect({ word, user }).toEqual({ word: 'found', user: 0 });
      expect(notices).toEqual([
        `confined processes keep the user root: ${join(folder, 'elsewhere')} is not readable for others`,
      ]);
    },
  );
});
