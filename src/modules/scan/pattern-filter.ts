/**
 * The first look at a text: which places may belong to a pattern. A window of the text lies in a buffer of this
 * module; every pair of neighbouring content characters is looked up in a bitmap.
 *
 * The buffers are constants of this module, not arguments: so the compiler knows their addresses and lengths and
 * checks no bounds in the loop.
 */
import { CONTENT, foldPairs, foldTables, mayFoldPair } from './fold.ts';
import { MAX_GAP_UNITS, MAX_PATTERN } from './pattern-limits.ts';

/** How many units one window advances. */
const WINDOW = 1 << 14;
/** How many units are filtered before pairs that fold are looked for. */
const BLOCK = 1 << 12;
/** Farthest that an occurrence can extend from one of its characters, and some room for a pair that is cut. */
const REACH = MAX_PATTERN * (MAX_GAP_UNITS + 1) + 32;

/** Flag in `classes` of a unit that may be the first half of a pair to fold. */
export const PAIR = 0x10000;
/** Multiplier of every hash here (2^32 divided by the golden ratio). */
const HASH = 0x9e3779b1;

const units = new Uint16Array(WINDOW + 2 * REACH + 2);
const words = new Int32Array(units.buffer);
const bytes = Buffer.from(units.buffer);
const candidates = new Int32Array(WINDOW + 2);
/** Of each raw unit: 0 what is passed over, else what it folds to. */
const classes = new Int32Array(65536);

/** The window's units; valid until the next `loadWindow`. */
export const windowUnits = units;
/** Places of the window that `filterWindow` let pass. */
export const windowCandidates = candidates;

/** The classes of all units; built on first use. */
export function unitClasses(): Int32Array {
  // No unit that is content folds to 0: U+0000 is a control character.
  if (classes[0x61] === 0) {
    const { fold, kind } = foldTables();
    for (let unit = 0; unit < 65536; unit++) {
      if (kind[unit] === CONTENT) classes[unit] = fold[unit]! | (mayFoldPair(unit) ? PAIR : 0);
    }
  }
  return classes;
}

/** The bit of a pair of classes, before it is masked to the bitmap's size. */
export function hashPair(first: number, second: number): number {
  return (Math.imul(first, HASH) + second) | 0;
}

/** The place of a key in a table of the size `mask + 1`. */
export function hashKey(key: number, mask: number): number {
  return (Math.imul(key, HASH) >>> 11) & mask;
}

/** One of 32 bits for a unit. */
export function hashUnit(unit: number): number {
  return Math.imul(unit, HASH) >>> 27;
}

export interface Window {
  /** The window's first unit is this one of the text. */
  base: number;
  /** Places [from, to) are this window's own; before and behind is what an occurrence may reach. */
  from: number;
  to: number;
  /** Units in the buffer. */
  size: number;
}

/** Loads the window whose own places begin at `at` of the text. */
export function loadWindow(text: string, at: number): Window {
  const from = Math.min(at, REACH);
  const base = at - from;
  const piece = base === 0 && text.length <= WINDOW + REACH ? text : text.slice(base, at + WINDOW + REACH);
  bytes.write(piece, 'utf16le');
  // The half word after an odd end is a space: passed over.
  units[piece.length] = 0x20;
  if (from > 0) foldPairs(units, from - 1, from);
  return { base, from, to: Math.min(from + WINDOW, piece.length), size: piece.length };
}

export interface Filtered {
  count: number;
  last: number;
}

/** Leaves the candidates; folds the pairs. `last` is the class of the content character before. */
export function filterWindow(window: Window, bitmap: Int32Array, bitMask: number, last: number): Filtered {
  const result = { count: 0, last };
  for (let from = window.from; from < window.to; from += BLOCK) {
    const to = Math.min(from + BLOCK, window.to);
    const kept = { ...result };
    if (filterBlock(result, bitmap, bitMask, from >>> 1, (to + 1) >>> 1)) {
      foldPairs(units, from, to);
      result.count = kept.count;
      result.last = kept.last;
      filterBlock(result, bitmap, bitMask, from >>> 1, (to + 1) >>> 1);
    }
  }
  if (result.count > 0) {
    foldPairs(units, 0, window.from);
    foldPairs(units, window.to, window.size);
  }
  return result;
}

function filterBlock(
  state: Filtered,
  bitmap: Int32Array,
  bitMask: number,
  from: number,
  to: number,
): boolean {
  let before = state.last;
  let count = state.count;
  let seen = 0;
  for (let at = from; at < to; at++) {
    const word = words[at]!;
    const first = classes[word & 0xffff]!;
    const second = classes[word >>> 16]!;
    seen |= first | second;
    const bit1 = (Math.imul(before, HASH) + first) & bitMask;
    const middle = (before & ((first - 1) >> 31)) | first;
    const bit2 = (Math.imul(middle, HASH) + second) & bitMask;
    const hit1 = bitmap[bit1 >>> 5]! >>> bit1;
    const hit2 = bitmap[bit2 >>> 5]! >>> bit2;
    if (((hit1 | hit2) & 1) !== 0) {
      candidates[count] = at << 1;
      count += hit1 & 1;
      candidates[count] = (at << 1) | 1;
      count += hit2 & 1;
    }
    before = (middle & ((second - 1) >> 31)) | second;
  }
  state.count = count;
  state.last = before;
  return (seen & PAIR) !== 0;
}
