import { expect, it } from 'vitest';
import { createLane } from './lanes.ts';

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const stays = new AbortController().signal;

it('runs so many at once, the others in their order, and goes on after a failure', async () => {
  const lane = createLane(2, 10);
  const gates = [deferred(), deferred(), deferred(), deferred()];
  const begun: number[] = [];
  const runs = gates.map((gate, n) =>
    lane.enter(async () => {
      begun.push(n);
      await gate.promise;
      if (n === 0) throw new Error('the first fails');
    }, stays),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  gates[0]!.resolve();
  await expect(runs[0]).rejects.toThrow('the first fails');
  expect(begun).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.all(runs.slice(1));
  expect(begun).toEqual([0, 1, 2, 3]);
});

it('lets a waiting one leave without losing a place', async () => {
  const lane = createLane(1, 10);
  const gate = deferred();
  const first = lane.enter(() => gate.promise, stays);
  const leave = new AbortController();
  const second = lane.enter(async () => 'never', leave.signal);
  const third = lane.enter(async () => 'third', stays);
  leave.abort();
  await expect(second).rejects.toMatchObject({ code: 394 });
  gate.resolve();
  await first;
  expect(await third).toBe('third');
  expect(await lane.enter(async () => 'again', stays)).toBe('again');
});

it('refuses more than may wait, and one that has left already', async () => {
  const lane = createLane(1, 1);
  const gate = deferred();
  const first = lane.enter(() => gate.promise, stays);
  const second = lane.enter(async () => {}, stays);
  await expect(lane.enter(async () => {}, stays)).rejects.toMatchObject({ code: 202 });
  await expect(lane.enter(async () => {}, AbortSignal.abort())).rejects.toMatchObject({ code: 394 });
  gate.resolve();
  await Promise.all([first, second]);
});
