/** Drawings are pictures of hostile pages: they are taken apart in processes of their own. */
import { type ConfinedPool, createConfinedPool } from '#base/confine';
import type { CellDifference, Measures } from './compare-pictures.ts';

export interface PictureRequest {
  /** PNG of the page as it was drawn now. */
  readonly drawn: Uint8Array;
  /** In pixels; painted over before anything else. */
  readonly covers: readonly { x: number; y: number; width: number; height: number }[];
  /** Pixels of the page's length that are kept and compared. */
  readonly maxHeight: number;
  /** PNG of the accepted look; null when there is none. */
  readonly before: Uint8Array | null;
  /** Squares of `before` that differ by themselves. */
  readonly volatile: readonly string[];
  /** PNG of the page a few minutes ago: what differs from that differs by itself. */
  readonly twin: Uint8Array | null;
}

export interface PictureAnswer {
  readonly picture: Uint8Array;
  /** Null when there is nothing to compare with. */
  readonly comparison: {
    readonly measures: Measures;
    readonly cells: readonly CellDifference[];
    readonly volatile: readonly string[];
    readonly difference: Uint8Array;
  } | null;
}

export type PicturePool = ConfinedPool<PictureRequest, PictureAnswer>;

/** Starts the process when the first drawing comes. Close it when done. */
export function createPicturePool(onNotice?: (notice: string) => void): PicturePool {
  return createConfinedPool({
    entry: new URL('./picture-worker.ts', import.meta.url),
    workers: 1,
    timeMs: 120_000,
    memoryMb: 512,
    maxInputs: 50,
    ...(onNotice ? { onNotice } : {}),
  });
}
