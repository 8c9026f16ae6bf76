/** What leaders are told of queries about their unit, and whether traces keep destinations. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, sortBy, time } from '#base/contract';

const count = z.number().int();
const verdict = z.enum(['proven', 'probable', 'ambiguous', 'not_provable']);

export const touchPart = z.enum(['asked', 'candidate', 'both']);

export const queryTouch = z.object({
  id: z.uuid(),
  source: z.enum(['trace', 'bulk']),
  unitId: z.uuid(),
  unitName: z.string(),
  /** The unit asked itself, was found as a candidate, or both. */
  part: touchPart,
  /** The office that asked. Its reason is its own and stands nowhere here. */
  office: z.string(),
  /** Nobody of that office asked: the system did by itself, for an incident of it. */
  bySystem: z.boolean(),
  caseNo: z.string(),
  askedAt: time,
  queries: count,
  verdict,
  namesAsked: count,
  namesOpened: count,
  nameOpenedAt: time.nullable(),
});

const span = { from: z.iso.date().optional(), to: z.iso.date().optional() };

export const listQueryTouches = route({
  method: 'GET',
  path: '/api/traces/report',
  summary: 'Every trace that touched one of the caller’s units: when, by which office, for which case.',
  access: 'trace.report',
  query: listQuery.extend({
    sort: sortBy('askedAt'),
    ...span,
    part: touchPart.optional(),
    opened: z.enum(['yes', 'no']).optional(),
  }),
  reply: listOf(queryTouch),
});

export const summarizeQueryTouches = route({
  method: 'GET',
  path: '/api/traces/report/summary',
  summary: 'The same in figures, by office.',
  access: 'trace.report',
  query: z.object(span),
  reply: z.object({
    from: time.nullable(),
    to: time.nullable(),
    queries: count,
    namesAsked: count,
    namesOpened: count,
    offices: z.array(
      z.object({
        office: z.string(),
        bySystem: z.boolean(),
        queries: count,
        namesOpened: count,
        lastAskedAt: time,
      }),
    ),
  }),
});

export const destinationRule = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  unitName: z.string(),
  keep: z.boolean(),
  reason: z.string(),
  state: z.enum(['proposed', 'approved', 'refused']),
  proposedBy: z.string(),
  proposedByMe: z.boolean(),
  proposedAt: time,
  decidedBy: z.string().nullable(),
  decidedAt: time.nullable(),
});

export const listDestinationRules = route({
  method: 'GET',
  path: '/api/traces/destination-rules',
  summary: 'Whether traces show the other ends of translations: what was proposed and decided, newest first.',
  access: 'trace.run',
  query: listQuery,
  reply: listOf(destinationRule).extend({
    /** What holds for the caller’s own unit now; false unless two people decided otherwise. */
    keep: z.boolean(),
  }),
});

export const proposeDestinationRule = route({
  method: 'POST',
  path: '/api/traces/destination-rules',
  summary: 'Proposes that traces of a unit, and of those below it, show destinations or stop to.',
  access: 'trace.destinations',
  body: z.object({
    keep: z.boolean(),
    reason: z.string().trim().min(4).max(500),
    unitId: z.uuid().optional(),
  }),
  reply: destinationRule,
});

export const decideDestinationRule = route({
  method: 'POST',
  path: '/api/traces/destination-rules/:id/decision',
  summary: 'Approves or refuses such a proposal; never who made it.',
  access: 'trace.destinations',
  params: idParams,
  body: z.object({ approve: z.boolean() }),
  reply: destinationRule,
});

export const privacyPermissions = {
  'trace.report': { zh: '查看溯源查询报告', en: 'Read the report of traces' },
  'trace.destinations': { zh: '决定溯源是否显示访问目的', en: 'Decide whether traces show destinations' },
} as const;

export const privacyErrors = {
  'trace.minor_ground': {
    status: 422,
    zh: '使用人是未成年人：请在“法律依据”里写明依据的法律条款或文书编号',
    en: 'This person is a minor: state the law or the warrant in “legal ground”',
  },
  'trace.rule_pending': {
    status: 409,
    zh: '这个单位已有一个待决定的提议，请先决定',
    en: 'A proposal for this unit is still to be decided; decide it first',
  },
  'trace.own_proposal': {
    status: 409,
    zh: '提议人不能自己批准，请另一位有权限的同事决定',
    en: 'Who proposed cannot decide; ask a colleague who may',
  },
} as const;
