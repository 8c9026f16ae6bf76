import type { Ctx } from '#base/app';
import { type Handler, handle } from '#base/http';
import * as contract from '../contract/privacy.ts';
import { decideDestinations, proposeDestinations } from './decide-destinations.ts';
import * as store from './store.ts';

export const privacyRoutes: Handler[] = [
  handle(contract.listQueryTouches, async (ctx, { query }) => {
    const { items, ...counts } = await store.listTouches(ctx, query);
    return { ...counts, items: items.map(touchOf) };
  }),
  handle(contract.summarizeQueryTouches, async (ctx, { query }) => {
    const rows = await store.sumTouches(ctx, query);
    const sum = (key: 'queries' | 'names_asked' | 'names_opened') =>
      rows.reduce((total, row) => total + row[key], 0);
    const times = rows.flatMap((row) => [row.first_asked_at, row.last_asked_at]).map(Number);
    return {
      from: times.length === 0 ? null : new Date(Math.min(...times)),
      to: times.length === 0 ? null : new Date(Math.max(...times)),
      queries: sum('queries'),
      namesAsked: sum('names_asked'),
      namesOpened: sum('names_opened'),
      offices: rows.map((row) => ({
        office: row.office,
        queries: row.queries,
        namesOpened: row.names_opened,
        lastAskedAt: row.last_asked_at,
      })),
    };
  }),
  handle(contract.listDestinationRules, async (ctx, { query }) => {
    const { items, ...counts } = await store.listRules(ctx, query);
    const keep = await store.keepsDestinations(ctx, ctx.actor.unitPath);
    return { ...counts, keep, items: items.map((row) => ruleOf(ctx, row)) };
  }),
  handle(contract.proposeDestinationRule, async (ctx, { body }) =>
    ruleOf(ctx, await proposeDestinations(ctx, body)),
  ),
  handle(contract.decideDestinationRule, async (ctx, { params, body }) =>
    ruleOf(ctx, await decideDestinations(ctx, params.id, body.approve)),
  ),
];

function touchOf(row: store.TouchRow) {
  return {
    id: row.id,
    source: row.source,
    unitId: row.unit_id,
    unitName: row.unit_name,
    part: row.part,
    office: row.office,
    caseNo: row.case_no,
    askedAt: row.asked_at,
    queries: row.queries,
    verdict: row.verdict,
    namesAsked: row.names_asked,
    namesOpened: row.names_opened,
    nameOpenedAt: row.name_opened_at,
  };
}

function ruleOf(ctx: Ctx, row: store.RuleRow) {
  return {
    id: row.id,
    unitId: row.unit_id,
    unitName: row.unit_name,
    keep: row.keep,
    reason: row.reason,
    state: row.state,
    proposedBy: row.proposed_by_name,
    proposedByMe: row.proposed_by === ctx.actor.id,
    proposedAt: row.proposed_at,
    decidedBy: row.decided_by_name,
    decidedAt: row.decided_at,
  };
}
