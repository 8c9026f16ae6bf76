/** The index of many patterns that the matcher searches with, and what a pattern may be. */
import { CONTENT, type FoldTables, foldTables, foldText, mayFoldPair, TRANSPARENT } from './fold.ts';

/** Longest pattern, in UTF-16 units: bounds the work at one place of the text. */
export const MAX_PATTERN = 32;
/** Most skippable characters between two characters of a pattern in the skip view. */
export const MAX_GAP = 3;
/** Most units of any kind between two characters of a pattern, so that invisible runs cost nothing. */
export const MAX_GAP_UNITS = 16;
/** A pattern of ASCII only must be at least this long for the skip view ("a v" is not "av"). */
const MIN_ASCII_SKIP = 5;

/** Why a pattern cannot be compiled, or null when it can. */
export function patternProblem(pattern: string): 'empty' | 'too-long' | 'gap' | null {
  if (pattern.length > MAX_PATTERN) return 'too-long';
  const { compact, strict } = readPattern(pattern);
  if (compact.length === 0) return 'empty';
  const { kind } = foldTables();
  let run = 0;
  for (const unit of strict) {
    run = kind[unit] === CONTENT ? 0 : run + 1;
    if (run > MAX_GAP) return 'gap';
  }
  return null;
}

/** The two forms of a pattern: as the strict view compares it, and without anything that can be skipped. */
function readPattern(pattern: string): { strict: number[]; compact: number[] } {
  const { kind } = foldTables();
  const seen = [...foldText(pattern)].filter((unit) => kind[unit] !== TRANSPARENT);
  const isContent = (unit: number) => kind[unit] === CONTENT;
  const strict = seen.slice(seen.findIndex(isContent), seen.findLastIndex(isContent) + 1);
  return { strict, compact: strict.filter(isContent) };
}

/** What `find` reads; all of it typed arrays. */
export interface Compiled {
  readonly tables: FoldTables;
  /** Filter class of each raw unit: 0 passed over, 1 in no pattern, 0x8000 a pair to fold, else the character. */
  readonly classes: Uint16Array;
  readonly bitmap: Int32Array;
  readonly bitMask: number;
  /** Open-addressed table: pair of classes (0 is empty) → range of sorted patterns. */
  readonly keys: Int32Array;
  readonly ranges: Uint32Array;
  /** 1 where a pattern of a slot's range has two characters only. */
  readonly short: Uint8Array;
  /** Bits of first pair and third character. */
  readonly thirds: Int32Array;
  readonly tableMask: number;
  /** Sorted patterns: where the compact units of each start in `units`, and its place in the caller's list. */
  readonly starts: Uint32Array;
  readonly units: Uint16Array;
  readonly ids: Uint32Array;
  readonly strict: (Uint16Array | null)[];
  readonly skips: Uint8Array;
  /** Patterns of one content character. */
  readonly singles: Map<number, number[]>;
}

/** Class of a unit that may be the first half of a pair to fold. */
export const PAIR = 0x8000;
/** Multiplier of every hash here (2^32 divided by the golden ratio). */
export const HASH = 0x9e3779b1;

/** Builds the index; each pattern must pass `patternProblem`. */
export function indexPatterns(patterns: readonly string[]): Compiled {
  const read = patterns.map((pattern, id) => ({ id, ...readPattern(pattern) }));
  const singles = new Map<number, number[]>();
  for (const { id, compact } of read) {
    if (compact.length === 1) singles.set(compact[0]!, [...(singles.get(compact[0]!) ?? []), id]);
  }
  const long = read
    .filter((entry) => entry.compact.length > 1)
    .map((entry) => ({ ...entry, key: String.fromCharCode(...entry.compact) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id - b.id));
  const starts = new Uint32Array(long.length + 1);
  for (let at = 0; at < long.length; at++) starts[at + 1] = starts[at]! + long[at]!.compact.length;
  const units = new Uint16Array(starts[long.length]!);
  for (let at = 0; at < long.length; at++) units.set(long[at]!.compact, starts[at]!);
  const strict: (Uint16Array | null)[] = new Array(patterns.length).fill(null);
  const skips = new Uint8Array(patterns.length);
  for (const entry of read) {
    if (entry.strict.length !== entry.compact.length) strict[entry.id] = Uint16Array.from(entry.strict);
    skips[entry.id] =
      entry.compact.length >= MIN_ASCII_SKIP || entry.compact.some((unit) => unit > 0x7f) ? 1 : 0;
  }
  const ids = Uint32Array.from(long, (entry) => entry.id);
  const classes = classifyUnits(units);
  return {
    tables: foldTables(),
    classes,
    ...indexPairs(classes, starts, units),
    starts,
    units,
    ids,
    strict,
    skips,
    singles,
  };
}

function classifyUnits(alphabet: Uint16Array): Uint16Array {
  const { fold, kind } = foldTables();
  const numbers = new Uint16Array(65536);
  let next = 2;
  for (const unit of alphabet) {
    if (numbers[unit] !== 0) continue;
    numbers[unit] = next;
    next = next + 1 < PAIR ? next + 1 : 2;
  }
  const classes = new Uint16Array(65536);
  for (let unit = 0; unit < 65536; unit++) {
    if (mayFoldPair(unit)) classes[unit] = PAIR;
    else if (kind[unit] === CONTENT) classes[unit] = numbers[fold[unit]!]! || 1;
  }
  return classes;
}

/** The bitmap of first pairs (at most 1 bit in 32 set) and the exact table behind it. */
function indexPairs(classes: Uint16Array, starts: Uint32Array, units: Uint16Array) {
  const count = starts.length - 1;
  const bits = Math.min(22, Math.max(13, Math.ceil(Math.log2(Math.max(1, count))) + 5));
  const bitMask = (1 << bits) - 1;
  const bitmap = new Int32Array(1 << (bits - 5));
  const size = 1 << Math.max(4, Math.ceil(Math.log2(Math.max(1, count))) + 1);
  const keys = new Int32Array(size);
  const ranges = new Uint32Array(size * 2);
  const tableMask = size - 1;
  const short = new Uint8Array(size);
  const thirds = new Int32Array(bitmap.length);
  for (let from = 0; from < count; ) {
    const first = units[starts[from]!]!;
    const second = units[starts[from]! + 1]!;
    let to = from + 1;
    while (to < count && units[starts[to]!] === first && units[starts[to]! + 1] === second) to++;
    const bit = (Math.imul(classes[first]!, HASH) + classes[second]!) & bitMask;
    bitmap[bit >>> 5]! |= 1 << (bit & 31);
    const key = (classes[first]! << 16) | classes[second]!;
    let slot = (Math.imul(key, HASH) >>> 8) & tableMask;
    while (keys[slot] !== 0) slot = (slot + 1) & tableMask;
    keys[slot] = key;
    for (let place = from; place < to; place++) {
      if (starts[place + 1]! - starts[place]! === 2) short[slot] = 1;
      const third = (Math.imul(key, HASH) + Math.imul(classes[units[starts[place]! + 2]!]!, HASH)) & bitMask;
      thirds[third >>> 5]! |= 1 << (third & 31);
    }
    ranges[slot * 2] = from;
    ranges[slot * 2 + 1] = to;
    from = to;
  }
  return { bitmap, bitMask, thirds, keys, ranges, short, tableMask };
}
