import type { SheetSpec } from '#base/contract';
import { csvCell } from '../ui/csv.ts';

/**
 * The empty import form as CSV: Chinese headings, the field keys in a `#` line, and one example row that
 * starts with 示例： and is never imported. The byte order mark makes Excel read it as UTF-8.
 */
export function templateCsv(spec: SheetSpec): string {
  const headings = spec.fields.map((field) => (field.required ? `${field.zh}*` : field.zh));
  const keys = spec.fields.map((field) => field.key);
  const examples = spec.fields.map((field, at) => (at === 0 ? `示例：${field.example}` : field.example));
  const lines = [headings.map(csvCell).join(','), `#${keys.join(',')}`, examples.map(csvCell).join(',')];
  return `\uFEFF${lines.join('\r\n')}\r\n`;
}
