/** Tables in and out: .xlsx and .csv import, templates, error workbooks, export. The only door to the folder. */
import { registerErrors } from '#base/errors';
import { sheetErrors } from './sheet/errors.ts';

registerErrors(sheetErrors);

export { readRecords, type SheetRecord } from './sheet/map-columns.ts';
export { readSheet } from './sheet/read-sheet.ts';
export { streamSheet } from './sheet/stream-sheet.ts';
export { writeErrorWorkbook } from './sheet/write-error-workbook.ts';
export { type ExportCell, writeSheet } from './sheet/write-sheet.ts';
export { writeTemplate } from './sheet/write-template.ts';
