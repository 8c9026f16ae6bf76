import { statfs } from 'node:fs/promises';
import { hostname } from 'node:os';
import { type App, systemActor } from '#base/app';
import { elapsed } from '#base/clock';
import { noteBeat } from '../store/beats.ts';
import { cityPath } from '../store/catalogue.ts';
import { tellCollectorGap } from '../store/gaps.ts';

const beatEveryMs = 60_000;

/**
 * The collector's own sign of life: an interval in the database that grows each minute while records can be received
 * and written. Between two intervals nobody listened, and the gap says so.
 */
export class CollectorBeat {
  readonly #app: App;
  readonly #collector = hostname();
  /** By the monotonic clock, which no correction of the time moves. */
  #steady: number | null = null;
  #last: Date | null = null;

  constructor(app: App) {
    this.#app = app;
  }

  /** Call it every few seconds; `canWrite`: the disk took the last commit. */
  async tick(canWrite: boolean): Promise<void> {
    const steady = elapsed();
    if (!canWrite) {
      this.#steady = null;
      return;
    }
    if (this.#steady !== null && steady - this.#steady < beatEveryMs) return;
    await this.#tryBeat(steady);
  }

  async #tryBeat(steady: number): Promise<void> {
    try {
      await this.#beat();
      this.#steady = steady;
    } catch (error) {
      // The database is away: the next tick tells the whole time, for which the spool was there.
      this.#app.log.warn({ err: error }, 'the collector’s sign of life could not be written yet');
    }
  }

  /** The last sign before an ordered end. */
  async end(): Promise<void> {
    if (this.#steady !== null) await this.#tryBeat(this.#steady);
    this.#steady = null;
  }

  async #beat(): Promise<void> {
    const collector = this.#collector;
    const at = this.#app.clock.now();
    // A clock that was set back is not ahead of itself.
    const isOn = this.#steady !== null && this.#last !== null && this.#last < at;
    const since = isOn ? this.#last! : at;
    const disk = await statfs(this.#app.config.dataDir).catch(() => null);
    await this.#app.run(systemActor('logs.beat'), async (ctx) => {
      const { endedBefore } = await noteBeat(ctx, {
        collector,
        since,
        at,
        diskFree: disk && disk.bavail * disk.bsize,
        diskTotal: disk && disk.blocks * disk.bsize,
      });
      if (endedBefore === null) return;
      await tellCollectorGap(ctx, {
        key: `collector:${collector}:${endedBefore.getTime()}`,
        proof: 'collector',
        collector,
        unitPath: await cityPath(ctx),
        began: endedBefore,
        ended: at,
        lost: null,
      });
    });
    this.#last = at;
  }
}
