import { z } from 'zod';
import { event, listOf, listQuery, route, time } from '#base/contract';
import { formats } from './decoders/row.ts';

/**
 * `netflow` holds datagrams of NetFlow v5, v9 and IPFIX, `h3c-flow` those of H3C's Flow 3.0; `template` is read by a
 * pattern of the source's own; `auto` is a gateway that sends the lines of several programs.
 */
export const format = z.enum(formats);

const sourceName = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .refine(
    (name) => !name.startsWith('unregistered:'),
    'unregistered: 为系统保留 / is reserved by the system',
  );
const realm = z.string().trim().min(1).max(60);
const count = z.number().int();

export const source = z.object({
  id: count,
  name: z.string(),
  unitPath: z.string(),
  format: z.union([format, z.literal('unknown')]),
  realm: z.string(),
  zone: z.string(),
  leaseSeconds: count.nullable(),
  host: z.string().nullable(),
  toleranceSeconds: z.number(),
  senders: z.array(z.string()),
  /** When the newest of its records was received; null when none ever was. */
  lastRecv: time.nullable(),
  records: count,
  unparsable: count,
});
export type LogSource = z.output<typeof source>;

export const newSource = z.object({
  name: sourceName,
  format,
  /** Code of the unit that owns it; default the caller's own. */
  unitCode: z.string().max(60).optional(),
  realm: realm.default('main'),
  zone: z.string().max(60).default('Asia/Shanghai'),
  leaseSeconds: z.number().int().min(1).max(31_536_000).optional(),
  host: z.string().trim().max(255).optional(),
  fixedYear: z.number().int().min(1970).max(2199).optional(),
  toleranceSeconds: z.number().min(0).max(3600).default(2),
  senders: z
    .array(z.union([z.ipv4(), z.ipv6()]))
    .max(100)
    .default([]),
});

export const listSources = route({
  method: 'GET',
  path: '/api/logs/sources',
  summary: 'The log sources of the caller’s units, with what each has sent.',
  access: 'logs.read',
  query: listQuery,
  reply: listOf(source),
});

export const registerSource = route({
  method: 'POST',
  path: '/api/logs/sources',
  summary: 'Registers a log source: whose it is, how its lines read, from which addresses it sends.',
  access: 'logs.sources',
  body: newSource,
  reply: source,
});

export const ingest = route({
  method: 'POST',
  path: '/api/logs/ingest',
  summary: 'Takes a log file (lines, or gzip of them). The same content for the same source is taken once.',
  access: 'logs.ingest',
  accepts: 'stream',
  query: z.object({
    source: sourceName,
    format,
    /** Used when the source is new and has to be registered first. */
    realm: realm.optional(),
    zone: z.string().max(60).optional(),
    leaseSeconds: z.coerce.number().int().min(1).max(31_536_000).optional(),
    host: z.string().trim().max(255).optional(),
    fixedYear: z.coerce.number().int().min(1970).max(2199).optional(),
  }),
  reply: z.object({
    source: count,
    segments: z.array(count),
    records: count,
    bytes: count,
    /** Lines of which only the first 64 KiB were kept. */
    cut: count,
    /** True when this very content was taken before; the figures are those of that time. */
    already: z.boolean(),
  }),
});

export const segment = z.object({
  id: count,
  sourceId: count,
  source: z.string(),
  chain: z.string(),
  chainSeq: count,
  sha256: z.string(),
  prevLink: z.string(),
  link: z.string(),
  records: count,
  rawBytes: count,
  firstRecv: time,
  lastRecv: time,
  sealedAt: time,
  indexedAt: time.nullable(),
  parsed: count.nullable(),
  ignored: count.nullable(),
  unparsable: count.nullable(),
});
export type Segment = z.output<typeof segment>;

const segmentParams = z.object({ id: z.coerce.number().int().min(1) });

export const listSegments = route({
  method: 'GET',
  path: '/api/logs/segments',
  summary: 'Sealed segments, newest first.',
  access: 'logs.read',
  query: listQuery.extend({ sourceId: z.coerce.number().int().optional() }),
  reply: listOf(segment),
});

export const getSegment = route({
  method: 'GET',
  path: '/api/logs/segments/:id',
  summary: 'One sealed segment: its hash, its link, and whether it is searchable yet.',
  access: 'logs.read',
  params: segmentParams,
  reply: segment,
});

export const verifySegmentRoute = route({
  method: 'GET',
  path: '/api/logs/segments/:id/verify',
  summary: 'Reads a sealed segment again and compares its content and its link with the catalogue.',
  access: 'logs.read',
  params: segmentParams,
  reply: z.object({
    intact: z.boolean(),
    problem: z.string().nullable(),
    sha256: z.string(),
    link: z.string(),
  }),
});

