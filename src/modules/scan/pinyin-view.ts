/** Terms by their sound: characters as syllables without tones, and syllables written in Latin letters. */
import type { Term } from './contract.ts';
import { OTHER, USUAL } from './data/pinyin.ts';
import { foldTables, foldText } from './fold.ts';
import { patternProblem } from './pattern-index.ts';

/**
 * A term of at least so many characters is looked for by its sound without being marked. Shorter ones collide with
 * ordinary language: 校园带来 sounds as 校园贷 does, 实时采集 as 时时彩, 福利机构 as 福利姬.
 */
const LONG = 4;
/** Characters with two readings, of one term, whose second readings are looked for too. */
const MAX_POLYPHONES = 2;
/** Longest term of which forms that mix characters and letters (赌bo) are made. */
const MAX_MIXED = 4;
/** Syllables are written as Hangul, one unit each, so that every offset stays; Hangul itself as a private sign. */
const FIRST_SYLLABLE = 0xac00;
const LAST_HANGUL = 0xd7a3;
const NO_SYLLABLE = 0xe000;

interface Readings {
  readonly names: readonly string[];
  /** Of each folded unit, the place of its usual syllable in `names` + 1, or 0. */
  readonly usual: Uint16Array;
  readonly other: ReadonlyMap<number, number>;
  /** Of each unit of a text, what the sound view compares. */
  readonly units: Uint16Array;
}

let readings: Readings | undefined;

function readingsOf(): Readings {
  readings ??= readTable();
  return readings;
}

function readTable(): Readings {
  const names: string[] = [];
  const usual = new Uint16Array(65536);
  const other = new Map<number, number>();
  const place = (name: string) => {
    const at = names.indexOf(name);
    return at < 0 ? names.push(name) : at + 1;
  };
  for (const [name, characters] of wordsOf(USUAL)) {
    const id = place(name);
    for (const character of characters) usual[character.charCodeAt(0)] = id;
  }
  for (const [name, characters] of wordsOf(OTHER)) {
    for (const character of characters) other.set(character.charCodeAt(0), place(name));
  }
  const units = new Uint16Array(65536);
  const { fold } = foldTables();
  for (let unit = 0; unit < 65536; unit++) {
    const id = usual[fold[unit]!]!;
    const isHangul = unit >= FIRST_SYLLABLE && unit <= LAST_HANGUL;
    units[unit] = id > 0 ? FIRST_SYLLABLE + id : isHangul ? NO_SYLLABLE : unit;
  }
  return { names, usual, other, units };
}

function* wordsOf(table: string): Generator<[string, string]> {
  for (const match of table.matchAll(/([a-z]+)([^a-z ]+)/g)) yield [match[1]!, match[2]!];
}

/** Whether a character, simplified, is one of the 6,763 in everyday use. */
export const isEveryday = (character: string): boolean =>
  readingsOf().usual[foldTables().fold[character.charCodeAt(0)]!]! > 0;

/** How the sound view reads a text: every character as its usual syllable. */
export const soundReading = (): Uint16Array => readingsOf().units;

/**
 * The patterns of a term in the sound view: none for a term that is neither long nor marked, up to four where
 * characters have two readings.
 */
export function soundPatterns(term: Term): string[] {
  if (term.pinyin === false) return [];
  const { usual, other, units } = readingsOf();
  const { fold } = foldTables();
  let spoken = 0;
  let sound = '';
  const doubled: number[] = [];
  for (let at = 0; at < term.term.length; at++) {
    const unit = term.term.charCodeAt(at);
    const folded = fold[unit]!;
    if (usual[folded]! > 0) spoken++;
    if (doubled.length < MAX_POLYPHONES && other.has(folded)) doubled.push(at);
    sound += String.fromCharCode(units[unit]!);
  }
  if (spoken < (term.pinyin ? 2 : LONG)) return [];
  let forms = [sound];
  for (const at of doubled) {
    const second = String.fromCharCode(FIRST_SYLLABLE + other.get(fold[term.term.charCodeAt(at)]!)!);
    forms = [...forms, ...forms.map((form) => form.slice(0, at) + second + form.slice(at + 1))];
  }
  return spoken === sound.length ? forms : forms.filter((form) => patternProblem(form) === null);
}

/** A marked term in letters: `dubo`, `du bo`, and for short terms the mixed `赌bo`, `du博`. */
export function latinPatterns(term: Term): string[] {
  if (term.pinyin !== true) return [];
  const { names, usual } = readingsOf();
  const characters = [...term.term];
  const letters = characters.map((character) => {
    const id = usual[foldText(character)[0]!]!;
    return id > 0 ? names[id - 1]! : null;
  });
  if (letters.some((one) => one === null)) return [];
  const forms = new Set([letters.join(''), letters.join(' ')]);
  if (characters.length <= MAX_MIXED) {
    for (let mask = 1; mask < 2 ** characters.length - 1; mask++)
      forms.add(characters.map((own, at) => ((mask >> at) & 1 ? letters[at] : own)).join(''));
  }
  return [...forms].filter((form) => patternProblem(form) === null);
}

/**
 * Whether some character of [start, end) of the text is the term's own, wherever it stands: what a chance collision rarely
 * has.
 */
export function sharesCharacter(term: string, text: string, start: number, end: number): boolean {
  const own = foldedOf(term, 0, term.length);
  return foldedOf(text, start, end).some((unit) => unit > 0x7f && own.includes(unit));
}

/** Whether the text has the word itself in [start, end), folded. */
export function isWritten(word: string, text: string, start: number, end: number): boolean {
  if (end - start !== word.length) return false;
  if (text.startsWith(word, start)) return true;
  const own = foldedOf(word, 0, word.length);
  return foldedOf(text, start, end).every((unit, at) => unit === own[at]);
}

const foldedOf = (text: string, start: number, end: number) => foldText(text.slice(start, end));
