import { fail } from '#base/errors';
import { issue } from './issues.ts';
import type { Sheet, SheetField, SheetIssue, SheetRow, SheetSpec } from './types.ts';

/** Heading of the reasons in an error workbook; a column of that name is never imported. */
export const reasonColumn = '错误原因';
/** An example row is known by this start of its first filled cell. */
export const exampleMark = '示例：';

export interface ColumnMap {
  /** For each column of the sheet the key of its field, or undefined. */
  readonly keys: (string | undefined)[];
  /** Headings that stand for no field: told to the user, not fatal. */
  readonly unknown: string[];
}

/**
 * Matches headings with fields by key, Chinese or English name; case, width, spaces, `*` and a trailing
 * （必填） do not matter. Throws `sheet.missing_columns` and `sheet.duplicate_columns`, which name them, and
 * `sheet.not_workbook` when columns lack in a text that is named like a workbook (`misnamed`).
 */
export function mapColumns(spec: SheetSpec, columns: readonly string[], misnamed?: string): ColumnMap {
  const byName = new Map<string, SheetField>();
  for (const field of spec.fields) {
    for (const name of [field.key, field.zh, field.en]) byName.set(foldHeading(name), field);
  }
  const fields = columns.map((column) => byName.get(foldHeading(column)));
  const twice = spec.fields.filter((field) => fields.indexOf(field) !== fields.lastIndexOf(field));
  if (twice.length > 0) fail('sheet.duplicate_columns', namesOf(twice));
  const missing = spec.fields.filter((field) => field.required && !fields.includes(field));
  if (missing.length > 0 && misnamed !== undefined) fail('sheet.not_workbook', { file: misnamed });
  if (missing.length > 0) fail('sheet.missing_columns', namesOf(missing));
  const unknown = columns.filter(
    (column, index) => !fields[index] && column !== '' && foldHeading(column) !== foldHeading(reasonColumn),
  );
  return { keys: fields.map((field) => field?.key), unknown };
}

function namesOf(fields: readonly SheetField[]): { columns: string; columns_zh: string } {
  return {
    columns: fields.map((field) => field.en).join(', '),
    columns_zh: fields.map((field) => field.zh).join('、'),
  };
}

/** The form in which two headings are compared. */
export function foldHeading(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s*\u200b\ufeff]+/g, '')
    .replace(/\((必填|required)\)$/, '');
}

export interface SheetRecord {
  readonly row: number;
  /** Trimmed cell text by field key; every field of the spec is present, `''` when blank or not in the file. */
  readonly values: Record<string, string>;
  /** Faults found without knowing the domain; a record with any must not be imported. */
  readonly issues: SheetIssue[];
}

export interface SheetRecords {
  readonly records: SheetRecord[];
  readonly unknown: string[];
  /** Keys of the fields that the file has a column for. */
  readonly fields: string[];
  /** Rows left out on purpose, so that the reply can say so. */
  readonly skipped: { readonly row: number; readonly reason: 'keys' | 'example' | 'comment' }[];
}

/**
 * The records of a sheet: the template's key line and example row are left out, required fields and choices
 * are checked, a choice may be given by its Chinese label and arrives as its value. Throws as `mapColumns`.
 */
export function readRecords(spec: SheetSpec, sheet: Sheet): SheetRecords {
  const { keys, unknown } = mapColumns(spec, sheet.columns, sheet.misnamed);
  const issuesOf = Map.groupBy(sheet.issues, (found) => found.row);
  const keyOfHeading = new Map(sheet.columns.map((column, index) => [column, keys[index]]));
  const records: SheetRecord[] = [];
  const skipped: SheetRecords['skipped'][number][] = sheet.comments.map((row) => ({
    row,
    reason: 'comment',
  }));
  for (const [index, row] of sheet.rows.entries()) {
    const reason = reasonToSkip(row, keys, index === 0);
    if (reason) {
      skipped.push({ row: row.row, reason });
      continue;
    }
    const found = (issuesOf.get(row.row) ?? [])
      .filter(({ column }) => column === '' || keyOfHeading.get(column) !== undefined)
      .map((one) => ({ ...one, column: keyOfHeading.get(one.column) ?? one.column }));
    records.push(recordOf(spec, keys, row, found));
  }
  return { records, unknown, skipped, fields: keys.filter((key) => key !== undefined) };
}

function reasonToSkip(
  row: SheetRow,
  keys: readonly (string | undefined)[],
  belowHeader: boolean,
): 'keys' | 'example' | undefined {
  const first = row.cells.find((cell) => cell.trim() !== '')?.trim() ?? '';
  if (first.startsWith(exampleMark) || first.startsWith('示例:')) return 'example';
  if (!belowHeader) return undefined;
  const filled = row.cells.flatMap((cell, at) => (cell.trim() === '' ? [] : [[cell.trim(), keys[at]]]));
  const isKey = ([cell, key]: (string | undefined)[]) =>
    key !== undefined && cell?.replace(/^#\s*/, '').toLowerCase() === key.toLowerCase();
  return filled.every(isKey) ? 'keys' : undefined;
}

function recordOf(
  spec: SheetSpec,
  keys: readonly (string | undefined)[],
  row: SheetRow,
  found: SheetIssue[],
): SheetRecord {
  const values: Record<string, string> = {};
  const issues = [...found];
  for (const field of spec.fields) {
    const at = keys.indexOf(field.key);
    const text = at < 0 ? '' : (row.cells[at] ?? '').trim();
    values[field.key] = text === '' ? '' : chosenValue(field, text, row.row, issues);
    if (text === '' && field.required) {
      issues.push(issue(row.row, field.key, 'sheet.required', { field: field.en, field_zh: field.zh }));
    }
  }
  return { row: row.row, values, issues };
}

function chosenValue(field: SheetField, text: string, row: number, issues: SheetIssue[]): string {
  if (!field.choices) return text;
  const folded = foldHeading(text);
  const choice = field.choices.find(({ value, zh, also = zh }) =>
    [value, zh, also].some((name) => foldHeading(name) === folded),
  );
  if (choice) return choice.value;
  const details = {
    value: text.slice(0, 100),
    field: field.en,
    field_zh: field.zh,
    choices: field.choices.map(({ value }) => value).join(', '),
    choices_zh: field.choices.map(({ zh }) => zh).join('、'),
  };
  issues.push(issue(row, field.key, 'sheet.not_a_choice', details));
  return text;
}
