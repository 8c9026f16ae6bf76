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
  if (value > limit) fail('sheet.too_large', { what, value, limit });
}
