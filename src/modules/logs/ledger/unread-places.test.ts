import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UnreadPlaces } from './unread-places.ts';

it('holds every place that was told, in bounded number, whatever their order', () => {
  const moment = fc.integer({ min: 0, max: 1e9 });
  fc.assert(
    fc.property(fc.array(fc.tuple(moment, moment), { maxLength: 6000, size: 'max' }), (told) => {
      const places = new UnreadPlaces();
      for (const [one, other] of told) places.add(one, other);
      const found = places.result(0);
      expect(found.length).toBeLessThanOrEqual(1000);
      const isHeld = (at: number) => found.some(([from, to]) => from <= at && at <= to);
      for (const [one, other] of told.slice(0, 50))
        expect([isHeld(one), isHeld(other)]).toEqual([true, true]);
    }),
    { numRuns: 20 },
  );
});

it('puts a line of a file between the dated lines around it, and one without any at its receipt', () => {
  const places = new UnreadPlaces();
  places.undated();
  places.dated(100_000);
  places.dated(200_000);
  places.undated();
  places.undated();
  places.dated(300_000);
  places.undated();
  expect(places.result(9)).toEqual([
    [100_000, 100_000],
    [200_000, 300_000],
  ]);
  const alone = new UnreadPlaces();
  alone.undated();
  expect(alone.result(9)).toEqual([[9, 9]]);
});
