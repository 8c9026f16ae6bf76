/** What a confined process is made to do in `confine.test.ts`. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { serveConfined } from '#base/confine-child';

const kept: Buffer[] = [];

const tasks: Record<string, (path: string) => unknown> = {
  bytes: () => new Uint8Array([1, 2, 3]),
  read: (path) => readFileSync(path, 'utf8'),
  write: (path) => writeFileSync(path, 'x'),
  spawn: () => {
    const { error, status } = spawnSync('/bin/true');
    if (error) throw error;
    return status;
  },
  env: () =>
    Object.keys(process.env)
      .filter((name) => !name.startsWith('NODE_CHANNEL'))
      .sort(),
  user: () => process.getuid?.(),
  pid: () => process.pid,
  // Memory outside of the JavaScript heap that stays behind.
  keep: () => kept.push(Buffer.alloc(150 << 20, 1)),
  loop: () => {
    for (;;);
  },
  memory: () => {
    const kept: string[][] = [];
    for (;;) kept.push(new Array(100_000).fill(`${kept.length}`));
  },
  throw: () => {
    throw new RangeError('broken');
  },
  exit: () => process.exit(3),
  garbage: () => process.send?.({ output: new Uint8Array([1, 2, 3]) }),
  nothing: () => process.send?.({ output: 'no bytes' }),
  long: () => 'x'.repeat(2 << 20),
};

serveConfined(async (input: { do: string; path?: string }) => {
  if (input.do === 'echo') return input;
  try {
    return tasks[input.do]!(input.path ?? '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_ACCESS_DENIED') return error.code;
    throw error;
  }
});
