/** What a name is found by: itself, and every way to read it. */
import { pinyin, polyphonic } from 'pinyin-pro';

/** Names longer than this are read in one way only; none of a unit comes near. */
const longestName = 100;

/** Han text only: what else stands in a name is found as it is. */
const isHan = (letter: string) => /\p{Script=Han}/u.test(letter);

/**
 * All readings of a name, each as initials and as full pinyin without tones: the one that its words have (重庆 →
 * chongqing), and for each letter with more readings those too, one letter at a time (长兴 → changxing, zhangxing).
 */
export function readingsOf(name: string): string[] {
  const letters = [...name.normalize('NFKC').toLowerCase()].slice(0, longestName);
  const text = letters.join('');
  const usual = syllablesOf(text, letters);
  const others = polyphonic(text, { toneType: 'none', type: 'array' });
  const found = new Set<string>();
  const add = (syllables: readonly string[]) => {
    found.add(syllables.map((one) => one[0] ?? '').join(''));
    found.add(syllables.join(''));
  };
  add(usual);
  for (const [at, letter] of letters.entries()) {
    if (!isHan(letter)) continue;
    for (const reading of new Set((others[at] ?? []).map(plain))) {
      if (reading !== '' && reading !== usual[at]) add(usual.with(at, reading));
    }
  }
  return [...found];
}

/** One syllable for each letter; what is not Han stands for itself. */
function syllablesOf(text: string, letters: readonly string[]): string[] {
  const read = pinyin(text, { toneType: 'none', type: 'array', nonZh: 'spaced', v: false });
  return letters.map((letter, at) => (isHan(letter) ? plain(read[at] ?? letter) : letter.trim()));
}

/** `lü` is typed `lv`. */
const plain = (syllable: string) => syllable.replaceAll('ü', 'v').toLowerCase();

/** The text in which a unit is searched: all its names, its codes and all readings. */
export function searchTextOf(names: readonly string[], codes: readonly (string | null)[]): string {
  const known = [...new Set(names.filter((name) => name !== ''))];
  const parts = [
    ...known.map((name) => name.normalize('NFKC').toLowerCase()),
    ...codes.flatMap((code) => (code ? [code.toLowerCase()] : [])),
    ...known.flatMap(readingsOf),
  ];
  return [...new Set(parts)].join(' ');
}

/** The same folding for what is typed. */
export function foldQuery(text: string): string {
  return text.normalize('NFKC').toLowerCase().trim();
}
