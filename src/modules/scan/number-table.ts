/** A table of numbers by whole numbers from 1 to 2^32 - 1, where a `Map` would cost several times as much to ask. */
export interface NumberTable {
  /** What was set, or 0. */
  get(key: number): number;
  /** Returns whether the key is new; sets in any case. */
  set(key: number, value: number): boolean;
}

/** Multiplier of the hash (2^32 divided by the golden ratio). */
const HASH = 0x9e3779b1;

/** Room for `most` keys; more than that is an error of the caller and never ends. */
export function createNumberTable(most: number): NumberTable {
  const bits = Math.max(4, Math.ceil(Math.log2(most + 1)) + 1);
  const keys = new Uint32Array(2 ** bits);
  const values = new Float64Array(2 ** bits);
  const mask = keys.length - 1;
  const placeOf = (key: number) => {
    let place = Math.imul(key, HASH) >>> (32 - bits);
    while (keys[place] !== 0 && keys[place] !== key) place = (place + 1) & mask;
    return place;
  };
  return {
    get: (key) => values[placeOf(key)]!,
    set: (key, value) => {
      const place = placeOf(key);
      const isNew = keys[place] === 0;
      keys[place] = key;
      values[place] = value;
      return isNew;
    },
  };
}
