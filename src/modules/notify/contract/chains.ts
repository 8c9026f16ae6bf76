import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';
import { messageKind, personalChannel } from './kinds.ts';

/** Whom a step tells: holders of a post, holders of a role in the unit or above it, or one account. */
export const chainTarget = z.discriminatedUnion('by', [
  z.object({
    by: z.literal('post'),
    post: z.string().min(1).max(40),
    level: z.enum(['unit', 'county', 'city']),
  }),
  z.object({ by: z.literal('role'), role: z.string().min(1).max(40) }),
  z.object({ by: z.literal('account'), accountId: z.uuid() }),
]);
export type ChainTarget = z.infer<typeof chainTarget>;

export const chainStep = z.object({
  /** After the start; steps are in order of it. */
  afterMinutes: z.number().int().min(0).max(43_200),
  whom: z.array(chainTarget).min(1).max(20),
  channels: z.array(personalChannel).min(1),
});
export type ChainStep = z.infer<typeof chainStep>;

export const chainBody = z
  .object({
    /** Names the chain to the program: `readiness.drill`. */
    key: z.string().regex(/^[a-z][a-z0-9_.-]{1,59}$/),
    name: z.string().trim().min(1).max(100),
    steps: z.array(chainStep).min(1).max(30),
  })
  .refine(
    ({ steps }) => steps.every((step, at) => at === 0 || step.afterMinutes >= steps[at - 1]!.afterMinutes),
    { path: ['steps'], message: '步骤要按时间先后排列 steps must be in the order of their minutes' },
  );

export const chain = z.object({
  id: z.uuid(),
  key: z.string(),
  name: z.string(),
  unitPath: z.string(),
  version: z.number().int(),
  steps: z.array(chainStep),
  setBy: z.string(),
  from: time,
});
export type Chain = z.infer<typeof chain>;

export const listChains = route({
  method: 'GET',
  path: '/api/escalation-chains',
  summary: 'Escalation chains in force; with history=true every version.',
  access: 'notify.chains',
  query: listQuery.extend({ key: z.string().max(60).optional(), history: z.stringbool().optional() }),
  reply: listOf(chain),
});

export const setChain = route({
  method: 'POST',
  path: '/api/escalation-chains',
  summary: 'Sets a new version of the caller’s unit’s chain. Chains that run keep theirs.',
  access: 'notify.chains',
  body: chainBody,
  reply: z.object({ id: z.uuid(), version: z.number().int() }),
});

export const startChainByHand = route({
  method: 'POST',
  path: '/api/escalation-runs',
  summary: 'Starts a chain for a unit: whom it tells when is settled now.',
  access: 'notify.chains',
  body: z.object({
    key: z.string().min(1).max(200),
    chain: z.string().min(1).max(60),
    unitCode: z.string().min(1).max(60),
    subject: z.string().trim().min(1).max(300),
    body: z.string().trim().max(5000).default(''),
  }),
  reply: z.object({ id: z.uuid() }),
});

export const chainRun = z.object({
  id: z.uuid(),
  key: z.string(),
  chain: z.string(),
  version: z.number().int(),
  kind: messageKind,
  subject: z.string(),
  unitPath: z.string(),
  startedAt: time,
  acknowledgedAt: time.nullable(),
  acknowledgedBy: z.string().nullable(),
  steps: z.array(
    z.object({
      seq: z.number().int(),
      dueAt: time,
      firedAt: time.nullable(),
      /** Names only; an empty list: nobody holds what the step names. */
      people: z.array(z.string()),
      channels: z.array(personalChannel),
    }),
  ),
});
export type ChainRun = z.infer<typeof chainRun>;

export const listChainRuns = route({
  method: 'GET',
  path: '/api/escalation-runs',
  summary: 'Chains that were started, with their steps as settled then.',
  access: 'notify.chains',
  query: listQuery.extend({ open: z.stringbool().optional() }),
  reply: listOf(chainRun),
});

export const acknowledgeRun = route({
  method: 'POST',
  path: '/api/escalation-runs/:id/acknowledge',
  summary: 'Acknowledges a chain: its further steps do not happen.',
  access: 'notify.chains',
  params: idParams,
});

/** Somebody answered a chain. */
export const chainAcknowledged = event(
  'notify.chain_acknowledged',
  z.object({ runId: z.uuid(), key: z.string(), by: z.string() }),
);

/** A chain’s last step was sent and nobody has answered. */
export const chainExhausted = event('notify.chain_exhausted', z.object({ runId: z.uuid(), key: z.string() }));

export const chainErrors = {
  'notify.unknown_chain': {
    status: 422,
    zh: '没有名为“{chain}”的升级链，请先在“升级链”中设置',
    en: 'There is no escalation chain named {chain}; set it up first',
  },
  'notify.chain_reaches_nobody': {
    status: 422,
    zh: '升级链“{chain}”在这个单位找不到任何可通知的人，请补充岗位或账号',
    en: 'The chain {chain} reaches nobody for this unit; fill its posts or accounts',
  },
} as const;

export const chainPermissions = {
  'notify.chains': { zh: '管理升级链', en: 'Manage escalation chains' },
} as const;
