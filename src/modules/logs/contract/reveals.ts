/** What two people do together: names in the logs are unsealed, results with names are taken out. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { searchFilter } from './search.ts';

const count = z.number().int();
const caseNo = z.string().trim().min(2).max(60);
const reason = z.string().trim().min(4).max(500);
const decision = z.object({ approve: z.boolean(), note: z.string().trim().max(500).optional() });

/** Who asked and who decided; the same for names and exports. */
const request = {
  id: z.uuid(),
  requestedBy: z.string(),
  requestedByMe: z.boolean(),
  requestedAt: time,
  caseNo: z.string(),
  reason: z.string(),
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
};

export const logReveal = z.object({
  ...request,
  state: z.enum(['requested', 'approved', 'refused', 'expired']),
  source: z.string(),
  sourceId: count,
  segment: count,
  seq: count,
  field: z.enum(['user', 'device']),
  token: z.string(),
  expiresAt: time.nullable(),
});

export const requestLogReveal = route({
  method: 'POST',
  path: '/api/logs/segments/:id/records/:seq/reveals',
  summary: 'Asks to unseal one name in a raw line; a second person decides.',
  access: 'logs.reveal_request',
  params: z.object({ id: z.coerce.number().int().min(1), seq: z.coerce.number().int().min(0) }),
  body: z.object({ token: z.string().max(60), caseNo, reason }),
  reply: logReveal,
});

export const listLogReveals = route({
  method: 'GET',
  path: '/api/logs/reveals',
  summary: 'Requests to unseal names in the logs.',
  access: 'logs.read',
  query: listQuery.extend({
    state: z.enum(['requested', 'approved', 'refused', 'expired']).optional(),
    segment: z.coerce.number().int().optional(),
    seq: z.coerce.number().int().optional(),
  }),
  reply: listOf(logReveal),
});

export const decideLogReveal = route({
  method: 'POST',
  path: '/api/logs/reveals/:id/decision',
  summary: 'Approves or refuses to unseal a name in the logs; never the one who asked.',
  access: 'logs.reveal_approve',
  params: idParams,
  body: decision,
  reply: logReveal,
});

export const openLogReveal = route({
  method: 'POST',
  path: '/api/logs/reveals/:id/open',
  summary: 'Shows the unsealed name to the one who asked, while the approval lasts; every look is logged.',
  access: 'logs.reveal_request',
  params: idParams,
  reply: z.object({ name: z.string(), token: z.string(), watermark: z.string() }),
});

export const logExport = z.object({
  ...request,
  /** `waiting`: for a second person; `queued`: is being made. */
  state: z.enum(['waiting', 'refused', 'queued', 'ready', 'failed']),
  names: z.enum(['sealed', 'open']),
  query: searchFilter,
  fileName: z.string().nullable(),
  sha256: z.string().nullable(),
  bytes: count.nullable(),
  rows: count.nullable(),
  /** What matched and is not in the bag, in words; null: it holds all. */
  cut: z.string().nullable(),
  problem: z.string().nullable(),
});

export const requestLogExport = route({
  method: 'POST',
  path: '/api/logs/exports',
  summary: 'Asks for the result of a search as a sealed bag. With names open, a second person decides first.',
  access: 'logs.export',
  body: z.object({
    query: searchFilter,
    /** `open`: the raw lines as they were received, with the names in them. */
    names: z.enum(['sealed', 'open']).default('sealed'),
    caseNo,
    reason,
  }),
  reply: logExport,
});

export const listLogExports = route({
  method: 'GET',
  path: '/api/logs/exports',
  summary: 'Results of searches that were taken out as bags.',
  access: 'logs.read',
  query: listQuery.extend({
    state: z.enum(['waiting', 'refused', 'queued', 'ready', 'failed']).optional(),
  }),
  reply: listOf(logExport),
});

export const decideLogExport = route({
  method: 'POST',
  path: '/api/logs/exports/:id/decision',
  summary: 'Agrees to an export with open names or refuses it; never the one who asked.',
  access: 'logs.reveal_approve',
  params: idParams,
  body: decision,
  reply: logExport,
});

export const downloadLogExport = route({
  method: 'GET',
  path: '/api/logs/exports/:id/file',
  summary: 'The sealed bag, for the one who asked and the one who agreed. Every download is audited.',
  access: 'logs.export',
  params: idParams,
  produces: 'file',
});

export const revealPermissions = {
  'logs.reveal_request': { zh: '申请查看日志中的名字', en: 'Ask to unseal names in the logs' },
  'logs.reveal_approve': {
    zh: '批准查看、导出日志中的名字',
    en: 'Approve unsealing and exporting names in the logs',
  },
  'logs.export': { zh: '导出日志为证据包', en: 'Export logs as a sealed bag' },
} as const;

export const revealErrors = {
  'logs.own_request': {
    status: 409,
    zh: '申请人不能自己批准',
    en: 'A request cannot be decided by the one who asked',
  },
  'logs.already_decided': { status: 409, zh: '这个申请已经处理过', en: 'This request was already decided' },
  'logs.needs_no_decision': {
    status: 409,
    zh: '不含名字的导出不需要批准',
    en: 'An export with sealed names needs no approval',
  },
  'logs.not_approved': {
    status: 403,
    zh: '还没有第二个人批准，名字保持密封',
    en: 'No second person has approved; the name stays sealed',
  },
  'logs.reveal_expired': {
    status: 403,
    zh: '批准已过期，请重新申请',
    en: 'The approval has expired; ask again',
  },
  'logs.no_name': {
    status: 404,
    zh: '这一行里没有代号 {token} 对应的名字',
    en: 'This line holds no name for the token {token}',
  },
  'logs.export_not_ready': {
    status: 409,
    zh: '证据包还没有做好，请稍后再下载',
    en: 'The bag is not ready yet; download it in a while',
  },
} as const;
