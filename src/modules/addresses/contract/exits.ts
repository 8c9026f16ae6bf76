/** Through which exit schools reach this server (D25, D26). */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

export const exitOutcome = z.enum(['bureau', 'inside', 'own', 'other', 'unseen']);

export const exitCheck = z.object({
  /** The school. */
  id: z.uuid(),
  unitName: z.string(),
  outcome: exitOutcome,
  /** An exception covers it. */
  excepted: z.boolean(),
  /** As seen last; of an address that nobody declared only its network. */
  network: z.string().nullable(),
  exitUnit: z.string().nullable(),
  firstAt: time.nullable(),
  lastAt: time.nullable(),
  /** Days of the last thirty on which it was seen. */
  days: z.number().int(),
});

export const listExitChecks = route({
  method: 'GET',
  path: '/api/exit-checks',
  summary: 'Each school with the exit through which it reached this server last.',
  access: 'addresses.read',
  query: listQuery.extend({ outcome: exitOutcome.optional() }),
  reply: listOf(exitCheck),
});

export const exitSighting = z.object({
  id: z.uuid(),
  day: z.string(),
  network: z.string(),
  outcome: exitOutcome,
  byPeople: z.number().int(),
  byProbe: z.number().int(),
  firstAt: time,
  lastAt: time,
});

export const listExitSightings = route({
  method: 'GET',
  path: '/api/units/:id/exits',
  summary: 'By day, the exits through which one school reached this server.',
  access: 'addresses.read',
  params: idParams,
  query: listQuery,
  reply: listOf(exitSighting),
});

export const probeExit = route({
  method: 'GET',
  path: '/api/exit-probe',
  summary:
    'Tells the caller from which address it comes and through whose exit, and keeps that for its school.',
  access: 'addresses.probe',
  reply: z.object({ address: z.string(), outcome: exitOutcome, exitUnit: z.string().nullable() }),
});

export const exceptionState = z.enum(['asked', 'approved', 'refused', 'expired']);
export const exitException = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitName: z.string(),
  network: z.string(),
  reason: z.string(),
  expiresOn: z.string(),
  state: exceptionState,
  askedByName: z.string(),
  askedAt: time,
  mine: z.boolean(),
  decidedByName: z.string().nullable(),
  note: z.string().nullable(),
});

export const listExitExceptions = route({
  method: 'GET',
  path: '/api/exit-exceptions',
  summary: 'Schools that may use another exit for a while.',
  access: 'addresses.read',
  query: listQuery,
  reply: listOf(exitException),
});

export const requestExitException = route({
  method: 'POST',
  path: '/api/exit-exceptions',
  summary: 'Asks that a school may use another exit until a day.',
  access: 'addresses.write',
  body: z.object({
    unitId: z.uuid().optional(),
    network: z.string().trim().min(3).max(50),
    reason: z.string().trim().min(4).max(500),
    expiresOn: z.iso.date(),
  }),
  reply: z.object({ id: z.uuid() }),
});

export const decideExitException = route({
  method: 'POST',
  path: '/api/exit-exceptions/:id/decision',
  summary: 'Decides on an exception; not by the one who asked.',
  access: 'addresses.allocate',
  params: idParams,
  body: z.object({ approve: z.boolean(), note: z.string().trim().max(500).default('') }),
});

export const exitPermissions = {
  'addresses.probe': { zh: '出口探测', en: 'Probe the exit' },
} as const;

export const exitErrors = {
  'addresses.exception_too_long': {
    status: 422,
    zh: '例外的到期日须在今天之后一年以内：{expiresOn}',
    en: 'An exception must end after today and within a year: {expiresOn}',
  },
} as const;
