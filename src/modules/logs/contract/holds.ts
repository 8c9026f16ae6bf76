/** Holds: what a case needs is not dropped, however old it is. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

const count = z.number().int();
const moment = z.iso.datetime({ offset: true });
const reason = z.string().trim().min(2).max(500);
const sourceId = count.min(1).max(2_147_483_647);

export const holdState = z.enum(['active', 'lifting', 'lifted']);

const hold = z.object({
  id: z.uuid(),
  caseNo: z.string(),
  reason: z.string(),
  state: holdState,
  sources: z.array(z.object({ id: count, name: z.string() })),
  segmentIds: z.array(count),
  since: time.nullable(),
  /** Null: whatever comes. */
  until: time.nullable(),
  placedBy: z.string(),
  placedAt: time,
  liftedAt: time.nullable(),
  /** The newest request to lift it. */
  lift: z
    .object({
      reason: z.string(),
      askedBy: z.string(),
      askedByMe: z.boolean(),
      askedAt: time,
      accepted: z.boolean().nullable(),
      decidedBy: z.string().nullable(),
      decidedAt: time.nullable(),
      note: z.string().nullable(),
    })
    .nullable(),
});
export type LogHold = z.output<typeof hold>;

export const listHolds = route({
  method: 'GET',
  path: '/api/logs/holds',
  summary: 'What cases hold, newest first.',
  access: 'logs.retention',
  query: listQuery.extend({ state: holdState.optional() }),
  reply: listOf(hold),
});

export const newHold = z
  .object({
    caseNo: z.string().trim().min(2).max(60),
    reason,
    sourceIds: z.array(sourceId).max(2000).optional(),
    /** All sources that the unit and the units below it have now. */
    unitId: z.uuid().optional(),
    segmentIds: z.array(count.min(1)).max(10_000).optional(),
    since: moment.optional(),
    until: moment.optional(),
  })
  .strict();

export const placeHoldRoute = route({
  method: 'POST',
  path: '/api/logs/holds',
  summary: 'Holds sources in a time, or single segments, for a case: nothing of them is dropped.',
  access: 'logs.hold',
  body: newHold,
  reply: z.object({
    hold,
    /** Segments that it covers now, and those that had been dropped before. */
    covers: count,
    alreadyDropped: count,
  }),
});

export const askLift = route({
  method: 'POST',
  path: '/api/logs/holds/:id/lift',
  summary: 'Asks to lift a hold; another person decides.',
  access: 'logs.hold',
  params: idParams,
  body: z.object({ reason }),
  reply: hold,
});

export const decideLift = route({
  method: 'POST',
  path: '/api/logs/holds/:id/lift-decision',
  summary: 'A second person lifts a hold, or keeps it.',
  access: 'logs.hold_lift',
  params: idParams,
  body: z.object({ accept: z.boolean(), note: z.string().trim().max(500).optional() }),
  reply: hold,
});

export const holdPermissions = {
  'logs.hold': { zh: '冻结案件所需日志、申请解除', en: 'Hold logs for a case, ask to lift it' },
  'logs.hold_lift': { zh: '批准解除日志冻结', en: 'Lift a hold on logs' },
} as const;

export const holdErrors = {
  'logs.hold_nothing': {
    status: 400,
    zh: '请指明冻结什么：日志源（sourceIds 或 unitId）加起始时间（since），或封存段（segmentIds）',
    en: 'Say what is held: sources (sourceIds or unitId) with a beginning (since), or segments (segmentIds)',
  },
  'logs.hold_range': {
    status: 400,
    zh: '结束时间（until）早于开始时间（since）',
    en: 'until is before since',
  },
  'logs.hold_lifted': { status: 409, zh: '这项冻结已经解除', en: 'This hold was lifted already' },
  'logs.hold_waits': {
    status: 409,
    zh: '已有人申请解除，正等另一个人决定',
    en: 'Somebody asked to lift it already; another person has to decide',
  },
  'logs.hold_nothing_waits': {
    status: 409,
    zh: '没有等待决定的解除申请',
    en: 'Nobody has asked to lift it',
  },
  'logs.hold_own_lift': {
    status: 403,
    zh: '自己申请的解除必须由另一个人决定',
    en: 'Another person has to decide on what you asked for',
  },
} as const;
