import type { Ctx } from '#base/app';
import { type Handler, handle } from '#base/http';
import { askTrace } from './ask-trace.ts';
import * as contract from './contract.ts';
import { decideReveal, openReveal, requestReveal } from './reveal-name.ts';
import { listReveals, type RevealRow } from './reveal-store.ts';
import { listTraces } from './store.ts';
import { headOf, readTrace } from './view-trace.ts';

function revealOf(ctx: Ctx, row: RevealRow) {
  return {
    id: row.id,
    traceId: row.trace_id,
    candidate: row.candidate,
    state: row.state,
    requestedBy: row.requested_by_name,
    requestedByMe: row.requested_by === ctx.actor.id,
    requestedAt: row.requested_at,
    caseNo: row.case_no,
    reason: row.reason,
    legalGround: row.legal_ground,
    decidedBy: row.decided_by_name,
    decidedAt: row.decided_at,
    expiresAt: row.expires_at,
  };
}

export const routes: Handler[] = [
  handle(contract.askTrace, (ctx, { body }) => askTrace(ctx, body)),
  handle(contract.listTraces, async (ctx, { query }) => {
    const { items, ...counts } = await listTraces(ctx, query);
    return { ...counts, items: items.map(headOf) };
  }),
  handle(contract.getTrace, (ctx, { params }) => readTrace(ctx, params.id)),
  handle(contract.requestReveal, async (ctx, { params, body }) =>
    revealOf(ctx, await requestReveal(ctx, { traceId: params.id, ...body })),
  ),
  handle(contract.listReveals, async (ctx, { query }) => {
    const { items, ...counts } = await listReveals(ctx, query);
    return { ...counts, items: items.map((row) => revealOf(ctx, row)) };
  }),
  handle(contract.decideReveal, async (ctx, { params, body }) =>
    revealOf(ctx, await decideReveal(ctx, params.id, body)),
  ),
  handle(contract.openReveal, (ctx, { params }) => openReveal(ctx, params.id)),
];
