/** Retention, holds and places. */
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { tellPlaces } from '../archive/tell-places.ts';
import * as contract from '../contract.ts';
import { findSource } from '../store/catalogue.ts';
import * as plans from '../store/drop-plans.ts';
import * as holds from '../store/holds.ts';
import * as store from '../store/retention.ts';
import { confirmDrop, decideDrop } from './decide-drop.ts';
import { askLift, decideLift, placeHold } from './hold-logs.ts';
import { proposeDrop } from './propose-drop.ts';
import { setRule } from './set-rule.ts';

export const retentionRoutes: Handler[] = [
  handle(contract.listRetention, async (ctx) => {
    const rules = await store.newestRules(ctx);
    const classes = await store.classesAt(ctx, ctx.actor.unitPath);
    return {
      items: classes.map((one) => ({
        class: one.class,
        leastDays: one.least_days,
        basis: one.basis,
        days: one.days,
        sources: one.sources,
        rules: rules.filter((rule) => rule.class === one.class).map(presentRule),
      })),
    };
  }),
  handle(contract.setRetention, async (ctx, { body }) => presentRule(await setRule(ctx, body))),
  handle(contract.listDropPlans, async (ctx, { query }) => {
    const { items, ...counts } = await plans.listPlans(ctx, query);
    return { ...counts, items: items.map((row) => presentPlan(ctx, row)) };
  }),
  handle(contract.proposeDrop, async (ctx) => {
    const plan = await proposeDrop(ctx);
    return { plan: plan && presentPlan(ctx, plan) };
  }),
  handle(contract.getDropPlan, async (ctx, { params }) => presentPlan(ctx, await seenPlan(ctx, params.id))),
  handle(contract.listDropItems, async (ctx, { params, query }) => {
    await seenPlan(ctx, params.id);
    const { items, ...counts } = await plans.listItems(ctx, params.id, query);
    return { ...counts, items: items.map(presentItem) };
  }),
  handle(contract.confirmDrop, async (ctx, { params, body }) =>
    presentPlan(ctx, await confirmDrop(ctx, params.id, body)),
  ),
  handle(contract.decideDrop, async (ctx, { params, body }) =>
    presentPlan(ctx, await decideDrop(ctx, params.id, body)),
  ),
  handle(contract.sourceRetention, (ctx, { params }) => tellSource(ctx, params.id)),
  handle(contract.listPlaces, (ctx) => tellPlaces(ctx)),
  handle(contract.listHolds, async (ctx, { query }) => {
    const { items, ...counts } = await holds.listHolds(ctx, query);
    return { ...counts, items: items.map((row) => presentHold(ctx, row)) };
  }),
  handle(contract.placeHoldRoute, async (ctx, { body }) => {
    const { since, until, ...rest } = body;
    const placed = await placeHold(ctx, {
      ...rest,
      since: since === undefined ? undefined : new Date(since),
      until: until === undefined ? undefined : new Date(until),
    });
    return { ...placed, hold: presentHold(ctx, placed.hold) };
  }),
  handle(contract.askLift, async (ctx, { params, body }) =>
    presentHold(ctx, await askLift(ctx, params.id, body.reason)),
  ),
  handle(contract.decideLift, async (ctx, { params, body }) =>
    presentHold(ctx, await decideLift(ctx, params.id, body)),
  ),
];

async function seenPlan(ctx: Ctx, id: string): Promise<plans.PlanRow> {
  return (await plans.findPlan(ctx, id)) ?? fail('base.not_found', { what: `drop plan ${id}` });
}

async function tellSource(ctx: Ctx, id: number) {
  const source = await findSource(ctx, { id });
  const row = source && (await store.standingOf(ctx, id));
  if (!row) fail('base.not_found', { what: `log source ${id}` });
  return {
    class: row.class,
    days: row.days,
    leastDays: row.least_days,
    oldest: row.oldest,
    segments: row.segments,
    rawBytes: row.raw_bytes,
    held: row.held,
    moved: row.moved,
    dropped: row.dropped,
    droppedTo: row.dropped_to,
    drops: (await plans.dropsOfSource(ctx, id, 31)).map(presentItem),
  };
}

function presentRule(row: store.RuleRow) {
  const { id, days, basis, at } = row;
  return { id, days, basis, at, unitName: row.unit_name, unitPath: row.unit_path, by: row.actor_name };
}

function presentPlan(ctx: Ctx, row: plans.PlanRow) {
  return {
    id: row.id,
    state: row.state,
    proposedAt: row.proposed_at,
    days: row.days,
    sources: row.sources,
    segments: row.segments,
    records: row.records,
    rawBytes: row.raw_bytes,
    heldSegments: row.held_segments,
    warnings: row.warnings,
    confirmedBy: row.confirmed_name,
    confirmedAt: row.confirmed_at,
    confirmedNote: row.confirmed_note,
    decidedBy: row.decided_name,
    decidedAt: row.decided_at,
    decidedNote: row.decided_note,
    doneAt: row.done_at,
    problem: row.problem,
    confirmedByMe: row.confirmed_by === ctx.actor.id,
  };
}

function presentItem(row: plans.ItemRow) {
  return {
    day: row.day,
    sourceId: row.source_id,
    source: row.source,
    class: row.class,
    segments: row.segments,
    records: row.records,
    rawBytes: row.raw_bytes,
    held: row.held,
    state: row.state,
    dropped: row.dropped,
    droppedRecords: row.dropped_records,
    digest: row.digest,
    how: row.how,
    decidedAt: row.decided_at,
    doneAt: row.done_at,
  };
}

function presentHold(ctx: Ctx, row: holds.HoldRow) {
  const isWaiting = row.lift_by !== null && row.lift_accepted === null;
  return {
    id: row.id,
    caseNo: row.case_no,
    reason: row.reason,
    state:
      row.lifted_at !== null ? ('lifted' as const) : isWaiting ? ('lifting' as const) : ('active' as const),
    sources: row.sources,
    segmentIds: row.segment_ids,
    since: row.since,
    until: row.until,
    placedBy: row.placed_name,
    placedAt: row.placed_at,
    liftedAt: row.lifted_at,
    lift:
      row.lift_by === null
        ? null
        : {
            reason: row.lift_reason!,
            askedBy: row.lift_name!,
            askedByMe: row.lift_by === ctx.actor.id,
            askedAt: row.lift_at!,
            accepted: row.lift_accepted,
            decidedBy: row.lift_decided_name,
            decidedAt: row.lift_decided_at,
            note: row.lift_note,
          },
  };
}
