import { lookEverywhere } from '#addresses';
import type { Ctx } from '#base/app';
import { type Handler, handle } from '#base/http';
import * as contract from '../contract/privacy.ts';
import { decideDestinations, proposeDestinations } from './decide-destinations.ts';
import * as store from './store.ts';

export const privacyRoutes: Handler[] = [
  handle(contract.listQueryTouches, async (ctx, { query }) => {
    const { items, ...counts } = await store.listTouches(ctx, query);
    const ids = items.map((row) => row.source_id);
    const bySystem = new Set(await lookEverywhere(ctx, (all) => store.askedBySystem(all, ids)));
    return { ...counts, items: items.map((row) => touchOf(row, bySystem.has(row.source_id))) };
  }),
  handle(contract.summarizeQueryTouches, async (ctx, { query }) => {
    const bySystem = await lookEverywhere(ctx, (all) => store.askedBySystem(all, query));
    const rows = await store.sumTouches(ctx, query, bySystem);
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
        bySystem: row.by_system,
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

function touchOf(row: store.TouchRow, bySystem: boolean) {
  return {
    id: row.id,
    source: row.source,
    unitId: row.unit_id,
    unitName: row.unit_name,
    part: row.part,
    office: row.office,
    bySystem,
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
