import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patternProblem } from './pattern-index.ts';
import { compilePatterns, type View } from './pattern-matcher.ts';

interface Match {
  pattern: number;
  start: number;
  end: number;
  view: View;
}

/** One element of a text as the rule describes it: what it folds to, and how many units it spans. */
interface Element {
  at: number;
  size: number;
  meaning: string;
  type: 'content' | 'skip' | 'invisible' | 'transparent';
}

/** What the alphabet of the fuzz test means, written down by hand: independent of the tables under test. */
const meanings: Record<string, [string, Element['type']]> = {
  赌: ['赌', 'content'],
  賭: ['赌', 'content'],
  博: ['博', 'content'],
  網: ['网', 'content'],
  网: ['网', 'content'],
  a: ['a', 'content'],
  Ａ: ['a', 'content'],
  𝐚: ['a', 'content'],
  '🅰': ['a', 'content'],
  '①': ['1', 'content'],
  '1': ['1', 'content'],
  '❶': ['1', 'content'],
  𠀀: ['𠀀', 'content'],
  '\u200b': ['\u200b', 'invisible'],
  '\u0336': ['\u0336', 'invisible'],
  ' ': ['', 'skip'],
  '，': ['，', 'skip'],
  '.': ['.', 'skip'],
  '😀': ['', 'skip'],
  '\ufe0f': ['', 'transparent'],
  '\u20e3': ['', 'transparent'],
};
const characters = Object.keys(meanings);

function readElements(text: string): Element[] {
  let at = 0;
  return [...text].map((character) => {
    const [meaning, type] = meanings[character]!;
    const element = { at, size: character.length, meaning: meaning || character, type };
    at += character.length;
    return element;
  });
}

function naiveFind(patterns: string[], text: string): Match[] {
  const elements = readElements(text);
  const matches: Match[] = [];
  patterns.forEach((pattern, index) => {
    const shown = readElements(pattern).filter((element) => element.type !== 'transparent');
    while (shown.length > 0 && shown[0]!.type !== 'content') shown.shift();
    while (shown.length > 0 && shown.at(-1)!.type !== 'content') shown.pop();
    const content = shown.filter((element) => element.type === 'content');
    const letters = content.map((element) => element.meaning).join('');
    const mayskip = letters.length >= 5 || /[^a1]/.test(letters);
    for (let first = 0; first < elements.length; first++) {
      const end = followFrom(elements, first, content);
      if (end < 0) continue;
      const span = elements.slice(first, end + 1).filter((element) => element.type !== 'transparent');
      const strict = join(span) === join(shown);
      if (!strict && !mayskip) continue;
      const tail = elements[end]!;
      matches.push({
        pattern: index,
        start: elements[first]!.at,
        end: tail.at + tail.size,
        view: strict ? 'strict' : 'skip',
      });
    }
  });
  return matches;
}

const join = (elements: Element[]) => elements.map((element) => element.meaning).join('|');

/** The place of the last element of an occurrence that begins at `first`, or -1. */
function followFrom(elements: Element[], first: number, content: Element[]): number {
  let at = first;
  for (let place = 0; ; ) {
    if (elements[at]?.type !== 'content' || elements[at]!.meaning !== content[place]!.meaning) return -1;
    if (++place === content.length) return at;
    let skipped = 0;
    let units = 0;
    for (at++; at < elements.length && elements[at]!.type !== 'content'; at++) {
      if (elements[at]!.type === 'skip') skipped++;
      units += elements[at]!.size;
    }
    if (skipped > 3 || units > 32) return -1;
  }
}

/** Two Hangul syllables each: nothing of them is in any text. A list with them is a long one, which is searched otherwise. */
const fillers = Array.from({ length: 2001 }, (_, n) =>
  String.fromCharCode(0xac00 + n, 0xb400 + ((n * 7) % 2001)),
);

/** What the list finds, and the same list made long. */
function find(patterns: string[], text: string): Match[] {
  const found = matchesOf(patterns, text);
  expect(sorted(matchesOf([...patterns, ...fillers], text))).toEqual(sorted(found));
  return found;
}

function matchesOf(patterns: string[], text: string): Match[] {
  const matches: Match[] = [];
  compilePatterns(patterns).find(text, (pattern, start, end, view) =>
    matches.push({ pattern, start, end, view }),
  );
  return matches;
}

const sorted = (matches: Match[]) =>
  [...matches].sort((a, b) => a.pattern - b.pattern || a.start - b.start || a.end - b.end);

const someText = (max: number) =>
  fc
    .array(fc.constantFrom(...characters), { minLength: 1, maxLength: max, size: 'max' })
    .map((parts) => parts.join(''));

