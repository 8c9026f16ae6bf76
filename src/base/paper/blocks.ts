/** What a printed paper is made of, before it becomes a Word document or a PDF. Pure. */

/** One piece of a paper, free of any file format; `docx.ts` and `pdf.ts` draw it. */
export type PaperBlock =
  | { kind: 'banner'; text: string }
  | { kind: 'number'; text: string }
  | { kind: 'title'; text: string }
  | { kind: 'addressee'; text: string }
  | { kind: 'heading'; text: string }
  | { kind: 'subheading'; text: string }
  | { kind: 'paragraph'; text: string }
  /** Text such as hashes that may break anywhere. */
  | { kind: 'code'; label: string; text: string }
  /** `lead`: a paragraph that stays on one page with the table. */
  | { kind: 'facts'; rows: [label: string, value: string][]; lead?: string }
  | { kind: 'table'; heads: string[]; widths: number[]; rows: string[][] }
  | { kind: 'signature'; text: string }
  | { kind: 'note'; text: string };

/** A paper: its properties and its blocks in reading order. */
export interface Paper {
  readonly title: string;
  /** The office that issues it. */
  readonly author: string;
  /** ISO 8601; stands in the file's properties, so that the same paper gives the same file. */
  readonly composedAt: string;
  readonly blocks: readonly PaperBlock[];
}

/** Text without characters that XML forbids or that reorder or hide what is printed (bidi marks, BOM). */
export function clean(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/g,
      '',
    )
    .replaceAll('\t', ' ')
    .trim();
}

function partsOf(instant: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Asia/Shanghai',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return Object.fromEntries(format.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
}

/** `2026-03-01 16:30:05（UTC+08:00）` */
export function stampTime(instant: string, withOffset = true): string {
  const { year, month, day, hour, minute, second } = partsOf(instant);
  return `${year}-${month}-${day} ${hour}:${minute}:${second}${withOffset ? '（UTC+08:00）' : ''}`;
}

/** `2026年3月1日16:30` */
export function chineseTime(instant: string): string {
  const { year, month, day, hour, minute } = partsOf(instant);
  return `${year}年${Number(month)}月${Number(day)}日${hour}:${minute}`;
}
