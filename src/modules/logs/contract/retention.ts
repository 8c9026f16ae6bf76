/** How long logs are kept, what may be dropped and was, and where old segments lie. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';
import { retentionClass } from './sources.ts';

const count = z.number().int();
const day = z.iso.date();
const note = z.string().trim().min(2).max(500);
const sourceParams = z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) });

const retentionRule = z.object({
  id: z.uuid(),
  unitName: z.string().nullable(),
  unitPath: z.string(),
  days: count,
  basis: z.string(),
  by: z.string(),
  at: time,
});
export type RetentionRule = z.output<typeof retentionRule>;

const retentionOfClass = z.object({
  class: retentionClass,
  /** The least that the law asks for. */
  leastDays: count,
  basis: z.string(),
  /** What holds for the caller's own unit. */
  days: count,
  sources: count,
  /** Rules of units, the newest of each: they only make it longer. */
  rules: z.array(retentionRule),
});
export type RetentionOfClass = z.output<typeof retentionOfClass>;

export const listRetention = route({
  method: 'GET',
  path: '/api/logs/retention/classes',
  summary: 'How long logs are kept, per class: the least by law, and the longer rules of units.',
  access: 'logs.retention',
  reply: z.object({ items: z.array(retentionOfClass) }),
});

export const setRetention = route({
  method: 'POST',
  path: '/api/logs/retention/rules',
  summary:
    'Sets how many days a unit and all below it keep logs of a class; never less than the law asks for.',
  access: 'logs.retention_rules',
  body: z.object({
    class: retentionClass,
    days: count.min(1).max(36_500),
    /** Why: a document, a decision. */
    basis: z.string().trim().min(2).max(300),
    /** Default: the caller's own unit. */
    unitId: z.uuid().optional(),
  }),
  reply: retentionRule,
});

export const planState = z.enum(['proposed', 'confirmed', 'approved', 'refused', 'lapsed', 'done']);
export const planWarning = z.enum(['many_days', 'clock_gap']);

export const dropPlan = z.object({
  id: z.uuid(),
  state: planState,
  proposedAt: time,
  days: count,
  sources: count,
  segments: count,
  records: count,
  rawBytes: count,
  /** Old enough, but held by a case: these stay. */
  heldSegments: count,
  warnings: z.array(planWarning),
  confirmedBy: z.string().nullable(),
  confirmedAt: time.nullable(),
  confirmedNote: z.string().nullable(),
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
  decidedNote: z.string().nullable(),
  doneAt: time.nullable(),
  problem: z.string().nullable(),
  /** Whether the caller is the one who confirmed it: then another person decides. */
  confirmedByMe: z.boolean(),
});
export type DropPlan = z.output<typeof dropPlan>;

export const listDropPlans = route({
  method: 'GET',
  path: '/api/logs/retention/plans',
  summary: 'What may be dropped and what was, newest first; what was dropped stays told for ever.',
  access: 'logs.retention',
  query: listQuery.extend({ state: planState.optional() }),
  reply: listOf(dropPlan),
});

export const getDropPlan = route({
  method: 'GET',
  path: '/api/logs/retention/plans/:id',
  summary: 'One plan of what may be dropped.',
  access: 'logs.retention',
  params: idParams,
  reply: dropPlan,
});

const dropItem = z.object({
  day,
  sourceId: count,
  source: z.string(),
  class: retentionClass,
  segments: count,
  records: count,
  rawBytes: count,
  held: count,
  state: z.enum(['waiting', 'kept', 'decided', 'rows_gone', 'done']),
  dropped: count,
  droppedRecords: count,
  /** SHA-256 over the hashes of the dropped segments, one a line, by their numbers. */
  digest: z.string().nullable(),
  how: z.enum(['partition', 'rows']).nullable(),
  decidedAt: time.nullable(),
  doneAt: time.nullable(),
});
export type DropItem = z.output<typeof dropItem>;

export const listDropItems = route({
  method: 'GET',
  path: '/api/logs/retention/plans/:id/items',
  summary: 'The days and sources of a plan with what became of each.',
  access: 'logs.retention',
  params: idParams,
  query: listQuery,
  reply: listOf(dropItem),
});

