/**
 * Finds many patterns in one text, in one pass, with the exact place in the original.
 *
 * Design: every pair of neighbouring content characters is looked up in a bitmap of the pairs with which a
 * pattern begins; the few places that pass are verified against the sorted patterns. The loads of the first
 * loop do not depend on one another (an automaton's do), so the processor overlaps them.
 */
import { CONTENT, CONTINUATION, foldPairs, foldTables, SKIPPABLE, TRANSPARENT } from './fold.ts';
import {
  type Compiled,
  HASH,
  indexPatterns,
  MAX_GAP,
  MAX_GAP_UNITS,
  MAX_PATTERN,
  PAIR,
} from './pattern-index.ts';

export type View = 'strict' | 'skip';

/** Receives one occurrence: the pattern's place in the list, UTF-16 offsets [start, end), the view. */
type OnMatch = (pattern: number, start: number, end: number, view: View) => void;

export interface PatternMatcher {
  /**
   * Reports every occurrence of every pattern, overlapping ones too; returns how many steps verification took
   * (its growth with the text is what a test of hostile input measures).
   */
  find(text: string, onMatch: OnMatch): number;
}

/**
 * Compiles up to some 100,000 patterns. Each must pass `patternProblem`.
 * Texts and patterns are folded alike (see fold.ts).
 */
export function compilePatterns(patterns: readonly string[]): PatternMatcher {
  const compiled = indexPatterns(patterns);
  return { find: (text, onMatch) => find(compiled, text, onMatch) };
}

const BLOCK = 4096;
/** Farthest that an occurrence can extend behind its first character. */
const REACH = MAX_PATTERN * (MAX_GAP_UNITS + 1);
const candidates = new Uint32Array(BLOCK + 2);
let scratch = new Uint16Array(1 << 16);

/** The text's units, and the same two by two, in a buffer that is used again (up to 8 MiB of it are kept). */
function readUnits(text: string): { units: Uint16Array; words: Int32Array } {
  let target = scratch;
  if (target.length < text.length + 1) {
    target = new Uint16Array((text.length + 2) & ~1);
    if (text.length <= 4 << 20) scratch = target;
  }
  Buffer.from(target.buffer).write(text, 'utf16le');
  // The half word after an odd end is a space: passed over.
  target[text.length] = 0x20;
  return { units: target.subarray(0, text.length), words: new Int32Array(target.buffer) };
}

function find(compiled: Compiled, text: string, onMatch: OnMatch): number {
  const { units, words } = readUnits(text);
  let steps = 0;
  let last = 0;
  for (let from = 0; from < units.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, units.length);
    let passed = filterBlock(compiled, units, words, from, to, last);
    if (passed.pairs) {
      foldPairs(units, from, Math.min(to, units.length));
      passed = filterBlock(compiled, units, words, from, to, last);
    }
    last = passed.last;
    // Pairs of the next block must be folded before verification reads across the border.
    if (passed.count > 0 && candidates[passed.count - 1]! > to - REACH) {
      foldPairs(units, to, Math.min(to + REACH, units.length));
    }
    for (let at = 0; at < passed.count; at++) steps += verify(compiled, units, candidates[at]!, onMatch);
    if (compiled.singles.size > 0) findSingles(compiled.singles, units, from, to, onMatch);
  }
  return steps;
}

/**
 * The hot loop, two characters at a time. Leaves in `candidates` the places whose character ends a pair that
 * begins a pattern; `last` is the class of the content character before. Only a pass of the bitmap branches.
 */
function filterBlock(
  compiled: Compiled,
  units: Uint16Array,
  words: Int32Array,
  from: number,
  to: number,
  last: number,
) {
  const { classes, bitmap, bitMask } = compiled;
  let before = last;
  let count = 0;
  let seen = 0;
  const end = (to + 1) >>> 1;
  for (let at = from >>> 1; at < end; at++) {
    const word = words[at]!;
    const first = classes[word & 0xffff]!;
    const second = classes[word >>> 16]!;
    seen |= first | second;
    const bit1 = (Math.imul(before, HASH) + first) & bitMask;
    // A class of 0 is passed over: the character before it stays the one to pair with.
    const middle = (before & ((first - 1) >> 31)) | first;
    const bit2 = (Math.imul(middle, HASH) + second) & bitMask;
    if ((((bitmap[bit1 >>> 5]! >>> bit1) | (bitmap[bit2 >>> 5]! >>> bit2)) & 1) !== 0) {
      if (mayBegin(compiled, units, before, first, at << 1)) candidates[count++] = at << 1;
      if (mayBegin(compiled, units, middle, second, (at << 1) | 1)) candidates[count++] = (at << 1) | 1;
    }
    before = (middle & ((second - 1) >> 31)) | second;
  }
  return { count, last: before, pairs: (seen & PAIR) !== 0 };
}

/**
 * Whether some pattern begins with characters of these two classes and, where it is longer and the next unit is
 * content, probably goes on with that one.
 */
