import type { Cell, CellStyle } from 'hucre/xlsx';
import { foldHeading, reasonColumn } from './map-columns.ts';
import { textWidth, xlsxText } from './safe-text.ts';
import type { Sheet, SheetSpec } from './types.ts';
import { headerStyle, textStyle } from './write-sheet.ts';

/** One reason why a row was refused. */
export interface RowError {
  readonly row: number;
  /** Field key or heading; empty when the whole row is meant. */
  readonly column: string;
  readonly code: string;
  readonly message: string;
}

const redStyle: CellStyle = {
  ...textStyle,
  fill: { type: 'pattern', pattern: 'solid', fgColor: { rgb: 'FFC7CE' } },
};

/**
 * The refused rows alone, in the columns of the original, faulty cells red with the reason as comment, and a
 * last column 错误原因, which an import ignores: correct the cells and import this same file. `spec` lets
 * errors name a column by its field key.
 */
export async function writeErrorWorkbook(
  original: Sheet,
  errors: readonly RowError[],
  spec?: SheetSpec,
): Promise<Uint8Array> {
  const kept = [...original.columns.keys()].filter(
    (at) => foldHeading(original.columns[at]!) !== foldHeading(reasonColumn),
  );
  const headings = kept.map((at) => original.columns[at]!);
  const errorsOf = Map.groupBy(errors, (error) => error.row);
  const rows: string[][] = [[...headings, reasonColumn].map(xlsxText)];
  const cells = new Map<string, Partial<Cell>>();
  for (let column = 0; column <= headings.length; column++) cells.set(`0,${column}`, { style: headerStyle });
  for (const { row, cells: texts } of original.rows) {
    const found = errorsOf.get(row);
    if (!found) continue;
    const line = rows.length;
    rows.push([...kept.map((at) => xlsxText(texts[at] ?? '')), xlsxText(reasonText(row, found, spec))]);
    for (const column of headings.keys()) cells.set(`${line},${column}`, { style: textStyle });
    markCells(line, found, headings, spec, cells);
  }
  const { writeXlsx } = await import('hucre/xlsx');
  return writeXlsx({
    sheets: [
      {
        name: '需要更正',
        rows,
        cells,
        columns: [...headings.map((name) => ({ width: Math.min(40, textWidth(name) + 8) })), { width: 60 }],
        freezePane: { rows: 1 },
      },
    ],
  });
}

function reasonText(row: number, found: readonly RowError[], spec: SheetSpec | undefined): string {
  const reasons = found.map(({ column, code, message }) => {
    const field = spec?.fields.find(({ key }) => key === column);
    const name = field?.zh ?? column;
    return `${name === '' ? '' : `${name}：`}${message}（${code}）`;
  });
  return `原第 ${row} 行：${reasons.join('；')}`;
}

function markCells(
  line: number,
  found: readonly RowError[],
  headings: readonly string[],
  spec: SheetSpec | undefined,
  cells: Map<string, Partial<Cell>>,
): void {
  const byColumn = Map.groupBy(found, (error) => columnOf(error.column, headings, spec));
  for (const [column, reasons] of byColumn) {
    const at = column < 0 ? headings.length : column;
    const text = xlsxText(reasons.map(({ message }) => message).join('\n'));
    cells.set(`${line},${at}`, { style: redStyle, comment: { author: '教盾', text } });
  }
}

/** Index of the heading that an error means, or -1 for the whole row. */
function columnOf(name: string, headings: readonly string[], spec: SheetSpec | undefined): number {
  if (name === '') return -1;
  const field = spec?.fields.find(({ key }) => key === name);
  const names = new Set((field ? [field.key, field.zh, field.en] : [name]).map(foldHeading));
  return headings.findIndex((heading) => names.has(foldHeading(heading)));
}
