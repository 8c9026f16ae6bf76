/** Two people unseal a name: one asks with case number and reason, another decides; every look is kept. */
import { recordAudit } from '#audit';
import { requireFreshFactor } from '#auth';
import type { Ctx } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { askOffice, settleTask } from '#tasks';
import { revealRequested } from './contract.ts';
import * as store from './reveal-store.ts';
import { findTrace } from './store.ts';
import { localTime } from './words.ts';

/**
 * Asks; an undecided request of the same person for the same candidate is answered again, not doubled. Throws
 * `trace.minor_ground` when the person is a minor and no legal ground is given, `trace.no_person`, `trace.person_outside`.
 */
export async function requestReveal(
  ctx: Ctx,
  request: {
    traceId: string;
    candidate: number;
    caseNo: string;
    reason: string;
    legalGround?: string | undefined;
  },
): Promise<store.RevealRow> {
  const trace = (await findTrace(ctx, request.traceId)) ?? fail('base.not_found', { what: request.traceId });
  await demandPerson(ctx, request.traceId, request.candidate);
  const id = await insertRequest(ctx, { ...request, unitPath: trace.unit_path });
  await audit(ctx, 'trace.reveal_request', id, trace.unit_path, request);
  await askOffice(ctx, {
    key: `trace:reveal:${id}`,
    kind: 'trace.reveal',
    unitPath: trace.unit_path,
    title: `审批查看姓名的申请（${request.caseNo}）`,
    why: `${ctx.actor.name} 申请查看溯源结果中的姓名：${request.reason}`,
    legalBasis: '《个人信息保护法》第五条',
    days: 1,
    minutes: 5,
    link: `/trace/${request.traceId}`,
  });
  await ctx.emit(revealRequested, { revealId: id, traceId: request.traceId }, trace.unit_path);
  return readReveal(ctx, id);
}

async function insertRequest(ctx: Ctx, request: Parameters<typeof store.insertReveal>[1]): Promise<string> {
  try {
    return await store.insertReveal(ctx, request);
  } catch (error) {
    if (violatedConstraint(error) !== 'minor_ground') throw error;
    fail('trace.minor_ground', {}, error);
  }
}

/** Decides, with a fresh second factor of whoever has one. Throws `trace.own_request` for the one who asked and `trace.already_decided`. */
export async function decideReveal(
  ctx: Ctx,
  id: string,
  decision: { approve: boolean; note?: string | undefined },
): Promise<store.RevealRow> {
  await requireFreshFactor(ctx);
  const reveal = (await store.findReveal(ctx, id, true)) ?? fail('base.not_found', { what: id });
  if (reveal.requested_by === ctx.actor.id) fail('trace.own_request');
  if (reveal.state !== 'requested') fail('trace.already_decided');
  await store.decide(ctx, id, decision.approve ? 'approved' : 'refused', decision.note);
  await audit(ctx, decision.approve ? 'trace.reveal_approve' : 'trace.reveal_refuse', id, reveal.unit_path, {
    note: decision.note ?? null,
  });
  await settleTask(ctx, `trace:reveal:${id}`, 'done');
  return readReveal(ctx, id);
}

/**
 * Shows the name to the one who asked, while the approval lasts. The name stands in no other reply, no log and
 * no audit entry. Throws `trace.not_approved`, `trace.reveal_expired`, `trace.no_person`,
 * `trace.person_outside`.
 */
export async function openReveal(ctx: Ctx, id: string) {
  await requireFreshFactor(ctx);
  const reveal = await readReveal(ctx, id);
  if (reveal.state === 'expired') fail('trace.reveal_expired');
  if (reveal.state !== 'approved' || reveal.requested_by !== ctx.actor.id) fail('trace.not_approved');
  const person = await demandPerson(ctx, reveal.trace_id, reveal.candidate);
  await store.insertOpening(ctx, reveal);
  await audit(ctx, 'trace.reveal_open', id, reveal.unit_path, {
    trace: reveal.trace_id,
    candidate: reveal.candidate,
  });
  return {
    name: person.name,
    personNo: person.person_no,
    unitName: person.unit_name,
    room: person.room,
    watermark: `${ctx.actor.name} · ${reveal.case_no} · ${localTime(ctx.clock.now())}`,
  };
}

/** “Nobody is registered” must not be said of somebody whom the actor may not see. */
async function demandPerson(ctx: Ctx, traceId: string, candidate: number): Promise<store.SealedPerson> {
  const person = await store.findPerson(ctx, traceId, candidate);
  if (person) return person;
  const why = await store.whyNoPerson(ctx, traceId, candidate);
  if (why === 'no_candidate') fail('base.not_found', { what: `${traceId} ${candidate}` });
  fail(why === 'outside' ? 'trace.person_outside' : 'trace.no_person');
}

async function readReveal(ctx: Ctx, id: string): Promise<store.RevealRow> {
  return (await store.findReveal(ctx, id)) ?? fail('base.not_found', { what: id });
}

async function audit(ctx: Ctx, action: string, id: string, unitPath: string, after: object): Promise<void> {
  await recordAudit(ctx, { action, subject: `reveal:${id}`, unitPath, after });
}
