import type { Ctx } from '#base/app';
import * as catalogue from '../store/catalogue.ts';
import * as intake from '../store/intake.ts';
import { finestSilence, type Presence, presenceOf } from '../store/presence.ts';

export interface CoverageQuestion {
  readonly sourceIds: readonly number[];
  readonly from: Date;
  readonly to: Date;
  /** A silence longer than this counts as a gap. At least 60 s, default 300 s. */
  readonly gapSeconds?: number | undefined;
}

export interface SourceCoverage {
  readonly sourceId: number;
  readonly name: string;
  /**
   * `covered`: it spoke before and after (or within) the window without a longer silence. `gap`: a silence
   * touches the window. `unknown`: it was never heard around that time, so nothing can be said.
   */
  readonly state: 'covered' | 'gap' | 'unknown';
  /** First and last record of the source from an hour before to an hour after the window, in whole minutes. */
  readonly firstSeen: Date | null;
  readonly lastSeen: Date | null;
  /** Silences that touch the window; an end that is `null` lies beyond the hour that was looked at. */
  readonly gaps: readonly { readonly from: Date | null; readonly to: Date | null }[];
  /** Sealed segments that may hold records of the window and are not searchable yet. */
  readonly pendingSegments: number;
  /** Segments around the window with lines that could not be read. */
  readonly segmentsWithUnparsable: number;
}

export interface Coverage {
  readonly sources: readonly SourceCoverage[];
  /** Datagrams that collectors lost in the window; of which source, the kernel does not tell. */
  readonly lostDatagrams: number;
}

const lookAround = 3_600_000;

/**
 * What the sources can be asked to prove about a window: whether each was heard around it, its silences, and
 * what is missing as far as that is known. A source that was not heard is `unknown`, never "clean". Throws a
 * RangeError when `gapSeconds` is below what presence can tell.
 */
export async function coverageOf(ctx: Ctx, question: CoverageQuestion): Promise<Coverage> {
  const { from, to, gapSeconds = 300 } = question;
  if (gapSeconds < finestSilence) throw new RangeError(`gapSeconds must be at least ${finestSilence}`);
  const sources = await catalogue.visibleSources(ctx, question.sourceIds);
  const ids = [...sources.keys()];
  const around = { from: new Date(from.getTime() - lookAround), to: new Date(to.getTime() + lookAround) };
  const [lostDatagrams, receipts, presence] = await Promise.all([
    intake.lostBetween(ctx, from, to),
    intake.receiptsOf(ctx, ids, from, to),
    ids.length === 0 ? new Map<number, Presence[]>() : presenceOf(ctx.app.logstore, ids, around),
  ]);
  return {
    lostDatagrams,
    sources: [...sources.values()].map(({ id, name }) => ({
      sourceId: id,
      name,
      ...judge(presence.get(id) ?? [], question),
      pendingSegments: receipts.get(id)?.pending ?? 0,
      segmentsWithUnparsable: receipts.get(id)?.damaged ?? 0,
    })),
  };
}

/** State and gaps from the moments at which a source was heard, in ascending order. Pure. */
export function judge(
  heard: readonly Presence[],
  { from, to, gapSeconds = 300 }: Pick<CoverageQuestion, 'from' | 'to' | 'gapSeconds'>,
): Pick<SourceCoverage, 'state' | 'firstSeen' | 'lastSeen' | 'gaps'> {
  const first = heard[0];
  const last = heard.at(-1);
  if (!first || !last) return { state: 'unknown', firstSeen: null, lastSeen: null, gaps: [] };
  const longest = gapSeconds * 1000;
  const gaps: { from: Date | null; to: Date | null }[] = [];
  let silentSince: number | null = null;
  for (const piece of [...heard, null]) {
    const until = piece?.from ?? null;
    const begins = silentSince ?? Number.NEGATIVE_INFINITY;
    const ends = until ?? Number.POSITIVE_INFINITY;
    const touches = begins < to.getTime() && ends > from.getTime();
    if (ends - begins > longest && touches && exceeds(begins, ends, from, to, longest)) {
      gaps.push({
        from: silentSince === null ? null : new Date(silentSince),
        to: until === null ? null : new Date(until),
      });
    }
    silentSince = piece?.to ?? null;
  }
  const state = gaps.length > 0 ? 'gap' : 'covered';
  return { state, firstSeen: new Date(first.from), lastSeen: new Date(last.to), gaps };
}

/** An open silence (before the first or after the last record) counts from the edge of the window. */
function exceeds(begins: number, ends: number, from: Date, to: Date, longest: number): boolean {
  if (begins === Number.NEGATIVE_INFINITY) return ends - from.getTime() > longest;
  if (ends === Number.POSITIVE_INFINITY) return to.getTime() - begins > longest;
  return true;
}
