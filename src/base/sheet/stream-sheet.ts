import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { csvCell, textWidth, xlsxText } from './safe-text.ts';
import type { SheetFormat } from './types.ts';
import { type ExportCell, plainText, sheetName, xlsxValue } from './write-sheet.ts';

export interface StreamedTable {
  /** Sheet name; default 数据. */
  readonly name?: string;
  readonly columns: readonly string[];
  /** In batches, so that the reader of a database need not hold them all. */
  readonly batches: AsyncIterable<readonly (readonly ExportCell[])[]>;
}

/**
 * The same export as `writeSheet` in constant memory, for lists of any length. Over 1,048,575 rows an xlsx goes
 * on in a second sheet.
 */
export function streamSheet(table: StreamedTable, format: SheetFormat): Readable {
  return Readable.from(format === 'csv' ? csvPieces(table) : xlsxPieces(table));
}

async function* csvPieces(table: StreamedTable): AsyncGenerator<Buffer> {
  const line = (row: readonly ExportCell[]) =>
    `${row.map((cell) => (typeof cell === 'string' ? csvCell(cell) : plainText(cell))).join(',')}\r\n`;
  yield Buffer.from(`\ufeff${line(table.columns)}`);
  for await (const rows of table.batches) if (rows.length > 0) yield Buffer.from(rows.map(line).join(''));
}

async function* xlsxPieces(table: StreamedTable): AsyncGenerator<Uint8Array> {
  // The writer of workbooks is 74 files: loaded when the first workbook is asked for.
  const { writeXlsxStream } = await import('hucre/xlsx');
  const stream = writeXlsxStream(xlsxRows(table), {
    name: sheetName(table.name),
    // Widths are written before the first row is known.
    columns: table.columns.map((title) => ({
      header: xlsxText(title),
      width: Math.min(40, Math.max(14, textWidth(title) + 4)),
    })),
    freezePane: { rows: 1 },
  });
  yield* stream as ReadableStream<Uint8Array>;
}

async function* xlsxRows(table: StreamedTable): AsyncGenerator<(string | number | boolean | null)[]> {
  for await (const rows of table.batches) for (const row of rows) yield row.map(xlsxValue);
}
