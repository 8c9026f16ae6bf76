/** Files in many pieces (tus 1.0, https://tus.io/protocols/resumable-upload) and files in drop folders. */
import { z } from 'zod';
import { listOf, listQuery, route, time } from '#base/contract';
import { format, realm, sourceName } from './sources.ts';

const count = z.number().int();

/** Seals a file although no line of its beginning can be read in the format of the source. */
export const anyway = z.union([z.stringbool(), z.boolean()]);

/**
 * What a new upload is about: as query, or as `Upload-Metadata`. `format` and what follows it matter when the source
 * is new; `mark` is what the sender recognises the file by: the same mark finds the same open upload again.
 */
export const newUpload = z.object({
  source: sourceName,
  format: format.optional(),
  realm: realm.optional(),
  zone: z.string().max(60).optional(),
  leaseSeconds: z.coerce.number().int().min(1).max(31_536_000).optional(),
  host: z.string().trim().max(255).optional(),
  fixedYear: z.coerce.number().int().min(1970).max(2199).optional(),
  filename: z.string().max(255).optional(),
  mark: z.string().min(1).max(200).optional(),
  /** Of the bytes as they are sent: checked before anything is taken. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  anyway: anyway.optional(),
});

export const uploadStates = ['open', 'received', 'done', 'failed', 'expired'] as const;

export const upload = z.object({
  id: z.uuid(),
  sourceId: count,
  source: z.string(),
  name: z.string(),
  by: z.string(),
  state: z.enum(uploadStates),
  length: count,
  offset: count,
  created: time,
  touched: time,
  ended: time.nullable(),
  /** When an open upload that nobody goes on with is given up. */
  expires: time.nullable(),
  /** Why it failed. */
  problem: z.object({ code: z.string(), zh: z.string(), en: z.string() }).nullable(),
  /** Of one that is done: what was taken, and whether the very content was there already. */
  result: z
    .object({
      records: count,
      cut: count,
      segments: z.array(count),
      already: z.boolean(),
      /** What its lines are and which times they tell; null until all of them are searchable. */
      lines: z
        .object({
          parsed: count,
          ignored: count,
          unparsable: count,
          from: time.nullable(),
          to: time.nullable(),
          /** Lines whose time lies in the future, and longer ago than such logs are kept: is a clock or a zone wrong? */
          ahead: count,
          aged: count,
        })
        .nullable(),
    })
    .nullable(),
});
export type LogUpload = z.output<typeof upload>;

const uploadParams = z.object({ id: z.uuid() });

export const createUpload = route({
  method: 'POST',
  path: '/api/logs/uploads',
  summary:
    'Begins an upload in pieces (tus 1.0 creation): header Upload-Length, and Upload-Metadata or the query. Lines, or gzip or zstd of them.',
  access: 'logs.ingest',
  accepts: 'stream',
  query: newUpload.partial(),
  reply: upload,
});

export const getUpload = route({
  method: 'GET',
  path: '/api/logs/uploads/:id',
  summary: 'How far an upload is; HEAD answers Upload-Offset and Upload-Length (tus 1.0).',
  access: 'logs.ingest',
  params: uploadParams,
  reply: upload,
});

export const sendPiece = route({
  method: 'PATCH',
  path: '/api/logs/uploads/:id',
  summary:
    'The next piece of an upload from Upload-Offset on (tus 1.0); what is acknowledged is on disk. The last piece has it taken.',
  access: 'logs.ingest',
  accepts: 'stream',
  params: uploadParams,
});

export const listUploads = route({
  method: 'GET',
  path: '/api/logs/uploads',
  summary: 'Uploads in pieces, newest first.',
  access: 'logs.ingest',
  query: listQuery.extend({ sourceId: z.coerce.number().int().optional() }),
  reply: listOf(upload),
});

export const dropProblems = ['unknown_source', 'not_lines', 'not_a_folder', 'unreadable'] as const;

export const dropFolder = z.object({
  collector: z.string(),
  folder: z.string(),
  sourceId: count.nullable(),
  source: z.string().nullable(),
  problem: z.enum(dropProblems).nullable(),
  waiting: count,
  waitingBytes: count,
  oldest: time.nullable(),
  failed: count,
  taken: count,
  lastTaken: time.nullable(),
  seen: time,
});
export type DropFolder = z.output<typeof dropFolder>;

export const listDropFolders = route({
  method: 'GET',
  path: '/api/logs/drop-folders',
  summary: 'Folders whose files are taken by themselves: what waits and what failed.',
  access: 'logs.read',
  query: listQuery,
  reply: listOf(dropFolder),
});