export const rawRecord = z.object({
  segment: count,
  seq: count,
  recvAt: time,
  sender: z.string(),
  /** The line as text, and the charset it was read with (`latin1` shows every byte as one character). */
  raw: z.string(),
  charset: z.enum(['utf-8', 'gb18030', 'latin1']),
  sha256: z.string(),
  segmentSha256: z.string(),
  link: z.string(),
});
export type RawRecordReply = z.output<typeof rawRecord>;

export const getRecord = route({
  method: 'GET',
  path: '/api/logs/segments/:id/records/:seq',
  summary: 'The raw line of one record, read back from its sealed segment. Every reading is audited.',
  access: 'logs.read',
  params: segmentParams.extend({ seq: z.coerce.number().int().min(0) }),
  reply: rawRecord,
});

export const listUnparsable = route({
  method: 'GET',
  path: '/api/logs/sources/:id/unparsable',
  summary: 'Lines of a source that no decoder could read, newest segments first.',
  access: 'logs.read',
  params: segmentParams,
  query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
  reply: z.object({ total: count, items: z.array(rawRecord) }),
});

export const rowKind = z.enum(['proxy', 'dns', 'site', 'nat', 'lease']);

const filter = z.object({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
  source: z.string().max(120).optional(),
  kind: rowKind.optional(),
  ip: z.union([z.ipv4(), z.ipv6()]).optional(),
  port: z.coerce.number().int().min(1).max(65535).optional(),
  /** A host name and everything below it. */
  host: z.string().trim().min(1).max(255).optional(),
  q: z.string().trim().min(1).max(200).optional(),
});

export const logRow = z.object({
  ts: time,
  kind: rowKind,
  source: z.string(),
  /** Named values of the row, by kind: addresses, ports, host, path, action, MAC and so on. */
  fields: z.record(z.string(), z.union([z.string(), z.number()])),
  segment: count,
  seq: count,
});
export type LogRow = z.output<typeof logRow>;

export const searchLogs = route({
  method: 'GET',
  path: '/api/logs/search',
  summary: 'Log rows of the caller’s units, newest first. Every search is audited.',
  access: 'logs.read',
  query: filter.extend({
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    cursor: z.string().max(200).optional(),
  }),
  reply: z.object({ rows: z.array(logRow), cursor: z.string().nullable() }),
});

export const logHistogram = route({
  method: 'GET',
  path: '/api/logs/histogram',
  summary: 'How many rows of each kind fall into each piece of the time asked for.',
  access: 'logs.read',
  query: filter,
  reply: z.object({
    bucketSeconds: count,
    buckets: z.array(z.object({ at: time, kind: rowKind, rows: count })),
  }),
});

export const segmentIndexed = event(
  'logs.segment_indexed',
  z.object({
    segmentId: count,
    sourceId: count,
    /** Earliest and latest event time of its rows; null when no line of it could be read. */
    from: time.nullable(),
    to: time.nullable(),
  }),
);

export const permissions = {
  'logs.read': { zh: '检索日志、查看原始行', en: 'Search logs and read raw lines' },
  'logs.ingest': { zh: '导入日志', en: 'Import logs' },
  'logs.sources': { zh: '管理日志源', en: 'Manage log sources' },
} as const;

export const errors = {
  'logs.duplicate_source': {
    status: 409,
    zh: '日志源名称已被使用：{name}',
    en: 'The name of the log source is taken: {name}',
  },
  'logs.sender_taken': {
    status: 409,
    zh: '发送地址已属于另一个日志源：{senders}',
    en: 'A sender address belongs to another log source: {senders}',
  },
  'logs.unknown_zone': {
    status: 400,
    zh: '不认识的时区：{zone}；请写 Asia/Shanghai 或 +08:00（CST 等缩写有歧义）',
    en: 'Unknown time zone: {zone}; write Asia/Shanghai or +08:00 (abbreviations such as CST are ambiguous)',
  },
  'logs.unknown_source': {
    status: 404,
    zh: '没有日志源 {name}；有“管理日志源”权限的用户导入时会自动登记',
    en: 'There is no log source {name}; it is registered on import by users who may manage log sources',
  },
  'logs.format_differs': {
    status: 409,
    zh: '日志源 {name} 登记的格式是 {registered}，不是 {given}',
    en: 'The log source {name} is registered as {registered}, not as {given}',
  },
  'logs.empty_upload': { status: 400, zh: '文件里没有任何行', en: 'The file has no lines' },
  'logs.bad_gzip': {
    status: 400,
    zh: '压缩数据损坏或不完整；什么也没有导入',
    en: 'The gzip data is damaged or cut off; nothing was taken',
  },
  'logs.bad_range': { status: 400, zh: '开始时间要早于结束时间', en: 'The start must lie before the end' },
  'logs.bad_cursor': {
    status: 400,
    zh: '翻页标记无效，请重新检索',
    en: 'The page mark is not valid; search again',
  },
  'logs.segment_damaged': {
    status: 500,
    zh: '封存文件 {segment} 已损坏：{problem}',
    en: 'The sealed file {segment} is damaged: {problem}',
  },
} as const;
