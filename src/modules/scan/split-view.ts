/** Characters written as their parts side by side (贝者 for 赌): where they may stand, and the text with them joined. */
import { COMPONENTS } from './data/components.ts';

/** Parts found in a text: UTF-16 offsets [start, end) and the character that they make. */
export interface Split {
  readonly start: number;
  readonly end: number;
  readonly character: string;
}

/** A piece of a text with parts joined, and the way back to the offsets of the whole text. */
export interface JoinedText {
  readonly text: string;
  /** Offsets in the whole text, or null when the range has no joined character in it. */
  readonly locate: (start: number, end: number) => readonly [start: number, end: number] | null;
}

/** What to look for: the parts of each character, in the order of COMPONENTS. */
export const splitPatterns: readonly string[] = COMPONENTS.map(([, parts]) => parts);

/** The character that the parts at `index` of `splitPatterns` make. */
export const splitCharacter = (index: number): string => COMPONENTS[index]![0];

/** How far around joined characters a term may reach: its longest form with its longest gaps is longer, and rare. */
const REACH = 128;

/** The surroundings of the parts that were found, joined. Of parts that overlap the earlier and longer ones count. */
export function joinSplits(text: string, found: readonly Split[]): JoinedText[] {
  const splits: Split[] = [];
  for (const split of [...found].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (split.start >= (splits.at(-1)?.end ?? 0)) splits.push(split);
  }
  const joined: JoinedText[] = [];
  for (let from = 0; from < splits.length; ) {
    let to = from + 1;
    while (to < splits.length && splits[to]!.start - splits[to - 1]!.end <= 2 * REACH) to++;
    joined.push(joinRange(text, splits.slice(from, to)));
    from = to;
  }
  return joined;
}

function joinRange(text: string, splits: readonly Split[]): JoinedText {
  const parts: string[] = [];
  /** For each split, its place in the joined text. */
  const places: number[] = [];
  const base = Math.max(0, splits[0]!.start - REACH);
  let at = base;
  let length = 0;
  for (const { start, end, character } of splits) {
    parts.push(text.slice(at, start), character);
    places.push(length + start - at);
    length += start - at + 1;
    at = end;
  }
  parts.push(text.slice(at, at + REACH));
  /** The place of the last split that begins before `offset`, or -1. */
  const before = (offset: number) => {
    let low = 0;
    let high = places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (places[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const back = (offset: number) => {
    const last = before(offset);
    return last < 0 ? base + offset : splits[last]!.end + offset - places[last]! - 1;
  };
  return {
    text: parts.join(''),
    locate: (start, end) => (before(start) === before(end) ? null : [back(start), back(end)]),
  };
}
