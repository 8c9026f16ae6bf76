/** 五到位 of a unit (D36): five flags computed from facts, each with what it rests on. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, sortBy, time } from '#base/contract';
import { appointment } from './appointments.ts';
import { day } from './days.ts';

export const fiveFlag = z.enum(['leader', 'organisation', 'people', 'responsibility', 'measures']);
export type FiveFlag = z.infer<typeof fiveFlag>;

/** `unknown`: there was no way to know; never shown as in place. */
export const fiveState = z.enum(['in_place', 'partly', 'missing', 'unknown']);
export type FiveState = z.infer<typeof fiveState>;

export const fiveFact = z.object({
  /** What was looked at; the UI has words for each. */
  code: z.string(),
  state: z.enum(['met', 'partly', 'missing', 'unknown']),
  /** What the words speak of: a name, a document number, a count. */
  about: z.string().nullable(),
  on: day.nullable(),
  /** Where to see or mend it. */
  link: z.string().nullable(),
});
export type FiveFact = z.infer<typeof fiveFact>;

export const getFiveInPlace = route({
  method: 'GET',
  path: '/api/units/:id/five-in-place',
  summary: 'The five flags of a unit on a day (default today), each with the facts that it rests on.',
  access: 'people.read',
  params: idParams,
  query: z.object({ on: day.optional() }),
  reply: z.object({
    on: day,
    inPlace: z.number().int(),
    flags: z.array(z.object({ flag: fiveFlag, state: fiveState, facts: z.array(fiveFact) })),
  }),
});

const row = z.object({ day, states: z.record(fiveFlag, fiveState), inPlace: z.number().int() });

export const getFiveHistory = route({
  method: 'GET',
  path: '/api/units/:id/five-in-place/history',
  summary: 'The five flags of a unit as they were computed day by day, the newest first.',
  access: 'people.read',
  params: idParams,
  query: listQuery,
  reply: listOf(row),
});

export const listFiveInPlace = route({
  method: 'GET',
  path: '/api/five-in-place',
  summary: 'The five flags of every unit in scope as last computed, the worst first.',
  access: 'people.read',
  query: listQuery.extend({
    sort: sortBy('unitName', 'inPlace', ...fiveFlag.options),
    parentId: z.uuid().optional(),
    flag: fiveFlag.optional(),
    state: fiveState.optional(),
  }),
  reply: listOf(
    row.extend({
      unitId: z.uuid(),
      unitName: z.string(),
      parentName: z.string().nullable(),
      missing: z.number().int(),
      computedAt: time,
    }),
  ),
});

/** What modules below this one in the list are asked about a unit, for which flag: the topics of their facts. */
export const fiveTopics = { responsibility: 'units.responsibility', measures: 'units.measures' } as const;

/** Who answered for a thing on a day: those named for it, and the posts of the unit that owns it. */
export const getResponsibleFor = route({
  method: 'GET',
  path: '/api/responsible/:kind/:id',
  summary: 'Who answered for a site or a device on a day: people named for it, and the posts of its unit.',
  access: 'people.read',
  params: z.object({ kind: z.string().max(40), id: z.uuid() }),
  query: z.object({ on: day.optional(), knownAt: time.optional() }),
  reply: z.object({
    on: day,
    knownAt: time.nullable(),
    title: z.string(),
    unitId: z.uuid(),
    unitName: z.string(),
    named: z.array(z.object({ role: z.string(), personId: z.uuid(), personName: z.string() })),
    posts: z.array(appointment),
  }),
});
