/** The index of many patterns that the matcher searches with, and what a pattern may be. */
import { CONTENT, foldTables, foldText, mayFoldPair, TRANSPARENT } from './fold.ts';
import { hashKey, hashUnit, MAX_WORDS, unitClasses, wordOfPair } from './pattern-filter.ts';
import { MAX_GAP, MAX_PATTERN } from './pattern-limits.ts';

/** A pattern of ASCII only must be at least this long for the skip view ("a v" is not "av"). */
const MIN_ASCII_SKIP = 5;

/** Farthest place of an anchor: bounds how many ranges of patterns can share one pair. */
const MAX_ANCHOR = 7;

/** Why a pattern cannot be compiled, or null when it can. */
export function patternProblem(pattern: string): 'empty' | 'too-long' | 'gap' | null {
  if (pattern.length > MAX_PATTERN) return 'too-long';
  const { compact, strict } = readPattern(pattern);
  if (compact.length === 0) return 'empty';
  if (compact.length === strict.length) return null;
  const { kind } = foldTables();
  let run = 0;
  for (const unit of strict) {
    run = kind[unit] === CONTENT ? 0 : run + 1;
    if (run > MAX_GAP) return 'gap';
  }
  return null;
}

/**
 * The two forms of a pattern: as the strict view compares it, and without anything that can be skipped (the same array
 * where there is nothing to skip). Written for lists of 100,000: one pass, nothing allocated but the result.
 */
function readPattern(pattern: string): { strict: number[]; compact: number[] } {
  const { fold, kind } = foldTables();
  const plain: number[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const unit = pattern.charCodeAt(at);
    const folded = fold[unit]!;
    if (mayFoldPair(unit) || kind[folded] !== CONTENT) return readMixed(foldText(pattern), kind);
    plain.push(folded);
  }
  return { strict: plain, compact: plain };
}

/** A pattern with signs or surrogate pairs in it. */
function readMixed(units: Uint16Array, kind: Uint8Array): { strict: number[]; compact: number[] } {
  const seen = [...units].filter((unit) => kind[unit] !== TRANSPARENT);
  const isContent = (unit: number) => kind[unit] === CONTENT;
  const strict = seen.slice(seen.findIndex(isContent), seen.findLastIndex(isContent) + 1);
  return { strict, compact: strict.filter(isContent) };
}

