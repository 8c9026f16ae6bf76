/** Any list as a file: the same rows that the caller sees, with the same masking. */
import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';

export const exportFormat = z.enum(['xlsx', 'csv']);

/** Rows up to which the file is made while the caller waits; more are a job that ends in a message. */
export const exportAtOnce = 5_000;
/** Rows over which the caller says why. */
export const exportWithReason = 1_000;
/** Hours for which a made file can be fetched. */
export const exportHours = 24;

export const exportColumn = z.object({
  /** Field of the list's item; `a.b` for a field of a field. */
  field: z.string().regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+){0,3}$/, '字段名不对 / not a field'),
  title: z.string().trim().min(1).max(80),
  /** Words for coded values. */
  words: z.record(z.string(), z.string().max(80)).optional(),
});
export type ExportColumn = z.infer<typeof exportColumn>;

export const exportRequest = z.object({
  /** Path of the list's route. */
  list: z.string().regex(/^\/api\/[a-z0-9/-]{1,100}$/, '应是列表的接口路径 / must be the path of a list'),
  /** The list's own filters and order; page and page size are not used. */
  query: z.record(z.string(), z.string().max(400)).default({}),
  format: exportFormat.default('xlsx'),
  /** Title of the file and of its sheet. */
  title: z.string().trim().min(1).max(60),
  /** Default: every plain field of the item, under its own name. */
  columns: z.array(exportColumn).min(1).max(100).optional(),
  language: z.enum(['zh', 'en']).default('zh'),
  reason: z.string().trim().min(4).max(200).optional(),
});
export type ExportRequest = z.infer<typeof exportRequest>;

export const listExport = z.object({
  id: z.uuid(),
  title: z.string(),
  list: z.string(),
  format: exportFormat,
  state: z.enum(['queued', 'ready', 'failed', 'expired']),
  /** Rows in the file; while it is queued, how many were counted. */
  rows: z.number().int(),
  reason: z.string().nullable(),
  bytes: z.number().nullable(),
  sha256: z.string().nullable(),
  problem: z.object({ zh: z.string(), en: z.string() }).nullable(),
  askedAt: time,
  expiresAt: time.nullable(),
});
export type ListExport = z.infer<typeof listExport>;

export const requestExport = route({
  method: 'POST',
  path: '/api/exports',
  summary: 'Makes a file of a list: at once up to 5,000 rows, as a job that ends in a message above that.',
  access: 'signed-in',
  body: exportRequest,
  reply: listExport,
});

export const listExports = route({
  method: 'GET',
  path: '/api/exports',
  summary: 'The caller’s exports, newest first.',
  access: 'signed-in',
  query: listQuery,
  reply: listOf(listExport),
});

export const downloadExport = route({
  method: 'GET',
  path: '/api/exports/:id/file',
  summary: 'The file of one of the caller’s own exports, until it expires.',
  access: 'signed-in',
  params: idParams,
  produces: 'file',
});

/** A queued export ended: ready or failed. */
export const exportEnded = event(
  'auth.export_ended',
  z.object({
    exportId: z.uuid(),
    accountId: z.uuid(),
    title: z.string(),
    rows: z.number().int(),
    expiresAt: z.string().nullable(),
    problem: z.object({ zh: z.string(), en: z.string() }).nullable(),
  }),
);

export const exportsErrors = {
  'auth.not_a_list': {
    status: 422,
    zh: '{list} 不是可以导出的列表',
    en: '{list} is no list that can be exported',
  },
  'auth.unknown_export_field': {
    status: 422,
    zh: '列表 {list} 没有字段 {field}；可用的字段：{known}',
    en: 'The list {list} has no field {field}; it has: {known}',
  },
  'auth.export_reason_needed': {
    status: 422,
    zh: '要导出 {rows} 行，超过 {limit} 行时必须填写导出理由（reason，至少 4 个字）',
    en: '{rows} rows; over {limit} rows an export needs a reason of at least 4 characters',
  },
  'auth.export_expired': {
    status: 410,
    zh: '导出文件已过期（保留 {hours} 小时），请重新导出',
    en: 'The file has expired (kept for {hours} hours); export again',
  },
  'auth.export_not_ready': {
    status: 409,
    zh: '导出文件还没有生成，完成后会发消息通知您',
    en: 'The file is not made yet; a message will tell you when it is',
  },
} as const;
