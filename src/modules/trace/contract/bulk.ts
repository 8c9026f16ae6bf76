/** Many questions from a table: a run that works in the background, with light results. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, type SheetSpec, time } from '#base/contract';

export const bulkSheet: SheetSpec = {
  kind: 'trace-questions',
  zh: '批量溯源',
  fields: [
    { key: 'ip', zh: '公网地址', en: 'ip', required: true, example: '203.0.113.7' },
    { key: 'port', zh: '端口', en: 'port', required: false, example: '51234' },
    { key: 'proto', zh: '协议', en: 'proto', required: false, example: 'tcp' },
    { key: 'at', zh: '时间', en: 'at', required: true, example: '2026-11-22 13:10:05 +08:00' },
    { key: 'dst_ip', zh: '对端地址', en: 'dst_ip', required: false, example: '198.51.100.2' },
    { key: 'dst_port', zh: '对端端口', en: 'dst_port', required: false, example: '443' },
  ],
};

export const bulkState = z.enum(['running', 'paused', 'cancelled', 'done']);
const bulkVerdict = z.enum(['proven', 'probable', 'ambiguous', 'not_provable']);

export const bulkRun = z.object({
  id: z.uuid(),
  fileName: z.string(),
  caseNo: z.string(),
  reason: z.string(),
  askedBy: z.string(),
  askedAt: time,
  rows: z.number().int(),
  done: z.number().int(),
  state: bulkState,
  finishedAt: time.nullable(),
});

export const bulkRow = z.object({
  number: z.number().int(),
  sheetRow: z.number().int(),
  ip: z.string(),
  port: z.number().int().nullable(),
  proto: z.enum(['tcp', 'udp']),
  at: time,
  verdict: bulkVerdict.nullable(),
  because: z.array(z.object({ zh: z.string(), en: z.string() })),
  complete: z.boolean().nullable(),
  candidates: z.number().int(),
  /** Of a single candidate in the asker's scope. */
  unitName: z.string().nullable(),
  assetNo: z.string().nullable(),
  room: z.string().nullable(),
  insideIp: z.string().nullable(),
  mac: z.string().nullable(),
});

export const startBulk = route({
  method: 'POST',
  path: '/api/trace-runs',
  summary:
    'Starts a run of up to 100,000 questions from a .csv or .xlsx; nothing starts while any row has an error.',
  access: 'trace.run',
  accepts: 'stream',
  query: z.object({
    fileName: z.string().min(1).max(255),
    caseNo: z.string().trim().min(2).max(60),
    reason: z.string().trim().min(4).max(500),
    /** The zone of times that name none, `+08:00`; without it such a row is an error. */
    zone: z
      .string()
      .regex(/^[+-](?:0\d|1[0-4]):[0-5]\d$/)
      .optional(),
  }),
  reply: z.object({
    run: bulkRun.nullable(),
    rejected: z.number().int(),
    errors: z.array(z.object({ row: z.number().int(), column: z.string(), message: z.string() })),
  }),
});

export const listBulk = route({
  method: 'GET',
  path: '/api/trace-runs',
  summary: 'Runs of many questions, newest first.',
  access: 'trace.run',
  query: listQuery,
  reply: listOf(bulkRun),
});

export const listBulkRows = route({
  method: 'GET',
  path: '/api/trace-runs/:id/rows',
  summary: 'The questions of a run with their light results; no names.',
  access: 'trace.run',
  params: idParams,
  query: listQuery.extend({ verdict: bulkVerdict.optional() }),
  reply: listOf(bulkRow),
});

export const actOnBulk = route({
  method: 'POST',
  path: '/api/trace-runs/:id/acts',
  summary: 'Pauses, resumes or cancels a run; what is answered stays.',
  access: 'trace.run',
  params: idParams,
  body: z.object({ act: z.enum(['pause', 'resume', 'cancel']) }),
  reply: bulkRun,
});

export const exportBulk = route({
  method: 'GET',
  path: '/api/trace-runs/:id/results/:format',
  summary: 'The results of a run as a table. Audited.',
  access: 'trace.run',
  params: z.object({ id: z.uuid(), format: z.enum(['xlsx', 'csv']) }),
  produces: 'file',
});

export const bulkErrors = {
  'trace.bulk_over': { status: 409, zh: '这批查询已经结束', en: 'This run has ended' },
  'trace.bulk_empty': { status: 422, zh: '表格里没有数据行', en: 'The table has no rows' },
} as const;
