/** Pure part of an export: which columns a list has, and what stands in a cell. */
import { z } from 'zod';
import type { Route } from '#base/contract';
import type { ExportCell } from '#base/sheet';
import type { ExportColumn } from './contract.ts';

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
}

/** The item of a list's reply; undefined when the route is no list (`listOf`) or its query does not page. */
export function itemOf(route: Route): z.ZodObject | undefined {
  const { reply, query } = route;
  if (route.method !== 'GET' || !(reply instanceof z.ZodObject) || !(query instanceof z.ZodObject))
    return undefined;
  const items = reply.shape.items as z.ZodType | undefined;
  if (!(items instanceof z.ZodArray) || !('total' in reply.shape)) return undefined;
  if (!('page' in query.shape && 'pageSize' in query.shape)) return undefined;
  return items.element instanceof z.ZodObject ? items.element : undefined;
}

/** Looks through optional, nullable, default and pipes. */
function unwrap(type: z.ZodType): z.ZodType {
  const { type: name, innerType, in: input, out } = type.def as unknown as Definition;
  if (innerType) return unwrap(innerType);
  if (name !== 'pipe' || !input || !out) return type;
  return (input.def as unknown as Definition).type === 'transform' ? unwrap(out) : unwrap(input);
}

/** Every field that an item has, those of inner objects and lists of objects as `a.b`, three levels deep. */
export function fieldsOf(item: z.ZodObject, prefix = '', depth = 3): string[] {
  return Object.entries(item.shape).flatMap(([name, type]) => {
    const inner = unwrap(type as z.ZodType);
    const below = inner instanceof z.ZodArray ? unwrap(inner.element as z.ZodType) : inner;
    const isNested = below instanceof z.ZodObject && depth > 1;
    return [`${prefix}${name}`, ...(isNested ? fieldsOf(below, `${prefix}${name}.`, depth - 1) : [])];
  });
}

/** Plain fields in their own order: what is exported when no columns are named. */
export function plainColumns(item: z.ZodObject): ExportColumn[] {
  return Object.entries(item.shape)
    .filter(([, type]) => !(unwrap(type as z.ZodType) instanceof z.ZodObject))
    .map(([field]) => ({ field, title: field }));
}

type Language = 'zh' | 'en';

/** One row of the file. Instants are China Standard Time; lists are joined; coded values get their words. */
export function cellsOf(row: unknown, columns: readonly ExportColumn[], language: Language): ExportCell[] {
  return columns.map((column) => cellOf(valueAt(row, column.field), column, language));
}

function valueAt(row: unknown, field: string): unknown {
  return field.split('.').reduce<unknown>((value, name) => stepInto(value, name), row);
}

/** A field of an object; of a list, that field of each of its objects. */
function stepInto(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((one) => stepInto(one, name));
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function cellOf(value: unknown, column: ExportColumn, language: Language): ExportCell {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') {
    return (
      column.words?.[String(value)] ?? (language === 'zh' ? (value ? '是' : '否') : value ? 'yes' : 'no')
    );
  }
  if (Array.isArray(value)) return value.map((one) => String(cellOf(one, column, language))).join('；');
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  const words = column.words && Object.hasOwn(column.words, text) ? column.words[text] : undefined;
  return words ?? chinaTime(text) ?? text;
}

const chinaClock = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Asia/Shanghai',
  dateStyle: 'short',
  timeStyle: 'medium',
});

/** `2026-11-22 21:05:09` for an instant of the wire (ISO 8601 with offset); undefined for any other text. */
export function chinaTime(text: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const instant = new Date(text);
  return Number.isNaN(instant.getTime()) ? undefined : chinaClock.format(instant);
}

/** The last line of every file: who took it out, when, how many rows. */
export function watermarkLine(
  facts: { mark: string; unit: string; at: Date; rows: number },
  language: Language,
): string {
  const time = chinaClock.format(facts.at);
  return language === 'zh'
    ? `导出人：${facts.mark}（${facts.unit}） 导出时间：${time} 共 ${facts.rows} 行 · 教盾`
    : `Exported by ${facts.mark} (${facts.unit}) at ${time} China time, ${facts.rows} rows · Jiaodun`;
}
