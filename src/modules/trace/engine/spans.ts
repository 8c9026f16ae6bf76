/** Puts lines about translations together into spans of time. Pure; times are corrected ones. */
import type { BlockFact, NatFact } from './facts.ts';

/** A translation in time. `null`: the line that would tell it was not received. */
export interface Span<T> {
  readonly first: T;
  readonly lines: readonly T[];
  readonly start: number | null;
  readonly end: number | null;
  readonly firstProof: number;
  readonly lastProof: number;
  /** It was over by then, because its place was given anew. */
  readonly endedBefore: number | null;
  /** It did not begin before then, because its place was another's until then. */
  readonly startedAfter: number | null;
}

/** The time of a line by the true clock, as far as that is known. */
export type TimeOf = (fact: { readonly sourceId: number; readonly ts: number }) => number;

interface Draft<T> {
  readonly first: T;
  readonly lines: T[];
  start: number | null;
  end: number | null;
  lastProof: number;
  endedBefore: number | null;
  startedAfter: number | null;
}

type Line = NatFact | BlockFact;
/** At one instant an old one ends before its successor begins. */
const order = { destroy: 0, free: 0, new: 1, alloc: 1, update: 2 } as const;
/** A line may come twice, by two ways: times of one writer differ by less then. */
const twiceWithin = 1000;

function spansOf<T extends Line>(lines: readonly T[], keyOf: (line: T) => string, timeOf: TimeOf): Span<T>[] {
  const open = new Map<string, Draft<T>>();
  const ended = new Map<string, Draft<T>>();
  const done: Draft<T>[] = [];
  const sorted = [...lines].sort(
    (a, b) =>
      timeOf(a) - timeOf(b) || order[a.kind] - order[b.kind] || a.segment - b.segment || a.seq - b.seq,
  );
  for (const line of sorted) {
    const key = keyOf(line);
    const at = timeOf(line);
    const begins = line.kind === 'new' || line.kind === 'alloc';
    const ends = line.kind === 'destroy' || line.kind === 'free';
    let draft = open.get(key);
    const again = draft && begins ? at - (draft.start ?? Number.NEGATIVE_INFINITY) : Number.NaN;
    if (again <= twiceWithin && draft?.lines.length === 1) continue;
    // The end of what has just ended: not that of another whose beginning is missing.
    if (!draft && ends && at - (ended.get(key)?.end ?? Number.NEGATIVE_INFINITY) <= twiceWithin) continue;
    if (draft && begins) {
      draft.endedBefore = at;
      draft = undefined;
    }
    if (!draft) {
      draft = {
        first: line,
        lines: [],
        start: startOf(line, begins, timeOf),
        end: null,
        lastProof: at,
        endedBefore: null,
        startedAfter: null,
      };
      done.push(draft);
      open.set(key, draft);
    }
    draft.lines.push(line);
    draft.lastProof = at;
    if (!ends) continue;
    draft.end = at;
    draft.start ??= startOf(line, false, timeOf);
    open.delete(key);
    ended.set(key, draft);
  }
  return done.map((draft) => ({
    ...draft,
    firstProof: Math.min(draft.start ?? Infinity, timeOf(draft.first)),
  }));
}

function startOf(line: Line, begins: boolean, timeOf: TimeOf): number | null {
  if (begins) return timeOf(line);
  return line.start === null ? null : timeOf({ sourceId: line.sourceId, ts: line.start });
}

/** Sessions: one tuple of one exporter has one at a time. */
export function sessionsOf(lines: readonly NatFact[], timeOf: TimeOf): Span<NatFact>[] {
  const key = (line: NatFact) =>
    `${line.sourceId} ${line.proto} ${line.inIp} ${line.inPort} ${line.pubIp} ${line.pubPort} ${line.peer}`;
  const spans = spansOf(lines, key, timeOf);
  // One public tuple cannot serve two at once: another session of it bounds one whose own line is missing. Without ports it can.
  const portless = spans.filter(({ first }) => first.pubPort === 0);
  const bound = boundByNeighbours(
    spans.filter(({ first }) => first.pubPort !== 0),
    ({ first }) => `${first.sourceId} ${first.proto} ${first.pubIp} ${first.pubPort} ${first.peer}`,
  );
  return [...bound, ...portless];
}

/** Blocks of ports: a block that is given anew was free before, and one that is freed was not another's before. */
export function holdsOf(lines: readonly BlockFact[], timeOf: TimeOf): Span<BlockFact>[] {
  const key = (line: BlockFact) =>
    `${line.sourceId} ${line.proto} ${line.pubIp} ${line.lo} ${line.hi} ${line.step} ${line.inIp}`;
  return boundByNeighbours(
    spansOf(lines, key, timeOf),
    ({ first }) => `${first.sourceId} ${first.proto} ${first.pubIp} ${first.lo} ${first.hi}`,
  );
}

function boundByNeighbours<T>(spans: readonly Span<T>[], placeOf: (span: Span<T>) => string): Span<T>[] {
  return [...Map.groupBy(spans, placeOf).values()].flatMap((same) => {
    const begins = same.map((one) => one.firstProof).sort((a, b) => a - b);
    const proofs = same.map((one) => one.lastProof).sort((a, b) => a - b);
    return same.map((span) => {
      const next = begins.find((at) => at > span.lastProof);
      const over = Math.min(span.endedBefore ?? Infinity, next ?? Infinity);
      const last = proofs.findLast((at) => at < span.firstProof) ?? null;
      return { ...span, endedBefore: over === Infinity ? null : over, startedAfter: last };
    });
  });
}

/** The asked time: `[from, to]` by the clock of whoever asks. */
export interface Window {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** Logs and complaints are often written in whole seconds. */
export const wholeSecond = 1000;

/** Whether it may have been alive in the window, clocks being off by up to `margin`. An unknown bound excludes nothing. */
export function mayTouch(span: Span<unknown>, { from, to }: Window, margin: number): boolean {
  const begins = span.start ?? span.startedAfter ?? Number.NEGATIVE_INFINITY;
  const ends = span.end ?? span.endedBefore ?? Number.POSITIVE_INFINITY;
  return begins - margin - wholeSecond <= to && ends + margin + wholeSecond >= from;
}
/** How long after its last line (or before its first) a session is still believed to have lived. */
const believed = 300_000;
/** Where nobody tells ends, half of the sessions are over by then. */
const believedWithoutEnds = 60_000;

/**
 * `covers`: lines on both sides show it alive then. `near`: only the clocks' tolerance lets it touch the time. `open`: one
 * side was not received, the other is within five minutes. `far`: so long after the only line that it proves nothing.
 */
export type NatHold = 'covers' | 'near' | 'open' | 'far';

export function natHoldOf(span: Span<unknown>, { from, to }: Window, tellsEnds = true): NatHold {
  const begins = span.start ?? span.firstProof;
  const ends = span.end ?? span.lastProof;
  const inside = begins - wholeSecond <= to && ends + wholeSecond >= from;
  if (inside) return 'covers';
  if (span.start !== null && span.end !== null) return 'near';
  const away = Math.max(begins - to, from - ends);
  return away <= (tellsEnds ? believed : believedWithoutEnds) ? 'open' : 'far';
}
