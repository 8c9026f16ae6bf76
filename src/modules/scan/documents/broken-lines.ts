/** Numbers that a narrow column or box breaks over two lines: whole only when the lines are put together. */
import type { Mark } from './document-part.ts';

/** An identity number of 18 places with a date in it, of which one line has the beginning and the next the end. */
const BROKEN = /(?<![\dXx])(\d{2,17})[ \t]*\n[ \t]*(\d{0,15}[\dXx])(?![\dXx])/g;
const NUMBER = /^[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]$/;

/** The numbers alone, each on a line and marked; whether the check digit fits is judged by who reads the text. */
export function joinBroken(text: string): { text: string; marks: Mark[] } {
  let joined = '';
  const marks: Mark[] = [];
  for (const [, first = '', rest = ''] of text.matchAll(BROKEN)) {
    const number = first + rest;
    if (!NUMBER.test(number)) continue;
    marks.push({ start: joined.length, end: joined.length + number.length, note: 'over two lines' });
    joined += `${number}\n`;
  }
  return { text: joined, marks };
}
