/** What may be done and by whom: permissions, composed roles, delegation, looking as another. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { heldRole } from './session.ts';

export const rightsPermissions = {
  'roles.revoke': { zh: '收回授权', en: 'Take roles back' },
  'roles.compose': { zh: '编制自定义角色', en: 'Compose roles' },
  'roles.confirm': { zh: '批准自定义角色', en: 'Confirm composed roles' },
  'accounts.view_as': {
    zh: '以他人身份查看（只读）',
    en: 'View as another account, without changing anything',
  },
} as const;

export const rightsErrors = {
  'auth.last_auditor': {
    status: 409,
    zh: '这是最后一个可用的审计管理员，不能停用或收回；请先授权另一位审计管理员',
    en: 'This is the last active audit administrator and stays; grant the role to another account first',
  },
  'auth.not_revocable': {
    status: 409,
    zh: '这条授权现在不是“已批准”状态，不能收回',
    en: 'This grant is not approved now, so it cannot be taken back',
  },
  'auth.unknown_permission': {
    status: 422,
    zh: '没有“{permission}”这个权限，或它不能放进这里；可用的见“权限”页',
    en: 'There is no permission “{permission}”, or it cannot be given here; see the page Permissions',
  },
  'auth.unknown_role': {
    status: 422,
    zh: '没有“{role}”这个角色，或它还没有生效',
    en: 'There is no role “{role}”, or it is not in force',
  },
  'auth.role_exists': {
    status: 409,
    zh: '角色 {name} 已有一个待批准的版本，请先处理它',
    en: 'Role {name} already has a version that waits for approval; decide it first',
  },
  'auth.not_yours_to_lend': {
    status: 422,
    zh: '“{permission}”不能委托：你没有这个权限、它是借来的，或者它必须由本人决定',
    en: '“{permission}” cannot be delegated: you do not hold it yourself, or it must be decided in person',
  },
  'auth.bad_recipient': {
    status: 422,
    zh: '只能委托给本单位或下级单位的在用业务账号，不能是自己或管理员',
    en: 'Delegate to an active business account of your unit or below; not to yourself or an administrator',
  },
  'auth.bad_period': {
    status: 422,
    zh: '期限不对：结束要晚于开始和现在，最长 90 天',
    en: 'Wrong period: it must end after its start and after now, and last 90 days at most',
  },
  'auth.delegation_state': {
    status: 409,
    zh: '这项委托现在不能这样处理（已接受、已谢绝或已结束）',
    en: 'This delegation cannot be changed like that now (accepted, declined or ended already)',
  },
  'auth.cannot_view_as': {
    status: 422,
    zh: '不能以这个账号的身份查看：它是你自己的、已停用、不在你的管理范围内，或属于管理员或审计员',
    en: 'You cannot view as this account: it is your own, disabled, outside your scope, or an administrator’s or auditor’s',
  },
  'auth.not_viewing': { status: 409, zh: '你现在没有以他人身份查看', en: 'You are not viewing as anybody' },
} as const;

const reason = z.string().trim().min(4, '请写明理由，至少 4 个字 / give a reason').max(300);
const words = { zh: z.string(), en: z.string() };
const named = z.object({ role: z.string(), ...words });

export const permissionInfo = z.object({
  key: z.string(),
  module: z.string(),
  ...words,
  /** Only a person may use it: no token holds it, and it cannot be delegated. */
  humanOnly: z.boolean(),
  delegable: z.boolean(),
  /** May be put into a composed role. */
  composable: z.boolean(),
});

export const listPermissions = route({
  method: 'GET',
  path: '/api/permissions',
  summary: 'Every permission in words.',
  access: 'signed-in',
  reply: z.array(permissionInfo),
});

export const holdersOf = z.object({
  roles: z.array(named),
  holders: z.array(z.object({ name: z.string(), unitName: z.string(), roles: z.array(z.string()) })),
});

export const listHolders = route({
  method: 'GET',
  path: '/api/permissions/:key/holders',
  summary: 'Which roles hold a permission, and who in the caller’s unit or above holds such a role.',
  access: 'signed-in',
  params: z.object({ key: z.string().max(80) }),
  reply: holdersOf.extend({ permission: permissionInfo }),
});

export const listOwnRights = route({
  method: 'GET',
  path: '/api/session/rights',
  summary: 'What the caller may do, and where each permission comes from.',
  access: 'signed-in',
  reply: z.object({
    unitName: z.string().nullable(),
    rights: z.array(
      z.object({
        permission: z.string(),
        roles: z.array(named),
        lentBy: z.object({ id: z.uuid(), name: z.string(), until: time }).nullable(),
      }),
    ),
  }),
});

export const composedRole = z.object({
  id: z.uuid(),
  name: z.string(),
  version: z.number().int(),
  ...words,
  permissions: z.array(z.string()),
  reason: z.string(),
  state: z.enum(['proposed', 'active', 'refused', 'replaced', 'retired']),
  proposedBy: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
});

