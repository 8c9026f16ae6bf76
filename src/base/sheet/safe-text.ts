import { maxCellCharacters } from './types.ts';

/** Text that may stand in an xlsx: no characters that XML 1.0 forbids, no half surrogate, Excel's length. */
export function xlsxText(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return clean.length <= maxCellCharacters
    ? clean
    : `${clean.slice(0, maxCellCharacters - 1)}…`.toWellFormed();
}

/**
 * How a text begins that a spreadsheet would run as a formula: `=`, `+`, `-`, `@`, tab, CR or LF, and the full-width
 * signs that a Chinese or Japanese Excel takes for them (OWASP "CSV Injection"); after any apostrophes of ours.
 */
export const formulaStart = /^'*[=+\-@\t\r\n＝＋－＠]/;

/**
 * One csv cell after RFC 4180. A text that would be run as a formula gets an apostrophe, which `readSheet` takes off
 * again. `#` is quoted, so that a row is not taken for a comment.
 */
export function csvCell(text: string): string {
  const safe = formulaStart.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]|^[#\s]|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Lines with CRLF and a byte order mark, without which Excel in China reads a csv as GB18030. */
export function csvBytes(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(`\ufeff${lines.map((line) => `${line}\r\n`).join('')}`);
}

/** Width in Latin characters; a Chinese one takes two. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += char.codePointAt(0)! > 0x2e7f ? 2 : 1;
  return width;
}
