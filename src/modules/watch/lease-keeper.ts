/** Keeps the leases of the checks that this process holds: who is killed loses them within seconds. */
import { type App, systemActor } from '#base/app';
import { elapsed } from '#base/clock';
import { repeat } from '#base/timers';
import { CheckLost } from './keep-step.ts';
import { periods } from './rules.ts';
import * as store from './store.ts';

const BEAT_MS = 2000;

export interface HeldCheck {
  /**
   * Before a request. A process that stood still may have lost its check meanwhile: it asks before it goes on, so that
   * no two of them ask one site. Throws `CheckLost`.
   */
  assure(): Promise<void>;
  /** Tells that the lease was renewed with something else that was kept, which was begun at `startedAt` (`elapsed`). */
  renewed(startedAt: number): void;
  /** The check is held no longer. */
  end(): void;
}

interface Held {
  readonly id: string;
  readonly holder: string;
  renewedAt: number;
}

interface Keeper {
  readonly held: Set<Held>;
  cancel: (() => void) | undefined;
  isBeating: boolean;
}

const keepers = new WeakMap<App, Keeper>();

/** Holds a check that was just taken: its lease is renewed until `end`. */
export function holdCheck(app: App, id: string, holder: string, takenAt: number): HeldCheck {
  let keeper = keepers.get(app);
  if (!keeper) {
    keeper = { held: new Set(), cancel: undefined, isBeating: false };
    keepers.set(app, keeper);
  }
  const { held } = keeper;
  const own: Held = { id, holder, renewedAt: takenAt };
  const from = keeper;
  held.add(own);
  from.cancel ??= repeat(BEAT_MS, () => void beat(app, from));
  return {
    assure: async () => {
      if (elapsed() - own.renewedAt < periods.lease - BEAT_MS) return;
      const startedAt = elapsed();
      const isOwn = await app.run(systemActor('watch'), (ctx) => store.renewLease(ctx, id, holder));
      if (!isOwn) throw new CheckLost();
      own.renewedAt = startedAt;
    },
    renewed: (startedAt) => {
      own.renewedAt = Math.max(own.renewedAt, startedAt);
    },
    end: () => {
      held.delete(own);
      if (held.size > 0) return;
      from.cancel?.();
      from.cancel = undefined;
    },
  };
}

async function beat(app: App, keeper: Keeper): Promise<void> {
  if (keeper.isBeating) return;
  keeper.isBeating = true;
  const startedAt = elapsed();
  const checks = [...keeper.held];
  try {
    const renewed = await app.run(systemActor('watch'), (ctx) => store.renewLeases(ctx, checks));
    for (const one of checks) if (renewed.has(one.id)) one.renewedAt = startedAt;
  } catch (error) {
    // Whoever holds a check finds out by itself, before its next request.
    app.log.warn({ err: error }, 'the leases of running checks were not renewed');
  } finally {
    keeper.isBeating = false;
  }
}
