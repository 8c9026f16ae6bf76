import { expect, test } from 'vitest';
import { damagedCode } from '../spool/spool-file.ts';
import { SealQueue } from './seal-queue.ts';

const place = { at: 24, length: 1, records: 1, sender: '192.0.2.1' };

/** A queue of files `a`, `b`, `c`…; `fails` says what a try of a file fails with. */
function queueOf(names: string, fails: (path: string, tries: number) => unknown) {
  const tries: string[] = [];
  const sealed: string[] = [];
  const told: string[] = [];
  const queue = new SealQueue({
    pauseMs: 1,
    seal: async (path, blocks) => {
      tries.push(blocks ? path : `${path} itself`);
      const error = fails(path, tries.filter((one) => one.startsWith(path)).length);
      if (error) throw error;
      sealed.push(path);
    },
    onFailure: (path) => told.push(path),
  });
  for (const name of names) queue.add(name, [place]);
  return { queue, tries, sealed, told };
}

test('a file that cannot be sealed does not hold up the others, and is tried again', async () => {
  const { queue, sealed, told } = queueOf('abc', (path, tries) => path === 'b' && tries < 3 && new Error());
  await queue.run();
  expect(sealed).toEqual(['a', 'c', 'b']);
  expect(told).toEqual(['b', 'b']);
  expect([queue.waiting, queue.fails]).toEqual([0, false]);
});

test('when nothing can be sealed the order stays', async () => {
  const { queue, sealed, told } = queueOf(
    'abcd',
    (path, tries) => 'ab'.includes(path) && tries < 5 && new Error(),
  );
  await queue.run();
  expect(sealed).toEqual(['a', 'b', 'c', 'd']);
  // Two tries tell that it is not one file's fault.
  expect(told.slice(0, 4)).toEqual(['a', 'b', 'a', 'b']);
});

test('a file that is not as it is remembered is read itself', async () => {
  const { queue, tries } = queueOf(
    'a',
    (_, nth) => nth === 1 && Object.assign(new Error(), { code: damagedCode }),
  );
  await queue.run();
  expect(tries).toEqual(['a', 'a itself']);
});

test('once stopped it gives up after a failure, and says what waits', async () => {
  const { queue, sealed } = queueOf('abc', (path) => path === 'a' && new Error());
  queue.stop();
  await queue.run();
  expect(sealed).toEqual(['b', 'c']);
  expect([queue.waiting, queue.fails]).toEqual([1, true]);
});
