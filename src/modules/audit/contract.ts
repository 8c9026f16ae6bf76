import { z } from 'zod';
import { listOf, listQuery, route, time } from '#base/contract';

export const auditEntry = z.object({
  id: z.number().int(),
  at: time,
  actorId: z.string(),
  actorName: z.string(),
  action: z.string(),
  subject: z.string(),
  before: z.unknown(),
  after: z.unknown(),
  leaf: z.string(),
});

export const checkpoint = z.object({
  size: z.number().int(),
  root: z.string(),
  at: time,
  signature: z.string(),
});

export const listEntries = route({
  method: 'GET',
  path: '/api/audit',
  summary: 'Who did what, when, before and after.',
  access: 'audit.read',
  query: listQuery.extend({ action: z.string().optional(), subject: z.string().optional() }),
  reply: listOf(auditEntry),
});

export const verifyChain = route({
  method: 'GET',
  path: '/api/audit/verify',
  summary: 'Recomputes the whole audit tree and compares it with every signed checkpoint.',
  access: 'audit.read',
  reply: z.object({
    entries: z.number(),
    checkpoints: z.number(),
    intact: z.boolean(),
    problem: z.string().nullable(),
  }),
});

export const listCheckpoints = route({
  method: 'GET',
  path: '/api/audit/checkpoints',
  summary: 'Signed sizes and root hashes of the audit tree, newest first.',
  access: 'audit.read',
  query: listQuery,
  reply: listOf(checkpoint),
});

export const permissions = {
  'audit.read': { zh: '查看审计日志', en: 'Read the audit log' },
} as const;

export const errors = {} as const;
