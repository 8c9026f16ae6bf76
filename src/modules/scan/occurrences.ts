/** What was found in a text, in the order of start, and the passages around it. */
import { BARRIER } from './fold.ts';
import type { View } from './pattern-matcher.ts';
import { firstFrom } from './ranges.ts';

export interface Occurrence {
  readonly pattern: number;
  readonly start: number;
  readonly end: number;
  readonly view: View | 'split' | 'pinyin' | 'latin';
}

/** How far around a hit a passage goes, of which it is asked what it is about. */
export const PASSAGE = 200;
/** The first occurrence whose start lies in [from, to] and that passes; the list is sorted by start. */
export function findBetween(
  list: readonly Occurrence[],
  from: number,
  to: number,
  passes: (one: Occurrence) => boolean,
): Occurrence | undefined {
  for (let at = firstFrom(list, from); at < list.length && list[at]!.start <= to; at++) {
    if (passes(list[at]!)) return list[at];
  }
  return undefined;
}

/** At most so many occurrences of a passage are looked at: a text of nothing else must not cost their square. */
const MAX_LOOKED_AT = 256;

export function eachBetween(
  list: readonly Occurrence[],
  from: number,
  to: number,
  take: (one: Occurrence) => void,
): void {
  const first = firstFrom(list, from);
  for (let at = first; at < list.length && at - first < MAX_LOOKED_AT && list[at]!.start <= to; at++) {
    take(list[at]!);
  }
}

export function blockStart(text: string, at: number, reach: number): number {
  const from = Math.max(0, at - reach);
  const barrier = text.slice(from, at).lastIndexOf(BARRIER);
  return barrier < 0 ? from : from + barrier + 1;
}

export function blockEnd(text: string, at: number, reach: number): number {
  const slice = text.slice(at, at + reach);
  const barrier = slice.indexOf(BARRIER);
  return at + (barrier < 0 ? slice.length : barrier);
}
