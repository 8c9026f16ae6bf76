import type { Ctx } from '#base/app';
import { type GapRow, placesTouched } from '../store/gaps.ts';

/** Gaps that touch what was asked. */
export interface GapsOfWindow {
  readonly gaps: readonly GapRow[];
  /** Within which no numbers must be missing (`aside` included), epoch milliseconds. */
  readonly from: number;
  readonly to: number;
}

/** A sender may tell of what happened some seconds before, and several lines in another order than they were written. */
export const aside = 60_000;

/**
 * Missing running numbers are one gap an hour; of those only such stay that miss something in the window itself, told between
 * those moments. All others stay as they are.
 */
export async function onlyWhereLost(ctx: Ctx, asked: readonly GapsOfWindow[]): Promise<GapRow[][]> {
  const places = asked.flatMap((one, n) =>
    one.gaps
      .filter((gap) => gap.proof === 'counter')
      .map((gap) => ({
        n,
        gapId: gap.id,
        from: new Date(one.from),
        to: new Date(one.to),
      })),
  );
  const touched = await placesTouched(ctx, places);
  const between = new Map(
    places.flatMap(({ n, gapId }, i) => {
      const found = touched.get(i);
      return found ? [[`${n} ${gapId}`, found] as const] : [];
    }),
  );
  return asked.map(({ gaps }, n) =>
    gaps.flatMap((gap) => {
      if (gap.proof !== 'counter') return [gap];
      const found = between.get(`${n} ${gap.id}`);
      return found ? [{ ...gap, began: found.from, ended: found.to }] : [];
    }),
  );
}
