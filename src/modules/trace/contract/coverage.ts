/** What a trace of each school could rest on. */
import { z } from 'zod';
import { listOf, listQuery, route, sortBy, time } from '#base/contract';

const count = z.number().int();

export const logState = z.enum(['covered', 'gap', 'unknown', 'none']);

export const coverageProblem = z.enum([
  'no_allocation',
  'no_nat',
  'nat_gap',
  'own_wan',
  'no_holder',
  'holder_gap',
  'unregistered',
  'no_devices',
  'clock',
  'clock_unknown',
]);
export type CoverageProblem = z.infer<typeof coverageProblem>;

export const schoolCoverage = z.object({
  unitId: z.uuid(),
  unitName: z.string(),
  /** Over the last 30 days, of the best source of each kind. */
  nat: logState,
  lease: logState,
  sighting: logState,
  allocated: z.boolean(),
  /** The school has an exit of its own whose translations are not logged: the chain ends there. */
  ownWan: z.boolean(),
  devices: count,
  /** Addresses that the logs saw in use, and those of them whose device is registered. */
  seen: count,
  seenRegistered: count,
  /** Farthest clock of its sources; null: not measured. */
  clockMs: z.number().nullable(),
  gapHours: z.number(),
  problems: z.array(coverageProblem),
  computedAt: time,
});

export const listCoverage = route({
  method: 'GET',
  path: '/api/traces/coverage',
  summary: 'What a trace of each school could rest on, as last looked at; those with most problems first.',
  access: 'trace.run',
  query: listQuery.extend({ problem: coverageProblem.optional(), sort: sortBy('problems', 'gapHours') }),
  reply: listOf(schoolCoverage),
});

export const refreshCoverage = route({
  method: 'POST',
  path: '/api/traces/coverage/refresh',
  summary: 'Looks again now, in the background; otherwise every night.',
  access: 'trace.drill',
  reply: z.object({ queued: z.boolean() }),
});
