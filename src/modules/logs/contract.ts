import { z } from 'zod';
import { event, listOf, listQuery, route, time } from '#base/contract';
import { clockErrors } from './contract/clocks.ts';
import { decodingErrors } from './contract/decoding.ts';
import { forwardErrors, forwardPermissions } from './contract/forward.ts';
import { holdErrors, holdPermissions } from './contract/holds.ts';
import { ledgerErrors, ledgerPermissions } from './contract/ledger.ts';
import { proofErrors, proofPermissions } from './contract/proofs.ts';
import { readingErrors, readingQuery } from './contract/reading.ts';
import { retentionErrors, retentionPermissions } from './contract/retention.ts';
import { revealErrors, revealPermissions } from './contract/reveals.ts';
import { searchErrors } from './contract/search.ts';
import { format, realm, sourceErrors, sourceName } from './contract/sources.ts';
import { tailErrors } from './contract/tail.ts';
import { anyway, uploadErrors } from './contract/uploads.ts';

export * from './contract/certificates.ts';
export * from './contract/clocks.ts';
export * from './contract/decoding.ts';
export * from './contract/forward.ts';
export * from './contract/holds.ts';
export * from './contract/ledger.ts';
export * from './contract/proofs.ts';
export * from './contract/reading.ts';
export * from './contract/retention.ts';
export * from './contract/reveals.ts';
export * from './contract/search.ts';
export * from './contract/search-query.ts';
export * from './contract/sources.ts';
export * from './contract/tail.ts';
export * from './contract/uploads.ts';

const count = z.number().int();

export const ingest = route({
  method: 'POST',
  path: '/api/logs/ingest',
  summary:
    'Takes a log file (lines, or gzip or zstd of them). The same content for the same source is taken once.',
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
    anyway: anyway.optional(),
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
  /** Earliest and latest time that its lines tell. */
  firstTs: time.nullable(),
  lastTs: time.nullable(),
  /** Lines whose time lies in the future beyond the source's tolerance, and longer ago than such logs are kept. */
  ahead: count.nullable(),
  aged: count.nullable(),
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
  query: z.object(readingQuery),
  /** In `raw` the names of people and devices are tokens: these. The hash is that of the true line. */
  reply: rawRecord.extend({
    names: z.array(z.object({ kind: z.enum(['user', 'device']), token: z.string() })),
  }),
});

export const listUnparsable = route({
  method: 'GET',
  path: '/api/logs/sources/:id/unparsable',
  summary:
    'Lines of a source that no decoder could read, newest segments first. Names in them are masked only where a known mark tells them. Audited.',
  access: 'logs.read',
  params: segmentParams,
  query: z.object({ ...readingQuery, limit: z.coerce.number().int().min(1).max(500).default(50) }),
  reply: z.object({ total: count, items: z.array(rawRecord) }),
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
  ...forwardPermissions,
  ...ledgerPermissions,
  ...proofPermissions,
  ...holdPermissions,
  ...retentionPermissions,
  ...revealPermissions,
} as const;

export const errors = {
  ...forwardErrors,
  ...ledgerErrors,
  ...decodingErrors,
  ...proofErrors,
  ...searchErrors,
  ...readingErrors,
  ...holdErrors,
  ...retentionErrors,
  ...revealErrors,
  ...clockErrors,
  ...sourceErrors,
  ...tailErrors,
  ...uploadErrors,
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
    en: 'The compressed data is damaged or cut off; nothing was taken',
  },
  'logs.names_in_proof': {
    status: 409,
    zh: '这一行或与它一起收到的行里有姓名或设备名，证明会把原文全部给出；请申请“公开姓名”的导出，由第二人批准',
    en: 'This line, or one that came with it, holds a name, and a proof shows them whole; ask for an export with open names, which a second person approves',
  },
  'logs.utf16': {
    status: 422,
    zh: '文件是 UTF-16 编码（多为 Windows 记事本或 PowerShell 另存）；请另存为 UTF-8 再上传，什么也没有导入',
    en: 'The file is UTF-16, as Notepad or PowerShell may save it; save it as UTF-8 and upload again. Nothing was taken',
  },
  'logs.segment_damaged': {
    status: 500,
    zh: '封存文件 {segment} 已损坏：{problem}',
    en: 'The sealed file {segment} is damaged: {problem}',
  },
} as const;
