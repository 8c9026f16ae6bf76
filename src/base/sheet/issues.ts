import { AppError, fail } from '#base/errors';
import type { SheetErrorCode } from './errors.ts';
import type { SheetIssue } from './types.ts';

/** A row's fault with its declared texts, filled from `details`. */
export function issue(
  row: number,
  column: string,
  code: SheetErrorCode,
  details: Record<string, unknown> = {},
): SheetIssue {
  return { row, column, code, message: new AppError(code, details).messages() };
}

/** Throws `sheet.unreadable` with a reason in both languages. */
export function unreadable(file: string, reasonZh: string, reason: string, cause?: unknown): never {
  return fail('sheet.unreadable', { file, reason, reason_zh: reasonZh }, cause);
}

/** Throws `sheet.too_large` when `value` is over `limit`. */
export function assertWithin(what: string, value: number, limit: number): void {
  if (value <= limit) return;
  const told = (number: number) => (what.endsWith('bytes') ? sizeText(number) : String(number));
  fail('sheet.too_large', { what: measures[what] ?? what, value: told(value), limit: told(limit) });
}

const measures: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  bytes: { zh: '文件大小', en: 'size of the file' },
  'unpacked bytes': { zh: '解压后的大小', en: 'size when unpacked' },
  rows: { zh: '行数', en: 'number of rows' },
  columns: { zh: '列数', en: 'number of columns' },
  characters: { zh: '字符数', en: 'number of characters' },
  parts: { zh: '工作簿内的文件数', en: 'number of files inside' },
};

/** Upwards, so that what is over the limit never reads as the limit itself. */
function sizeText(bytes: number): string {
  return bytes < 1024 ** 2 ? `${bytes} B` : `${Math.ceil((bytes / 1024 ** 2) * 10) / 10} MiB`;
}
