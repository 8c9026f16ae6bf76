import { registerTime } from '#addresses';
import type { Ctx } from '#base/app';
import { elapsed } from '#base/clock';
import { decideTrace } from '../engine/decide.ts';
import type { Protocol } from '../engine/facts.ts';
import { gatherFacts } from '../engine/gather.ts';
import type { ReasonCode, Verdict } from '../rules.ts';

export interface PointAnswer {
  readonly verdict: Verdict;
  readonly codes: readonly ReasonCode[];
  readonly complete: boolean;
  readonly candidates: number;
  readonly milliseconds: number;
}

/**
 * The trace of one point of a drill: the same facts and rules as a real one, but nothing of who it was leaves this
 * function, and no trace is stored.
 */
export async function askPoint(
  ctx: Ctx,
  point: {
    readonly ip: string;
    readonly port: number | null;
    readonly proto: Protocol;
    readonly at: Date;
    /** What the complaint comes from; never stored. */
    readonly dstIp?: string;
    readonly dstPort?: number;
  },
): Promise<PointAnswer> {
  const started = elapsed();
  const knownAt = (await registerTime(ctx)).getTime();
  const question = { ...point, at: point.at.getTime(), knownAt };
  const outcome = decideTrace(question, await gatherFacts(ctx, question));
  return {
    verdict: outcome.verdict,
    codes: outcome.codes,
    complete: outcome.coverage.complete,
    candidates: outcome.candidates.length,
    milliseconds: Math.round((elapsed() - started) * 10) / 10,
  };
}
