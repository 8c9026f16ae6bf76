/** Drills: real points of the logs are traced, to know beforehand what a trace would prove. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, sortBy, time } from '#base/contract';

const count = z.number().int();
const verdict = z.enum(['proven', 'probable', 'ambiguous', 'not_provable']);

/** Why points could not be proven: what findings are opened for. */
export const drillReason = z.enum([
  'no_logs',
  'no_session',
  'shared_nat',
  'second_nat',
  'unregistered',
  'no_lease',
  'random_mac',
  'gap',
  'clock',
  'other',
]);
export type DrillReason = z.infer<typeof drillReason>;

export const drill = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitName: z.string(),
  cause: z.enum(['month', 'person']),
  askedBy: z.string(),
  from: time,
  to: time,
  wanted: count,
  startedAt: time,
  finishedAt: time.nullable(),
  schools: count,
  points: count,
  proven: count,
  probable: count,
  ambiguous: count,
  notProvable: count,
});

export const startDrill = route({
  method: 'POST',
  path: '/api/traces/drills',
  summary: 'Starts a drill for a unit and the schools below it. No name is looked up, none can be asked for.',
  access: 'trace.drill',
  body: z.object({
    unitId: z.uuid().optional(),
    /** Points of each school. */
    points: z.number().int().min(1).max(20).default(5),
    /** Days back from now that points are taken from. */
    days: z.number().int().min(1).max(180).default(30),
  }),
  reply: drill,
});

export const listDrills = route({
  method: 'GET',
  path: '/api/traces/drills',
  summary: 'Drills, newest first.',
  access: 'trace.run',
  query: listQuery,
  reply: listOf(drill),
});

export const drillResult = z.object({
  unitId: z.uuid(),
  unitName: z.string(),
  drillId: z.uuid(),
  points: count,
  proven: count,
  probable: count,
  ambiguous: count,
  notProvable: count,
  /** Points around which the logs were complete. */
  complete: count,
  slowestMs: z.number().nullable(),
  /** Of a hundred points proven or probable; null: there was nothing to ask for. */
  provable: z.number().nullable(),
  because: z.array(drillReason),
  at: time,
  /** `provable` of this and earlier drills, oldest first. */
  trend: z.array(z.object({ at: time, provable: z.number().nullable() })),
});

export const listDrillResults = route({
  method: 'GET',
  path: '/api/traces/drills/results',
  summary: 'Each school’s newest result with its trend, worst first.',
  access: 'trace.run',
  query: listQuery.extend({
    drillId: z.uuid().optional(),
    because: drillReason.optional(),
    sort: sortBy('provable'),
  }),
  reply: listOf(drillResult),
});

export const getDrill = route({
  method: 'GET',
  path: '/api/traces/drills/:id',
  summary: 'One drill: the record that is printed for an inspection.',
  access: 'trace.run',
  params: idParams,
  reply: drill,
});

export const listDrillPoints = route({
  method: 'GET',
  path: '/api/traces/drills/:id/points',
  summary: 'The points of a drill that lie in the caller’s units, and what the trace of each came to.',
  access: 'trace.run',
  params: idParams,
  query: listQuery.extend({ unitId: z.uuid().optional(), verdict: verdict.optional() }),
  reply: listOf(
    z.object({
      id: z.uuid(),
      unitName: z.string(),
      kind: z.enum(['nat', 'block', 'proxy', 'rule']),
      ip: z.string(),
      port: count.nullable(),
      proto: z.enum(['tcp', 'udp']),
      at: time,
      verdict,
      because: z.array(drillReason),
      complete: z.boolean(),
      candidates: count,
      milliseconds: z.number(),
    }),
  ),
});

export const drillPermissions = {
  'trace.drill': { zh: '发起溯源演练', en: 'Start trace drills' },
} as const;

export const drillErrors = {
  'trace.drill_running': {
    status: 409,
    zh: '这个单位的演练还在进行，请等它结束',
    en: 'A drill of this unit is still running; wait for its end',
  },
} as const;
