import { EncryptedFileError, HucreError, readXlsx, type Sheet as Workbook } from 'hucre';
import { fail, isAppError } from '#base/errors';
import { cellText, isLossy } from './cell-text.ts';
import { letterOf } from './column-letter.ts';
import { assertWithin, issue, unreadable } from './issues.ts';
import type { SheetIssue, SheetLimits } from './types.ts';
import { unpackWorkbook } from './unpack-workbook.ts';

export interface XlsxTable {
  readonly records: { row: number; cells: string[] }[];
  readonly otherSheets: string[];
  readonly issues: SheetIssue[];
}

/**
 * Reads the first visible sheet of a workbook as text. Rows that are wholly blank are left out; their numbers
 * stay. Issues name a cell by its column letter. Throws `sheet.encrypted`, `sheet.unreadable`,
 * `sheet.too_large`. Call it through `readSheet`, which runs it in a thread with a time limit.
 */
export async function parseXlsx(bytes: Uint8Array, file: string, limits: SheetLimits): Promise<XlsxTable> {
  const safe = await unpackWorkbook(bytes, file, limits);
  const otherSheets: string[] = [];
  let chosen: number | undefined;
  try {
    const workbook = await readXlsx(safe, {
      readStyles: true,
      maxRows: limits.rows + 10,
      sheets: (info) => {
        const visible = !info.hidden && !info.veryHidden;
        if (visible && chosen === undefined) chosen = info.index;
        else if (visible) otherSheets.push(info.name);
        return info.index === chosen;
      },
    });
    const sheet = workbook.sheets[0];
    if (!sheet) return unreadable(file, '工作簿里没有可见的工作表', 'the workbook has no visible sheet');
    return { ...tableOf(sheet, limits), otherSheets };
  } catch (error) {
    if (isAppError(error)) throw error;
    if (error instanceof EncryptedFileError) return fail('sheet.encrypted', { file });
    return unreadable(file, '工作簿内容已损坏', describe(error), error);
  }
}

function describe(error: unknown): string {
  return error instanceof HucreError
    ? `the workbook is damaged (${error.message})`
    : 'the workbook is damaged';
}

function tableOf(sheet: Workbook, limits: SheetLimits): Omit<XlsxTable, 'otherSheets'> {
  const records: XlsxTable['records'] = [];
  const issues: SheetIssue[] = [];
  let characters = 0;
  for (const [index, values] of sheet.rows.entries()) {
    const width = values.findLastIndex((value) => value !== null && value !== '') + 1;
    if (width === 0) continue;
    assertWithin('columns', width, limits.columns);
    const cells: string[] = [];
    for (let column = 0; column < width; column++) {
      const value = values[column] ?? null;
      const detail = sheet.cells?.get(`${index},${column}`);
      const text = cellText({ value, format: detail?.style?.numFmt });
      const fault = faultOf(value, detail?.type, detail?.formula !== undefined, text);
      if (fault) issues.push(issue(index + 1, letterOf(column), fault, { value: text }));
      characters += text.length;
      cells.push(text);
    }
    assertWithin('characters', characters, limits.characters);
    records.push({ row: index + 1, cells });
    assertWithin('rows', records.length, limits.rows + 10);
  }
  return { records, issues };
}

function faultOf(value: unknown, type: string | undefined, isFormula: boolean, text: string) {
  if (isLossy(value)) return 'sheet.precision_lost' as const;
  if (type === 'error' || (isFormula && (value === null || /^#[A-Z/0]+[!?A]?$/.test(text)))) {
    return 'sheet.formula_error' as const;
  }
  return undefined;
}
