/** False alarms: what is to be ignored, where, why and until when; said by one person, agreed to by another. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

/**
 * What is ignored: this finding; this text on this page; this rule on this site; this text by this rule everywhere
 * below the unit of the one who proposes.
 */
export const suppressionScope = z.enum(['finding', 'page_text', 'site_rule', 'term']);
export type SuppressionScope = z.infer<typeof suppressionScope>;
export const suppressionState = z.enum(['proposed', 'approved', 'expired', 'refused', 'withdrawn']);

export const suppression = z.object({
  id: z.uuid(),
  scope: suppressionScope,
  state: suppressionState,
  findingId: z.uuid(),
  /** The unit below which it holds. */
  unitName: z.string(),
  siteId: z.uuid().nullable(),
  siteName: z.string().nullable(),
  page: z.string(),
  rule: z.string(),
  subject: z.string(),
  reason: z.string(),
  expiresAt: time,
  proposedBy: z.string(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  decisionNote: z.string().nullable(),
  withdrawnBy: z.string().nullable(),
  withdrawnAt: time.nullable(),
  withdrawnReason: z.string().nullable(),
  /** Findings that it holds down now, and how often the machine has seen them meanwhile. */
  findings: z.number().int(),
  timesSuppressed: z.number().int(),
  /** Whether the one who asks may decide on it, or take it back. */
  mayDecide: z.boolean(),
  mayWithdraw: z.boolean(),
});
export type Suppression = z.infer<typeof suppression>;

const proposal = {
  scope: suppressionScope.default('finding'),
  reason: z.string().trim().min(4).max(500),
  /** The last day; default: in a year; at most in two. */
  expiresOn: z.iso.date().optional(),
};

export const proposeFalseAlarm = route({
  method: 'POST',
  path: '/api/findings/:id/false-alarm',
  summary: 'Proposes that a finding is a false alarm; it stays open until another person agrees.',
  access: 'findings.work',
  params: idParams,
  body: z.object(proposal),
  reply: suppression,
});

/** What became of an act on several findings: one that is refused stops nothing. */
export const manyDone = z.object({
  done: z.number().int(),
  refused: z.array(z.object({ findingId: z.uuid(), code: z.string(), zh: z.string(), en: z.string() })),
});

export const proposeFalseAlarms = route({
  method: 'POST',
  path: '/api/false-alarms',
  summary: 'Proposes several findings as false alarms; those that cannot be are listed with the reason.',
  access: 'findings.work',
  body: z.object({ findingIds: z.array(z.uuid()).min(1).max(200), ...proposal }),
  reply: manyDone,
});

export const listSuppressions = route({
  method: 'GET',
  path: '/api/suppressions',
  summary: 'What is ignored or proposed to be, waiting ones first.',
  access: 'findings.read',
  query: listQuery.extend({
    state: suppressionState.optional(),
    scope: suppressionScope.optional(),
    siteId: z.uuid().optional(),
    rule: z.string().max(100).optional(),
  }),
  reply: listOf(suppression),
});

export const decideSuppression = route({
  method: 'POST',
  path: '/api/suppressions/:id/decision',
  summary: 'Agrees to a proposed false alarm, or refuses it with the reason; never the one who proposed it.',
  access: 'findings.judge',
  params: idParams,
  body: z.object({ approve: z.boolean(), note: z.string().trim().max(500).optional() }),
  reply: suppression,
});

export const withdrawSuppression = route({
  method: 'POST',
  path: '/api/suppressions/:id/withdrawal',
  summary: 'Takes a false alarm back: what it held down opens again when the machine next sees it.',
  access: 'findings.work',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(2).max(500) }),
  reply: suppression,
});

export const suppressedCounts = route({
  method: 'GET',
  path: '/api/suppressed-counts',
  summary: 'How many findings and sightings are ignored, by site and rule.',
  access: 'findings.read',
  query: listQuery.extend({ siteId: z.uuid().optional() }),
  reply: listOf(
    z.object({
      siteId: z.uuid().nullable(),
      siteName: z.string().nullable(),
      unitName: z.string(),
      rule: z.string(),
      findings: z.number().int(),
      times: z.number().int(),
    }),
  ),
});

export const suppressionErrors = {
  'findings.own_fix': {
    status: 409,
    zh: '报告已整改的人不能自己提出或认定误报',
    en: 'Who reported a finding as fixed can neither propose nor judge it a false alarm',
  },
  'findings.own_proposal': {
    status: 409,
    zh: '自己提出的误报要由另一个人认定',
    en: 'Another person decides on a false alarm that you proposed',
  },
  'findings.already_proposed': {
    status: 409,
    zh: '这个问题已经提出过误报，正在等认定',
    en: 'This finding is already proposed as a false alarm and waits for a decision',
  },
  'findings.suppression_decided': {
    status: 409,
    zh: '这条误报已是“{now}”状态',
    en: 'This false alarm is already {now}',
  },
  'findings.bad_expiry': {
    status: 400,
    zh: '到期日 {value} 不对：应在明天到两年之内',
    en: 'The expiry {value} is wrong: it must lie between tomorrow and two years from now',
  },
  'findings.reason_needed': {
    status: 400,
    zh: '不同意时请写明理由（至少 4 个字）',
    en: 'Give the reason for refusing (at least 4 characters)',
  },
  'findings.scope_needs_site': {
    status: 400,
    zh: '这个问题不在网站上，只能按“仅此问题”或“此内容在辖区内”忽略',
    en: 'This finding is on no website: choose "this finding" or "this text everywhere"',
  },
  'findings.scope_outside': {
    status: 403,
    zh: '这个问题不在本单位范围内，不能按“此内容在辖区内”忽略',
    en: 'This finding is outside your unit, so its text cannot be ignored below your unit',
  },
} as const;
