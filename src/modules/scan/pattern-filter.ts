/**
 * The first look at a text: which places may belong to a pattern. A window of the text lies in a buffer of this
 * module; every pair of neighbouring content characters is looked up in a bitmap.
 *
 * The buffers are constants of this module, not arguments: so their addresses and lengths are constants of the
 * compiled loop, which then keeps its values in registers (an eighth less processor time, measured).
 */
import { CONTENT, foldPairs, foldTables, mayFoldPair } from './fold.ts';
import { MAX_GAP_UNITS, MAX_PATTERN } from './pattern-limits.ts';

/** How many units one window advances. This and the next two are multiples of four, as the filter reads. */
const WINDOW = 1 << 14;
/** How many units are filtered again when there are pairs to fold among them. */
const BLOCK = 1 << 12;
/** Farthest that an occurrence can extend from one of its characters, and some room for a pair that is cut. */
const REACH = MAX_PATTERN * (MAX_GAP_UNITS + 1) + 32;

/**
 * What `unitClasses` holds for a unit: this alone when it is passed over (negative), else what it folds to in the
 * low 16 bits, the low 14 bits of that again in bits 16 to 29 (so that both ends of the number tell characters
 * apart), and PAIR where it may be the first half of a pair to fold.
 */
const PASSED_OVER = -0x80000000;
export const PAIR = 0x40000000;
/** Multiplier of every hash here (2^32 divided by the golden ratio). */
const HASH = 0x9e3779b1;
/** Most words that a bitmap may have: a power of two, up to 17 bits of a hash. */
export const MAX_WORDS = 1 << 17;

const units = new Uint16Array(WINDOW + 2 * REACH + 4);
const words = new Int32Array(units.buffer);
const bytes = Buffer.from(units.buffer);
const candidates = new Int32Array(WINDOW + 4);
const pairs = new Int32Array(WINDOW + 4);
const classes = new Int32Array(65536);
/** The bitmap that was used last, see `installBitmap`. */
const bitmap = new Int32Array(MAX_WORDS);
let used: Int32Array | undefined;
/** The tables of the short list that was used last. */
const ids = new Uint8Array(65536);
const idPairs = new Int32Array(2048);
let usedShort: ShortFilter | undefined;

/** The window's units; valid until the next `loadWindow`. */
export const windowUnits = units;
/** Places of the window that `filterWindow` let pass. */
export const windowCandidates = candidates;
/** And the pair that ends there: first << 16 | second, folded; second is 0 where a passed over unit got through. */
export const windowPairs = pairs;

/** The classes of all units; built on first use. */
export function unitClasses(): Int32Array {
  // 0 is no unit's class: U+0000 is a control character and passed over.
  if (classes[0] === 0) {
    const { fold, kind } = foldTables();
    for (let unit = 0; unit < 65536; unit++) {
      const folded = fold[unit]!;
      const flag = mayFoldPair(unit) ? PAIR : 0;
      classes[unit] = kind[unit] === CONTENT ? folded | ((folded & 0x3fff) << 16) | flag : PASSED_OVER;
    }
  }
  return classes;
}

/**
 * The filter of a short list: 8 bits for each unit and one bit for each pair of those, small enough for the fastest cache of a
 * processor (the classes of the characters of Chinese text are not).
 */
export interface ShortFilter {
  /** 0 for a unit that is passed over, 1 for one of no anchor, FOLDS where it may be the first half of a pair to fold. */
  readonly ids: Uint8Array;
  readonly pairs: Int32Array;
}

/** In `ShortFilter.ids`; those of characters of anchors are 2 to 254. */
const FOLDS = 255;
const SHORT_IDS = 253;

/** Builds the filter for the anchors, each first << 16 | second. */
export function shortFilter(anchors: Int32Array): ShortFilter {
  const all = unitClasses();
  const idOf = new Map<number, number>();
  const id = (unit: number) => {
    // Half a pair may stand alone, in a term as in a text.
    if (mayFoldPair(unit)) return FOLDS;
    const known = idOf.get(unit) ?? 2 + (idOf.size % SHORT_IDS);
    idOf.set(unit, known);
    return known;
  };
  const bits = new Int32Array(2048);
  for (const anchor of anchors) {
    const pair = (id(anchor >>> 16) << 8) | id(anchor & 0xffff);
    bits[pair >>> 5]! |= 1 << (pair & 31);
  }
  const table = new Uint8Array(65536);
  for (let unit = 0; unit < 65536; unit++) {
    const one = all[unit]!;
    if (one !== PASSED_OVER) table[unit] = (one & PAIR) !== 0 ? FOLDS : (idOf.get(one & 0xffff) ?? 1);
  }
  return { ids: table, pairs: bits };
}

