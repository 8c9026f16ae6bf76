/** The tokens of machines. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { unitCode } from '#units/contract';

export const tokenErrors = {
  'auth.token_state': {
    status: 409,
    zh: '这个令牌现在不能这样处理（已作废、已到期、待批准或已处理）',
    en: 'This token cannot be changed like that now (revoked, expired, waiting or decided)',
  },
} as const;

export const apiToken = z.object({
  id: z.uuid(),
  name: z.string(),
  unitName: z.string(),
  permissions: z.array(z.string()),
  allowedFrom: z.array(z.string()),
  createdBy: z.string(),
  /** `proposed`: it goes beyond the machine role and waits for the security administrator. */
  state: z.enum(['proposed', 'active', 'refused', 'revoked', 'expired']),
  expiresAt: time,
  lastUsedAt: time.nullable(),
  lastUsedFrom: z.string().nullable(),
});

export const listTokens = route({
  method: 'GET',
  path: '/api/tokens',
  summary: 'API tokens of machines.',
  access: 'accounts.read',
  query: listQuery,
  reply: listOf(apiToken),
});

const shown = z.object({ id: z.uuid(), token: z.string(), state: z.enum(['proposed', 'active']) });

export const createToken = route({
  method: 'POST',
  path: '/api/tokens',
  summary:
    'Creates an API token for a machine; its secret is shown once. Beyond the machine role it waits for approval.',
  access: 'accounts.write',
  body: z.object({
    name: z.string().trim().min(2).max(60),
    unitCode,
    permissions: z.array(z.string()).min(1).max(100),
    allowedFrom: z
      .array(
        z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
          error: '地址或网段，如 192.0.2.0/24 / an address or CIDR',
        }),
      )
      .max(50)
      .default([]),
    days: z.number().int().min(1).max(366).default(90),
  }),
  reply: shown,
});

export const decideToken = route({
  method: 'POST',
  path: '/api/tokens/:id/decision',
  summary: 'Approves or refuses a token that goes beyond the machine role; never by its creator.',
  access: 'roles.approve',
  params: idParams,
  body: z.object({ approve: z.boolean() }),
});

export const rotateToken = route({
  method: 'POST',
  path: '/api/tokens/:id/rotation',
  summary: 'Gives a token a new secret, shown once; the old one works for some more minutes, or not at all.',
  access: 'accounts.write',
  params: idParams,
  body: z.object({ graceMinutes: z.number().int().min(0).max(1440).default(0) }),
  reply: shown,
});

export const revokeToken = route({
  method: 'DELETE',
  path: '/api/tokens/:id',
  summary: 'Ends an API token, at once.',
  access: 'accounts.write',
  params: idParams,
});