export const uploadErrors = {
  'logs.lines_unread': {
    status: 422,
    zh: '开头 {lines} 行没有一行能按日志源 {name} 的格式 {format} 解析；这些行像是 {best} 格式。什么也没有导入。请改用该格式；确要原样封存，请注明“仍然导入”（anyway=true，命令行 --anyway）',
    en: 'None of the first {lines} lines reads as {format}, the format of the log source {name}; they look like {best}. Nothing was taken. Use that format, or have the file sealed as it is (anyway=true, --anyway)',
  },
  'logs.lines_unknown': {
    status: 422,
    zh: '开头 {lines} 行没有一行能按日志源 {name} 的格式 {format} 解析，也不像任何已知格式（是不是日志文件？编码、压缩对不对？）。什么也没有导入；确要原样封存，请注明“仍然导入”（anyway=true，命令行 --anyway）',
    en: 'None of the first {lines} lines reads as {format}, the format of the log source {name}, nor in any other known format (is it a log? which encoding, which compression?). Nothing was taken; to have it sealed as it is, say so (anyway=true, --anyway)',
  },
  'logs.year_unclear': {
    status: 422,
    zh: '第 {line} 行的日期“{date}”没有写年份，按收到的时间推算会与上一行相差 {days} 天：这个文件跨了一年以上，或包含往年的 2 月 29 日，年份无法确定。什么也没有导入。请按年拆开；往年的部分另建日志源并填写“年份”，再导入',
    en: 'The date “{date}” of line {line} tells no year, and by the time of receipt it would lie {days} days from the line before it: the file reaches back more than a year, or has the 29 February of a former one. Nothing was taken. Split it by years, and send those of former years to a log source of their own with the year stated',
  },
  'logs.not_lines': {
    status: 400,
    zh: '日志源 {name} 的格式 {format} 是数据报，不能以文件导入；请让设备直接发送',
    en: 'The log source {name} holds datagrams ({format}), not lines of a file; let the device send them',
  },
  'logs.not_a_file': {
    status: 400,
    zh: '不是普通文件（符号链接、硬链接、管道或设备），不予读取',
    en: 'Not an ordinary file (a symbolic or hard link, a pipe or a device): it is not read',
  },
  'logs.upload_length': {
    status: 400,
    zh: '请用 Upload-Length 头写明文件的字节数（1 至 64 GiB）',
    en: 'Tell the size of the file in bytes in the header Upload-Length (1 to 64 GiB)',
  },
  'logs.upload_metadata': {
    status: 400,
    zh: 'Upload-Metadata 头应为“名称 base64值”，以逗号分隔',
    en: 'The header Upload-Metadata must be names with base64 values, separated by commas',
  },
  'logs.upload_type': {
    status: 415,
    zh: '上传片段请用 Content-Type: application/offset+octet-stream，并写明 Upload-Offset',
    en: 'Send pieces as Content-Type: application/offset+octet-stream with Upload-Offset',
  },
  'logs.upload_version': {
    status: 412,
    zh: '只支持 tus 1.0.0',
    en: 'Only tus 1.0.0 is supported',
  },
  'logs.upload_offset': {
    status: 409,
    zh: '已收到 {offset} 字节；请从那里继续',
    en: '{offset} bytes are here; go on from there',
  },
  'logs.upload_too_long': {
    status: 413,
    zh: '片段超出了声明的文件长度 {length}',
    en: 'The piece goes beyond the length of the file, {length}',
  },
  'logs.upload_over': {
    status: 410,
    zh: '这次上传已结束（{state}）；请重新开始',
    en: 'This upload is over ({state}); begin anew',
  },
  'logs.upload_differs': {
    status: 400,
    zh: '收到的内容与声明的 SHA-256 不符（收到 {found}）；什么也没有导入，请重新上传',
    en: 'The content differs from the SHA-256 that was told (it has {found}); nothing was taken, send it again',
  },
  'logs.upload_many': {
    status: 429,
    zh: '该日志源已有 {limit} 个未完成的上传；请先续传或等待其过期（7 天）',
    en: 'The log source has {limit} unfinished uploads; go on with them, or wait until they expire (7 days)',
  },
  'logs.upload_pieces': {
    status: 400,
    zh: '片段太多（上限 {limit}）；请用更大的片段重新上传',
    en: 'Too many pieces (at most {limit}); send it again in larger ones',
  },
  'logs.no_space': {
    status: 507,
    zh: '服务器磁盘已满；已确认的部分保留，腾出空间后可续传',
    en: 'The server’s disk is full; what was acknowledged is kept, go on when there is space',
  },
} as const;