/** The word of a bitmap, of `mask + 1` words, where a pair of classes has its bit: the one of `second & 31`. */
export function wordOfPair(first: number, second: number, mask: number): number {
  return ((Math.imul(first, HASH) ^ second) >>> 14) & mask;
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

/** Loads the window whose own places begin at `at` of the text, each unit as `reading` has it. */
export function loadWindow(text: string, at: number, reading?: Uint16Array): Window {
  const from = Math.min(at, REACH);
  const base = at - from;
  const piece = base === 0 && text.length <= WINDOW + REACH ? text : text.slice(base, at + WINDOW + REACH);
  bytes.write(piece, 'utf16le');
  if (reading) for (let place = 0; place < piece.length; place++) units[place] = reading[units[place]!]!;
  // The filter reads four units at a time: what is left behind the end is passed over.
  units.fill(0x20, piece.length, piece.length + 3);
  if (from > 0) foldPairs(units, from - 1, from);
  return { base, from, to: Math.min(from + WINDOW, piece.length), size: piece.length };
}

/** How many candidates there are, and the class of the last content character that was read. */
interface Filtered {
  count: number;
  last: number;
}

/**
 * Leaves in `windowCandidates` the window's places whose character ends a pair that has its bit in `map`, and folds
 * the surrogate pairs of the window. `last` is the class of the content character before, 0 at the beginning.
 */
export function filterWindow(window: Window, map: Int32Array, last: number): Filtered {
  installBitmap(map);
  const filtered = { count: 0, last };
  for (let from = window.from; from < window.to; from += BLOCK) {
    const to = Math.min(from + BLOCK, window.to);
    const before = { ...filtered };
    if (filterBlock(filtered, map.length - 1, from, to)) {
      foldPairs(units, from, to);
      Object.assign(filtered, before);
      filterBlock(filtered, map.length - 1, from, to);
    }
  }
  if (filtered.count > 0) {
    foldPairs(units, 0, window.from);
    foldPairs(units, window.to, window.size);
  }
  return filtered;
}

/** Does what `filterWindow` does with the filter of a short list; `last` is an id. */
export function filterShortly(window: Window, filter: ShortFilter, last: number): Filtered {
  if (filter !== usedShort) {
    ids.set(filter.ids);
    idPairs.set(filter.pairs);
    usedShort = filter;
  }
  const filtered = { count: 0, last };
  for (let from = window.from; from < window.to; from += BLOCK) {
    const to = Math.min(from + BLOCK, window.to);
    const before = { ...filtered };
    if (filterShortBlock(filtered, from, to)) {
      foldPairs(units, from, to);
      Object.assign(filtered, before);
      filterShortBlock(filtered, from, to);
    }
  }
  if (filtered.count > 0) {
    foldPairs(units, 0, window.from);
    foldPairs(units, window.to, window.size);
    filtered.count = resolvePairs(filtered.count);
  }
  return filtered;
}

/** As `filterBlock`, by ids: one that is passed over is 0 and leaves the id before in place. */
function filterShortBlock(filtered: Filtered, from: number, to: number): boolean {
  let before = filtered.last;
  let count = filtered.count;
  let seen = 0;
  for (let at = from; at < to; at += 4) {
    const word1 = words[at >>> 1]!;
    const word2 = words[(at >>> 1) + 1]!;
    const id1 = ids[word1 & 0xffff]!;
    const id2 = ids[word1 >>> 16]!;
    const id3 = ids[word2 & 0xffff]!;
    const id4 = ids[word2 >>> 16]!;
    const kept1 = (before & ((id1 - 1) >> 31)) | id1;
    const kept2 = (kept1 & ((id2 - 1) >> 31)) | id2;
    const kept3 = (kept2 & ((id3 - 1) >> 31)) | id3;
    const pass1 = idPairs[(before << 3) | (id1 >>> 5)]! >>> id1;
    const pass2 = idPairs[(kept1 << 3) | (id2 >>> 5)]! >>> id2;
    const pass3 = idPairs[(kept2 << 3) | (id3 >>> 5)]! >>> id3;
    const pass4 = idPairs[(kept3 << 3) | (id4 >>> 5)]! >>> id4;
    if (((pass1 | pass2 | pass3 | pass4) & 1) !== 0) {
      candidates[count] = at;
      count += pass1 & 1;
      candidates[count] = at + 1;
      count += pass2 & 1;
      candidates[count] = at + 2;
      count += pass3 & 1;
      candidates[count] = at + 3;
      count += pass4 & 1;
    }
    seen |= (id1 + 1) | (id2 + 1) | (id3 + 1) | (id4 + 1);
    before = (kept3 & ((id4 - 1) >> 31)) | id4;
  }
  filtered.count = count;
  filtered.last = before;
  return (seen & (FOLDS + 1)) !== 0;
}

/** Finds the pair of each candidate; those whose character before lies too far off are left out. */
function resolvePairs(marked: number): number {
  let count = 0;
  for (let place = 0; place < marked; place++) {
    const at = candidates[place]!;
    let back = at - 1;
    while (back >= 0 && classes[units[back]!]! < 0 && at - back <= MAX_GAP_UNITS) back--;
    if (back < 0 || classes[units[back]!]! < 0) continue;
    candidates[count] = at;
    pairs[count] = (classes[units[back]!]! << 16) | (classes[units[at]!]! & 0xffff);
    count++;
  }
  return count;
}

function installBitmap(map: Int32Array): void {
  if (map === used) return;
  bitmap.set(map);
  used = map;
}

/**
 * The hot loop, four units at a time; returns whether there is what may be a pair to fold. Only a pass of the
 * bitmap branches. A class that is passed over is only a sign bit: it leaves the class before in place, and the
 * hash does not reach the sign.
 */
function filterBlock(filtered: Filtered, mask: number, from: number, to: number): boolean {
  let before = filtered.last;
  let count = filtered.count;
  let seen = 0;
  for (let at = from; at < to; at += 4) {
    const word1 = words[at >>> 1]!;
    const word2 = words[(at >>> 1) + 1]!;
    const class1 = classes[word1 & 0xffff]!;
    const class2 = classes[word1 >>> 16]!;
    const class3 = classes[word2 & 0xffff]!;
    const class4 = classes[word2 >>> 16]!;
    const kept1 = (before & (class1 >> 31)) | class1;
    const kept2 = (kept1 & (class2 >> 31)) | class2;
    const kept3 = (kept2 & (class3 >> 31)) | class3;
    const pass1 = bitmap[((Math.imul(before, HASH) ^ class1) >>> 14) & mask]! >>> class1;
    const pass2 = bitmap[((Math.imul(kept1, HASH) ^ class2) >>> 14) & mask]! >>> class2;
    const pass3 = bitmap[((Math.imul(kept2, HASH) ^ class3) >>> 14) & mask]! >>> class3;
    const pass4 = bitmap[((Math.imul(kept3, HASH) ^ class4) >>> 14) & mask]! >>> class4;
    if (((pass1 | pass2 | pass3 | pass4) & 1) !== 0) {
      candidates[count] = at;
      pairs[count] = (before << 16) | (class1 & 0xffff);
      count += pass1 & 1;
      candidates[count] = at + 1;
      pairs[count] = (kept1 << 16) | (class2 & 0xffff);
      count += pass2 & 1;
      candidates[count] = at + 2;
      pairs[count] = (kept2 << 16) | (class3 & 0xffff);
      count += pass3 & 1;
      candidates[count] = at + 3;
      pairs[count] = (kept3 << 16) | (class4 & 0xffff);
      count += pass4 & 1;
    }
    seen |= kept1 | kept2 | kept3 | class4;
    before = (kept3 & (class4 >> 31)) | class4;
  }
  filtered.count = count;
  filtered.last = before;
  return (seen & PAIR) !== 0;
}
