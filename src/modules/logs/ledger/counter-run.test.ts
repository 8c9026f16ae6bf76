import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CounterRun, type Missing, missingBetween } from './counter-run.ts';

const second = 1000;

interface Seen {
  readonly value: number;
  readonly span?: number;
  readonly at: number;
}

function runOf(seen: readonly Seen[], modulus?: number): CounterRun {
  const counter = ({ value, span }: Seen) => ({
    name: 'n',
    value,
    ...(span !== undefined && { span }),
    ...(modulus !== undefined && { modulus }),
  });
  const run = new CounterRun(counter(seen[0]!), seen[0]!.at);
  for (const one of seen.slice(1)) run.note(counter(one), one.at);
  return run;
}

const sum = (missing: readonly Missing[]) => missing.reduce((total, { lost }) => total + lost, 0);
const lostOf = (values: readonly number[], modulus?: number) =>
  sum(
    runOf(
      values.map((value, i) => ({ value, at: i * second })),
      modulus,
    ).missing(),
  );

test('nothing is missing in an unbroken count', () => {
  expect(lostOf([1, 2, 3, 4])).toBe(0);
});

test('a hole is as large as the numbers that are not there, with the moments around it', () => {
  const run = runOf([
    { value: 10, at: 0 },
    { value: 14, at: 5 * second },
  ]);
  expect(run.missing()).toEqual([{ lost: 3, from: 0, to: 5 * second }]);
});

test('flows of a datagram count by their span', () => {
  const run = runOf([
    { value: 100, span: 30, at: 0 },
    { value: 130, span: 24, at: 1 },
    { value: 184, span: 30, at: 2 },
  ]);
  expect(sum(run.missing())).toBe(30);
});

test('a wrap is no loss, and a hole across it is counted', () => {
  expect(lostOf([2 ** 32 - 2, 2 ** 32 - 1, 0, 1])).toBe(0);
  expect(lostOf([2 ** 32 - 2, 1])).toBe(2);
  // RFC 5424 sequenceId goes from 2147483647 to 1.
  expect(lostOf([2_147_483_646, 2_147_483_647, 1, 2], 2_147_483_647)).toBe(0);
  expect(lostOf([2_147_483_646, 2], 2_147_483_647)).toBe(2);
});

test('a rebooted device is not a loss of four billion', () => {
  expect(lostOf([3_000_000, 3_000_001, 0, 1, 2])).toBe(0);
  expect(lostOf([500, 501, 1, 2, 3])).toBe(0);
  expect(lostOf([5, 3_999_999_999, 4_000_000_000])).toBe(0);
});

test('holes before a restart stay holes', () => {
  expect(lostOf([70_000, 70_005, 1, 2, 4])).toBe(5);
});

test('a late datagram fills its hole, a copy changes nothing', () => {
  expect(lostOf([1, 2, 4, 3, 5])).toBe(0);
  expect(lostOf([1, 2, 2, 3, 3, 4])).toBe(0);
  expect(lostOf([1, 2, 7, 4, 8])).toBe(3);
});

test('between two segments the count goes on, and late ones of the border are not lost', () => {
  const before = runOf([
    { value: 1, at: 0 },
    { value: 2, at: 1 },
  ]).edge();
  const after = (values: number[]) => runOf(values.map((value, i) => ({ value, at: 10 + i }))).edge();
  expect(missingBetween(before, after([3, 4]))).toBeNull();
  expect(missingBetween(before, after([6, 7]))).toEqual({ lost: 3, from: 1, to: 10 });
  expect(missingBetween(before, after([4, 3, 5]))).toBeNull();
  expect(missingBetween(before, after([1, 2]))).toBeNull();
  const high = runOf([{ value: 4_000_000, at: 0 }]).edge();
  expect(missingBetween(high, after([1, 2]))).toBeNull();
});

test('any losses, copies and neighbours that change places, cut anywhere: as many are missing as were dropped', () => {
  const start = fc.oneof(
    fc.integer({ min: 2, max: 5000 }),
    fc.integer({ min: 2 ** 32 - 300, max: 2 ** 32 - 1 }),
  );
  const fate = fc.constantFrom('keep', 'keep', 'keep', 'drop', 'copy', 'swap');
  fc.assert(
    fc.property(
      start,
      fc.array(fate, { minLength: 3, maxLength: 120 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      (from, fates, cuts) => {
        const sent: { value: number; fate: string }[] = fates.map((one, i) => ({
          value: (from + i) % 2 ** 32,
          // The ends are there, so that every dropped one lies between two received ones.
          fate: i === 0 || i === fates.length - 1 ? 'keep' : one,
        }));
        const received: number[] = [];
        const swaps: boolean[] = [];
        for (const { value, fate: one } of sent) {
          if (one === 'drop') continue;
          received.push(value);
          if (one === 'copy') received.push(value);
          swaps[received.length - 1] = one === 'swap';
        }
        // Only whole streams are put out of order: at a border an overtaken datagram may count as lost.
        if (cuts.length === 0) {
          for (let i = 1; i + 2 < received.length; i += 1) {
            if (swaps[i]) {
              [received[i], received[i + 1]] = [received[i + 1]!, received[i]!];
              i += 1;
            }
          }
        }
        const dropped = sent.filter((one) => one.fate === 'drop').length;
        const places = [...new Set(cuts.map((cut) => cut % received.length))]
          .filter((at) => at > 0)
          .sort((a, b) => a - b);
        const runs = [0, ...places].map((at, i) =>
          runOf(received.slice(at, places[i] ?? received.length).map((value, j) => ({ value, at: at + j }))),
        );
        let total = sum(runs.flatMap((run) => run.missing()));
        for (const [i, run] of runs.entries()) {
          const next = runs[i + 1];
          if (next) total += missingBetween(run.edge(), next.edge())?.lost ?? 0;
        }
        expect(total).toBe(dropped);
      },
    ),
    { numRuns: 2000 },
  );
});

test('a number that skips with every record keeps few holes, and all that they lost', () => {
  const count = 300_000;
  const run = new CounterRun({ name: 'n', value: 0 }, 0);
  for (let i = 1; i <= count; i += 1) run.note({ name: 'n', value: 20 * i }, i);
  const missing = run.missing();
  expect(sum(missing)).toBe(19 * count);
  // At most those that may still be filled, and a piece of an hour.
  expect(missing.length).toBeLessThan(300);
  expect(missing[0]).toMatchObject({ from: 0 });
  expect(missing.at(-1)).toMatchObject({ to: count });
});

test('holes with records that lost nothing between them stay apart', () => {
  const minute = 60_000;
  const run = new CounterRun({ name: 'n', value: 0 }, 0);
  let value = 0;
  for (let i = 1; i <= 800; i += 1) {
    value += i % 2 === 1 ? 2 : 1;
    run.note({ name: 'n', value }, i * minute);
  }
  const missing = run.missing();
  expect([missing.length, sum(missing)]).toEqual([400, 400]);
  for (const { from, to } of missing) expect(to - from).toBe(minute);
});
