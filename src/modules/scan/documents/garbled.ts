/** Text without a way back to characters: codes of glyphs that are shown as if they were characters. */

/** Characters of everyday Chinese, simplified (GB 2312) and traditional (the first part of Big5). */
let everyday: Set<string> | undefined;
function isEverydayHan(sign: string): boolean {
  if (!everyday) {
    everyday = new Set();
    for (const [charset, from, to, least, most] of [
      ['gb18030', 0xb0, 0xf7, 0xa1, 0xfe],
      ['big5', 0xa4, 0xc6, 0x40, 0xfe],
    ] as const) {
      const bytes: number[] = [];
      for (let high = from; high <= to; high++)
        for (let low = least; low <= most; low++) if (low < 0x7f || low > 0xa0) bytes.push(high, low);
      for (const one of new TextDecoder(charset).decode(Uint8Array.from(bytes))) everyday.add(one);
    }
  }
  return everyday.has(sign);
}

/**
 * A text layer without a way back to characters (no ToUnicode) reads as private-use signs, controls, letters of many
 * scripts thrown together, or as Chinese that nobody writes; real text is not.
 */
export function looksGarbled(text: string): boolean {
  const signs = text.replace(/\s/gu, '');
  if (signs.length < 20) return isAllStrange(signs);
  const strange = signs.match(/[\p{Co}\p{Cc}\p{Cn}\ufffd]/gu)?.length ?? 0;
  const latinOddities = signs.match(/[\u0080-\u024f\u0370-\u1cff]/gu)?.length ?? 0;
  // Codes of Chinese read as Windows' western letters stand together; a language writes one of them among others.
  const runs = signs.match(/[\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2018-\u203a\u20ac\u2122]{4,}/gu) ?? [];
  const inRuns = runs.reduce((sum, run) => sum + run.length, 0);
  if (strange * 5 > signs.length || latinOddities * 2 > signs.length || inRuns * 8 > signs.length)
    return true;
  // Numbers of glyphs read as characters fall anywhere; of what people write nine in ten are in the sets of everyday.
  const han = signs.match(/[\u2e80-\u2fdf\u3400-\u9fff\ua000-\ua4cf\u1400-\u167f]/gu) ?? [];
  return han.length >= 15 && han.filter(isEverydayHan).length < han.length * 0.65;
}

/** A few signs, none of which anybody can read. */
function isAllStrange(signs: string): boolean {
  const strange = signs.match(/[\p{Co}\p{Cc}\p{Cn}\ufffd]/gu)?.length ?? 0;
  return signs.length >= 4 && strange * 2 > signs.length;
}

/**
 * A stretch of signs without meaning in a text that otherwise has one: one font of several has no way back. Bullets are signs
 * of private use too, but stand alone.
 */
export const hasGarbledStretch = (text: string): boolean =>
  /(?:[\p{Cn}\ufffd\x01-\x08\x0e-\x1f]\s?){3,}|(?:\p{Co}\s?){4,}/u.test(text);
