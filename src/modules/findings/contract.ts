import { z } from 'zod';
import { event, idParams, listOf, listQuery, route, sortBy, time } from '#base/contract';
import { olderThanDays } from './contract/by-unit.ts';
import { orderErrors, orderPermissions } from './contract/orders.ts';
import { manyDone, suppression, suppressionErrors } from './contract/suppressions.ts';

export * from './contract/by-unit.ts';
export * from './contract/orders.ts';
export { nameOfRule, ruleNames } from './contract/rule-names.ts';
export * from './contract/suppressions.ts';

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
  /** How often it was reported as fixed and was still there. */
  timesReturned: z.number().int(),
  /** Sightings that were ignored as a false alarm. */
  timesSuppressed: z.number().int(),
  /** Until when an order wants it mended. */
  dueAt: time.nullable(),
  orderId: z.uuid().nullable(),
});
export type Finding = z.infer<typeof finding>;

export const listFindings = route({
  method: 'GET',
  path: '/api/findings',
  summary: 'Faults found on sites, worst and newest first.',
  access: 'findings.read',
  query: listQuery.extend({
    sort: sortBy('severity', 'foundAt', 'lastSeenAt', 'dueAt'),
    state: findingState.optional(),
    severity: severity.optional(),
    siteId: z.uuid().optional(),
    unitId: z.uuid().optional(),
    kind: z.string().max(60).optional(),
    rule: z.string().max(100).optional(),
    /** Found so many days ago or earlier. */
    olderThanDays: olderThanDays.optional(),
    /** A bureau or school with everything below it. */
    under: z.uuid().optional(),
    /** `true`: past the day that an order set. */
    overdue: z.enum(['true', 'false']).optional(),
    /** `true`: of one's own unit, or ordered by oneself. */
    mine: z.enum(['true', 'false']).optional(),
    /** Held down by this false alarm. */
    suppressionId: z.uuid().optional(),
    orderId: z.uuid().optional(),
    /**
     * With `siteId`: on pages whose path begins so, as a declared column's does; `/list1` is not the begin of `/list10`.
     */
    pathPrefix: z
      .string()
      .trim()
      .max(300)
      .regex(/^\/[^\s#]*$/)
      .optional(),
  }),
  reply: listOf(finding),
});

export const getFinding = route({
  method: 'GET',
  path: '/api/findings/:id',
  summary: 'One finding.',
  access: 'findings.read',
  params: idParams,
  /** With the false alarms that were proposed for it, the newest first. */
  reply: finding.extend({ suppressions: z.array(suppression) }),
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

export const reportManyFixed = route({
  method: 'POST',
  path: '/api/fixed-findings',
  summary:
    'The school says that several are fixed; those that cannot be reported are listed with the reason.',
  access: 'findings.work',
  body: z.object({
    findingIds: z.array(z.uuid()).min(1).max(200),
    note: z.string().trim().max(500).optional(),
  }),
  reply: manyDone,
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
  ...orderPermissions,
} as const;

export const errors = {
  'findings.path_without_site': {
    status: 400,
    zh: '按栏目路径筛选时，还要指明是哪个网站',
    en: 'To filter by the path of a column, name the website, too',
  },
  'findings.not_open': {
    status: 409,
    zh: '这个问题已是“{now}”状态',
    en: 'This finding is already {now}',
  },
  ...suppressionErrors,
  ...orderErrors,
} as const;
