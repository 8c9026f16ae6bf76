/** The crawlers of one process: so many sites at once (`watchSitesAtOnce`), the others wait. */
import { type App, systemActor } from '#base/app';
import { repeat } from '#base/timers';
import { createReaderPool, type ReaderPool } from './read-page.ts';
import { runCheck } from './run-check.ts';
import { strandedSites } from './store.ts';

/** How often checks whose worker died are looked for, in milliseconds. */
const LOOK_MS = 2000;

/**
 * Runs checks. Once started (worker role) it takes sites and returns at once, so that a crawl of minutes holds no
 * place in the job queue; before that, `check` runs to the end.
 */
export class Crew {
  readonly #app: App;
  readonly #pool: ReaderPool;
  readonly #stop = new AbortController();
  /** Sites, and whether only a check that runs already is to be taken up. */
  readonly #waiting = new Map<string, { onlyTakesUp: boolean }>();
  readonly #running = new Map<string, Promise<void>>();
  #detached = false;
  #endLooking: (() => void) | undefined;

  constructor(app: App) {
    this.#app = app;
    this.#pool = createReaderPool({ onNotice: (notice) => app.log.warn(notice) });
  }

  start(): void {
    this.#detached = true;
    this.#endLooking = repeat(LOOK_MS, () => void this.#takeUp());
  }

  /** Takes up checks whose worker died: seconds later, not when the queue comes round. */
  async #takeUp(): Promise<void> {
    try {
      const sites = await this.#app.run(systemActor('watch.take-up'), (ctx) =>
        strandedSites(ctx, ctx.clock.now()),
      );
      for (const siteId of sites) this.#note(siteId, true);
    } catch (error) {
      // The next round comes in seconds, and a timer of the queue each minute.
      this.#app.log.warn({ err: error }, 'checks of workers that died were not looked for');
    }
  }

  /** Checks a site, or notes it for the next free place; a site is never in twice. */
  async check(siteId: string): Promise<void> {
    if (!this.#detached) return this.#run(siteId, false);
    this.#note(siteId, false);
  }

  #note(siteId: string, onlyTakesUp: boolean): void {
    if (this.#stop.signal.aborted || this.#running.has(siteId)) return;
    const before = this.#waiting.get(siteId);
    this.#waiting.set(siteId, { onlyTakesUp: onlyTakesUp && (before?.onlyTakesUp ?? true) });
    this.#fill();
  }

  async #run(siteId: string, onlyTakesUp: boolean): Promise<void> {
    const tools = { pool: this.#pool, signal: this.#stop.signal };
    let more = await runCheck(this.#app, siteId, { ...tools, onlyTakesUp });
    while (more && !this.#stop.signal.aborted) more = await runCheck(this.#app, siteId, tools);
  }

  #fill(): void {
    for (const [siteId, { onlyTakesUp }] of this.#waiting) {
      if (this.#running.size >= this.#app.config.watchSitesAtOnce || this.#stop.signal.aborted) return;
      this.#waiting.delete(siteId);
      const run = this.#run(siteId, onlyTakesUp)
        // Its check is released and will be taken up again, three times at most; then it ends as failed.
        .catch((error: unknown) => this.#app.log.error({ err: error, siteId }, 'a check broke off'))
        .finally(() => {
          this.#running.delete(siteId);
          this.#fill();
        });
      this.#running.set(siteId, run);
    }
  }

  /** Breaks off what is under way; other workers, or the next start, take it up. */
  async stop(): Promise<void> {
    this.#endLooking?.();
    this.#stop.abort();
    this.#waiting.clear();
    await Promise.all(this.#running.values());
    await this.#pool.close();
  }
}

const crews = new WeakMap<App, Crew>();

/** The crew of a process, made on first use. */
export function crewOf(app: App): Crew {
  let crew = crews.get(app);
  if (!crew) {
    crew = new Crew(app);
    crews.set(app, crew);
  }
  return crew;
}

/** Stops the crew of a process, if it has one. */
export async function stopCrew(app: App): Promise<void> {
  const crew = crews.get(app);
  crews.delete(app);
  await crew?.stop();
}