describe('compilePatterns', () => {
  it('finds exactly what a naive matcher finds, in texts full of variants and inserted signs', () => {
    let hits = 0;
    let skips = 0;
    fc.assert(
      fc.property(fc.array(someText(3), { minLength: 1, maxLength: 12 }), someText(250), (patterns, text) => {
        const usable = patterns.filter((pattern) => patternProblem(pattern) === null);
        const found = sorted(find(usable, text));
        expect(found).toEqual(sorted(naiveFind(usable, text)));
        hits += found.length;
        skips += found.filter((match) => match.view === 'skip').length;
      }),
      { numRuns: Number(process.env.JIAODUN_FUZZ ?? 500), seed: 57 },
    );
    expect(hits).toBeGreaterThan(2000);
    expect(skips).toBeGreaterThan(200);
    // JIAODUN_FUZZ=1000000 takes about half an hour.
  }, 7_200_000);

  it('finds exactly what a naive matcher finds across the borders of its blocks', () => {
    fc.assert(
      fc.property(
        fc.array(someText(4), { minLength: 1, maxLength: 4 }),
        someText(40),
        fc.constantFrom(4096, 16_384, 32_768),
        fc.integer({ min: 0, max: 46 }),
        (patterns, text, border, before) => {
          const usable = patterns.filter((pattern) => patternProblem(pattern) === null);
          const long = '网'.repeat(border - before) + text + '博'.repeat(4096) + text;
          expect(sorted(find(usable, long))).toEqual(sorted(naiveFind(usable, long)));
        },
      ),
      { numRuns: 60, seed: 2009 },
    );
  });

  it('finds the longest pattern with the longest gaps wherever it lies across a border', () => {
    const gap = `.${'\ufe0f'.repeat(15)}`;
    // The pair that is rare in the list is far inside the one pattern and at the beginning of the other.
    const [inner, head] = [`${'赌'.repeat(7)}网a${'赌'.repeat(23)}`, `a网${'赌'.repeat(30)}`];
    for (const pattern of [inner, head]) {
      const spread = [...pattern].join(gap);
      for (let at = 16_384 - spread.length - 3; at <= 16_387; at += 7) {
        const found = find([inner, head], `${'，'.repeat(at)}${spread}，`);
        expect(found.map(({ start, end, view }) => [start - at, end - at, view])).toEqual([
          [0, spread.length, 'skip'],
        ]);
      }
    }
  });

  it('finds patterns that differ only in what is before or behind the pair they share', () => {
    const patterns = ['网赌博a', '1赌博a', '赌博a', '赌博', '网赌博', '博赌博赌', '赌博赌博', '赌博赌'];
    fc.assert(
      fc.property(someText(200), (text) => {
        expect(sorted(find(patterns, text))).toEqual(sorted(naiveFind(patterns, text)));
      }),
      { numRuns: 200, seed: 11 },
    );
  });

  it('reports offsets in the original text for traditional, full-width and circled forms', () => {
    const text = '😀請勿網絡賭博 ＢＥＴ③⑥⑤ 网​络​赌博';
    const found = find(['网络赌博', 'bet365'], text).map((match) => [
      text.slice(match.start, match.end),
      match.view,
    ]);
    expect(found).toEqual([
      ['網絡賭博', 'strict'],
      ['ＢＥＴ③⑥⑤', 'strict'],
      ['网​络​赌博', 'skip'],
    ]);
  });

  it('finds every one of 20,000 patterns that share their first two characters', () => {
    const patterns = Array.from({ length: 20_000 }, (_, n) => `赌博${String.fromCharCode(0x4e00 + n)}`);
    const text = patterns.join('，');
    const found = new Set(find(patterns, text).map((match) => `${match.pattern} ${match.start}`));
    expect(patterns.filter((_, n) => !found.has(`${n} ${n * 4}`))).toEqual([]);
  });

  it.each(
    [
      ['one repeated character', '赌'],
      ['a repeated character with gaps', '赌 . '],
      ['a character and a long invisible run', `赌${'\u200d'.repeat(3)}${'\ufe0f'.repeat(12)}`],
      ['a character and an endless invisible run', `赌${'\ufe0f'.repeat(500)}`],
    ].flatMap(([name, unit]) => [5000, 1500].map((count) => [name!, unit!, count] as const)),
  )('takes a number of steps that grows with the text only: %s', (_, unit, count) => {
    const patterns = Array.from(
      { length: count },
      (_ignored, n) => '赌'.repeat(2 + (n % 30)) + String.fromCharCode(0x4e00 + n),
    ).filter((pattern) => patternProblem(pattern) === null);
    const matcher = compilePatterns(patterns);
    const steps = (length: number) =>
      matcher.find(unit.repeat(Math.ceil(length / unit.length)).slice(0, length), () => {});
    const short = steps(50_000);
    expect(steps(200_000)).toBeLessThan(short * 4.2 + 2000);
    expect(short).toBeLessThan(50_000 * 2 * 32 * Math.log2(5000));
  });

  it('takes a number of steps that grows with the text only, where every pair of the list is frequent', () => {
    let seed = 7;
    const letters = (length: number) =>
      Array.from({ length }, () => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return '赌博'[seed >>> 31]!;
      }).join('');
    const matcher = compilePatterns(Array.from({ length: 5000 }, (_, n) => letters(16 + (n % 17))));
    const text = letters(200_000);
    const short = matcher.find(text.slice(0, 50_000), () => {});
    expect(matcher.find(text, () => {})).toBeLessThan(short * 4.2 + 2000);
    expect(short).toBeLessThan(50_000 * 2 * 32 * Math.log2(5000));
  });

  it('refuses a search that is begun while another one reports, and goes on to work', () => {
    const matcher = compilePatterns(['赌博']);
    expect(() => matcher.find('赌博', () => matcher.find('网络', () => {}))).toThrow('a search is under way');
    expect(find(['赌博'], '赌博')).toHaveLength(1);
  });

  it('finds half a pair that stands alone, beside whole ones', () => {
    const found = find(['\udc1a\ud835学', '学\ud835'], '𝐚\udc1a\ud835学\ud835𝐚');
    expect(found.map(({ pattern, start, end }) => [pattern, start, end])).toEqual([
      [0, 2, 5],
      [1, 4, 6],
    ]);
  });

  it('does not match across a block separator', () => {
    expect(find(['赌博'], '赌\u2029博')).toEqual([]);
  });

  it('says why a pattern cannot be compiled', () => {
    expect(patternProblem('，，')).toBe('empty');
    expect(patternProblem('赌'.repeat(33))).toBe('too-long');
    expect(patternProblem('赌....博')).toBe('gap');
    expect(patternProblem('t.me')).toBe(null);
  });
});
