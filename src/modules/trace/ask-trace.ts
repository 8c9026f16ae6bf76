import type { z } from 'zod';
import { lookEverywhere, parseIp, registerTime } from '#addresses';
import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { elapsed } from '#base/clock';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { coverLeases, coverTranslation } from './check-coverage.ts';
import { type Trace, traceFinished, type traceQuestion } from './contract.ts';
import { findHolders, type Holder } from './find-holders.ts';
import { type Asked, findOrigins } from './find-origins.ts';
import { judgeTrace } from './rules.ts';
import * as store from './store.ts';
import { tellSteps } from './tell-steps.ts';
import { readTrace } from './view-trace.ts';
import { pathWords, reasonWords } from './words.ts';

/** Origins that are looked into one by one; with more, the answer is `ambiguous` anyway. */
const maxOrigins = 20;
const maxCandidates = 50;

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
  const asked = readQuestion(question);
  const unitPath = options.unitPath ?? ctx.actor.unitPath;
  const id = newId();
  await lookEverywhere(ctx, async (all) => {
    const knownAt = await registerTime(all);
    if (asked.at > knownAt) fail('trace.future');
    const answer = await answerOf(all, asked, knownAt);
    const { caseNo, reason } = question;
    const trace = { id, unitPath, ...asked, knownAt, caseNo, reason, incidentId: options.incidentId ?? null };
    const candidates = answer.candidates.map((one) => ({ ...one, unitPath: one.unitPath ?? unitPath }));
    const { verdict, because, coverage } = answer;
    const milliseconds = Math.round((elapsed() - started) * 10) / 10;
    await store.insertTrace(all, { ...trace, verdict, because, coverage, milliseconds }, candidates.length);
    await store.insertCandidates(all, id, candidates);
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

function readQuestion(question: z.input<typeof traceQuestion>): Asked {
  const ip = parseIp(question.ip) ?? fail('base.invalid_input', { summary: `ip: ${question.ip}` });
  return {
    ip: ip.text,
    port: question.port ?? null,
    proto: question.proto ?? 'tcp',
    at: new Date(question.at),
  };
}

interface Answer extends Pick<Trace, 'verdict' | 'because' | 'coverage'> {
  readonly candidates: readonly (Omit<store.NewCandidate, 'unitPath'> & { unitPath: string | null })[];
}

async function answerOf(ctx: Ctx, asked: Asked, knownAt: Date): Promise<Answer> {
  const sources = await store.findSources(ctx);
  const found = await findOrigins(ctx, asked, sources);
  const tolerance = Math.max(2, ...[...sources.values()].map((one) => one.toleranceSeconds)) * 1000;
  const window = { from: asked.at.getTime() - tolerance, to: asked.at.getTime() + tolerance };
  const shown = found.origins.slice(0, maxOrigins);
  const [holders, translation] = await Promise.all([
    findHolders(ctx, shown, { at: asked.at, knownAt, ...window }),
    coverTranslation(ctx, found, sources, window),
  ]);
  const [leases, candidates] = await Promise.all([
    coverLeases(ctx, holders, sources, window),
    Promise.all(holders.slice(0, maxCandidates).map((holder) => candidateOf(ctx, holder))),
  ]);
  const listed = [...translation, ...leases];
  const coverage = { complete: listed.every((one) => one.state === 'covered'), sources: listed };
  const { verdict, because } = judgeTrace(
    holders.map((holder) => holder.links),
    coverage.complete,
  );
  const notes = [...found.notes];
  if (shown.length < found.origins.length) {
    notes.push(pathWords.tooMany(shown.length, found.origins.length));
  }
  return { verdict, because: [...because.map(reasonWords), ...notes], coverage, candidates };
}

async function candidateOf(ctx: Ctx, holder: Holder): Promise<Answer['candidates'][number]> {
  const { origin, mac, device, custody, links, unitPath, unitName } = holder;
  return {
    unitPath,
    personId: custody?.personId ?? null,
    details: {
      insideIp: origin.insideIp,
      realm: origin.realm,
      mac,
      macRandom: links.macRandom,
      deviceId: device?.deviceId ?? null,
      assetNo: device?.assetNo ?? null,
      unitName,
      room: custody?.room ?? null,
      steps: await tellSteps(ctx, holder),
    },
  };
}
