/** Searching the rows: filters, pages, counts, the most frequent values. */
import { z } from 'zod';
import { route, time } from '#base/contract';
import { readingQuery } from './reading.ts';
import { queryFields } from './search-query.ts';

const count = z.number().int();

export const rowKind = z.enum([
  'proxy',
  'dns',
  'site',
  'firewall',
  'flow',
  'alert',
  'other',
  'nat',
  'block',
  'lease',
  'sighting',
]);

const prefix = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

/** The conditions of a search; all of them hold. */
export const searchFilter = z.object({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
  source: z.string().max(120).optional(),
  /** Code of a unit: its sources and those of all units below it. */
  unit: z.string().max(60).optional(),
  kind: rowKind.optional(),
  /** An address or a prefix (`10.1.0.0/16`), wherever it stands in the row. */
  ip: prefix.optional(),
  port: z.coerce.number().int().min(1).max(65535).optional(),
  /** A host name and everything below it. */
  host: z.string().trim().min(1).max(255).optional(),
  mac: z
    .string()
    .trim()
    .regex(/^[0-9A-Fa-f]{2}([:-]?[0-9A-Fa-f]{2}){5}$|^([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}$/, 'MAC')
    .optional(),
  /** A token as a search shows it, or the plain user name, of which the tokens are worked out. */
  user: z.string().trim().min(1).max(200).optional(),
  device: z.string().trim().min(1).max(200).optional(),
  /** The search language: `status:>=500 -act:TCP_DENIED "free text"`. */
  q: z
    .string()
    .trim()
    .min(1, '检索语句不能为空 / The query must not be empty')
    .max(2000, '检索语句太长：最多 2000 个字符 / The query is too long: at most 2000 characters')
    .optional(),
});

export const logRow = z.object({
  ts: time,
  kind: rowKind,
  source: z.string(),
  sourceId: count,
  /**
   * Named values of the row, by kind: addresses, ports, host, path, action, MAC and so on. `user` and `device` are
   * tokens, not names.
   */
  fields: z.record(z.string(), z.union([z.string(), z.number()])),
  segment: count,
  seq: count,
  /** Format and version of the decoder that made the row; '' for rows of before versions were kept. */
  decoder: z.string(),
});
export type LogRow = z.output<typeof logRow>;

const searchQuery = searchFilter.extend({
  ...readingQuery,
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(200).optional(),
});

const searchReply = z.object({
  /** Rows of one record stay together: a page may hold some more than its limit. */
  rows: z.array(logRow),
  cursor: z.string().nullable(),
  /** Back to here was looked; before it lies what `cursor` goes on with. */
  searchedTo: time,
});

export const searchLogs = route({
  method: 'GET',
  path: '/api/logs/search',
  summary: 'Log rows of the caller’s units, newest first. Every search is audited.',
  access: 'logs.read',
  query: searchQuery,
  reply: searchReply,
});

/**
 * Server-sent events: `rows` {rows, searchedTo} as they are found, `end` {cursor, searchedTo}, or `failed` {code, zh,
 * en}. Leaving ends the search in the store, too.
 */
export const streamSearch = route({
  method: 'GET',
  path: '/api/logs/search/stream',
  summary: 'Like a search, with rows as they are found: the newest hours first.',
  access: 'logs.read',
  produces: 'events',
  query: searchQuery,
});

export const logHistogram = route({
  method: 'GET',
  path: '/api/logs/histogram',
  summary: 'How many rows of each kind fall into each piece of the time asked for.',
  access: 'logs.read',
  query: searchFilter.extend(readingQuery),
  reply: z.object({
    bucketSeconds: count,
    buckets: z.array(z.object({ at: time, kind: rowKind, rows: count })),
  }),
});

export const topField = z.enum([
  'kind',
  'source',
  ...(Object.keys(queryFields) as (keyof typeof queryFields)[]),
] as const);

export const topValues = route({
  method: 'GET',
  path: '/api/logs/top',
  summary: 'The most frequent values of a field among the rows of a search.',
  access: 'logs.read',
  query: searchFilter.extend({
    ...readingQuery,
    field: z.union([topField, z.string().regex(/^extra\.[\w.-]{1,60}$/)]),
    limit: z.coerce.number().int().min(1).max(100).default(20),
  }),
  reply: z.object({
    /** Rows that have the field. */
    rows: count,
    values: z.array(z.object({ value: z.string(), rows: count })),
  }),
});

const at = '第 {column} 个字符';

export const searchErrors = {
  'logs.bad_range': { status: 400, zh: '开始时间要早于结束时间', en: 'The start must lie before the end' },
  'logs.bad_cursor': {
    status: 400,
    zh: '翻页标记无效，请重新检索',
    en: 'The page mark is not valid; search again',
  },
  'logs.query_field': {
    status: 400,
    zh: `检索语句${at}：没有字段 {field}；可用：{known}。要查这串文字本身，请加英文引号`,
    en: 'Query, character {column}: there is no field {field}; known: {known}. To find the text itself, quote it',
  },
  'logs.query_value': {
    status: 400,
    zh: `检索语句${at}：字段 {field} 的值“{value}”不对，应写作 {example}`,
    en: 'Query, character {column}: “{value}” is no value of {field}; write {example}',
  },
  'logs.query_quote': {
    status: 400,
    zh: `检索语句${at}：引号没有结束，请补上 "`,
    en: 'Query, character {column}: the quote is not closed; add "',
  },
  'logs.query_text': {
    status: 422,
    zh: `${at}的“{text}”不是要找的内容；要找标点或空格请加引号，例如 "-"`,
    en: 'Character {column}: “{text}” is nothing to look for; put marks and blanks into quotes, as "-"',
  },
  'logs.query_too_long': {
    status: 400,
    zh: '检索语句条件过多，最多 {most} 个；请分几次检索',
    en: 'The query has too many terms, at most {most}; search in several steps',
  },
  'logs.search_too_large': {
    status: 422,
    zh: '这次检索要读的数据太多（{limit}），已停止；请缩短时间、选定日志源，或加上地址、域名等条件',
    en: 'The search had to read too much ({limit}) and was stopped; shorten the time, choose a source, or add an address or host',
  },
  'logs.search_busy': {
    status: 503,
    zh: '同时检索的人太多，请稍后再试；收日志和入库不受影响',
    en: 'Too many are searching at once; try again soon. Receiving and indexing go on',
  },
  'logs.search_stopped': { status: 408, zh: '检索已取消', en: 'The search was stopped' },
  'logs.unknown_unit': { status: 404, zh: '没有单位 {unit}', en: 'There is no unit {unit}' },
} as const;
