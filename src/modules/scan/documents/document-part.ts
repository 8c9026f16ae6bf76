/** What the readers of files hand over: texts with their places, what they could not read, and the budget they share. */
import { fail } from '#base/errors';
import type { unreadReasons } from '../contract/rule-names.ts';

/** A stretch of a part's text that a reader of the document does not see, and why: `hidden text`, `deleted`. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly note: string;
}

export interface DocumentPart {
  /** `word/document.xml`, `sheet:成绩单!B3 (hidden column)`, `page:2`; empty for a file of one text. */
  readonly part: string;
  readonly text: string;
  readonly marks?: readonly Mark[];
  /** The rest of the text is told by another part: only what touches a mark is reported. */
  readonly onlyMarked?: true;
  /** The text is the source of a page. */
  readonly html?: true;
}

/** Why something inside a file was not looked at: `unread.*` in the findings. Never the same as clean. */
export type UnreadReason = (typeof unreadReasons)[number];

export interface Unread {
  readonly part: string;
  readonly reason: UnreadReason;
  readonly detail?: string;
}

/** Something that is wrong with a file without being in its text. */
export interface Oddity {
  readonly rule: 'personal.photo-place' | 'personal.id-card-truncated';
  readonly part: string;
  readonly text: string;
}

/** What one file may cost, all that is nested in it included. */
export interface Budget {
  bytes: number;
  entries: number;
  /** Pictures and pages that may be recognised. */
  pictures: number;
}

/** One file on its way through the readers. */
export interface Reading {
  readonly name: string;
  readonly budget: Budget;
  /** How many archives or documents it is inside of. */
  readonly depth: number;
  /** Absent: no recognition of pictures here. */
  readonly pictures?: PictureReader;
}

/** The recognition of pictures, and the drawing of pages that are pictures. */
export interface PictureReader {
  /** Lines of text, top to bottom. Fails with `scan.damaged`; null when it has too many pixels. */
  readLines(bytes: Uint8Array, name: string): Promise<string[] | null>;
  /** The same for the pages of a TIFF, of at most `most`; `left` were not looked at. */
  readTiff(
    bytes: Uint8Array,
    name: string,
    most: number,
  ): Promise<{ readonly pages: readonly (string[] | null)[]; readonly left: number }>;
  /** The same for a page of pdf.js. */
  readPage(page: object): Promise<string[] | null>;
  /** What pdf.js needs so that its pages can be drawn. */
  pdfOptions(): Promise<object>;
}

export interface Content {
  readonly parts: DocumentPart[];
  readonly unread: Unread[];
  readonly oddities: Oddity[];
}

export const emptyContent = (): Content => ({ parts: [], unread: [], oddities: [] });

/** Adds what a file inside another gave. */
export function mergeContent(content: Content, more: Content): void {
  for (const part of more.parts) content.parts.push(part);
  for (const one of more.unread) content.unread.push(one);
  for (const one of more.oddities) content.oddities.push(one);
}

/** Takes unpacked bytes from the budget. Fails with `scan.bomb` when it is used up. */
export function spendBytes(reading: Reading, bytes: number): void {
  reading.budget.bytes -= bytes;
  if (reading.budget.bytes < 0) fail('scan.bomb', { name: reading.name, limit: `${BYTES_MAX >> 20} MB` });
}

export function spendEntries(reading: Reading, entries: number): void {
  reading.budget.entries -= entries;
  if (reading.budget.entries < 0) fail('scan.bomb', { name: reading.name, limit: `${ENTRIES_MAX} entries` });
}

const BYTES_MAX = 256 << 20;
const ENTRIES_MAX = 10_000;

/** The budget of one file as it was handed in. `pictures`: how many pictures and pages may be recognised. */
export const newBudget = (pictures = 12): Budget => ({ bytes: BYTES_MAX, entries: ENTRIES_MAX, pictures });
