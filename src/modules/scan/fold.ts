/**
 * How a character is read before it is compared with a term: width, case, traditional form, circled,
 * keycap and mathematical shapes all become one plain character. A text keeps its length: every UTF-16 unit
 * becomes exactly one unit, so that an offset in the folded text is an offset in the original.
 */
import { LOOKALIKES, OF_RADICALS, RADICALS } from './data/lookalikes.ts';
import { SIMPLIFIED, TRADITIONAL } from './data/simplified.ts';

/** A unit that is compared. */
export const CONTENT = 0;
/** A unit that the skip view passes over: space, punctuation, zero-width sign, emoji. */
export const SKIPPABLE = 1;
/** A unit that no view sees: variation selectors, the keycap ring, the second half of a folded pair. */
export const TRANSPARENT = 2;
/**
 * A unit without width that no view sees but the strict one: zero-width and bidi signs, combining marks. Unlike
 * SKIPPABLE ones they may be many between two characters: a reader sees none of them however many there are.
 */
export const INVISIBLE = 3;

/** Stands for the second half of a surrogate pair whose first half carries the meaning (a noncharacter). */
export const CONTINUATION = 0xffff;
/** Stands for the first half of an emoji or another symbol outside the BMP (a noncharacter). */
const SYMBOL = 0xfffe;
/** Stands for the first half of a format character outside the BMP (a noncharacter). */
const UNSEEN = 0xfdd0;
/** Separates blocks of text (paragraphs, cells): no term matches across it. */
export const BARRIER = '\u2029';

export interface FoldTables {
  /** The folded unit of each unit. */
  readonly fold: Uint16Array;
  /** CONTENT, SKIPPABLE, TRANSPARENT or INVISIBLE of each unit. */
  readonly kind: Uint8Array;
}

let tables: FoldTables | undefined;

/** The tables over all 65,536 units; built once, on first use. */
export function foldTables(): FoldTables {
  tables ??= buildTables();
  return tables;
}

/**
 * High surrogates whose pairs may fold; those of ideographs (U+20000 and up) are content as they are, but for the
 * compatibility forms at U+2F800.
 */
export function mayFoldPair(unit: number): boolean {
  return (unit >= 0xd800 && unit < 0xd840) || unit === 0xd87e || unit === 0xdb40;
}

/** Rewrites the surrogate pairs that start in [from, to) to single units and markers, in place. */
export function foldPairs(units: Uint16Array, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const high = units[at]!;
    if (!mayFoldPair(high) || at + 1 >= units.length) continue;
    const low = units[at + 1]!;
    if (low < 0xdc00 || low > 0xdfff) continue;
    const folded = foldPair(((high - 0xd800) << 10) + (low - 0xdc00) + 0x10000);
    if (folded < 0) continue;
    units[at] = folded;
    units[at + 1] = CONTINUATION;
  }
}

/** The units of a text after all folding. */
export function foldText(text: string): Uint16Array {
  const { fold } = foldTables();
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(at);
  foldPairs(units, 0, units.length);
  for (let at = 0; at < units.length; at++) units[at] = fold[units[at]!]!;
  return units;
}

const pairs = new Map<number, number>();

/** The unit that a code point beyond the BMP folds to, or -1 when it stays what it is. */
function foldPair(point: number): number {
  let folded = pairs.get(point);
  if (folded === undefined) {
    folded = computePair(point);
    pairs.set(point, folded);
  }
  return folded;
}

function computePair(point: number): number {
  if (point >= 0xe0000 && point <= 0xe01ef) return CONTINUATION;
  if (point >= 0x1f3fb && point <= 0x1f3ff) return CONTINUATION;
  for (const start of [0x1f110, 0x1f150, 0x1f170, 0x1f1e6]) {
    if (point >= start && point < start + 26) return 0x61 + point - start;
  }
  if (point >= 0x1f101 && point <= 0x1f10a) return 0x30 + point - 0x1f101;
  if (point === 0x1f100 || point === 0x1f10b || point === 0x1f10c) return 0x30;
  const character = String.fromCodePoint(point);
  const plain = plainOf(character);
  if (plain.length === 1) return foldTables().fold[plain.charCodeAt(0)]!;
  if (/[\p{Cf}\p{Mn}]/u.test(character)) return UNSEEN;
  return /[\p{S}\p{P}\p{Emoji}]/u.test(character) ? SYMBOL : -1;
}

