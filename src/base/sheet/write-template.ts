import type { Cell, DataValidation, WriteSheet } from 'hucre/xlsx';
import { letterOf } from './column-letter.ts';
import { exampleMark } from './map-columns.ts';
import { csvBytes, csvCell, textWidth, xlsxText } from './safe-text.ts';
import type { SheetField, SheetFormat, SheetSpec } from './types.ts';
import { headerStyle, sheetName, textStyle } from './write-sheet.ts';

/** Rows of the template that are formatted as text and carry drop-down lists. */
const preparedRows = 1000;
const choicesSheet = '选项';

/**
 * The empty import form: Chinese headings (required ones with `*`), the field keys in a second line (hidden in
 * xlsx, a `#` line in csv), one example row that starts with 示例： and is never imported. The xlsx has
 * drop-down lists for choices, notes as cell comments, a frozen header, and cells formatted as text.
 */
export async function writeTemplate(spec: SheetSpec, format: SheetFormat): Promise<Uint8Array> {
  const headings = spec.fields.map(headingOf);
  const keys = spec.fields.map((field) => field.key);
  const examples = spec.fields.map((field, at) => (at === 0 ? exampleMark + field.example : field.example));
  if (format === 'csv') {
    const lines = [headings, examples].map((row) => row.map(csvCell).join(','));
    return csvBytes([lines[0]!, `#${keys.join(',')}`, lines[1]!]);
  }
  const lists = choiceLists(spec.fields);
  const { writeXlsx } = await import('hucre/xlsx');
  return writeXlsx({
    sheets: [formSheet(spec, [headings, keys, examples], lists.validations), ...lists.sheets],
  });
}

/** The heading of a field as templates and error workbooks show it. */
export function headingOf(field: SheetField): string {
  return field.required ? `${field.zh}*` : field.zh;
}

function formSheet(spec: SheetSpec, rows: string[][], dataValidations: DataValidation[]): WriteSheet {
  const cells = new Map<string, Partial<Cell>>();
  for (const [column, field] of spec.fields.entries()) {
    const text = [field.note, `${field.en}${field.required ? ' (required)' : ''}`].filter(Boolean).join('\n');
    cells.set(`0,${column}`, { style: headerStyle, comment: { author: '教盾', text: xlsxText(text) } });
    cells.set(`2,${column}`, { style: { ...textStyle, font: { italic: true, color: { rgb: '6B6B6B' } } } });
    for (let row = 3; row < preparedRows; row++) cells.set(`${row},${column}`, { style: textStyle });
  }
  const blank = Array.from({ length: preparedRows - rows.length }, () => spec.fields.map(() => null));
  return {
    name: sheetName(spec.zh),
    rows: [...rows.map((row) => row.map(xlsxText)), ...blank],
    cells,
    columns: spec.fields.map((field) => ({ width: widthOf(field) })),
    rowDefs: new Map([[1, { hidden: true }]]),
    dataValidations,
    freezePane: { rows: 1 },
  };
}

function widthOf(field: SheetField): number {
  return Math.min(50, Math.max(10, textWidth(headingOf(field)) + 2, textWidth(field.example) + 8));
}

/** Drop-downs refer to a hidden sheet: a list inside the rule may have 255 characters and no comma in a value. */
function choiceLists(fields: readonly SheetField[]): { validations: DataValidation[]; sheets: WriteSheet[] } {
  const listed = fields.flatMap((field, column) =>
    field.choices ? [{ field, column, choices: field.choices }] : [],
  );
  if (listed.length === 0) return { validations: [], sheets: [] };
  const height = Math.max(...listed.map(({ choices }) => choices.length));
  const rows = Array.from({ length: height }, (_, row) =>
    listed.map(({ choices }) => (choices[row] ? xlsxText(choices[row].zh) : null)),
  );
  const validations = listed.map(({ field, column, choices }, list): DataValidation => {
    const letter = letterOf(column);
    const source = letterOf(list);
    return {
      type: 'list',
      formula1: `'${choicesSheet}'!$${source}$1:$${source}$${choices.length}`,
      range: `${letter}4:${letter}${preparedRows}`,
      allowBlank: true,
      showErrorMessage: true,
      errorTitle: field.zh,
      errorMessage: '请从列表中选择',
    };
  });
  return { validations, sheets: [{ name: choicesSheet, rows, hidden: true }] };
}
