/** What a bureau asks of many units at once. */
import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';
import { assignee } from './tasks.ts';

/** A page of this system, never another host: `/findings?…`, not `//host` nor `https:`. */
const innerLink = z
  .string()
  .trim()
  .max(300)
  .regex(/^\/(?![/\\])[^\s\\]*$/, '须以 / 开头的本系统页面 / a page of this system, beginning with /');

const newCampaign = z.object({
  title: z.string().trim().min(4).max(100),
  why: z.string().trim().min(4).max(1000),
  legalBasis: z.string().trim().max(300).default(''),
  dueAt: time,
  minutes: z.number().int().min(1).max(6000),
  link: innerLink.optional(),
  wantsFile: z.boolean().default(false),
  assignee: assignee.default({ role: 'school_teacher' }),
  /** The answer must be countersigned, e.g. by the unit's leader. */
  signer: assignee.optional(),
  /** Units below the caller's; empty: all schools below. */
  unitIds: z.array(z.uuid()).max(5000).default([]),
  acceptOverload: z.boolean().default(false),
});

export const campaign = z.object({
  id: z.uuid(),
  title: z.string(),
  why: z.string(),
  legalBasis: z.string(),
  dueAt: time,
  minutes: z.number().int(),
  link: z.string().nullable(),
  wantsFile: z.boolean(),
  unitName: z.string(),
  askedByName: z.string(),
  askedAt: time,
  withdrawnAt: time.nullable(),
  withdrawnReason: z.string().nullable(),
  targets: z.number().int(),
  open: z.number().int(),
  done: z.number().int(),
  late: z.number().int(),
  unknown: z.number().int(),
});
export type Campaign = z.infer<typeof campaign>;

export const raiseCampaign = route({
  method: 'POST',
  path: '/api/tasks/campaigns',
  summary: 'Asks the same of many units in one go; needs a legal basis and enough time.',
  access: 'tasks.ask',
  body: newCampaign,
  reply: campaign,
});

export const checkCampaign = route({
  method: 'POST',
  path: '/api/tasks/campaigns/check',
  summary:
    'What a request would mean before it is sent: units, overloaded ones, ones with nobody in charge, earliest due time.',
  access: 'tasks.ask',
  body: newCampaign,
  reply: z.object({
    units: z.number().int(),
    overCap: z.array(z.string()),
    nobody: z.array(z.string()),
    earliestDueAt: time,
    totalMinutes: z.number().int(),
  }),
});

export const listCampaigns = route({
  method: 'GET',
  path: '/api/tasks/campaigns',
  summary: 'Requests of the caller’s bureau and of those below, with their progress.',
  access: 'tasks.team',
  query: listQuery,
  reply: listOf(campaign),
});

export const getCampaign = route({
  method: 'GET',
  path: '/api/tasks/campaigns/:id',
  summary: 'One request with its progress.',
  access: 'tasks.team',
  params: idParams,
  reply: campaign,
});

export const withdrawCampaign = route({
  method: 'POST',
  path: '/api/tasks/campaigns/:id/withdraw',
  summary: 'Withdraws a request as a whole: every task of it that is not done is cancelled.',
  access: 'tasks.ask',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(2).max(500) }),
  reply: campaign,
});

export const exportAnswers = route({
  method: 'GET',
  path: '/api/tasks/campaigns/:id/answers',
  summary: 'Completion and answers of a request as one sheet.',
  access: 'tasks.team',
  params: idParams,
  query: z.object({ format: z.enum(['xlsx', 'csv']).default('xlsx') }),
  produces: 'file',
});

/** A request went out to many units: their screens are told one by one, after. */
export const campaignRaised = event('tasks.campaign_raised', z.object({ campaignId: z.uuid() }));
