/** Many questions from a table: a run that works in the background, with light results. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, type SheetSpec, time } from '#base/contract';
import { protocol } from './protocol.ts';

export const bulkSheet: SheetSpec = {
  kind: 'trace-questions',
  zh: '批量溯源',
  fields: [
    {
      key: 'ip',
      zh: '公网地址',
      en: 'ip',
      required: true,
      example: '203.0.113.7',
      note: '也可写成 203.0.113.7:51234，端口列留空',
    },
    { key: 'port', zh: '端口', en: 'port', required: false, example: '51234' },
    {
      key: 'proto',
      zh: '协议',
      en: 'proto',
      required: false,
      example: 'tcp',
      note: '留空则 TCP 与 UDP 都查',
    },
    {
      key: 'at',
      zh: '时间',
      en: 'at',
      required: true,
      example: '2026-11-22 13:10:05 +08:00',
      note: '没有写时区的，按“时区”列，或按上传时选的时区',
    },
    { key: 'zone', zh: '时区', en: 'zone', required: false, example: '+08:00' },
    { key: 'dst_ip', zh: '对端地址', en: 'dst_ip', required: false, example: '198.51.100.2' },
    { key: 'dst_port', zh: '对端端口', en: 'dst_port', required: false, example: '443' },
    { key: 'tolerance', zh: '时间误差', en: 'tolerance', required: false, example: '5', note: '秒' },
    { key: 'url', zh: '网址', en: 'url', required: false, example: 'http://www.example.org/a' },
    { key: 'ref', zh: '编号', en: 'ref', required: false, example: '1', note: '原样写回结果' },
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
  /** Registers as recorded and logs as received until then are used. */
  knownAt: time,
  rows: z.number().int(),
  done: z.number().int(),
  /** Rows of the table that could not be asked; they are listed with their reasons. */
  faults: z.number().int(),
  proven: z.number().int(),
  probable: z.number().int(),
  ambiguous: z.number().int(),
  notProvable: z.number().int(),
  state: bulkState,
  finishedAt: time.nullable(),
});

/** A candidate of a row, as far as the asker's scope and the protection of minors show it. */
export const bulkCandidate = z.object({
  unitName: z.string().nullable(),
  assetNo: z.string().nullable(),
  room: z.string().nullable(),
  insideIp: z.string(),
  mac: z.string().nullable(),
  /** The custodian by a number of this run: the same number, the same person. Null: nobody is registered. */
  person: z.number().int().nullable(),
  /** A minor's: the room is shown once a second person has approved. */
  protected: z.boolean(),
});

export const bulkRow = z.object({
  number: z.number().int(),
  sheetRow: z.number().int(),
  /** What the table calls the row. */
  ref: z.string(),
  ip: z.string(),
  port: z.number().int().nullable(),
  /** Null: the row names none, TCP and UDP were both asked for. */
  proto: protocol.nullable(),
  at: time,
  verdict: bulkVerdict.nullable(),
  because: z.array(z.object({ zh: z.string(), en: z.string() })),
  complete: z.boolean().nullable(),
  candidates: z.number().int(),
  /** The first of them that the asker's scope shows. */
  shown: z.array(bulkCandidate),
  /** The trace that this row was opened as. */
  traceId: z.uuid().nullable(),
  /** Of a single candidate in the asker's scope. */
  unitName: z.string().nullable(),
  assetNo: z.string().nullable(),
  room: z.string().nullable(),
  insideIp: z.string().nullable(),
  mac: z.string().nullable(),
  person: z.number().int().nullable(),
});

export const bulkFault = z.object({
  /** Row of the sheet, as a spreadsheet program shows it. */
  row: z.number().int(),
  ref: z.string(),
  ip: z.string(),
  at: z.string(),
  column: z.string(),
  message: z.object({ zh: z.string(), en: z.string() }),
});

export const startBulk = route({
  method: 'POST',
  path: '/api/trace-runs',
  summary:
    'Starts a run of up to 100,000 questions from a .csv or .xlsx. Rows with an error are told and left out; the others are asked.',
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
    /** What was known then is used; default: now. */
    knownAt: z.iso.datetime({ offset: true }).optional(),
  }),
  reply: z.object({
    /** Null: not one row can be asked. */
    run: bulkRun.nullable(),
    rejected: z.number().int(),
    errors: z.array(z.object({ row: z.number().int(), column: z.string(), message: z.string() })),
    /** Headings of columns that were not read. */
    unknownColumns: z.array(z.string()),
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

export const getBulk = route({
  method: 'GET',
  path: '/api/trace-runs/:id',
  summary: 'One run: how far it is, and what its answers came to.',
  access: 'trace.run',
  params: idParams,
  reply: bulkRun,
});

export const listBulkFaults = route({
  method: 'GET',
  path: '/api/trace-runs/:id/faults',
  summary: 'Rows of the table that could not be asked, with the reason by column.',
  access: 'trace.run',
  params: idParams,
  query: listQuery,
  reply: listOf(bulkFault),
});

export const openBulkRow = route({
  method: 'POST',
  path: '/api/trace-runs/:id/rows/:number/trace',
  summary:
    'Asks one row as a trace of its own, as of the same day, with chain, raw lines and report; asked once, it stays.',
  access: 'trace.run',
  params: z.object({ id: z.uuid(), number: z.coerce.number().int().min(0).max(100_000) }),
  reply: z.object({ traceId: z.uuid() }),
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
