/** How the lines of a source are read: unread lines, its own template, reading again with another decoder. */
import { z } from 'zod';
import { route, time } from '#base/contract';
import { templateRows } from './template-fields.ts';

export { fieldsOf, type TemplateRow, templateRows } from './template-fields.ts';

const count = z.number().int();
const sourceParams = z.object({ id: z.coerce.number().int().min(1) });

export const templatePattern = z.object({
  /** The row that a line makes; each has fields of its own. */
  row: z.enum(templateRows),
  /** What such a line means, for rows that have a meaning: `destroy`, `release`. Absent: the row's first meaning. */
  means: z.string().max(20).optional(),
  /** Literal text and `{name}` or `{name:type}` fields. */
  pattern: z.string().min(1).max(2000),
});
export type TemplatePattern = z.output<typeof templatePattern>;

const patterns = z.array(templatePattern).min(1).max(2);

/** A template as it is kept; version 0 is that of a source that has none yet. */
const template = z.object({ version: count, patterns: z.array(templatePattern), at: time.nullable() });

export const getTemplate = route({
  method: 'GET',
  path: '/api/logs/sources/:id/template',
  summary: 'The pattern by which the lines of a source are read, in its newest version.',
  access: 'logs.read',
  params: sourceParams,
  reply: template,
});

export const saveTemplate = route({
  method: 'PUT',
  path: '/api/logs/sources/:id/template',
  summary: 'Saves a new version of a source’s pattern; lines received from now on are read by it.',
  access: 'logs.sources',
  params: sourceParams,
  body: z.object({ patterns }),
  reply: template,
});

const bilingual = { zh: z.string(), en: z.string() };

/** Where a pattern cannot be used, or a line does not fit it; `column` counts from 1. */
const fault = z.object({ column: count, ...bilingual });

export const previewTemplate = route({
  method: 'POST',
  path: '/api/logs/sources/:id/template/preview',
  summary:
    'Tries patterns on pasted lines: the fields of each line, or where it stopped fitting. Saves nothing.',
  access: 'logs.read',
  params: sourceParams,
  body: z.object({ patterns, sample: z.string().max(65_536) }),
  reply: z.object({
    /** Per pattern, in order: why it cannot be used. */
    faults: z.array(fault.nullable()),
    lines: z.array(
      z.object({
        line: z.string(),
        /** Number of the pattern that fits, from 1; null when none does. */
        pattern: count.nullable(),
        at: time.nullable(),
        fields: z.record(z.string(), z.string()),
        misfit: fault.nullable(),
      }),
    ),
    /** Lines of the sample that were not looked at: only the first 200 are. */
    more: count,
  }),
});
export type TemplatePreview = z.output<NonNullable<typeof previewTemplate.reply>>;

const redecodeState = z.enum(['running', 'done', 'superseded', 'failed']);

const redecode = z.object({
  id: count,
  decoder: z.string(),
  onlyUnread: z.boolean(),
  state: redecodeState,
  problem: z.string().nullable(),
  segments: count,
  segmentsDone: count,
  recordsDone: count,
  unparsableBefore: count,
  unparsableAfter: count,
  began: time,
  ended: time.nullable(),
});
export type Redecode = z.output<typeof redecode>;

export const getDecoding = route({
  method: 'GET',
  path: '/api/logs/sources/:id/decoding',
  summary:
    'By which decoder a source is read now, which made the rows that it has, and its last reading again.',
  access: 'logs.read',
  params: sourceParams,
  reply: z.object({
    /** `squid/1`; '' for a quarantined sender. */
    decoder: z.string(),
    /** What made the rows that are there: `squid/1`, or `squid/1#7` after the seventh reading again. */
    made: z.array(z.object({ decoder: z.string(), segments: count, records: count, unparsable: count })),
    run: redecode.nullable(),
  }),
});

export const startRedecode = route({
  method: 'POST',
  path: '/api/logs/sources/:id/redecode',
  summary:
    'Reads the sealed segments of a source again with its present decoder; new rows replace the old ones.',
  access: 'logs.sources',
  params: sourceParams,
  body: z.object({
    /** Only segments that have lines which could not be read. */
    onlyUnread: z.boolean().default(false),
  }),
  reply: redecode,
});

export const decodingErrors = {
  'logs.template_invalid': {
    status: 400,
    zh: '第 {pattern} 个模式第 {column} 列：{zh}',
    en: 'Pattern {pattern}, column {column}: {en}',
  },
  'logs.no_template_format': {
    status: 409,
    zh: '日志源 {name} 的格式是 {format}；先把格式改为 template，才能使用自己的模式',
    en: 'The log source {name} is of format {format}; change it to template to read it by a pattern of its own',
  },
  'logs.nobody_reads': {
    status: 409,
    zh: '日志源 {name} 还没有格式，没有可用的解析器；先认领并选择格式',
    en: 'The log source {name} has no format and so no decoder; adopt it and choose its format first',
  },
  'logs.nothing_to_redecode': {
    status: 409,
    zh: '日志源 {name} 没有需要重新解析的封存段',
    en: 'The log source {name} has no sealed segment to read again',
  },
  'logs.redecode_running': {
    status: 409,
    zh: '日志源 {name} 正在重新解析，请等它完成',
    en: 'The log source {name} is being read again already; wait until that is done',
  },
} as const;