function mayBegin(
  compiled: Compiled,
  units: Uint16Array,
  first: number,
  second: number,
  at: number,
): boolean {
  const { keys, tableMask, thirds, bitMask, classes } = compiled;
  const key = (first << 16) | second;
  const hash = Math.imul(key, HASH);
  for (let slot = (hash >>> 8) & tableMask; keys[slot] !== 0; slot = (slot + 1) & tableMask) {
    if (keys[slot] !== key) continue;
    if (second === 0 || compiled.short[slot] === 1) return second !== 0;
    const next = at + 1 < units.length ? classes[units[at + 1]!]! : 0;
    if (next === 0 || next === PAIR) return true;
    const bit = (hash + Math.imul(next, HASH)) & bitMask;
    return ((thirds[bit >>> 5]! >>> bit) & 1) !== 0;
  }
  return false;
}

/** Checks the patterns that begin with the pair ending at `second`; returns the steps it took. */
function verify(compiled: Compiled, units: Uint16Array, second: number, onMatch: OnMatch): number {
  const { fold, kind } = compiled.tables;
  const { classes, keys, ranges, tableMask, starts, units: sorted } = compiled;
  let gap = 0;
  let first = second - 1;
  while (first >= 0 && kind[units[first]!] !== CONTENT) {
    if (kind[units[first]!] === SKIPPABLE) gap++;
    if (gap > MAX_GAP || second - first > MAX_GAP_UNITS) return second - first;
    first--;
  }
  if (first < 0) return second;
  const key = (classes[units[first]!]! << 16) | classes[units[second]!]!;
  const head = fold[units[first]!]!;
  const next = fold[units[second]!]!;
  let slot = (Math.imul(key, HASH) >>> 8) & tableMask;
  let steps = second - first;
  for (; ; slot = (slot + 1) & tableMask, steps++) {
    if (keys[slot] === 0) return steps;
    // Beyond 32,766 different characters classes are shared: the characters themselves decide.
    const start = starts[ranges[slot * 2]!]!;
    if (keys[slot] === key && sorted[start] === head && sorted[start + 1] === next) break;
  }
  let low = ranges[slot * 2]!;
  let high = ranges[slot * 2 + 1]!;
  let at = second;
  for (let depth = 2; ; depth++) {
    while (low < high && starts[low + 1]! - starts[low]! === depth) {
      report(compiled, units, low++, first, at + 1, gap, onMatch);
    }
    if (low === high) return steps;
    const before = at++;
    let skipped = 0;
    while (at < units.length && kind[units[at]!] !== CONTENT) {
      if (kind[units[at]!] === SKIPPABLE) skipped++;
      if (skipped > MAX_GAP || at - before > MAX_GAP_UNITS) return steps;
      at++;
    }
    if (at >= units.length) return steps;
    gap += skipped;
    steps += at - before;
    const unit = fold[units[at]!]!;
    // The patterns of the range are sorted by their unit at this depth: keep those where it is `unit`.
    if (sorted[starts[low]! + depth]! !== unit) {
      low = bound(starts, sorted, low, high, depth, unit);
      if (low === high || sorted[starts[low]! + depth] !== unit) return steps;
      steps += 17;
    }
    if (sorted[starts[high - 1]! + depth]! !== unit) {
      high = bound(starts, sorted, low, high, depth, unit + 1);
      steps += 17;
    }
  }
}

/** The first pattern of [low, high) whose unit at `depth` is at least `unit`; at most 17 steps. */
function bound(
  starts: Uint32Array,
  sorted: Uint16Array,
  low: number,
  high: number,
  depth: number,
  unit: number,
): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[starts[middle]! + depth]! < unit) from = middle + 1;
    else to = middle;
  }
  return from;
}

function report(
  compiled: Compiled,
  units: Uint16Array,
  place: number,
  start: number,
  end: number,
  gap: number,
  onMatch: OnMatch,
): void {
  const id = compiled.ids[place]!;
  const full = end < units.length && units[end] === CONTINUATION ? end + 1 : end;
  const exact = compiled.strict[id];
  const strict = exact ? equalsStrict(units, start, end, exact) : gap === 0;
  if (strict) onMatch(id, start, full, 'strict');
  else if (compiled.skips[id] === 1) onMatch(id, start, full, 'skip');
}

/** Whether the folded units of [start, end), transparent ones left out, are exactly the pattern's. */
function equalsStrict(units: Uint16Array, start: number, end: number, exact: Uint16Array): boolean {
  const { fold, kind } = foldTables();
  let seen = 0;
  for (let at = start; at < end; at++) {
    if (kind[units[at]!] === TRANSPARENT) continue;
    if (seen === exact.length || fold[units[at]!] !== exact[seen]) return false;
    seen++;
  }
  return seen === exact.length;
}

function findSingles(
  singles: Map<number, number[]>,
  units: Uint16Array,
  from: number,
  to: number,
  onMatch: OnMatch,
): void {
  const { fold } = foldTables();
  for (let at = from; at < to; at++) {
    const found = singles.get(fold[units[at]!]!);
    if (!found) continue;
    const end = at + 1 < units.length && units[at + 1] === CONTINUATION ? at + 2 : at + 1;
    for (const id of found) onMatch(id, at, end, 'strict');
  }
}
