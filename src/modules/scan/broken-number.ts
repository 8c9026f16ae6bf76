/** Identity numbers that something stands in: the end of a line in a narrow cell, or a sign between their parts. */

export interface BrokenNumber {
  /** UTF-16 offsets [start, end), with what stands between the digits. */
  readonly start: number;
  readonly end: number;
  /** Eighteen digits in ASCII, the last may be X. */
  readonly number: string;
}

const LINE_END = /(?<=[0-9０-９])[ \t]{0,4}\r?\n[ \t\u3000]{0,8}(?=[0-9０-９XxＸｘ])/g;
/** Region, day of birth and the rest, with the same sign or end of line between them; spaces and hyphens are found elsewhere. */
const PARTED =
  /(?<![0-9０-９])[0-9０-９]{6}([·./／_．—]|\r?\n)[0-9０-９]{8}\1[0-9０-９]{3}[0-9０-９XxＸｘ](?![0-9０-９])/g;
const DIGIT = /[0-9０-９]/;
const LAST = /[0-9０-９XxＸｘ]/;
const LENGTH = 18;

/** What `isIdNumber` takes for an identity number once the line end or the signs in it are left out. */
export function findBrokenNumbers(text: string, isIdNumber: (number: string) => boolean): BrokenNumber[] {
  const found: BrokenNumber[] = [];
  const take = (start: number, end: number, cut: RegExp) => {
    const number = text.slice(start, end).normalize('NFKC').replace(cut, '').toUpperCase();
    if (number.length === LENGTH && isIdNumber(number)) found.push({ start, end, number });
  };
  for (const { index, 0: gap } of text.matchAll(LINE_END)) {
    const start = runStart(text, index);
    const end = runEnd(text, index + gap.length);
    if (index - start + end - index - gap.length === LENGTH) take(start, end, /\s/g);
  }
  for (const { index, 0: whole } of text.matchAll(PARTED)) take(index, index + whole.length, /[^0-9X]/gi);
  return found;
}

/** Where the digits that end at `at` begin; a longer run than a number has is not walked to its begin. */
function runStart(text: string, at: number): number {
  let start = at;
  while (at - start < LENGTH && DIGIT.test(text[start - 1] ?? '')) start--;
  return start;
}

/** Where the digits that begin at `at` end, an X behind them counted. */
function runEnd(text: string, at: number): number {
  let end = at;
  while (end - at < LENGTH && DIGIT.test(text[end] ?? '')) end++;
  return end - at < LENGTH && LAST.test(text[end] ?? '') ? end + 1 : end;
}
