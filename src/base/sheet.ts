/** Tables in and out: .xlsx and .csv import, templates, error workbooks, export. The only door to the folder. */
import { registerErrors } from '#base/errors';
import { sheetErrors } from './sheet/errors.ts';

registerErrors(sheetErrors);

export { sheetErrors } from './sheet/errors.ts';
export {
  type ColumnMap,
  mapColumns,
  readRecords,
  type SheetRecord,
  type SheetRecords,
} from './sheet/map-columns.ts';
export { readSheet } from './sheet/read-sheet.ts';
export type {
  Sheet,
  SheetField,
  SheetFormat,
  SheetIssue,
  SheetLimits,
  SheetRow,
  SheetSpec,
} from './sheet/types.ts';
export { type RowError, writeErrorWorkbook } from './sheet/write-error-workbook.ts';
export { type ExportCell, type ExportTable, writeSheet } from './sheet/write-sheet.ts';
export { writeTemplate } from './sheet/write-template.ts';