/** What the search reads; all of it typed arrays. */
export interface Compiled {
  /** One bit for every anchor, see `wordOfPair`; a power of two words. */
  readonly bitmap: Int32Array;
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

interface Entry {
  readonly id: number;
  readonly strict: number[];
  readonly compact: number[];
  /** Where the pair by which it is looked for begins, and that pair, first << 16 | second. */
  anchor: number;
  pair: number;
}

/** Builds the index; each pattern must pass `patternProblem`. */
export function indexPatterns(patterns: readonly string[]): Compiled {
  const singles = new Map<number, number[]>();
  const found: Entry[] = [];
  const strict: (Uint16Array | undefined)[] = new Array(patterns.length).fill(undefined);
  patterns.forEach((pattern, id) => {
    const read = readPattern(pattern);
    if (read.strict.length !== read.compact.length) strict[id] = Uint16Array.from(read.strict);
    const [only] = read.compact;
    if (read.compact.length > 1) {
      found.push({ id, strict: read.strict, compact: read.compact, anchor: 0, pair: 0 });
    } else if (only !== undefined) singles.set(only, [...(singles.get(only) ?? []), id]);
  });
  const singleBits = new Int32Array(2048);
  for (const unit of singles.keys()) singleBits[unit >>> 5]! |= 1 << (unit & 31);
  chooseAnchors(found);
  const long = sortByAnchor(found);
  const starts = new Int32Array(long.length + 1);
  long.forEach(({ compact }, at) => {
    starts[at + 1] = starts[at]! + compact.length;
  });
  const units = new Uint16Array(starts[long.length]!);
  let next = 0;
  for (const { compact } of long) for (const unit of compact) units[next++] = unit;
  const tags = Int32Array.from(long, (entry) => tagOf(entry));
  return { ...indexAnchors(long), starts, units, tags, strict, singles, singleBits };
}

function tagOf({ id, strict, compact }: Entry): number {
  const mayskip = compact.length >= MIN_ASCII_SKIP || compact.some((unit) => unit > 0x7f);
  return (id << 2) | (strict.length === compact.length ? 0 : HAS_SIGNS) | (mayskip ? MAY_SKIP : 0);
}

/**
 * Sorts by pair, then by what is behind: pairs are sorted as numbers, which is several times as fast for a list of
 * 100,000 as comparing its entries, and only those that share a pair are compared.
 */
function sortByAnchor(entries: readonly Entry[]): Entry[] {
  const span = entries.length;
  const keys = Float64Array.from(entries, ({ pair }, at) => (pair >>> 0) * span + at).sort();
  const sorted = Array.from(keys, (key) => entries[key % span]!);
  for (let from = 0; from < span; ) {
    let to = from + 1;
    while (to < span && sorted[to]!.pair === sorted[from]!.pair) to++;
    if (to - from > 1) {
      const shared = sorted.slice(from, to).sort(byUnits);
      for (let at = from; at < to; at++) sorted[at] = shared[at - from]!;
    }
    from = to;
  }
  return sorted;
}

function byUnits(a: Entry, b: Entry): number {
  const order = a.anchor - b.anchor || Math.min(a.compact.length, 3) - Math.min(b.compact.length, 3);
  if (order !== 0) return order;
  for (let at = 0; at < a.compact.length && at < b.compact.length; at++) {
    if (a.compact[at] !== b.compact[at]) return a.compact[at]! - b.compact[at]!;
  }
  return a.compact.length - b.compact.length || a.id - b.id;
}

/**
 * Gives each pattern the pair by which it is looked for: the one whose characters are rarest in the list itself,
 * the best guess at a text that there is without the text.
 */
function chooseAnchors(entries: readonly Entry[]): void {
  const counts = new Int32Array(65536);
  for (const { compact } of entries) for (const unit of compact) counts[unit]!++;
  for (const entry of entries) {
    const { compact } = entry;
    let best = Number.POSITIVE_INFINITY;
    for (let at = 0; at + 1 < compact.length && at <= MAX_ANCHOR; at++) {
      const cost = counts[compact[at]!]! * counts[compact[at + 1]!]!;
      if (cost >= best) continue;
      best = cost;
      entry.anchor = at;
      entry.pair = (compact[at]! << 16) | compact[at + 1]!;
    }
  }
}

/** The bitmap of anchors (at most 1 bit in 64 set) and the exact table behind it. */
function indexAnchors(entries: readonly Entry[]) {
  const size = Math.max(1, entries.length);
  const bitmap = new Int32Array(
    2 ** Math.min(Math.log2(MAX_WORDS), Math.max(12, Math.ceil(Math.log2(size)) + 1)),
  );
  const slotMask = (1 << Math.max(4, Math.ceil(Math.log2(size * 1.5)))) - 1;
  const slots = new Int32Array((slotMask + 1) * 2);
  const groups: number[] = [];
  const classes = unitClasses();
  for (let from = 0; from < entries.length; ) {
    const { pair } = entries[from]!;
    let to = from + 1;
    while (to < entries.length && entries[to]!.pair === pair) to++;
    const second = classes[pair & 0xffff]!;
    bitmap[wordOfPair(classes[pair >>> 16]!, second, bitmap.length - 1)]! |= 1 << (second & 31);
    let slot = hashKey(pair, slotMask);
    while (slots[slot * 2] !== 0) slot = (slot + 1) & slotMask;
    const isWhole = to === from + 1 && entries[from]!.compact.length === 2;
    slots[slot * 2] = pair;
    slots[slot * 2 + 1] = isWhole ? ~tagOf(entries[from]!) : groups.length;
    if (!isWhole) addGroups(groups, entries, from, to);
    from = to;
  }
  return { bitmap, slots, slotMask, groups: Int32Array.from(groups) };
}

/** Adds the groups of the patterns [low, high), which have one pair as their anchor. */
function addGroups(groups: number[], entries: readonly Entry[], low: number, high: number): void {
  for (let from = low; from < high; ) {
    const first = entries[from]!;
    let to = from + 1;
    while (to < high && isSameGroup(first, entries[to]!)) to++;
    const isWhole = first.compact.length === 2;
    const { side, mask } = isWhole
      ? { side: WHOLE, mask: tagOf(first) }
      : neighbours(entries, from, to, first.anchor);
    groups.push(mask, from, (to << 8) | (first.anchor << 4) | (to === high ? LAST : 0) | side);
    from = to;
  }
}

function isSameGroup(a: Entry, b: Entry): boolean {
  return a.anchor === b.anchor && a.compact.length > 2 && b.compact.length > 2;
}

/** A mask of the units that follow the anchor of the patterns [from, to), or else of those before it, where all have one. */
function neighbours(
  entries: readonly Entry[],
  from: number,
  to: number,
  anchor: number,
): { side: number; mask: number } {
  let hasNext = true;
  for (let at = from; at < to; at++) hasNext &&= entries[at]!.compact.length > anchor + 2;
  const place = hasNext ? anchor + 2 : anchor - 1;
  let mask = 0;
  for (let at = from; at < to; at++) mask |= 1 << hashUnit(entries[at]!.compact[place]!);
  return { side: hasNext ? NEXT : PREVIOUS, mask };
}
