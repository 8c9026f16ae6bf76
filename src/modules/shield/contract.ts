import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';

export const blockHost = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)+[a-z0-9-]{2,63}$|^\d{1,3}(?:\.\d{1,3}){3}$/);

export const blockEntry = z.object({
  id: z.uuid(),
  host: z.string(),
  reason: z.string(),
  incidentId: z.uuid().nullable(),
  addedAt: time,
  addedBy: z.string(),
  withdrawnAt: time.nullable(),
  withdrawnBy: z.string().nullable(),
});

export const blockVersion = z.object({
  /** SOA serial of the RPZ zone (RFC 1035 §3.3.13). */
  serial: z.number().int(),
  at: time,
  entries: z.number().int(),
  sha256: z.string(),
  checked: z.enum(['passed', 'not_checked']),
  checkedBy: z.string().nullable(),
});

export const listEntries = route({
  method: 'GET',
  path: '/api/shield/entries',
  summary: 'The emergency block list.',
  access: 'shield.read',
  query: listQuery.extend({ active: z.stringbool().optional(), incidentId: z.uuid().optional() }),
  reply: listOf(blockEntry),
});

export const addEntry = route({
  method: 'POST',
  path: '/api/shield/entries',
  summary: 'Puts a host on the emergency block list and publishes a new version.',
  access: 'shield.write',
  body: z.object({
    host: blockHost,
    reason: z.string().trim().min(4).max(500),
    incidentId: z.uuid().optional(),
  }),
  reply: blockEntry,
});

export const withdrawEntry = route({
  method: 'POST',
  path: '/api/shield/entries/:id/withdraw',
  summary: 'Takes a host off the list; the entry stays on record.',
  access: 'shield.write',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(4).max(500) }),
  reply: blockEntry,
});

export const listVersions = route({
  method: 'GET',
  path: '/api/shield/versions',
  summary: 'Published versions of the list, newest first.',
  access: 'shield.read',
  query: listQuery,
  reply: listOf(blockVersion),
});

export const getZone = route({
  method: 'GET',
  path: '/api/shield/rpz',
  summary: 'The RPZ zone file of the newest version, or of the one named.',
  access: 'shield.read',
  query: z.object({ serial: z.coerce.number().int().optional() }),
  produces: 'file',
});

export const published = event(
  'shield.published',
  z.object({ serial: z.number().int(), incidentId: z.uuid().nullable() }),
);

export const permissions = {
  'shield.read': { zh: '查看封堵清单', en: 'Read the block list' },
  'shield.write': { zh: '封堵与解除', en: 'Block and unblock' },
} as const;

export const errors = {
  'shield.protected_host': {
    status: 409,
    zh: '{host} 在保护名单内，不能封堵',
    en: '{host} is protected and cannot be blocked',
  },
  'shield.not_active': { status: 409, zh: '{host} 已经解除封堵', en: '{host} is no longer blocked' },
  'shield.zone_refused': {
    status: 500,
    zh: '生成的区文件没有通过检查，未发布：{reason}',
    en: 'The zone file failed its check and was not published: {reason}',
  },
} as const;
