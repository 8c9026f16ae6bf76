/** The only source of time. Legal times are taken by the database (`base.now()`); this one serves the rest. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until it is moved: for tests. */
export interface FakeClock extends Clock {
  set(time: Date | string): void;
  advance(milliseconds: number): void;
}

export function fakeClock(start: Date | string): FakeClock {
  let current = new Date(start);
  return {
    now: () => new Date(current),
    set: (time) => {
      current = new Date(time);
    },
    advance: (milliseconds) => {
      current = new Date(current.getTime() + milliseconds);
    },
  };
}

/** A monotonic reading in milliseconds, for durations only. */
export function elapsed(): number {
  return performance.now();
}
