import type { Ctx } from '#base/app';
import { sourceEvents } from '../contract.ts';
import * as store from '../store/clocks.ts';
import {
  type ClockEstimate,
  type ClockMinute,
  estimateOffset,
  isWorthKeeping,
  isWrong,
  oldestMinutes,
  ringMinutes,
} from './estimate-offset.ts';

/**
 * Books the delays of a segment and, when a minute is over, what they tell of the source's clock. Call it in the
 * transaction that makes the segment indexed: then a segment counts once. Emits `logs.clock_wrong` with every kept
 * estimate above 5 s, and `logs.clock_right` when it is well again.
 */
export async function bookClock(
  ctx: Ctx,
  segment: { readonly source_id: number; readonly unit_path: string },
  minutes: readonly ClockMinute[],
): Promise<void> {
  if (minutes.length === 0) return;
  const newest = Math.max(...minutes.map(({ minute }) => minute));
  const { source_id: sourceId, unit_path: unitPath } = segment;
  const before = await store.newestMinute(ctx, sourceId);
  // A minute that lies further back would take the place of a newer one in the ring.
  const fresh = minutes.filter(({ minute }) => minute > Math.max(newest, before ?? 0) - ringMinutes);
  await store.keepMinutes(ctx, segment, fresh);
  if (before === undefined || newest <= before) return;
  const window = await store.minutesBetween(ctx, sourceId, newest - oldestMinutes, newest - 1);
  const found = estimateOffset(window);
  if (found) await keepEstimate(ctx, { sourceId, unitPath, at: new Date(newest * 60_000) }, found);
}

interface Place {
  readonly sourceId: number;
  readonly unitPath: string;
  readonly at: Date;
}

async function keepEstimate(ctx: Ctx, place: Place, found: ClockEstimate): Promise<void> {
  const last = await store.lastOffset(ctx, place.sourceId);
  if (last && last.at >= place.at) return;
  if (!isWorthKeeping(found, last, place.at)) return;
  await store.insertOffset(ctx, place, found);
  const { sourceId, at, unitPath } = place;
  const { offsetMs, spreadMs, samples, steady } = found;
  if (isWrong(found)) {
    await ctx.emit(sourceEvents.clockWrong, { sourceId, at, offsetMs, spreadMs, samples }, unitPath);
  } else if (steady && last && isWrong(last)) {
    await ctx.emit(sourceEvents.clockRight, { sourceId, at, offsetMs }, unitPath);
  }
}
