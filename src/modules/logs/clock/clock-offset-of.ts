import type { Ctx } from '#base/app';
import * as store from '../store/clocks.ts';

/** How far a source's clock was from ours around a moment. */
export interface ClockOffset {
  /** When it was estimated: how near to the moment asked for, the caller judges. */
  readonly at: Date;
  /** Ahead of ours; negative: behind. Milliseconds. */
  readonly offsetMs: number;
  readonly spreadMs: number;
  readonly samples: number;
  readonly steady: boolean;
}

/**
 * The estimate nearest to `at`, before or after; `null` when the source has none or is out of reach. Not provable is an
 * answer: an unsteady one (`steady` false) tells of a queue and not of the clock.
 */
export async function clockOffsetOf(ctx: Ctx, sourceId: number, at: Date): Promise<ClockOffset | null> {
  return (await store.nearestOffset(ctx, sourceId, at)) ?? null;
}
