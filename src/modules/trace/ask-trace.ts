import type { z } from 'zod';
import { lookEverywhere, parseIp, registerTime } from '#addresses';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { elapsed } from '#base/clock';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { inScope } from '#units';
import { type Trace, traceFinished, type traceQuestion } from './contract.ts';
import { decideTrace, type TraceOutcome } from './engine/decide.ts';
import type { TraceQuestion } from './engine/facts.ts';
import { gatherFacts } from './engine/gather.ts';
import { readSteps } from './read-steps.ts';
import { readUrl } from './read-url.ts';
import * as store from './store.ts';
import { readTrace } from './view-trace.ts';

export type TraceResult = Trace;

/**
 * Who was behind a public address and port at a time? Looks through all units' logs and registers, stores the
 * answer with the raw lines it rests on, and shows of it what the actor's scope allows. A name is never part of
 * it. `unitPath`: whose trace it is (default the actor's unit). Throws `trace.future`.
 */
export async function askTrace(
  ctx: Ctx,
  question: z.input<typeof traceQuestion>,
  options: { incidentId?: string; unitPath?: string } = {},
): Promise<TraceResult> {
  const started = elapsed();
  const unitPath = options.unitPath ?? ctx.actor.unitPath;
  const id = newId();
  await lookEverywhere(ctx, async (all) => {
    const asked = readQuestion(question, await registerTime(all));
    const facts = await gatherFacts(all, asked);
    const outcome = decideTrace(asked, facts);
    const candidates = await readCandidates(all, outcome, unitPath);
    const { caseNo, reason } = question;
    const head = { id, unitPath, question: asked, caseNo, reason, incidentId: options.incidentId ?? null };
    const { verdict } = outcome;
    const because = [...outcome.because];
    const coverage = shownCoverage(ctx, outcome);
    const milliseconds = Math.round((elapsed() - started) * 10) / 10;
    await store.insertTrace(all, { ...head, verdict, because, coverage, milliseconds }, candidates.length);
    await store.insertCandidates(all, id, candidates);
    await store.insertBasis(all, { traceId: id, unitPath, question: asked, facts, outcome });
  });
  const result = await readTrace(ctx, id);
  await recordAudit(ctx, {
    action: 'trace.ask',
    subject: `trace:${id}`,
    unitPath,
    after: { ...question, incidentId: options.incidentId ?? null, verdict: result.verdict },
  });
  await ctx.emit(traceFinished, { traceId: id, incidentId: options.incidentId ?? null }, unitPath);
  return result;
}

/**
 * The question as the engine takes it, as of `now` (the register's time) unless it says as of when. Throws
 * `trace.future`, `trace.bad_url`.
 */
export function readQuestion(question: z.input<typeof traceQuestion>, now: Date): TraceQuestion {
  const ip = parseIp(question.ip) ?? fail('base.invalid_input', { summary: `ip: ${question.ip}` });
  const at = Date.parse(question.at);
  const knownAt = question.knownAt === undefined ? now.getTime() : Date.parse(question.knownAt);
  if (at > now.getTime() || knownAt > now.getTime()) fail('trace.future');
  return {
    ip: ip.text,
    port: question.port ?? null,
    proto: question.proto ?? null,
    at,
    knownAt,
    toleranceSeconds: question.toleranceSeconds ?? 0,
    dstIp: (question.dstIp && parseIp(question.dstIp)?.text) || null,
    dstPort: question.dstPort ?? null,
    ...(question.url !== undefined && { url: demandUrl(question.url) }),
    ...(question.forwardedBy !== undefined && { forwardedBy: parseIp(question.forwardedBy)?.text ?? null }),
  };
}

function demandUrl(text: string): string {
  return readUrl(text)?.text ?? fail('trace.bad_url', { field: 'url', value: text.slice(0, 200) });
}

async function readCandidates(
  ctx: Ctx,
  outcome: TraceOutcome,
  unitPath: string,
): Promise<store.NewCandidate[]> {
  const chains = await readSteps(
    ctx,
    outcome.candidates.map(({ steps }) => steps),
  );
  return outcome.candidates.map(({ personId, steps: _, unitPath: own, ...details }, n) => {
    const told = { ...details, steps: chains[n]! };
    return { unitPath: own ?? unitPath, personId, details: told };
  });
}

/** Log sources of other units are told to exist, no more. */
function shownCoverage(ctx: Ctx, { coverage }: TraceOutcome): Trace['coverage'] {
  const sources = coverage.sources.map(({ name, unitPath, state, detail }) => ({
    name: unitPath === null || inScope(ctx, unitPath) ? name : '（其他单位的日志源）',
    state,
    detail,
  }));
  return { complete: coverage.complete, sources };
}
