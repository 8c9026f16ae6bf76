/**
 * Finds many patterns in one text, in one pass, with the exact place in the original.
 *
 * Design: each pattern has an anchor, the pair of its neighbouring content characters that is rarest in the list.
 * Every pair of the text is looked up in a bitmap of anchors (pattern-filter.ts); the few places that pass are
 * looked up in a table, compared by one neighbour, and what is left is verified from the pattern's beginning. The
 * loads of the first loop do not depend on one another (an automaton's do), so the processor overlaps them.
 */
import { CONTENT, CONTINUATION, foldTables, INVISIBLE, SKIPPABLE, TRANSPARENT } from './fold.ts';
import {
  filterShortly,
  filterWindow,
  hashKey,
  hashUnit,
  loadWindow,
  PAIR,
  unitClasses,
  type Window,
  windowCandidates,
  windowPairs,
  windowUnits,
} from './pattern-filter.ts';
import { type Compiled, HAS_SIGNS, indexPatterns, LAST, MAY_SKIP, NEXT, WHOLE } from './pattern-index.ts';
import { MAX_GAP, MAX_GAP_UNITS } from './pattern-limits.ts';

export type View = 'strict' | 'skip';

/** Receives one occurrence: the pattern's place in the list, UTF-16 offsets [start, end), the view. */
type OnMatch = (pattern: number, start: number, end: number, view: View) => void;

export interface PatternMatcher {
  /**
   * Reports every occurrence of every pattern, overlapping ones too, nearly in the order of their start; returns
   * how many steps verification took (its growth with the text is what a test of hostile input measures).
   * All searches share one window: a search that `onMatch` begins throws.
   */
  find(text: string, onMatch: OnMatch): number;
}

/** Gives for each unit the one that is compared in its place. */
export type Reading = Uint16Array;

/**
 * Compiles up to some 100,000 patterns. Each must pass `patternProblem`.
 * Texts and patterns are folded alike (see fold.ts). Texts are read by `reading` before; patterns are given as it reads.
 */
export function compilePatterns(patterns: readonly string[], reading?: Reading): PatternMatcher {
  const compiled = indexPatterns(patterns);
  return { find: (text, onMatch) => find(compiled, text, onMatch, reading) };
}

/** One search: what the steps of verification share. */
interface Search {
  readonly compiled: Compiled;
  readonly onMatch: OnMatch;
  readonly kind: Uint8Array;
  readonly fold: Uint16Array;
  readonly classes: Int32Array;
  base: number;
  size: number;
  steps: number;
}

let searching = false;

function find(compiled: Compiled, text: string, onMatch: OnMatch, reading?: Reading): number {
  if (searching) throw new Error('a search is under way');
  searching = true;
  try {
    return searchText(compiled, text, onMatch, reading);
  } finally {
    searching = false;
  }
}

function searchText(compiled: Compiled, text: string, onMatch: OnMatch, reading?: Reading): number {
  const state: Search = {
    compiled,
    onMatch,
    ...foldTables(),
    classes: unitClasses(),
    base: 0,
    size: 0,
    steps: 0,
  };
  let last = 0;
  for (let at = 0; at < text.length; ) {
    const window = loadWindow(text, at, reading);
    const passed = compiled.short
      ? filterShortly(window, compiled.short, last)
      : filterWindow(window, compiled.bitmap, last);
    last = passed.last;
    state.base = window.base;
    state.size = window.size;
    checkCandidates(state, passed.count);
    if (compiled.singles.size > 0) findSingles(state, window);
    at += window.to - window.from;
  }
  return state.steps;
}

/** Looks the pairs that the filter let pass up in the table of anchors and verifies what has them. */
function checkCandidates(search: Search, count: number): void {
  const { slots, slotMask } = search.compiled;
  search.steps += count;
  for (let place = 0; place < count; place++) {
    const pair = windowPairs[place]!;
    let slot = hashKey(pair, slotMask);
    let found = slots[slot * 2]!;
    while (found !== pair && found !== 0) {
      slot = (slot + 1) & slotMask;
      found = slots[slot * 2]!;
    }
    if (found === 0) continue;
    const second = windowCandidates[place]!;
    const first = contentBefore(search, second);
    if (first < 0) continue;
    const group = slots[slot * 2 + 1]!;
    if (group < 0) report(search, ~group, 2, first, second + 1);
    else checkGroups(search, group, first, second);
  }
}

/** Verifies the groups of patterns, from the one at `group` on, whose anchor is the text's pair. */
function checkGroups(search: Search, group: number, first: number, second: number): void {
  const { classes, size } = search;
  const { groups } = search.compiled;
  for (let at = group, last = 0; last === 0; at += 3) {
    const packed = groups[at + 2]!;
    const side = packed & 3;
    last = packed & LAST;
    if (side === WHOLE) {
      report(search, groups[at]!, 2, first, second + 1);
      continue;
    }
    search.steps++;
    const neighbour = side === NEXT ? second + 1 : first - 1;
    const unit = neighbour >= 0 && neighbour < size ? classes[windowUnits[neighbour]!]! : -1;
    // A neighbour that is passed over or not folded yet tells nothing.
    if (unit >= 0 && unit < PAIR && ((groups[at]! >>> hashUnit(unit & 0xffff)) & 1) === 0) continue;
    verify(search, first, groups[at + 1]!, packed >>> 8, (packed >>> 4) & 15);
  }
}

