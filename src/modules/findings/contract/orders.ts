/** Orders to schools to mend, how many days they get, and how well each rule hits. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

const days = z.number().int().min(1).max(365);
export const fixDays = z.object({ critical: days, high: days, medium: days, low: days, info: days });
export type FixDays = z.infer<typeof fixDays>;

const fixDaysReply = fixDays.extend({ changedBy: z.string().nullable(), changedAt: time.nullable() });

export const getFixDays = route({
  method: 'GET',
  path: '/api/fix-days',
  summary: 'Days to mend, by severity.',
  access: 'findings.read',
  reply: fixDaysReply,
});

export const setFixDays = route({
  method: 'PUT',
  path: '/api/fix-days',
  summary: 'Changes the days to mend; orders that were issued keep their day.',
  access: 'findings.policy',
  body: fixDays,
  reply: fixDaysReply,
});

export const rectification = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitName: z.string(),
  siteId: z.uuid().nullable(),
  siteName: z.string().nullable(),
  words: z.string(),
  dueAt: time,
  issuedBy: z.string(),
  issuedAt: time,
  settledAt: time.nullable(),
  overdue: z.boolean(),
  findings: z.number().int(),
  /** Of them still to be mended. */
  open: z.number().int(),
});

export const orderRectification = route({
  method: 'POST',
  path: '/api/rectifications',
  summary:
    'Orders the units to mend findings, one order for each site, by a day that follows from the severity.',
  access: 'findings.order',
  body: z.object({
    findingIds: z.array(z.uuid()).min(1).max(500),
    words: z.string().trim().min(4).max(1000),
    /** Default: by the gravest finding of the site. */
    dueOn: z.iso.date().optional(),
  }),
  reply: z.object({
    orders: z.array(rectification),
    /** Not to be mended any more, or ordered before. */
    skipped: z.array(z.uuid()),
  }),
});

export const listRectifications = route({
  method: 'GET',
  path: '/api/rectifications',
  summary: 'Orders to mend, those that are due first.',
  access: 'findings.read',
  query: listQuery.extend({
    siteId: z.uuid().optional(),
    state: z.enum(['open', 'overdue', 'settled']).optional(),
  }),
  reply: listOf(rectification),
});

export const findingHistory = route({
  method: 'GET',
  path: '/api/findings/:id/history',
  summary: 'What happened to a finding, oldest first.',
  access: 'findings.read',
  params: idParams,
  reply: z.object({
    items: z.array(
      z.object({
        id: z.uuid(),
        act: z.enum(['state', 'ordered', 'returned', 'proposed', 'refused', 'withdrawn', 'lapsed']),
        before: z.string().nullable(),
        after: z.string(),
        note: z.string().nullable(),
        by: z.string(),
        byMachine: z.boolean(),
        at: time,
      }),
    ),
  }),
});

export const rulePrecision = z.object({
  rule: z.string(),
  kind: z.string(),
  seen: z.number().int(),
  open: z.number().int(),
  closed: z.number().int(),
  falseAlarms: z.number().int(),
  /** Sightings that were ignored. */
  suppressed: z.number().int(),
  /** Findings that a person judged: mended, ordered to be mended, or a false alarm. */
  decisions: z.number().int(),
  /** Of the decisions those that were right; null without any. */
  precision: z.number().nullable(),
  /** The 95 % interval of Wilson; null without any decision. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** Too few decisions to say. */
  few: z.boolean(),
});

export const listPrecision = route({
  method: 'GET',
  path: '/api/rule-precision',
  summary: 'How often each rule was right, by what people decided.',
  access: 'findings.read',
  query: listQuery.extend({ from: z.iso.date().optional(), to: z.iso.date().optional() }),
  reply: listOf(rulePrecision),
});

export const orderPermissions = {
  'findings.order': { zh: '责令整改', en: 'Order to mend' },
  'findings.policy': { zh: '设置整改期限', en: 'Set the days to mend' },
} as const;

export const orderErrors = {
  'findings.nothing_to_order': {
    status: 409,
    zh: '选中的问题都不需要责令：已经整改、关闭，或已有责令',
    en: 'None of the findings is to be ordered: mended, closed or ordered already',
  },
  'findings.bad_due': {
    status: 400,
    zh: '整改期限 {value} 不对：应在今天到一年之内',
    en: 'The day {value} is wrong: it must lie between today and a year from now',
  },
  'findings.days_order': {
    status: 400,
    zh: '越严重的问题，整改天数不能越长（{field}）',
    en: 'A graver finding cannot have more days ({field})',
  },
} as const;
