import { fail } from '#base/errors';
import { letterOf } from './column-letter.ts';
import { decodeText } from './decode-text.ts';
import { assertWithin, issue, unreadable } from './issues.ts';
import { type CsvTable, parseCsv } from './parse-csv.ts';
import type { XlsxTable } from './parse-xlsx.ts';
import { readXlsxInThread } from './read-xlsx.ts';
import { formulaStart } from './safe-text.ts';
import { defaultLimits, maxCellCharacters, type Sheet, type SheetIssue, type SheetLimits } from './types.ts';

/**
 * Reads a table from .xlsx, .csv or .tsv bytes; the content decides, the name only helps. The first row with
 * content is the header. Blank rows and `#` lines of a csv are left out, row numbers stay those of the file.
 * Faults of single cells are in `issues`. Throws `sheet.unreadable`, `sheet.encrypted`, `sheet.too_large`.
 */
export async function readSheet(
  bytes: Uint8Array,
  fileName: string,
  limits: Partial<SheetLimits> = {},
): Promise<Sheet> {
  const all = { ...defaultLimits, ...limits };
  assertWithin('bytes', bytes.length, all.bytes);
  if (bytes.length === 0) unreadable(fileName, '文件是空的', 'the file is empty');
  if (isOle2(bytes)) refuseContainer(bytes, fileName);
  if (isZip(bytes)) {
    const table = await readXlsxInThread(bytes, fileName, all);
    return shape(table, fileName, all, {
      format: 'xlsx',
      comments: [],
      otherSheets: table.otherSheets,
    });
  }
  const { text, charset } = decodeText(bytes, fileName);
  refuseMarkup(text, fileName);
  const table = parseCsv(text, fileName, all, /\.tsv$/i.test(fileName) ? '\t' : undefined);
  const records = table.records.filter((record) => !record.comment).map(unescapeFormulas);
  const comments = table.records.filter(({ comment }) => comment).map(({ row }) => row);
  const issues = [...table.issues, ...records.flatMap(issuesOfRecord)];
  return shape({ records, issues }, fileName, all, {
    format: 'csv',
    charset,
    delimiter: table.delimiter,
    comments,
    otherSheets: [],
    ...(/\.xls[xmb]?$/i.test(fileName) ? { misnamed: fileName } : {}),
  });
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/** Whether bytes start an OLE2 container: a password-protected workbook or an old .xls ([MS-CFB] section 2.2). */
function isOle2(bytes: Uint8Array): boolean {
  return bytes[0] === 0xd0 && bytes[1] === 0xcf && bytes[2] === 0x11 && bytes[3] === 0xe0;
}

/** Explains which of the two it is. */
function refuseContainer(bytes: Uint8Array, file: string): never {
  const marker = Buffer.from('EncryptedPackage', 'utf16le');
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(marker)) {
    fail('sheet.encrypted', { file });
  }
  return unreadable(
    file,
    '这是旧版 .xls 格式，请另存为 .xlsx 后再导入',
    'it is the old .xls format; save it as .xlsx',
  );
}

/** Many systems export an HTML page under the name .xls; as csv it would be nonsense. */
function refuseMarkup(text: string, file: string): void {
  if (/^\s*<(!doctype|html|table|\?xml|meta)/i.test(text.slice(0, 1000))) {
    unreadable(
      file,
      '文件内容是网页而不是表格，请用 Excel 打开后另存为 .xlsx',
      'it holds a web page, not a table; open it in Excel and save it as .xlsx',
    );
  }
}

/** Excel saves long numbers to csv as it shows them: `1.10105E+17`; and failed formulas as `#REF!`. */
function issuesOfRecord({ row, cells }: CsvTable['records'][number]): SheetIssue[] {
  return cells.flatMap((cell, column) => {
    if (/^-?\d(\.\d+)?E\+\d{2,}$/.test(cell)) return [issue(row, letterOf(column), 'sheet.precision_lost')];
    if (!/^#(N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NUM!|NULL!)$/.test(cell)) return [];
    return [issue(row, letterOf(column), 'sheet.formula_error', { value: cell })];
  });
}

/** Takes back the apostrophe that `writeSheet` puts before `=`, `+`, `-` and `@` in a csv. */
function unescapeFormulas(record: CsvTable['records'][number]): CsvTable['records'][number] {
  return {
    ...record,
    cells: record.cells.map((cell) =>
      cell.startsWith("'") && formulaStart.test(cell) ? cell.slice(1) : cell,
    ),
  };
}

type Origin = Pick<Sheet, 'format' | 'charset' | 'delimiter' | 'comments' | 'otherSheets' | 'misnamed'>;

function shape(
  table: Pick<CsvTable | XlsxTable, 'issues'> & { records: readonly { row: number; cells: string[] }[] },
  file: string,
  limits: SheetLimits,
  origin: Origin,
): Sheet {
  const [header, ...rest] = table.records.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  if (!header) return unreadable(file, '文件里没有内容', 'the file has no content');
  assertWithin('rows', rest.length, limits.rows);
  const columns = header.cells.map((cell) => cell.trim());
  while (columns.at(-1) === '') columns.pop();
  const names = new Map(columns.map((name, index) => [letterOf(index), name || letterOf(index)]));
  const issues: SheetIssue[] = table.issues.map((found) => ({
    ...found,
    column: names.get(found.column) ?? found.column,
  }));
  const rows = rest.map(({ row, cells }) => ({ row, cells: fitCells(row, cells, columns, issues) }));
  return { ...origin, columns, rows, issues };
}

function fitCells(row: number, cells: string[], columns: readonly string[], issues: SheetIssue[]): string[] {
  const surplus = cells.slice(columns.length).filter((cell) => cell.trim() !== '');
  if (surplus.length > 0) {
    issues.push(issue(row, '', 'sheet.extra_cells', { value: surplus.join(' | ').slice(0, 200) }));
  }
  return columns.map((name, index) => {
    const cell = cells[index] ?? '';
    if (cell.length > maxCellCharacters) {
      issues.push(issue(row, name, 'sheet.cell_too_long', { limit: maxCellCharacters }));
    }
    return cell;
  });
}
