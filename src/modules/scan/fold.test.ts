import { describe, expect, it } from 'vitest';
import { CONTENT, foldTables, foldText } from './fold.ts';
import { compilePatterns } from './pattern-matcher.ts';

/** Every code point that Unicode itself says is a shape of one ASCII letter or digit, whatever else is on it. */
function shapesOfAscii(): [character: string, plain: string][] {
  const shapes: [string, string][] = [];
  for (let point = 0x80; point < 0x30000; point++) {
    if ((point >= 0x3400 && point < 0xf900) || (point >= 0x20000 && point < 0x2f800)) continue;
    const character = String.fromCodePoint(point);
    const plain = character
      .normalize('NFKD')
      .replace(/\p{Mn}/gu, '')
      .toLowerCase();
    if (/^[a-z0-9]$/.test(plain)) shapes.push([character, plain]);
  }
  return shapes;
}

const matcher = compilePatterns(['a1b2', '网络赌博']);
const find = (text: string) => {
  const found: [string, string][] = [];
  matcher.find(text, (_, start, end, view) => found.push([text.slice(start, end), view]));
  return found;
};

describe('folding', () => {
  it('reads every Unicode shape of a letter or digit as that letter or digit', () => {
    const shapes = shapesOfAscii();
    expect(shapes.length).toBeGreaterThan(1500);
    const wrong = shapes.filter(([shape, plain]) => foldText(shape)[0] !== plain.charCodeAt(0));
    expect(wrong).toEqual([]);
  });

  it('reads the radicals that browsers write into a PDF as the characters that they show', () => {
    const shown = (text: string) => String.fromCharCode(...foldText(text));
    expect(shown('澳⻔⻢⻋⻩⾊⿊⻚⻓⻛')).toBe('澳门马车黄色黑页长风');
  });

  it('reads letters and digits in circles, squares, brackets and flags, and small capitals', () => {
    const rows = ['⒜⒝⒞', '🄐🄑🄒', '🅐🅑🅒', '🅰🅱🅲', '🇦🇧🇨', 'ᴀʙᴄ', 'авс', '🄰🄱🄲', 'ⓐⓑⓒ', 'ａｂｃ', '𝕒𝖇𝓬'];
    const ascii = (text: string) =>
      [...foldText(text)]
        .filter((unit) => foldTables().kind[unit] === CONTENT)
        .map((unit) => String.fromCharCode(unit));
    for (const row of rows) expect([row, ascii(row).join('')]).toEqual([row, 'abc']);
    for (const row of ['①②③', '⑴⑵⑶', '⒈⒉⒊', '❶❷❸', '➀➁➂', '➊➋➌', '⓵⓶⓷', '🄂🄃🄄', '¹²³', '₁₂₃', '1️⃣2️⃣3️⃣', '𝟏𝟐𝟑'])
      expect([row, ascii(row).join('')]).toEqual([row, '123']);
  });

  it('finds a term through every format character and combining mark, up to 31 of them in one gap', () => {
    const unseen: string[] = [];
    for (let point = 0x80; point < 0xe0200; point++) {
      if (point >= 0x3400 && point < 0xf900) continue;
      if (point >= 0x20000 && point < 0xe0000) continue;
      const character = String.fromCodePoint(point);
      if (/[\p{Cf}\p{Mn}\p{Variation_Selector}]/u.test(character)) unseen.push(character);
    }
    expect(unseen.length).toBeGreaterThan(2000);
    const missed = unseen.filter((sign) => {
      const text = `很网${sign}络${sign.repeat(sign.length === 1 ? 31 : 15)}赌${sign}博好`;
      return find(text)[0]?.[0] !== text.slice(1, -1);
    });
    expect(missed).toEqual([]);
  });

  it('finds a term through every sort of space, punctuation and emoji between its characters', () => {
    const between = [
      ...'\t\n\r \u00a0\u2003\u3000\u2028·•.,;:!?-_*/\\|~^`@#$%&+=<>()[]{}"\'，。、；：！？—…《》「」【】★☆♥♠→■●',
      '😀',
      '🔥',
      '👩‍👩‍👧',
      '❤️',
    ];
    const missed = between.filter((sign) => find(`网${sign}络${sign}赌${sign}博`)[0]?.[1] !== 'skip');
    expect(missed).toEqual([]);
  });
});
