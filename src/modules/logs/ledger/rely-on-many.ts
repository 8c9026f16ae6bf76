import type { Ctx } from '#base/app';
import * as catalogue from '../store/catalogue.ts';
import { type GapRow, gapsTouching } from '../store/gaps.ts';
import { presenceOfMany, receiptsOfMany, type SourceWindow } from '../store/reliance-rows.ts';
import { standingsOf } from '../store/standing.ts';
import { judge } from './judge-silence.ts';
import { answerFor, concerns, lookAround, type Reliance, silenceLimit } from './rely-on.ts';
import { aside, onlyWhereLost } from './where-lost.ts';

export interface WindowQuestion extends SourceWindow {
  /** As in `relianceOf`. */
  readonly gapSeconds?: number | undefined;
  /** Where no running number may be missing; default: the window. Epoch milliseconds. */
  readonly unbroken?: { readonly from: number; readonly to: number } | undefined;
}

/**
 * What `relianceOf` says, for many sources each in a window of its own, by a fixed number of queries. In the order of the
 * questions; `null` where the caller does not see the source.
 */
export async function relianceOfMany(
  ctx: Ctx,
  questions: readonly WindowQuestion[],
): Promise<(Reliance | null)[]> {
  if (questions.length === 0) return [];
  const ids = [...new Set(questions.map((one) => one.sourceId))];
  const sources = await catalogue.visibleSources(ctx, ids);
  const standings = await standingsOf(ctx, ids);
  const wide = questions.map(unbrokenOf);
  const receipts = await receiptsOfMany(
    ctx,
    questions.map((one, n) => ({ ...one, wide: wide[n]! })),
  );
  const from = Math.min(...wide.map((one) => one.from));
  const to = Math.max(...wide.map((one) => one.to));
  const gaps = await gapsTouching(ctx, ids, new Date(from), new Date(to));
  // It reads a thousand of them: then there may be more, and the questions are asked in two halves.
  if (gaps.length >= 1000 && questions.length > 1) {
    const half = questions.length >> 1;
    const first = await relianceOfMany(ctx, questions.slice(0, half));
    return [...first, ...(await relianceOfMany(ctx, questions.slice(half)))];
  }
  const around = questions.map((one) => ({ ...one, from: one.from - lookAround, to: one.to + lookAround }));
  const presence = await presenceOfMany(ctx.app.logstore, around);
  const touching = await onlyWhereLost(
    ctx,
    questions.map((one, n) => {
      const standing = standings.get(one.sourceId);
      const touches = (gap: GapRow) => {
        const within = gap.proof === 'counter' ? wide[n]! : one;
        return gap.began.getTime() < within.to && (gap.ended?.getTime() ?? Infinity) > within.from;
      };
      const gapsOf = gaps.filter((gap) => concerns(gap, one.sourceId, standing) && touches(gap));
      return { ...wide[n]!, gaps: gapsOf };
    }),
  );
  return questions.map((one, n) => {
    const source = sources.get(one.sourceId);
    if (!source) return null;
    const standing = standings.get(one.sourceId);
    const window = { from: new Date(one.from), to: new Date(one.to) };
    const near = (presence.get(one.sourceId) ?? []).filter(
      (piece) => piece.to >= around[n]!.from && piece.from <= around[n]!.to,
    );
    const receipt = receipts[n]!;
    return answerFor(source, {
      heard: judge(near, { ...window, ...silenceLimit(one.gapSeconds, standing) }),
      gaps: touching[n]!,
      receipt,
      lostDatagrams: standing?.last_live ? receipt.lost : 0,
    });
  });
}

function unbrokenOf({ from, to, unbroken }: WindowQuestion): { from: number; to: number } {
  return {
    from: Math.min(from, unbroken?.from ?? from) - aside,
    to: Math.max(to, unbroken?.to ?? to) + aside,
  };
}
