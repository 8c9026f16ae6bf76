import type { Ctx } from '#base/app';
import * as gaps from '../store/gaps.ts';
import * as ledger from '../store/ledger.ts';
import { type CounterEdge, type Missing, missingBetween } from './counter-run.ts';
import { type HourLoss, placesOf } from './lost-places.ts';
import { type DayFigures, daysOf, hourMs, hourOf, minus } from './rules.ts';
import { type Beat, type BeatEdge, beatTolerance, type SegmentTally } from './segment-tally.ts';

/** The sign of life among the running counts of a source. */
const beatName = 'beat';

export interface BookedSegment {
  readonly id: number;
  readonly source_id: number;
  readonly unit_path: string;
  readonly first_recv: Date;
}

/**
 * Puts what a segment brought into the ledger, in the transaction that marks it as indexed. Booking a segment again
 * (read anew by another decoder) takes out what it had brought before. In whatever order the segments of a source are
 * booked, the ledger is the same in the end. `beat`: the sign of life that the source promised.
 */
export async function bookTally(
  ctx: Ctx,
  segment: BookedSegment,
  tally: SegmentTally,
  beat: Beat | null,
): Promise<void> {
  const source = { id: segment.source_id, unitPath: segment.unit_path };
  await ledger.lockSource(ctx, source.id);
  const before = await ledger.tallyOf(ctx, segment.id);
  const { hours, missing, beatGaps } = tally;
  const kept = missing.map(({ lost, from, to }) => ({ lost, from, to }));
  await ledger.saveTally(ctx, segment.id, { hours, missing: kept, beatGaps, unread: tally.unread });
  for (const { day, figures } of daysOf(minus(hours, before?.hours ?? {})))
    await ledger.addToDay(ctx, source, day, figures);
  for (const one of before?.missing ?? [])
    await bookLost(ctx, source, { ...one, lost: -one.lost, places: [] });
  for (const one of missing) await bookLost(ctx, source, one);
  for (const { from } of before?.beatGaps ?? []) await gaps.voidGap(ctx, beatKey(source.id, from));
  for (const gap of beatGaps) await tellBeatGap(ctx, source, gap);
  await bookEdges(ctx, source, segment.id, tally, beat);
  if (tally.lastLive === null) return;
  const lastLive = new Date(tally.lastLive);
  await ledger.movePulse(ctx, source, lastLive);
  await gaps.endSilence(ctx, source.id, segment.first_recv, lastLive);
}

async function bookEdges(
  ctx: Ctx,
  source: ledger.LedgerSource,
  segmentId: number,
  tally: SegmentTally,
  beat: Beat | null,
): Promise<void> {
  const edges: Record<string, CounterEdge | BeatEdge> = { ...tally.counters };
  if (tally.beat) edges[beatName] = tally.beat;
  await ledger.saveEdges(ctx, source, segmentId, edges);
  for (const counter of await ledger.countersAround(ctx, source.id, segmentId)) {
    const emptied = await ledger.emptiedEdge(ctx, source.id, counter, segmentId);
    if (emptied) await bookLostAfter(ctx, source, counter, { segment_id: segmentId, ...emptied }, null);
    const around = await ledger.edgesAround(ctx, source.id, counter, segmentId);
    for (const [i, left] of around.entries()) {
      const right = around[i + 1];
      if (right) await settlePair(ctx, source, counter, left, right, beat);
    }
  }
}

/** Tells what is missing between two neighbours; nothing while a segment between them waits. */
async function settlePair(
  ctx: Ctx,
  source: ledger.LedgerSource,
  counter: string,
  left: ledger.EdgeRow,
  right: ledger.EdgeRow,
  beat: Beat | null,
): Promise<void> {
  const waits = await ledger.isWaitingBetween(ctx, source.id, left.segment_id, right.segment_id);
  if (counter === beatName) {
    const silence = { from: (left.edge as BeatEdge).lastAt, to: (right.edge as BeatEdge).firstAt };
    const isLong =
      silence.to - silence.from > (beat?.seconds ?? Number.POSITIVE_INFINITY) * 1000 * beatTolerance;
    if (isLong && !waits) await tellBeatGap(ctx, source, silence);
    else await gaps.voidGap(ctx, beatKey(source.id, silence.from));
    return;
  }
  const found = waits ? null : missingBetween(left.edge as CounterEdge, right.edge as CounterEdge);
  await bookLostAfter(ctx, source, counter, left, found);
}

async function bookLostAfter(
  ctx: Ctx,
  source: ledger.LedgerSource,
  counter: string,
  left: Pick<ledger.EdgeRow, 'segment_id' | 'lost_after' | 'lost_hour'>,
  found: Missing | null,
): Promise<void> {
  const hour = found ? hourOf(found.to) : null;
  if (left.lost_after === (found?.lost ?? 0) && (left.lost_after === 0 || left.lost_hour === hour)) return;
  if (left.lost_after > 0 && left.lost_hour !== null) {
    const at = left.lost_hour * hourMs;
    await bookHourOfLoss(ctx, source, { lost: -left.lost_after, from: at, to: at });
  }
  if (found) await bookHourOfLoss(ctx, source, found);
  await ledger.setLostAfter(ctx, source.id, counter, left.segment_id, found?.lost ?? 0, hour);
}

/** A loss of its own hour, in the ledger and among the gaps. */
async function bookHourOfLoss(ctx: Ctx, source: ledger.LedgerSource, missing: Missing): Promise<void> {
  const days: DayFigures[] = daysOf({ [hourOf(missing.to)]: [0, 0, 0, 0, missing.lost] });
  for (const { day, figures } of days) await ledger.addToDay(ctx, source, day, figures);
  await bookLost(ctx, source, { ...missing, places: placesOf([missing]) });
}

async function bookLost(
  ctx: Ctx,
  source: ledger.LedgerSource,
  { lost, from, to, places }: HourLoss,
): Promise<void> {
  await gaps.addLost(ctx, source, {
    key: `counter:${source.id}:${hourOf(to)}`,
    lost,
    from: new Date(Math.min(from, to)),
    to: new Date(to),
    places,
  });
}

async function tellBeatGap(
  ctx: Ctx,
  source: ledger.LedgerSource,
  { from, to }: { from: number; to: number },
) {
  await gaps.tellGap(ctx, source, {
    key: beatKey(source.id, from),
    proof: 'heartbeat',
    began: new Date(from),
    ended: new Date(to),
    lost: null,
  });
}

function beatKey(sourceId: number, from: number): string {
  return `beat:${sourceId}:${from}`;
}

/** The sign of life that a source promised. */
export async function beatOf(ctx: Ctx, sourceId: number): Promise<Beat | null> {
  const rhythm = await ledger.rhythmOf(ctx, sourceId);
  if (!rhythm?.beat_text || !rhythm.beat_seconds) return null;
  return { text: rhythm.beat_text, seconds: rhythm.beat_seconds };
}
