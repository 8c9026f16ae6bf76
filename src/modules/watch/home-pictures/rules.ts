/** When a home page is drawn, and what a drawing says. Pure. */
import type { SeenFault } from '#findings';
import type { CrawlPolicy } from '../crawl-policy.ts';
import { pageFault } from '../home-rules.ts';
import { type CellDifference, cellKey, type Measures } from './compare-pictures.ts';

/** The kind of its finding: only another drawing closes it, no crawl does. */
export const LOOK_KIND = 'home-look';

export type Why = 'learning' | 'daily' | 'changed' | 'finding' | 'confirm' | 'asked';
export type Verdict = 'first' | 'ordinary' | 'unsure' | 'differs';

/** Drawings from which the look is learned. */
export const LEARN_DRAWINGS = 3;
/** Drawings of one site in 24 hours, whatever happens there. */
const DAY_MAX = 6;
const DAY_MS = 20 * 3_600_000;
const LEARN_MS = 3_600_000;
/** In doubt another drawing decides, so many minutes later; a page that was slow then has its pictures now. */
export const CONFIRM_MINUTES = 2;
/** A page of which parts did not come is not judged; so often, then it is judged as it is. */
export const UNSURE_MAX = 3;

export interface Drawn {
  readonly lastAt: Date | null;
  /** In the last 24 hours. */
  readonly lately: number;
  readonly learned: number;
  /** A finding about the look stands, or waits for another look because somebody reported it as fixed. */
  readonly isOpen: boolean;
  readonly isFixed: boolean;
}

/** Why a home page that was just read is to be drawn now; undefined: it need not be. */
export function whyDraw(drawn: Drawn, isMuchChanged: boolean, now: Date): Why | undefined {
  const since = drawn.lastAt === null ? Number.POSITIVE_INFINITY : now.getTime() - drawn.lastAt.getTime();
  if (drawn.isFixed) return 'finding';
  if (drawn.lately >= DAY_MAX) return undefined;
  if (drawn.isOpen && since >= LEARN_MS) return 'finding';
  if (isMuchChanged) return 'changed';
  if (drawn.learned < LEARN_DRAWINGS && since >= LEARN_MS) return 'learning';
  return since >= DAY_MS ? 'daily' : undefined;
}

/** How often a square differed, and in which drawing last. */
export type Volatile = Readonly<Record<string, readonly [times: number, last: number]>>;

const VOLATILE_TIMES = 2;
/** After so many drawings without a difference a square counts again. */
const FORGET_AFTER = 60;

export const volatileCells = (known: Volatile, learned: number): Set<string> =>
  new Set(
    Object.entries(known)
      .filter(([, [times, last]]) => times >= VOLATILE_TIMES && learned - last <= FORGET_AFTER)
      .map(([key]) => key),
  );

/** What an ordinary drawing teaches; `moved` are the known squares in their new places. */
export function learnCells(
  known: Volatile,
  moved: readonly string[],
  cells: readonly CellDifference[],
  learned: number,
): Volatile {
  const kept = new Set([...moved]);
  const entries = Object.entries(known).filter(([, [, last]]) => learned - last <= FORGET_AFTER);
  const next: Record<string, readonly [number, number]> = {};
  // What is volatile stays so where it stands now; what differed once is remembered where it was.
  for (const key of kept) next[key] = known[key] ?? [VOLATILE_TIMES, learned];
  for (const [key, value] of entries) if (value[0] < VOLATILE_TIMES) next[key] ??= value;
  for (const [column, row] of cells) {
    const key = cellKey(column, row);
    next[key] = [Math.min(9, (next[key]?.[0] ?? 0) + 1), learned];
  }
  return next;
}

/** Whether the page looks another: by numbers that the bureau sets, and while it is young only when all of it does. */
export function isOtherLook(measures: Measures, learned: number, { homeLook }: CrawlPolicy): boolean {
  const { repainted, firstScreen, touched, gone } = measures;
  const whole = homeLook.wholePercent / 100;
  if (repainted >= Math.max(whole, learned < LEARN_DRAWINGS ? GRAVE : 0)) return true;
  if (touched >= ALL_TOUCHED || gone >= ALL_TOUCHED) return true;
  return learned >= LEARN_DRAWINGS && (firstScreen >= homeLook.firstScreenPercent / 100 || gone >= GRAVE);
}

const GRAVE = 0.7;
/** Menu, head and foot of a page are there whatever its news are. */
const ALL_TOUCHED = 0.85;

/** What the finding says; the same text each time, so that it stays one finding. */
export function lookFault(url: string, measures: Measures): SeenFault {
  const { repainted, firstScreen, touched, gone } = measures;
  const percent = (part: number) => `${Math.round(part * 100)}%`;
  const isGrave = Math.max(repainted, firstScreen) >= GRAVE || touched >= ALL_TOUCHED || gone >= GRAVE;
  const context = `与认定的样子相比，画面重绘 ${percent(repainted)}，第一屏重绘 ${percent(firstScreen)}，有变化的占 ${percent(touched)}，原有内容消失 ${percent(gone)}；两次画图结果一致`;
  return pageFault(url, {
    kind: LOOK_KIND,
    rule: 'home-look.changed',
    severity: isGrave ? 'high' : 'medium',
    text: '首页看起来与认定的样子不同',
    context,
  });
}
