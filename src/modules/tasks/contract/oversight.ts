/** Progress, reminders, measures, and the rules behind them. */
import { z } from 'zod';
import { listOf, listQuery, route, time } from '#base/contract';

export const progressRow = z.object({
  /** A unit's or campaign's id, or a kind. */
  id: z.string(),
  name: z.string(),
  /** For a unit: whether there are units below to look into. */
  below: z.boolean(),
  open: z.number().int(),
  done: z.number().int(),
  late: z.number().int(),
  /** Nobody is in charge: whether it will be done is not known. */
  unknown: z.number().int(),
});
export type ProgressRow = z.infer<typeof progressRow>;

export const taskProgress = route({
  method: 'GET',
  path: '/api/tasks/progress',
  summary: 'Open, done, late and unknown tasks, by kind, by campaign or by the units below one.',
  access: 'tasks.team',
  query: z.object({
    by: z.enum(['unit', 'kind', 'campaign']).default('unit'),
    unitId: z.uuid().optional(),
    kind: z.string().max(60).optional(),
    campaignId: z.uuid().optional(),
    /** Tasks raised since; default: the last 180 days. */
    since: time.optional(),
  }),
  reply: z.object({ items: z.array(progressRow), at: time }),
});

export const nudgeUnits = route({
  method: 'POST',
  path: '/api/tasks/nudges',
  summary: 'Reminds units of everything that is late there, merged; limited per week, and recorded.',
  access: 'tasks.ask',
  body: z.object({
    /** Empty: every unit below with something late. */
    unitIds: z.array(z.uuid()).max(5000).default([]),
    campaignId: z.uuid().optional(),
  }),
  reply: z.object({
    units: z.number().int(),
    reached: z.number().int(),
    skipped: z.number().int(),
    nobody: z.number().int(),
  }),
});

export const listNudges = route({
  method: 'GET',
  path: '/api/tasks/nudges',
  summary: 'Reminders that bureaus sent by hand.',
  access: 'tasks.team',
  query: listQuery.extend({ unitId: z.uuid().optional() }),
  reply: listOf(
    z.object({
      id: z.uuid(),
      unitName: z.string(),
      tasks: z.number().int(),
      reached: z.number().int(),
      sentByName: z.string(),
      at: time,
    }),
  ),
});

export const taskMeasures = route({
  method: 'GET',
  path: '/api/tasks/measures',
  summary:
    'The burden: median minutes from raising to handing in, share sent back, tasks per school and term.',
  access: 'tasks.team',
  query: z.object({ from: time.optional(), to: time.optional() }),
  reply: z.object({
    from: time,
    to: time,
    raised: z.number().int(),
    done: z.number().int(),
    late: z.number().int(),
    schools: z.number().int(),
    perSchool: z.number(),
    /** Minutes that the askers estimated, per school. */
    minutesPerSchool: z.number(),
    /** Median of the estimates, and of the time between claim and handing in; null: nothing to measure. */
    medianMinutes: z.number().nullable(),
    medianActualMinutes: z.number().nullable(),
    returnRate: z.number().nullable(),
    byKind: z.array(
      z.object({
        kind: z.string(),
        raised: z.number().int(),
        done: z.number().int(),
        medianMinutes: z.number().nullable(),
        returnRate: z.number().nullable(),
      }),
    ),
  }),
});

export const escalationLevel = z.enum(['leader', 'office', 'city']);

export const policyRules = z.object({
  /** Working days between asking and the deadline, at least. */
  minLeadDays: z.number().int().min(0).max(60),
  /** Requests to one unit in a calendar month before the asker is warned. */
  monthlyCap: z.number().int().min(1).max(1000),
  nudgesPerWeek: z.number().int().min(0).max(7),
  /** Hour of the day in China from which reminders go out, until 18:00. */
  remindHour: z.number().int().min(7).max(17),
  /** How many days before its deadline a task is in the reminder. */
  dueSoonDays: z.number().int().min(0).max(60),
  escalate: z.array(z.object({ afterDays: z.number().int().min(0).max(90), level: escalationLevel })).max(6),
});
export type PolicyRules = z.infer<typeof policyRules>;

const policyReply = z.object({
  rules: policyRules,
  source: z.string(),
  effectiveFrom: time.nullable(),
  setByName: z.string().nullable(),
});

export const getTaskPolicy = route({
  method: 'GET',
  path: '/api/tasks/policy',
  summary: 'The rules about asking and reminding that are in force.',
  access: 'tasks.work',
  reply: policyReply,
});

export const setTaskPolicy = route({
  method: 'PUT',
  path: '/api/tasks/policy',
  summary: 'Sets the rules about asking and reminding; the former ones are kept.',
  access: 'tasks.policy',
  body: z.object({ rules: policyRules, source: z.string().trim().min(2).max(300) }),
  reply: policyReply,
});

const calendarYear = z.object({
  year: z.number().int().min(2000).max(2100),
  daysOff: z.array(z.iso.date()).max(200),
  workDays: z.array(z.iso.date()).max(100),
  source: z.string().trim().min(2).max(300),
});

export const getCalendar = route({
  method: 'GET',
  path: '/api/tasks/calendar',
  summary: 'Holidays and make-up days by year; a year that is not there has its weekends only.',
  access: 'tasks.work',
  reply: z.object({ items: z.array(calendarYear.extend({ setByName: z.string(), at: time })) }),
});

export const setCalendar = route({
  method: 'PUT',
  path: '/api/tasks/calendar',
  summary: 'Sets the holidays and make-up days of a year; the former version is kept.',
  access: 'tasks.policy',
  body: calendarYear,
  reply: calendarYear,
});
