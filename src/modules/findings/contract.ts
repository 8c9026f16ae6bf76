import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, time } from '#base/contract';

export const severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);
export const findingState = z.enum(['open', 'fixed', 'closed', 'false_alarm']);

export const finding = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitName: z.string(),
  siteId: z.uuid().nullable(),
  siteName: z.string().nullable(),
  kind: z.string(),
  rule: z.string(),
  severity,
  /** The page, and the exact place in its decoded source (UTF-16 offsets). */
  url: z.string(),
  part: z.string().nullable(),
  start: z.number().int(),
  end: z.number().int(),
  text: z.string(),
  context: z.string(),
  view: z.string(),
  href: z.string().nullable(),
  state: findingState,
  foundAt: time,
  lastSeenAt: time,
  fixedAt: time.nullable(),
  closedAt: time.nullable(),
  timesSeen: z.number().int(),
});
export type Finding = z.infer<typeof finding>;

export const listFindings = route({
  method: 'GET',
  path: '/api/findings',
  summary: 'Faults found on sites, worst and newest first.',
  access: 'findings.read',
  query: listQuery.extend({
    state: findingState.optional(),
    severity: severity.optional(),
    siteId: z.uuid().optional(),
    unitId: z.uuid().optional(),
  }),
  reply: listOf(finding),
});

export const getFinding = route({
  method: 'GET',
  path: '/api/findings/:id',
  summary: 'One finding.',
  access: 'findings.read',
  params: idParams,
  reply: finding,
});

export const reportFixed = route({
  method: 'POST',
  path: '/api/findings/:id/fixed',
  summary: 'The school says it is fixed; the site is crawled again and only that closes the finding.',
  access: 'findings.work',
  params: idParams,
  body: z.object({ note: z.string().trim().max(500).optional() }),
  reply: finding,
});

export const markFalseAlarm = route({
  method: 'POST',
  path: '/api/findings/:id/false-alarm',
  summary: 'Marks a finding as a false alarm, with the reason.',
  access: 'findings.judge',
  params: idParams,
  body: z.object({ reason: z.string().trim().min(4).max(500) }),
  reply: finding,
});

/** A school reported findings of this site as fixed: it is to be looked at again. */
export const fixReported = event(
  'findings.fix_reported',
  z.object({ findingId: z.uuid(), siteId: z.uuid().nullable() }),
);

/** A person judged a finding a false alarm: figures and cases that rest on it are to be looked at again. */
export const falseAlarmMarked = event(
  'findings.false_alarm_marked',
  z.object({ findingId: z.uuid(), siteId: z.uuid().nullable() }),
);

export const permissions = {
  'findings.read': { zh: '查看问题', en: 'Read findings' },
  'findings.work': { zh: '整改问题', en: 'Work on findings' },
  'findings.judge': { zh: '认定误报', en: 'Judge false alarms' },
} as const;

export const errors = {
  'findings.not_open': {
    status: 409,
    zh: '这个问题已是“{state}”状态',
    en: 'This finding is already {state}',
  },
  'findings.own_fix': {
    status: 409,
    zh: '报告已整改的人不能自己认定为误报',
    en: 'Who reported a finding as fixed cannot judge it a false alarm',
  },
} as const;
