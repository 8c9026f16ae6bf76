import type { CellStyle } from 'hucre/xlsx';
import { assertWithin } from './issues.ts';
import { csvBytes, csvCell, textWidth, xlsxText } from './safe-text.ts';
import type { SheetFormat } from './types.ts';

export const headerStyle: CellStyle = {
  font: { bold: true },
  fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: 'E6F0FA' } },
  alignment: { vertical: 'center', wrapText: true },
};
/** Text format: Excel then keeps every digit that is typed. */
export const textStyle: CellStyle = { numFmt: '@' };

export type ExportCell = string | number | boolean | Date | null | undefined;

export interface ExportTable {
  /** Sheet name; default 数据. */
  readonly name?: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly ExportCell[])[];
}

/** Rows that one sheet can hold below its header (Excel specifications and limits). */
const maxExportRows = 1_048_575;

/**
 * Writes an export. In xlsx strings are text cells, so none is ever a formula, and numbers stay numbers up to
 * 15 digits; in csv strings that look like formulas are escaped. Dates are written as ISO text in UTC.
 * Throws `sheet.too_large` over 1,048,575 rows.
 */
export async function writeSheet(table: ExportTable, format: SheetFormat): Promise<Uint8Array> {
  assertWithin('rows', table.rows.length, maxExportRows);
  if (format === 'csv') return csvOf(table);
  const rows = [table.columns.map(xlsxText), ...table.rows.map((row) => row.map(xlsxValue))];
  const cells = new Map(table.columns.map((_, column) => [`0,${column}`, { style: headerStyle }]));
  const { writeXlsx } = await import('hucre/xlsx');
  return writeXlsx({
    sheets: [
      {
        name: sheetName(table.name),
        rows,
        cells,
        columns: table.columns.map((title, column) => ({ width: widthOf(title, column, table.rows) })),
        freezePane: { rows: 1 },
      },
    ],
  });
}

/** A name that Excel accepts: 31 characters, none of `: \ / ? * [ ]`, no apostrophe at the ends. */
export function sheetName(name = '数据'): string {
  const clean = xlsxText(name)
    .replace(/[:\\/?*[\]]/g, ' ')
    .replace(/^'+|'+$/g, '')
    .slice(0, 31)
    .trim();
  return clean === '' ? '数据' : clean;
}

function csvOf(table: ExportTable): Uint8Array {
  const line = (row: readonly ExportCell[]): string =>
    row.map((cell) => (typeof cell === 'string' ? csvCell(cell) : plainText(cell))).join(',');
  return csvBytes([line(table.columns), ...table.rows.map(line)]);
}

export function xlsxValue(cell: ExportCell): string | number | boolean | null {
  if (typeof cell === 'number' && Math.abs(cell) < 1e15) return cell;
  if (typeof cell === 'boolean' || cell === null || cell === undefined) return cell ?? null;
  return xlsxText(plainText(cell));
}

export function plainText(cell: ExportCell): string {
  if (cell instanceof Date) return cell.toISOString();
  return cell === null || cell === undefined ? '' : String(cell);
}

/** Wide enough for the heading and the first hundred rows, between 8 and 60. */
function widthOf(title: string, column: number, rows: ExportTable['rows']): number {
  const texts = rows.slice(0, 100).map((row) => textWidth(plainText(row[column])));
  return Math.min(60, Math.max(8, textWidth(title) + 2, ...texts.map((width) => width + 2)));
}
