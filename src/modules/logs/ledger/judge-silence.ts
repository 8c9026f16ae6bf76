/** What the minutes in which a source was heard say about a window. Pure. */
import type { Presence } from '../store/presence.ts';

/** A silence longer than this (seconds) counts when nothing else was learned, agreed or asked. */
export const usualSilence = 300;

export interface SilenceQuestion {
  readonly from: Date;
  readonly to: Date;
  /** A silence longer than this counts as a gap; seconds. */
  readonly gapSeconds?: number | undefined;
  /** In its place: from when on a silence that began then counts; both epoch milliseconds. */
  readonly silentFrom?: ((since: number) => number) | undefined;
}

export interface Heard {
  /**
   * `covered`: it spoke before and after (or within) the window without a longer silence. `gap`: a silence
   * touches the window. `unknown`: it was never heard around that time, so nothing can be said.
   */
  readonly state: 'covered' | 'gap' | 'unknown';
  /** First and last record around the window. */
  readonly firstSeen: Date | null;
  readonly lastSeen: Date | null;
  /** Silences that touch the window; an end that is `null` lies beyond the time that was looked at. */
  readonly gaps: readonly { readonly from: Date | null; readonly to: Date | null }[];
}

/** State and gaps from the moments at which a source was heard, in ascending order. Pure. */
export function judge(
  heard: readonly Presence[],
  { from, to, gapSeconds = usualSilence, silentFrom = (since) => since + gapSeconds * 1000 }: SilenceQuestion,
): Heard {
  const first = heard[0];
  const last = heard.at(-1);
  if (!first || !last) return { state: 'unknown', firstSeen: null, lastSeen: null, gaps: [] };
  const gaps: { from: Date | null; to: Date | null }[] = [];
  let silentSince: number | null = null;
  for (const piece of [...heard, null]) {
    const until = piece?.from ?? null;
    const begins = silentSince ?? Number.NEGATIVE_INFINITY;
    const ends = until ?? Number.POSITIVE_INFINITY;
    const touches = begins < to.getTime() && ends > from.getTime();
    if (touches && exceeds(begins, ends, { from, to, silentFrom })) {
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
function exceeds(
  begins: number,
  ends: number,
  { from, to, silentFrom }: { from: Date; to: Date; silentFrom: (since: number) => number },
): boolean {
  const since = begins === Number.NEGATIVE_INFINITY ? from.getTime() : begins;
  const until = ends === Number.POSITIVE_INFINITY ? to.getTime() : ends;
  return until > silentFrom(since);
}
