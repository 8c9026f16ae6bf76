/** The policy of sign-in: set by the security administrator, in force once another administrator agrees. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

/** The figures and their bounds. The lower bounds are the floor that 等保 assessors ask for. */
export const signInPolicy = z.object({
  minLength: z.coerce.number().int().min(8).max(64),
  minClasses: z.coerce.number().int().min(3).max(4),
  history: z.coerce.number().int().min(3).max(24),
  maxAgeDays: z.coerce.number().int().min(30).max(180),
  warnDays: z.coerce.number().int().min(1).max(29),
  lockTries: z.coerce.number().int().min(3).max(10),
  lockMinutes: z.coerce.number().int().min(10).max(1440),
  addressTries: z.coerce.number().int().min(20).max(1000),
  idleMinutes: z.coerce.number().int().min(5).max(30),
  absoluteHours: z.coerce.number().int().min(1).max(24),
  sessionsPerAccount: z.coerce.number().int().min(1).max(10),
});

export const policyVersion = signInPolicy.extend({
  id: z.uuid(),
  number: z.number().int(),
  reason: z.string(),
  state: z.enum(['proposed', 'approved', 'refused']),
  proposedBy: z.string(),
  proposedById: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
});

export const getSignInPolicy = route({
  method: 'GET',
  path: '/api/sign-in-policy',
  summary: 'The policy of passwords and sessions that is in force.',
  access: 'public',
  reply: signInPolicy,
});

export const listSignInPolicies = route({
  method: 'GET',
  path: '/api/sign-in-policies',
  summary: 'Every version of the sign-in policy, proposed ones included.',
  access: 'accounts.read',
  query: listQuery.extend({ state: z.enum(['proposed', 'approved', 'refused']).optional() }),
  reply: listOf(policyVersion),
});

export const proposeSignInPolicy = route({
  method: 'POST',
  path: '/api/sign-in-policies',
  summary: 'Proposes another sign-in policy; another administrator decides.',
  access: 'policy.propose',
  body: signInPolicy.extend({ reason: z.string().trim().min(2).max(500) }),
  reply: policyVersion,
});

export const decideSignInPolicy = route({
  method: 'POST',
  path: '/api/sign-in-policies/:id/decision',
  summary: 'Approves or refuses a proposed sign-in policy; never the proposer.',
  access: 'policy.approve',
  params: idParams,
  body: z.object({ approve: z.boolean() }),
  reply: policyVersion,
});

export const policyPermissions = {
  'policy.propose': { zh: '提出登录策略', en: 'Propose the sign-in policy' },
  'policy.approve': { zh: '批准登录策略', en: 'Approve the sign-in policy' },
} as const;

export const policyErrors = {
  'auth.policy_open': {
    status: 409,
    zh: '已有一份登录策略在等待批准，请先处理那一份',
    en: 'Another sign-in policy waits for its decision; decide that one first',
  },
  'auth.weak_password': {
    status: 422,
    zh: '密码不合要求：{summary}',
    en: 'The password does not meet the policy: {summaryEn}',
  },
  'auth.used_password': {
    status: 422,
    zh: '不能使用最近 {history} 次用过的密码，请另换一个',
    en: 'One of the last {history} passwords cannot be used again; choose another',
  },
} as const;
