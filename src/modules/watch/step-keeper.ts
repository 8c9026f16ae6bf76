/** Keeps the steps of all crawls of a process: those that wait together are kept in one transaction. */
import { type App, systemActor } from '#base/app';
import { after } from '#base/timers';
import type { Step } from './crawl-site.ts';
import { CheckLost, concernsFindings, type Keeping, type Kept, keepSteps } from './keep-step.ts';

const TOGETHER_MAX = 50;
/**
 * Longest time that a step waits for those of other sites, in milliseconds. A site is asked once a second at most, so
 * no crawl is slower for it; on loopback, where nothing is waited for, all crawls that run are soon in the line.
 */
const LINGER_MS = 250;

export interface StepKeeper {
  /** Resolves when the step is kept, with the findings seen. Throws `CheckLost`, and what the database says. */
  keep(work: Keeping, step: Step): Promise<number>;
  /** Tells that a crawl begins; call what it returns at its end. */
  join(): () => void;
}

interface Waiting extends Kept {
  readonly done: (seen: number) => void;
  readonly failed: (error: unknown) => void;
}

const keepers = new WeakMap<App, StepKeeper>();

/** The keeper of a process, made on first use. */
export function stepKeeperOf(app: App): StepKeeper {
  let keeper = keepers.get(app);
  if (!keeper) {
    keeper = createStepKeeper((steps) => app.run(systemActor('watch'), (ctx) => keepSteps(ctx, steps)));
    keepers.set(app, keeper);
  }
  return keeper;
}

/** Joins steps: `write` keeps them, all or none. A step that makes it fail takes no other with it. */
export function createStepKeeper(
  write: (steps: readonly Kept[]) => Promise<readonly (number | CheckLost)[]>,
): StepKeeper {
  let waiting: Waiting[] = [];
  let crawls = 0;
  let isWriting = false;
  let cancel: (() => void) | undefined;

  const stir = () => {
    if (isWriting || waiting.length === 0) return;
    // Who is not in the line is at a request that may take a while.
    if (waiting.length >= Math.min(crawls, TOGETHER_MAX)) void writeAll();
    else cancel ??= after(LINGER_MS, () => void writeAll());
  };
  const writeAll = async () => {
    cancel?.();
    cancel = undefined;
    isWriting = true;
    const now = waiting.slice(0, TOGETHER_MAX);
    waiting = waiting.slice(TOGETHER_MAX);
    const together = now.filter((one) => !concernsFindings(one));
    await writeOr(together, () => Promise.all(together.map((one) => writeOr([one]))));
    for (const one of now) if (concernsFindings(one)) await writeOr([one]);
    isWriting = false;
    stir();
  };
  const writeOr = async (steps: readonly Waiting[], otherwise?: () => Promise<unknown>): Promise<void> => {
    if (steps.length === 0) return;
    let results: readonly (number | CheckLost)[];
    try {
      results = await write(steps);
    } catch (error) {
      if (otherwise && steps.length > 1) await otherwise();
      else for (const { failed } of steps) failed(error);
      return;
    }
    for (const [at, { done, failed }] of steps.entries()) {
      const result = results[at]!;
      if (result instanceof CheckLost) failed(result);
      else done(result);
    }
  };
  return {
    keep: (work, step) =>
      new Promise((done, failed) => {
        waiting.push({ work, step, done, failed });
        stir();
      }),
    join: () => {
      crawls += 1;
      return () => {
        crawls -= 1;
        stir();
      };
    },
  };
}
