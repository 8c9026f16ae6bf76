/** The index of many patterns that the matcher searches with, and what a pattern may be. */
import { CONTENT, foldTables, foldText, mayFoldPair, TRANSPARENT } from './fold.ts';
import {
  hashKey,
  hashUnit,
  MAX_WORDS,
  type ShortFilter,
  shortFilter,
  unitClasses,
  wordOfPair,
} from './pattern-filter.ts';
import { MAX_GAP, MAX_PATTERN } from './pattern-limits.ts';

/** A pattern of ASCII only must be at least this long for the skip view ("a v" is not "av"). */
const MIN_ASCII_SKIP = 5;

/** Most patterns of a list that counts as short: of more, too many places pass the small tables. */
const SHORT = 2000;

/** Farthest place of an anchor: bounds how many ranges of patterns can share one pair. */
const MAX_ANCHOR = 7;

const plain = new Uint16Array(MAX_PATTERN);

/** Why a pattern cannot be compiled, or null when it can. */
export function patternProblem(pattern: string): 'empty' | 'too-long' | 'gap' | null {
  if (pattern.length > MAX_PATTERN) return 'too-long';
  // Lists have 100,000: for most of them nothing is allocated.
  if (pattern.length > 0 && foldPlain(pattern, plain, 0) > 0) return null;
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

/** What the search reads; all of it typed arrays. */
export interface Compiled {
  /** One bit for every anchor, see `wordOfPair`; a power of two words. */
  readonly bitmap: Int32Array;
  /** The filter in its place while the list is short. */
  readonly short: ShortFilter | null;
  /**
   * Open-addressed table of anchors, two numbers each: the pair (0 is empty), and where its first group begins in
   * `groups` or, when its only pattern is the pair itself, ~ that pattern's tag.
   */
  readonly slots: Int32Array;
  readonly slotMask: number;
  /**
   * Groups of patterns with the same anchor at the same place, three numbers each: a mask of hashed neighbours, or
   * the tag of a pattern that is its anchor; the group's first sorted pattern; the end of the group << 8 | the
   * anchor's place in the patterns << 4 | LAST when the next group has another anchor | WHOLE, NEXT or PREVIOUS.
   */
  readonly groups: Int32Array;
  /**
   * Sorted patterns: where the content units of each start in `units`, and its tag: the place in the caller's
   * list << 2 | HAS_SIGNS | MAY_SKIP.
   */
  readonly starts: Int32Array;
  readonly units: Uint16Array;
  readonly tags: Int32Array;
  /** The form that the strict view compares, of patterns that contain signs; by the caller's place. */
  readonly strict: readonly (Uint16Array | undefined)[];
  /** Patterns of one content character, and one bit for each of those characters. */
  readonly singles: ReadonlyMap<number, readonly number[]>;
  readonly singleBits: Int32Array;
}

/** In a tag: the skip view may report the pattern; the strict view compares its whole form. */
export const MAY_SKIP = 1;
export const HAS_SIGNS = 2;
/** What a group is: one pattern that is nothing but its anchor, or some whose next or previous unit is masked. */
export const WHOLE = 0;
export const NEXT = 1;
export const PREVIOUS = 2;
export const LAST = 4;

/**
 * Patterns of at least two content units, one after the other: lists have 100,000, and an object with an array for each
 * was half of the time to build one.
 */
interface Entries {
  readonly count: number;
  /** Content units of all, and where those of each begin. */
  readonly units: Uint16Array;
  readonly starts: Int32Array;
  /** The place in the caller's list << 2, and the signs of a tag. */
  readonly tags: Int32Array;
  /** Where the pair by which each is looked for begins, and that pair, first << 16 | second. */
  readonly anchors: Uint8Array;
  readonly pairs: Int32Array;
}

const createEntries = (most: number, units: number): Entries => ({
  count: most,
  units: new Uint16Array(units),
  starts: new Int32Array(most + 1),
  tags: new Int32Array(most),
  anchors: new Uint8Array(most),
  pairs: new Int32Array(most),
});

/** Builds the index; each pattern must pass `patternProblem`. */
export function indexPatterns(patterns: readonly string[]): Compiled {
  const singles = new Map<number, number[]>();
  const strict: (Uint16Array | undefined)[] = new Array(patterns.length).fill(undefined);
  const entries = sortByAnchor(chooseAnchors(readEntries(patterns, strict, singles)));
  const singleBits = new Int32Array(2048);
  for (const unit of singles.keys()) singleBits[unit >>> 5]! |= 1 << (unit & 31);
  const { starts, units, tags } = entries;
  return { ...indexAnchors(entries), starts, units, tags, strict, singles, singleBits };
}

/** Reads the patterns; those of one content unit go to `singles`, what those with signs look like to `strict`. */
function readEntries(
  patterns: readonly string[],
  strict: (Uint16Array | undefined)[],
  singles: Map<number, number[]>,
): Entries {
  let total = 0;
  for (const pattern of patterns) total += pattern.length;
  const entries = createEntries(patterns.length, total);
  const { units, starts, tags } = entries;
  let count = 0;
  patterns.forEach((pattern, id) => {
    const start = starts[count]!;
    let length = foldPlain(pattern, units, start);
    if (length < 0) {
      const read = readPattern(pattern);
      units.set(read.compact, start);
      length = read.compact.length;
      if (read.strict.length !== length) strict[id] = Uint16Array.from(read.strict);
    }
    if (length === 1) singles.set(units[start]!, [...(singles.get(units[start]!) ?? []), id]);
    if (length < 2) return;
    let maySkip = length >= MIN_ASCII_SKIP;
    for (let at = start; at < start + length && !maySkip; at++) maySkip = units[at]! > 0x7f;
    tags[count] = (id << 2) | (strict[id] ? HAS_SIGNS : 0) | (maySkip ? MAY_SKIP : 0);
    count++;
    starts[count] = start + length;
  });
  return { ...entries, count };
}

/** Writes a pattern of nothing but content at `start`; returns its length, or -1 when there is something else in it. */
function foldPlain(pattern: string, units: Uint16Array, start: number): number {
  const { fold, kind } = foldTables();
  for (let at = 0; at < pattern.length; at++) {
    const unit = pattern.charCodeAt(at);
    const folded = fold[unit]!;
    if (mayFoldPair(unit) || kind[folded] !== CONTENT) return -1;
    units[start + at] = folded;
  }
  return pattern.length;
}

/**
 * Gives each pattern the pair by which it is looked for: the one whose characters are rarest in the list itself,
 * the best guess at a text that there is without the text.
 */
function chooseAnchors(entries: Entries): Entries {
  const { count, units, starts, anchors, pairs } = entries;
  const counts = new Int32Array(65536);
  const used = starts[count]!;
  for (let at = 0; at < used; at++) counts[units[at]!]!++;
  for (let entry = 0; entry < count; entry++) {
    const start = starts[entry]!;
    const last = Math.min(starts[entry + 1]! - 2, start + MAX_ANCHOR);
    let best = Number.POSITIVE_INFINITY;
    for (let at = start; at <= last; at++) {
      const cost = counts[units[at]!]! * counts[units[at + 1]!]!;
      if (cost >= best) continue;
      best = cost;
      anchors[entry] = at - start;
      pairs[entry] = (units[at]! << 16) | units[at + 1]!;
    }
  }
  return entries;
}

/**
 * Sorts by pair, then by what is behind: pairs are sorted as numbers, which is several times as fast for a list of
 * 100,000 as comparing its entries, and only those that share a pair are compared.
 */
function sortByAnchor(entries: Entries): Entries {
  const { count, units, starts, tags, anchors, pairs } = entries;
  const keys = new Float64Array(count);
  for (let at = 0; at < count; at++) keys[at] = (pairs[at]! >>> 0) * count + at;
  const order = Int32Array.from(keys.sort(), (key) => key % count);
  const compare = comparerOf(entries);
  for (let from = 0; from < count; ) {
    let to = from + 1;
    while (to < count && pairs[order[to]!] === pairs[order[from]!]) to++;
    if (to - from > 1) order.subarray(from, to).sort(compare);
    from = to;
  }
  const sorted = createEntries(count, starts[count]!);
  for (let at = 0; at < count; at++) {
    const own = order[at]!;
    sorted.tags[at] = tags[own]!;
    sorted.anchors[at] = anchors[own]!;
    sorted.pairs[at] = pairs[own]!;
    let next = sorted.starts[at]!;
    for (let unit = starts[own]!; unit < starts[own + 1]!; unit++) sorted.units[next++] = units[unit]!;
    sorted.starts[at + 1] = next;
  }
  return sorted;
}

/** Compares two patterns of the same pair: by its place, patterns that are nothing else first, then by their units. */
function comparerOf({ units, starts, tags, anchors }: Entries): (a: number, b: number) => number {
  return (a, b) => {
    const [first, second] = [starts[a]!, starts[b]!];
    const [length, other] = [starts[a + 1]! - first, starts[b + 1]! - second];
    const order = anchors[a]! - anchors[b]! || Math.min(length, 3) - Math.min(other, 3);
    if (order !== 0) return order;
    for (let at = 0; at < length && at < other; at++) {
      const difference = units[first + at]! - units[second + at]!;
      if (difference !== 0) return difference;
    }
    return length - other || tags[a]! - tags[b]!;
  };
}

/** The bitmap of anchors (at most 1 bit in 64 set) and the exact table behind it. */
function indexAnchors({ count, pairs, starts, tags, anchors, units }: Entries) {
  const size = Math.max(1, count);
  const bitmap = new Int32Array(
    2 ** Math.min(Math.log2(MAX_WORDS), Math.max(12, Math.ceil(Math.log2(size)) + 1)),
  );
  const slotMask = (1 << Math.max(4, Math.ceil(Math.log2(size * 1.5)))) - 1;
  const slots = new Int32Array((slotMask + 1) * 2);
  const groups: number[] = [];
  const classes = unitClasses();
  const lengthOf = (at: number) => starts[at + 1]! - starts[at]!;
  /** Adds the groups of the patterns [low, high), which have one pair as their anchor. */
  const addGroups = (low: number, high: number) => {
    for (let from = low; from < high; ) {
      const anchor = anchors[from]!;
      const isWhole = lengthOf(from) === 2;
      let to = from + 1;
      while (!isWhole && to < high && anchors[to] === anchor && lengthOf(to) > 2) to++;
      const { side, mask } = isWhole
        ? { side: WHOLE, mask: tags[from]! }
        : neighbours(units, starts, from, to, anchor);
      groups.push(mask, from, (to << 8) | (anchor << 4) | (to === high ? LAST : 0) | side);
      from = to;
    }
  };
  for (let from = 0; from < count; ) {
    const pair = pairs[from]!;
    let to = from + 1;
    while (to < count && pairs[to] === pair) to++;
    const second = classes[pair & 0xffff]!;
    bitmap[wordOfPair(classes[pair >>> 16]!, second, bitmap.length - 1)]! |= 1 << (second & 31);
    let slot = hashKey(pair, slotMask);
    while (slots[slot * 2] !== 0) slot = (slot + 1) & slotMask;
    const isWhole = to === from + 1 && lengthOf(from) === 2;
    slots[slot * 2] = pair;
    slots[slot * 2 + 1] = isWhole ? ~tags[from]! : groups.length;
    if (!isWhole) addGroups(from, to);
    from = to;
  }
  const short = count <= SHORT ? shortFilter(pairs.subarray(0, count)) : null;
  return { bitmap, short, slots, slotMask, groups: Int32Array.from(groups) };
}

/** A mask of the units that follow the anchor of the patterns [from, to), or else of those before it, where all have one. */
function neighbours(
  units: Uint16Array,
  starts: Int32Array,
  from: number,
  to: number,
  anchor: number,
): { side: number; mask: number } {
  let hasNext = true;
  for (let at = from; at < to; at++) hasNext &&= starts[at + 1]! - starts[at]! > anchor + 2;
  const place = hasNext ? anchor + 2 : anchor - 1;
  let mask = 0;
  for (let at = from; at < to; at++) mask |= 1 << hashUnit(units[starts[at]! + place]!);
  return { side: hasNext ? NEXT : PREVIOUS, mask };
}
