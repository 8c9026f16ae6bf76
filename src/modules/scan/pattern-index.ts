/** The index of many patterns that the matcher searches with, and what a pattern may be. */
import { CONTENT, foldTables, foldText, TRANSPARENT } from './fold.ts';
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
  /**
   * Open-addressed table of anchors, four numbers each: the pair (0 is empty); a mask of the hashed neighbours,
   * or the tag of a whole pattern; the first sorted pattern of the range; its end << 7 | the anchor's offset in
   * the patterns << 2 | WHOLE, NEXT or PREVIOUS.
   */
  readonly slots: Int32Array;
  readonly slotMask: number;
  /**
   * Sorted patterns: where the content units of each start in `units`, and its tag: the place in the caller's
   * list << 2 | HAS_SIGNS | MAY_SKIP.
   */
  readonly starts: Int32Array;
  readonly units: Uint16Array;
  readonly tags: Int32Array;
  /** The form that the strict view compares, of patterns that contain signs; by the caller's place. */
  readonly strict: readonly (Uint16Array | undefined)[];
  /** Patterns of one content character. */
  readonly singles: ReadonlyMap<number, readonly number[]>;
}

/** In a tag: the skip view may report the pattern; the strict view compares its whole form. */
export const MAY_SKIP = 1;
export const HAS_SIGNS = 2;
/** What a slot is: one pattern that is nothing but its anchor, or some whose next or previous unit is masked. */
export const WHOLE = 0;
export const NEXT = 1;
export const PREVIOUS = 2;

interface Entry {
  readonly id: number;
  readonly strict: number[];
  readonly compact: number[];
  readonly key: string;
  anchor: number;
}

/** Builds the index; each pattern must pass `patternProblem`. */
export function indexPatterns(patterns: readonly string[]): Compiled {
  const singles = new Map<number, number[]>();
  const long: Entry[] = [];
  const strict: (Uint16Array | undefined)[] = new Array(patterns.length).fill(undefined);
  patterns.forEach((pattern, id) => {
    const read = readPattern(pattern);
    if (read.strict.length !== read.compact.length) strict[id] = Uint16Array.from(read.strict);
    const [only] = read.compact;
    if (read.compact.length > 1) {
      long.push({ id, ...read, key: String.fromCharCode(...read.compact), anchor: 0 });
    } else if (only !== undefined) singles.set(only, [...(singles.get(only) ?? []), id]);
  });
  chooseAnchors(long);
  long.sort(byAnchor);
  const starts = new Int32Array(long.length + 1);
  long.forEach(({ compact }, at) => {
    starts[at + 1] = starts[at]! + compact.length;
  });
  const units = new Uint16Array(starts[long.length]!);
  long.forEach(({ compact }, at) => {
    units.set(compact, starts[at]!);
  });
  const tags = Int32Array.from(long, (entry) => tagOf(entry));
  return { ...indexAnchors(long), starts, units, tags, strict, singles };
}

function tagOf({ id, strict, compact }: Entry): number {
  const mayskip = compact.length >= MIN_ASCII_SKIP || compact.some((unit) => unit > 0x7f);
  return (id << 2) | (strict.length === compact.length ? 0 : HAS_SIGNS) | (mayskip ? MAY_SKIP : 0);
}

function pairAt({ compact, anchor }: Entry): number {
  return (compact[anchor]! << 16) | compact[anchor + 1]!;
}

function byAnchor(a: Entry, b: Entry): number {
  return (
    pairAt(a) - pairAt(b) ||
    a.anchor - b.anchor ||
    Math.min(a.compact.length, 3) - Math.min(b.compact.length, 3) ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : a.id - b.id)
  );
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
  const slots = new Int32Array((slotMask + 1) * 4);
  const classes = unitClasses();
  for (let from = 0; from < entries.length; ) {
    const first = entries[from]!;
    const key = pairAt(first);
    const whole = first.compact.length === 2;
    let to = from + 1;
    while (!whole && to < entries.length && isSameGroup(first, entries[to]!)) to++;
    const second = classes[key & 0xffff]!;
    bitmap[wordOfPair(classes[key >>> 16]!, second, bitmap.length - 1)]! |= 1 << (second & 31);
    let slot = hashKey(key, slotMask);
    while (slots[slot * 4] !== 0) slot = (slot + 1) & slotMask;
    const { side, mask } = whole
      ? { side: WHOLE, mask: tagOf(first) }
      : neighbours(entries.slice(from, to), first.anchor);
    slots.set([key, mask, from, (to << 7) | (first.anchor << 2) | side], slot * 4);
    from = to;
  }
  return { bitmap, slots, slotMask };
}

function isSameGroup(a: Entry, b: Entry): boolean {
  return pairAt(a) === pairAt(b) && a.anchor === b.anchor && a.compact.length > 2 && b.compact.length > 2;
}

/** A mask of the units that follow the anchor, or else of those before it, where all of a range have one. */
function neighbours(entries: readonly Entry[], anchor: number): { side: number; mask: number } {
  const hasNext = entries.every(({ compact }) => compact.length > anchor + 2);
  const place = hasNext ? anchor + 2 : anchor - 1;
  let mask = 0;
  for (const { compact } of entries) mask |= 1 << hashUnit(compact[place]!);
  return { side: hasNext ? NEXT : PREVIOUS, mask };
}