/** The content character before `at`, or -1 when the gap is too long for any pattern. */
function contentBefore(search: Search, at: number): number {
  const { kind } = search;
  if (at > 0 && kind[windowUnits[at - 1]!] === CONTENT) return at - 1;
  let skipped = 0;
  let place = at - 1;
  for (; place >= 0 && kind[windowUnits[place]!] !== CONTENT; place--) {
    if (kind[windowUnits[place]!] === SKIPPABLE) skipped++;
    if (skipped > MAX_GAP || at - place > MAX_GAP_UNITS) {
      place = -1;
      break;
    }
  }
  search.steps += place < 0 ? MAX_GAP_UNITS : at - place;
  return place;
}

/** The content character behind `at`, or -1 when the text ends or the gap is too long for any pattern. */
function contentBehind(search: Search, at: number): number {
  const { kind, size } = search;
  if (at + 1 < size && kind[windowUnits[at + 1]!] === CONTENT) return at + 1;
  let skipped = 0;
  let place = at + 1;
  for (; place < size && kind[windowUnits[place]!] !== CONTENT; place++) {
    if (kind[windowUnits[place]!] === SKIPPABLE) skipped++;
    if (skipped > MAX_GAP || place - at > MAX_GAP_UNITS) return -1;
  }
  search.steps += place - at;
  return place < size ? place : -1;
}

/** Checks the sorted patterns [low, high), whose unit `anchor` is the text's at `place`. */
function verify(search: Search, place: number, low: number, high: number, anchor: number): void {
  const { fold } = search;
  const { starts, units: sorted, tags } = search.compiled;
  let start = place;
  for (let back = anchor; back > 0; back--) {
    start = contentBefore(search, start);
    if (start < 0) return;
  }
  let at = start;
  for (let depth = 0; ; search.steps++) {
    const unit = fold[windowUnits[at]!]!;
    // The patterns of the range are sorted by their unit at this depth: keep those where it is `unit`.
    if (sorted[starts[low]! + depth]! !== unit) {
      low = bound(search, low, high, depth, unit);
      if (low === high || sorted[starts[low]! + depth] !== unit) return;
    }
    if (sorted[starts[high - 1]! + depth]! !== unit) high = bound(search, low, high, depth, unit + 1);
    depth++;
    while (low < high && starts[low + 1]! - starts[low]! === depth) {
      report(search, tags[low]!, depth, start, at + 1);
      low++;
    }
    if (low === high) return;
    at = contentBehind(search, at);
    if (at < 0) return;
  }
}

/** The first pattern of [low, high) whose unit at `depth` is at least `unit`; at most 17 steps. */
function bound(search: Search, low: number, high: number, depth: number, unit: number): number {
  const { starts, units: sorted } = search.compiled;
  let from = low;
  let to = high;
  while (from < to) {
    search.steps++;
    const middle = (from + to) >>> 1;
    if (sorted[starts[middle]! + depth]! < unit) from = middle + 1;
    else to = middle;
  }
  return from;
}

function report(search: Search, tag: number, length: number, start: number, end: number): void {
  const { compiled, base, onMatch } = search;
  const full = end < search.size && windowUnits[end] === CONTINUATION ? end + 1 : end;
  const strict =
    (tag & HAS_SIGNS) !== 0
      ? equalsStrict(search, start, end, compiled.strict[tag >>> 2]!)
      : end - start === length || hasNoSign(search, start, end);
  if (strict) onMatch(tag >>> 2, base + start, base + full, 'strict');
  else if ((tag & MAY_SKIP) !== 0) onMatch(tag >>> 2, base + start, base + full, 'skip');
}

function hasNoSign({ kind }: Search, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const sign = kind[windowUnits[at]!]!;
    if (sign === SKIPPABLE || sign === INVISIBLE) return false;
  }
  return true;
}

/** Whether the folded units of [start, end), transparent ones left out, are exactly the pattern's. */
function equalsStrict({ fold, kind }: Search, start: number, end: number, exact: Uint16Array): boolean {
  let seen = 0;
  for (let at = start; at < end; at++) {
    if (kind[windowUnits[at]!] === TRANSPARENT) continue;
    if (seen === exact.length || fold[windowUnits[at]!] !== exact[seen]) return false;
    seen++;
  }
  return seen === exact.length;
}

function findSingles(search: Search, window: Window): void {
  const { fold, onMatch, base } = search;
  const { singles, singleBits } = search.compiled;
  for (let at = window.from; at < window.to; at++) {
    const unit = fold[windowUnits[at]!]!;
    if (((singleBits[unit >>> 5]! >>> unit) & 1) === 0) continue;
    const end = at + 1 < window.size && windowUnits[at + 1] === CONTINUATION ? at + 2 : at + 1;
    for (const id of singles.get(unit) ?? []) onMatch(id, base + at, base + end, 'strict');
  }
}
