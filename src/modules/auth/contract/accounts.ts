/** Accounts and the roles they hold. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { unitCode } from '#units/contract';
import { heldRole, password, username } from './session.ts';

export const account = z.object({
  id: z.uuid(),
  username: z.string(),
  name: z.string(),
  unitId: z.uuid(),
  unitName: z.string(),
  roles: z.array(heldRole),
  disabled: z.boolean(),
  lastSignInAt: time.nullable(),
  /** Whose account it is, in the register of people. */
  personId: z.uuid().nullable(),
  /** `missing`: these roles need a second factor, and there is none yet. */
  factor: z.enum(['none', 'enrolled', 'missing']),
  /** For how many minutes failed tries still lock it; 0: not locked. */
  lockedMinutes: z.number().int(),
  /** `first`: somebody else chose it, and it must be changed at the next sign-in. */
  password: z.enum(['good', 'first', 'expired']),
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
    /** Whose account it is, by the register of people: it then acts in that person’s posts. */
    personNo: z.string().trim().min(1).max(40).optional(),
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

export const tieAccount = route({
  method: 'POST',
  path: '/api/accounts/:id/person',
  summary: 'Tells whose account it is, by the register of people; once told, it stays so.',
  access: 'accounts.write',
  params: idParams,
  body: z.object({ personNo: z.string().trim().min(1).max(40) }),
  reply: account,
});

export const roleGrant = z.object({
  id: z.uuid(),
  accountId: z.uuid(),
  username: z.string(),
  name: z.string(),
  role: heldRole,
  state: z.enum(['proposed', 'approved', 'refused', 'revoked']),
  proposedBy: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
  revokedBy: z.string().nullable(),
  revokeReason: z.string().nullable(),
});

export const listRoleGrants = route({
  method: 'GET',
  path: '/api/role-grants',
  summary: 'Role grants and their state.',
  access: 'accounts.read',
  query: listQuery.extend({ state: z.enum(['proposed', 'approved', 'refused', 'revoked']).optional() }),
  reply: listOf(roleGrant),
});

export const proposeRole = route({
  method: 'POST',
  path: '/api/role-grants',
  summary: 'Proposes a role for an account; another administrator decides.',
  access: 'roles.propose',
  body: z.object({ accountId: z.uuid(), role: heldRole }),
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
    z.object({
      role: heldRole,
      zh: z.string(),
      en: z.string(),
      builtIn: z.boolean(),
      permissions: z.array(z.string()),
    }),
  ),
});
