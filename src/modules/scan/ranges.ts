/** Lists of ranges of a text, in the order of start: to sort, to join and to ask them without looking at all. */

interface Range {
  readonly start: number;
  readonly end: number;
}

const inOrder = (a: Range, b: Range) => a.start - b.start || a.end - b.end;

/** How far out of order a range may be to be put in its place by hand. */
const NEARLY = 32;

/** Sorts in place what is nearly sorted already: the matcher reports in the order of anchors. */
export function putInOrder<T extends Range>(list: T[]): T[] {
  for (let at = 1; at < list.length; at++) {
    const one = list[at]!;
    let place = at;
    while (place > 0 && inOrder(list[place - 1]!, one) > 0) place--;
    if (at - place > NEARLY) return list.sort(inOrder);
    for (let later = at; later > place; later--) list[later] = list[later - 1]!;
    list[place] = one;
  }
  return list;
}

/** Two sorted lists as one; of equal ranges the first list's come first. */
export function mergeInOrder<T extends Range>(first: readonly T[], second: readonly T[]): readonly T[] {
  if (second.length === 0) return first;
  if (first.length === 0) return second;
  const merged: T[] = [];
  let other = 0;
  for (const one of first) {
    while (other < second.length && inOrder(second[other]!, one) < 0) merged.push(second[other++]!);
    merged.push(one);
  }
  while (other < second.length) merged.push(second[other++]!);
  return merged;
}

/** The place of the first range that starts at `from` or behind it; the list is sorted by start. */
export function firstFrom(list: readonly Range[], from: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.start < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Tells whether a range overlaps one of those in `list`, in any order, without looking at all of them. */
export function overlapsAny(list: readonly Range[]): (range: Range) => boolean {
  const sorted = [...list].sort(inOrder);
  const farthest: number[] = [];
  for (const { end } of sorted) farthest.push(Math.max(end, farthest.at(-1) ?? 0));
  return ({ start, end }) => {
    const before = firstFrom(sorted, end);
    return before > 0 && farthest[before - 1]! > start;
  };
}
