/** Accounts, the roles they hold, and the tokens of machines. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { unitCode } from '#units/contract';
import { password, roleName, username } from './session.ts';

export const account = z.object({
  id: z.uuid(),
  username: z.string(),
  name: z.string(),
  unitId: z.uuid(),
  unitName: z.string(),
  roles: z.array(roleName),
  disabled: z.boolean(),
  lastSignInAt: time.nullable(),
});

export const listAccounts = route({
  method: 'GET',
  path: '/api/accounts',
  summary: 'Accounts in the caller’s scope.',
  access: 'accounts.read',
  query: listQuery,
  reply: listOf(account),
});

export const createAccount = route({
  method: 'POST',
  path: '/api/accounts',
  summary: 'Creates an account without any role; its first password must be changed at the first sign-in.',
  access: 'accounts.write',
  body: z.object({
    username,
    name: z.string().trim().min(2).max(40),
    unitCode,
    password,
    mustChangePassword: z.boolean().default(true),
  }),
  reply: account,
});

export const setAccountState = route({
  method: 'PATCH',
  path: '/api/accounts/:id',
  summary: 'Disables or enables an account; disabling ends its sessions.',
  access: 'accounts.write',
  params: idParams,
  body: z.object({ disabled: z.boolean() }),
});

export const roleGrant = z.object({
  id: z.uuid(),
  accountId: z.uuid(),
  username: z.string(),
  name: z.string(),
  role: roleName,
  state: z.enum(['proposed', 'approved', 'refused']),
  proposedBy: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
});

export const listRoleGrants = route({
  method: 'GET',
  path: '/api/role-grants',
  summary: 'Role grants and their state.',
  access: 'accounts.read',
  query: listQuery.extend({ state: z.enum(['proposed', 'approved', 'refused']).optional() }),
  reply: listOf(roleGrant),
});

export const proposeRole = route({
  method: 'POST',
  path: '/api/role-grants',
  summary: 'Proposes a role for an account; another administrator decides.',
  access: 'roles.propose',
  body: z.object({ accountId: z.uuid(), role: roleName }),
  reply: roleGrant,
});

export const decideRole = route({
  method: 'POST',
  path: '/api/role-grants/:id/decision',
  summary: 'Approves or refuses a proposed role; never the proposer.',
  access: 'roles.approve',
  params: idParams,
  body: z.object({ approve: z.boolean() }),
  reply: roleGrant,
});

export const listRoles = route({
  method: 'GET',
  path: '/api/roles',
  summary: 'Roles and what they may do.',
  access: 'signed-in',
  reply: z.array(
    z.object({ role: roleName, zh: z.string(), en: z.string(), permissions: z.array(z.string()) }),
  ),
});

export const apiToken = z.object({
  id: z.uuid(),
  name: z.string(),
  unitName: z.string(),
  expiresAt: time,
  lastUsedAt: time.nullable(),
  revoked: z.boolean(),
});

export const listTokens = route({
  method: 'GET',
  path: '/api/tokens',
  summary: 'API tokens of machines.',
  access: 'accounts.read',
  query: listQuery,
  reply: listOf(apiToken),
});

export const createToken = route({
  method: 'POST',
  path: '/api/tokens',
  summary: 'Creates an API token for a machine; its secret is shown once.',
  access: 'accounts.write',
  body: z.object({
    name: z.string().trim().min(2).max(60),
    unitCode,
    permissions: z.array(z.string()).min(1),
    days: z.number().int().min(1).max(366).default(90),
  }),
  reply: z.object({ id: z.uuid(), token: z.string() }),
});

export const revokeToken = route({
  method: 'DELETE',
  path: '/api/tokens/:id',
  summary: 'Ends an API token.',
  access: 'accounts.write',
  params: idParams,
});
