/** Numbers that look drawn by lot and are the same in every run (a linear congruential generator modulo 2^32). */
export interface Seeded {
  /** In [0, 1). */
  readonly random: () => number;
  /** A whole number in [0, bound). */
  readonly below: (bound: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
}

export function seeded(seed: number): Seeded {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const below = (bound: number) => Math.floor(random() * bound);
  return { random, below, pick: (list) => list[below(list.length)]! };
}