export const listComposedRoles = route({
  method: 'GET',
  path: '/api/composed-roles',
  summary: 'Versions of the roles that the administrators composed.',
  access: 'signed-in',
  query: listQuery,
  reply: listOf(composedRole),
});

export const composeRole = route({
  method: 'POST',
  path: '/api/composed-roles',
  summary:
    'Proposes a role made of business permissions, or a new version of one; another administrator decides.',
  access: 'roles.compose',
  body: z.object({
    name: z
      .string()
      .regex(/^own_[a-z0-9_]{2,30}$/, 'own_ 加 2–30 位小写字母、数字或 _ / own_ and 2–30 of a–z 0–9 _'),
    zh: z.string().trim().min(2).max(40),
    en: z.string().trim().min(2).max(60),
    permissions: z.array(z.string()).min(1).max(200),
    reason,
  }),
  reply: composedRole,
});

export const decideComposedRole = route({
  method: 'POST',
  path: '/api/composed-roles/:id/decision',
  summary: 'Puts a composed role into force, or refuses it; never its proposer.',
  access: 'roles.confirm',
  params: idParams,
  body: z.object({ approve: z.boolean() }),
  reply: composedRole,
});

export const retireRole = route({
  method: 'POST',
  path: '/api/composed-roles/:id/retirement',
  summary: 'Takes a composed role out of force at once: whoever holds it loses what it gave.',
  access: 'roles.compose',
  params: idParams,
  body: z.object({ reason }),
  reply: composedRole,
});

export const revokeRole = route({
  method: 'POST',
  path: '/api/role-grants/:id/revocation',
  summary: 'Takes a granted role back, at once; to have it back needs a new grant by two people.',
  access: 'roles.revoke',
  params: idParams,
  body: z.object({ reason }),
});

export const delegation = z.object({
  id: z.uuid(),
  from: z.object({ id: z.uuid(), name: z.string(), unitName: z.string() }),
  to: z.object({ id: z.uuid(), name: z.string(), unitName: z.string() }),
  permissions: z.array(z.string()),
  role: heldRole.nullable(),
  reason: z.string(),
  startsAt: time,
  endsAt: time,
  /** `over`: accepted, and its time has passed. */
  state: z.enum(['offered', 'accepted', 'declined', 'ended', 'over']),
  endedBy: z.string().nullable(),
});

export const listDelegations = route({
  method: 'GET',
  path: '/api/delegations',
  summary: 'One’s own delegations, given and received; with `all` (accounts.read) those of the whole scope.',
  access: 'signed-in',
  query: listQuery.extend({ all: z.stringbool().optional() }),
  reply: listOf(delegation),
});

export const listRecipients = route({
  method: 'GET',
  path: '/api/delegation-recipients',
  summary: 'Accounts of one’s unit and below to whom one may delegate.',
  access: 'signed-in',
  query: listQuery,
  reply: listOf(z.object({ id: z.uuid(), name: z.string(), unitName: z.string() })),
});

export const offerDelegation = route({
  method: 'POST',
  path: '/api/delegations',
  summary:
    'Lends permissions of one’s own, or one whole role, to an account of the same unit or below, for a time.',
  access: 'signed-in',
  body: z.object({
    toAccountId: z.uuid(),
    permissions: z.array(z.string()).max(200).default([]),
    role: heldRole.optional(),
    reason,
    startsAt: time,
    endsAt: time,
  }),
  reply: delegation,
});

export const answerDelegation = route({
  method: 'POST',
  path: '/api/delegations/:id/answer',
  summary: 'Accepts or declines a delegation that one was offered.',
  access: 'signed-in',
  params: idParams,
  body: z.object({ accept: z.boolean() }),
  reply: delegation,
});

export const endDelegation = route({
  method: 'POST',
  path: '/api/delegations/:id/end',
  summary: 'Ends a delegation at once: by either side, or by who may take roles back.',
  access: 'signed-in',
  params: idParams,
  reply: delegation,
});

export const startViewAs = route({
  method: 'POST',
  path: '/api/session/view-as',
  summary: 'Shows the system as another account sees it, without changing anything, for 30 minutes at most.',
  access: 'accounts.view_as',
  body: z.object({ accountId: z.uuid(), reason }),
});

export const endViewAs = route({
  method: 'DELETE',
  path: '/api/session/view-as',
  summary: 'Back to one’s own account.',
  access: 'signed-in',
  whileViewing: true,
});

export const listViewsOfMe = route({
  method: 'GET',
  path: '/api/session/views',
  summary: 'Who looked at the system as the caller.',
  access: 'signed-in',
  query: listQuery,
  reply: listOf(
    z.object({
      viewer: z.string(),
      reason: z.string(),
      startedAt: time,
      endedAt: time.nullable(),
      looked: z.number(),
    }),
  ),
});
