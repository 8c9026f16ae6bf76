/** Who is signed in where; ending sessions; unlocking and resetting accounts. */
import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';

export const liveSession = z.object({
  id: z.uuid(),
  accountId: z.uuid(),
  username: z.string(),
  name: z.string(),
  unitName: z.string(),
  startedAt: time,
  seenAt: time,
  remote: z.string(),
  device: z.string(),
  method: z.string(),
  secondFactorAt: time.nullable(),
  /** The one that asks. */
  current: z.boolean(),
});

export const listMySessions = route({
  method: 'GET',
  path: '/api/my/sessions',
  summary: 'Where this account is signed in.',
  access: 'session',
  query: listQuery,
  reply: listOf(liveSession),
});

export const endMySession = route({
  method: 'DELETE',
  path: '/api/my/sessions/:id',
  summary: 'Ends one of one’s own sessions.',
  access: 'session',
  params: idParams,
});

export const endMyOtherSessions = route({
  method: 'POST',
  path: '/api/my/sessions/end-others',
  summary: 'Ends every session of this account but the one that asks.',
  access: 'session',
  reply: z.object({ ended: z.number().int() }),
});

export const listLiveSessions = route({
  method: 'GET',
  path: '/api/sessions',
  summary: 'Who is signed in now, in the caller’s scope.',
  access: 'sessions.read',
  query: listQuery,
  reply: listOf(liveSession),
});

export const kickOut = route({
  method: 'DELETE',
  path: '/api/sessions/:id',
  summary: 'Ends somebody’s session.',
  access: 'sessions.end',
  params: idParams,
});

export const kickOutAccount = route({
  method: 'POST',
  path: '/api/accounts/:id/kick-out',
  summary: 'Ends every session of an account.',
  access: 'sessions.end',
  params: idParams,
  reply: z.object({ ended: z.number().int() }),
});

export const unlockAccount = route({
  method: 'POST',
  path: '/api/accounts/:id/unlock',
  summary: 'Forgets the failed tries that locked an account.',
  access: 'accounts.unlock',
  params: idParams,
});

export const resetPassword = route({
  method: 'POST',
  path: '/api/accounts/:id/password-reset',
  summary: 'A new first password, shown once; not for administrators, whose reset takes two people.',
  access: 'accounts.write',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(2).max(500) }),
  reply: z.object({ password: z.string() }),
});

export const resetRequest = z.object({
  id: z.uuid(),
  accountId: z.uuid(),
  username: z.string(),
  name: z.string(),
  unitName: z.string(),
  what: z.enum(['factors', 'password']),
  reason: z.string(),
  state: z.enum(['proposed', 'approved', 'refused']),
  proposedBy: z.string(),
  proposedById: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
});

export const listResets = route({
  method: 'GET',
  path: '/api/account-resets',
  summary: 'Resets that two people decide: lost second factors, passwords of administrators.',
  access: 'accounts.read',
  query: listQuery.extend({ state: z.enum(['proposed', 'approved', 'refused']).optional() }),
  reply: listOf(resetRequest),
});

export const proposeReset = route({
  method: 'POST',
  path: '/api/accounts/:id/resets',
  summary:
    'Proposes to remove every second factor of an account, or to give an administrator a new password.',
  access: 'resets.propose',
  params: idParams,
  body: z.object({ what: z.enum(['factors', 'password']), reason: z.string().trim().min(2).max(500) }),
  reply: resetRequest,
});

export const decideReset = route({
  method: 'POST',
  path: '/api/account-resets/:id/decision',
  summary: 'Approves or refuses a reset; never its proposer, never the one whose account it is.',
  access: 'resets.approve',
  params: idParams,
  body: z.object({ approve: z.boolean() }),
  reply: resetRequest.extend({
    /** The new first password, shown to the approver once, to be handed over in person. */
    password: z.string().nullable(),
  }),
});

/** Something about an account that its owner should hear at once, also by mail. */
export const accountNotice = event(
  'auth.account_notice',
  z.object({
    accountId: z.uuid(),
    kind: z.enum([
      'factor_added',
      'factor_removed',
      'factors_reset',
      'password_changed',
      'password_reset',
      'recovery_code_used',
      'sessions_limited',
      'kicked_out',
    ]),
    /** What the notice names: the factor, the device, how many codes are left. */
    detail: z.string(),
    by: z.string(),
  }),
);

export const sessionsPermissions = {
  'sessions.read': { zh: '查看在线用户', en: 'See who is signed in' },
  'sessions.end': { zh: '强制下线', en: 'End sessions of others' },
  'accounts.unlock': { zh: '解锁账号', en: 'Unlock accounts' },
  'resets.propose': { zh: '提出重置', en: 'Propose resets of accounts' },
  'resets.approve': { zh: '批准重置', en: 'Approve resets of accounts' },
} as const;

export const sessionsErrors = {
  'auth.address_locked': {
    status: 429,
    zh: '这个网络地址失败次数过多，请 {minutes} 分钟后再试，或在以前登录过的设备上登录',
    en: 'Too many failed tries from this address; try again in {minutes} minutes, or on a device used before',
  },
  'auth.password_too_old': {
    status: 403,
    zh: '密码已到期，请先修改密码',
    en: 'The password has expired; change it before anything else',
  },
  'auth.reset_needs_two': {
    status: 409,
    zh: '管理员的密码须由一人提出、另一人批准才能重置，请用“提出重置”',
    en: 'An administrator’s password is reset by two people: propose the reset, another one approves it',
  },
  'auth.own_reset': {
    status: 409,
    zh: '不能为自己的账号提出或批准重置',
    en: 'Nobody proposes or approves a reset of his own account',
  },
  'auth.reset_open': {
    status: 409,
    zh: '这个账号已有一项同样的重置在等待批准',
    en: 'The same reset of this account already waits for its decision',
  },
} as const;