export const proposeDrop = route({
  method: 'POST',
  path: '/api/logs/retention/plans',
  summary: 'Lists anew what is old enough to be dropped; the same is done every night.',
  access: 'logs.retention_confirm',
  reply: z.object({ plan: dropPlan.nullable() }),
});

export const confirmDrop = route({
  method: 'POST',
  path: '/api/logs/retention/plans/:id/confirm',
  summary: 'The first person confirms a plan, repeating how many segments it means.',
  access: 'logs.retention_confirm',
  params: idParams,
  body: z.object({ segments: count.min(0), note }),
  reply: dropPlan,
});

export const decideDrop = route({
  method: 'POST',
  path: '/api/logs/retention/plans/:id/decision',
  summary: 'A second person approves a confirmed plan, and it is carried out; or refuses it.',
  access: 'logs.retention_approve',
  params: idParams,
  body: z.object({ approve: z.boolean(), note }),
  reply: dropPlan,
});

export const sourceRetention = route({
  method: 'GET',
  path: '/api/logs/sources/:id/retention',
  summary: 'How long a source’s logs are kept, what of them is there, held and dropped.',
  access: 'logs.read',
  params: sourceParams,
  reply: z.object({
    class: retentionClass,
    days: count,
    leastDays: count,
    /** First receipt of what is still there. */
    oldest: time.nullable(),
    segments: count,
    rawBytes: count,
    held: count,
    moved: count,
    dropped: count,
    droppedTo: time.nullable(),
    drops: z.array(dropItem),
  }),
});

const logPlace = z.object({
  tier: z.enum(['local', 'archive', 's3', 'cache']),
  place: z.string(),
  segments: count.nullable(),
  bytes: count.nullable(),
  freeBytes: count.nullable(),
  totalBytes: count.nullable(),
  problem: z.string().nullable(),
});
export type LogPlace = z.output<typeof logPlace>;

export const listPlaces = route({
  method: 'GET',
  path: '/api/logs/places',
  summary: 'Where sealed segments lie, how many, and how much room there is.',
  access: 'logs.retention',
  reply: z.object({
    items: z.array(logPlace),
    /** Days after which segments move; null: they stay. */
    moveAfterDays: count.nullable(),
    /** Old enough, and not moved yet. */
    waiting: count,
  }),
});

export const retentionPermissions = {
  'logs.retention': { zh: '查看日志留存', en: 'See how long logs are kept' },
  'logs.retention_rules': { zh: '设定日志留存期限', en: 'Set how long logs are kept' },
  'logs.retention_confirm': { zh: '确认到期日志的清除', en: 'Confirm the dropping of old logs' },
  'logs.retention_approve': { zh: '批准到期日志的清除', en: 'Approve the dropping of old logs' },
} as const;

export const retentionErrors = {
  'logs.retention_too_short': {
    status: 400,
    zh: '留存天数（days）不得少于 {least} 天：{basis}',
    en: 'days must be at least {least}: {basis}',
  },
  'logs.plan_state': {
    status: 409,
    zh: '这份清除清单现在不能这样处理（状态：{state}）；请刷新后再看',
    en: 'This plan cannot be dealt with in this way any more (state {state}); reload it',
  },
  'logs.plan_differs': {
    status: 409,
    zh: '核对的段数（segments）{given} 与清单不符，清单是 {segments} 段；请重新核对',
    en: 'segments: {given} is not what the plan has, which is {segments}; check it again',
  },
  'logs.plan_same_person': {
    status: 403,
    zh: '确认人与批准人必须是两个人',
    en: 'Confirming and approving takes two different people',
  },
  'logs.segment_dropped': {
    status: 410,
    zh: '封存段 {segment} 已于 {at} 按留存期限清除，原文不再存在；清除记录见“日志留存”',
    en: 'Segment {segment} was dropped at {at} when its retention had ended; see the retention page for the proof',
  },
  'logs.archive_unavailable': {
    status: 503,
    zh: '归档位置 {place} 暂时读不到，原文没有丢；请稍后再试，或由运维检查该存储（{problem}）',
    en: 'The archive {place} cannot be read at the moment; nothing is lost. Try again later, or let the operator look at it ({problem})',
  },
} as const;
