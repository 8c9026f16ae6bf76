/** The shapes that the files of `#base/sheet` share. */
export type { SheetField, SheetSpec } from '#base/contract';

import type { SheetErrorCode } from './errors.ts';

export type SheetFormat = 'csv' | 'xlsx';

/** A table as it was in the file. Cells are the text that the user sees, trimmed of nothing. */
export interface Sheet {
  readonly columns: string[];
  readonly rows: SheetRow[];
  readonly format: SheetFormat;
  /** Set: a text that is named like a workbook. It is read all the same, as long as its columns are those asked for. */
  readonly misnamed?: string;
  /** Of a csv: `utf-8`, `utf-16le`, `utf-16be` or `gb18030`. */
  readonly charset?: string;
  readonly delimiter?: string;
  /** Of a csv: the rows that are `#` comments and were left out. */
  readonly comments: number[];
  /** Of an xlsx: the visible sheets that were not read. */
  readonly otherSheets: string[];
  /** Faults of single cells; `readRecords` gives them to their records. */
  readonly issues: SheetIssue[];
}

export interface SheetRow {
  /** 1-based, as the spreadsheet program shows it. */
  readonly row: number;
  /** As many as there are columns. */
  readonly cells: string[];
}

/** A fault of one row, in the form that the import reply and the error workbook use. */
export interface SheetIssue {
  readonly row: number;
  /** Field key or header text; empty when the whole row is meant. */
  readonly column: string;
  readonly code: SheetErrorCode;
  readonly message: { readonly zh: string; readonly en: string };
}

/** Ceilings that stop a hostile or mistaken file; each overrun is `sheet.too_large`. */
export interface SheetLimits {
  /** Of the file. */
  readonly bytes: number;
  /** Of an xlsx after decompression, all parts together. */
  readonly unpackedBytes: number;
  readonly rows: number;
  readonly columns: number;
  /** Characters of all cells together; a shared string counts each time it is shown. */
  readonly characters: number;
  /** Wall time for parsing an xlsx, in milliseconds. */
  readonly milliseconds: number;
}

/** Ten times the largest import foreseen (10,000 devices), and far under what one server can hold. */
export const defaultLimits: SheetLimits = {
  bytes: 32 * 1024 * 1024,
  unpackedBytes: 128 * 1024 * 1024,
  rows: 100_000,
  columns: 256,
  characters: 64 * 1024 * 1024,
  milliseconds: 60_000,
};

/** Characters that Excel allows in one cell (Excel specifications and limits, Microsoft). */
export const maxCellCharacters = 32_767;