/** The character without width, case, circle and accent: `Ｂ`, `ⓑ`, `𝐁`, `b̂` are all `b`. */
function plainOf(character: string): string {
  return character
    .normalize('NFKD')
    .replace(/(?<=^[a-z])\p{Mn}+$/iu, '')
    .normalize('NFKC')
    .toLowerCase();
}

function buildTables(): FoldTables {
  const fold = new Uint16Array(65536);
  for (let unit = 0; unit < 65536; unit++) fold[unit] = unit;
  for (const [from, to] of [
    [0x41, 0x5a],
    [0xa0, 0x2ff],
    [0x370, 0x58f],
    [0x1d00, 0x33ff],
    [0xa640, 0xa7ff],
    [0xf900, 0xffee],
  ] as const) {
    for (let unit = from; unit <= to; unit++) {
      const plain = plainOf(String.fromCharCode(unit));
      if (plain.length === 1) fold[unit] = plain.charCodeAt(0);
    }
  }
  foldEnclosed(fold);
  for (const [letter, shapes] of LOOKALIKES) {
    for (const shape of shapes) fold[shape.charCodeAt(0)] = letter.charCodeAt(0);
  }
  for (let at = 0; at < RADICALS.length; at++) fold[RADICALS.charCodeAt(at)] = OF_RADICALS.charCodeAt(at);
  for (let at = 0; at < TRADITIONAL.length; at++)
    fold[TRADITIONAL.charCodeAt(at)] = SIMPLIFIED.charCodeAt(at);
  // A compatibility form may lead to a traditional one: fold until folding twice changes nothing.
  for (let changed = true; changed; ) {
    changed = false;
    for (let unit = 0; unit < 65536; unit++) {
      const again = fold[fold[unit]!]!;
      if (again !== fold[unit]) changed = true;
      fold[unit] = again;
    }
  }
  return { fold, kind: classify(fold) };
}

/** Digits and letters in circles, brackets and before full stops, for which NFKC gives several characters. */
function foldEnclosed(fold: Uint16Array): void {
  for (const start of [0x2474, 0x2488, 0x24f5, 0x2776, 0x2780, 0x278a]) {
    for (let digit = 0; digit < 9; digit++) fold[start + digit] = 0x31 + digit;
  }
  fold[0x24ff] = 0x30;
  for (let letter = 0; letter < 26; letter++) fold[0x249c + letter] = 0x61 + letter;
  const numerals = '一二三四五六七八九十';
  for (let at = 0; at < 10; at++) fold[0x3220 + at] = numerals.charCodeAt(at);
}

function classify(fold: Uint16Array): Uint8Array {
  const kind = new Uint8Array(65536);
  const unseen = /[\p{Cf}\p{Mn}\u115f\u1160\u3164\uffa0]/u;
  const skipped = /[\p{P}\p{S}\p{Z}\p{Cc}\p{Cf}\p{Mn}\u115f\u1160\u3164\uffa0]/u;
  for (let unit = 0; unit < 65536; unit++) {
    if (unit >= 0x3400 && unit < 0xd800) continue;
    if (unit >= 0xd800 && unit < 0xf900) continue;
    const character = String.fromCharCode(fold[unit]!);
    if (skipped.test(character)) kind[unit] = unseen.test(character) ? INVISIBLE : SKIPPABLE;
  }
  kind[BARRIER.charCodeAt(0)] = CONTENT;
  kind[SYMBOL] = SKIPPABLE;
  for (let unit = 0xfe00; unit <= 0xfe0f; unit++) kind[unit] = TRANSPARENT;
  kind[0x20e3] = TRANSPARENT;
  kind[CONTINUATION] = TRANSPARENT;
  kind[UNSEEN] = INVISIBLE;
  return kind;
}
