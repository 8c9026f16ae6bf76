/**
 * A text as it is judged: in simplified characters, so that the words of a lesson are known in either script, and without
 * the readings that copies of pages have in brackets behind their characters (`學(xué)校`), which part every word.
 */
import { SIMPLIFIED, TRADITIONAL } from './data/simplified.ts';
import type { Layout } from './page-evidence.ts';

export interface PlainText {
  readonly text: string;
  /** The layout of the written text, in offsets of `text`. */
  readonly layout: Layout;
  /** Offsets in the written text. */
  readonly locate: (start: number, end: number) => readonly [start: number, end: number];
}

/** A text says so many readings before they count as the manner of a copy: one or two explain a rare character. */
const FEWEST = 3;
const TONED = 'āáǎàēéěèīíǐìńňōóǒòūúǔùǖǘǚǜ';
/** One syllable with its tone in brackets; it begins with the bracket, for which a text is searched fastest. */
const READING = new RegExp(`[(（](?=[a-z]{0,5}[${TONED}])[a-zü${TONED}]{1,7}[)）]`, 'g');
const isHan = (unit: number) => unit >= 0x3400 && unit <= 0x9fff;

/** Reads a text as it is judged; null when it is so as it is written. */
export function plainText(written: string, layout: Layout): PlainText | null {
  const text = inSimplified(written);
  const cuts = [...text.matchAll(READING)].filter(({ index }) => isHan(text.charCodeAt(index - 1)));
  if (cuts.length < FEWEST)
    return text === written ? null : { text, layout, locate: (start, end) => [start, end] };
  return withoutCuts(
    text,
    layout,
    cuts.map((cut) => [cut.index, cut.index + cut[0].length]),
  );
}

let simple: Uint16Array | undefined;

function readTable(): Uint16Array {
  const table = Uint16Array.from({ length: 0x10000 }, (_, unit) => unit);
  for (let at = 0; at < TRADITIONAL.length; at++)
    table[TRADITIONAL.charCodeAt(at)] = SIMPLIFIED.charCodeAt(at);
  return table;
}

/** Every unit stays one unit, so that every offset stays. */
function inSimplified(text: string): string {
  simple ??= readTable();
  let first = 0;
  while (first < text.length && simple[text.charCodeAt(first)] === text.charCodeAt(first)) first++;
  if (first === text.length) return text;
  const units = new Uint16Array(text.length - first);
  for (let at = 0; at < units.length; at++) units[at] = simple[text.charCodeAt(first + at)]!;
  return text.slice(0, first) + Buffer.from(units.buffer).toString('utf16le');
}

function withoutCuts(
  written: string,
  layout: Layout,
  cuts: readonly (readonly [start: number, end: number])[],
): PlainText {
  const parts: string[] = [];
  /** Where each cut was in what is left, and how much had been cut with it. */
  const places: number[] = [];
  const sums: number[] = [];
  let [from, sum] = [0, 0];
  for (const [start, end] of cuts) {
    parts.push(written.slice(from, start));
    places.push(start - sum);
    sum += end - start;
    sums.push(sum);
    from = end;
  }
  parts.push(written.slice(from));
  const cutBefore = (offset: number) => sums[countBelow(places, offset) - 1] ?? 0;
  const starts = cuts.map(([start]) => start);
  const kept = (offset: number) => {
    const last = countBelow(starts, offset) - 1;
    if (last < 0) return offset;
    return Math.max(places[last]!, offset - sums[last]!);
  };
  const moved = (ranges: Layout['apart']) => ranges.map(([start, end]) => [kept(start), kept(end)] as const);
  return {
    text: parts.join(''),
    layout: { ...layout, apart: moved(layout.apart), menus: moved(layout.menus) },
    // A reading at the start of a range stays outside it, as one at its end does.
    locate: (start, end) => [start + cutBefore(start + 1), end + cutBefore(end)],
  };
}

/** How many of the numbers, which rise, lie below the bound. */
function countBelow(numbers: readonly number[], bound: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
