/** The crawlers of one process: so many sites at once, the others wait. */
import type { App } from '#base/app';
import { createReaderPool, type ReaderPool } from './read-page.ts';
import { runCheck } from './run-check.ts';

/** Crawls wait on the network most of the time: at one request per second each, 16 cost about 0.2 of a core. */
const AT_ONCE = 16;

/**
 * Runs checks. Once started (worker role) it takes sites and returns at once, so that a crawl of minutes holds no
 * place in the job queue; before that, `check` runs to the end.
 */
export class Crew {
  readonly #app: App;
  readonly #pool: ReaderPool;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<string>();
  readonly #running = new Map<string, Promise<void>>();
  #detached = false;

  constructor(app: App) {
    this.#app = app;
    this.#pool = createReaderPool({ onNotice: (notice) => app.log.warn(notice) });
  }

  start(): void {
    this.#detached = true;
  }

  /** Checks a site, or notes it for the next free place; a site is never in twice. */
  async check(siteId: string): Promise<void> {
    if (!this.#detached) return this.#run(siteId);
    if (this.#stop.signal.aborted || this.#running.has(siteId)) return;
    this.#waiting.add(siteId);
    this.#fill();
  }

  async #run(siteId: string): Promise<void> {
    const tools = { pool: this.#pool, signal: this.#stop.signal };
    let more = true;
    while (more && !this.#stop.signal.aborted) more = await runCheck(this.#app, siteId, tools);
  }

  #fill(): void {
    for (const siteId of this.#waiting) {
      if (this.#running.size >= AT_ONCE || this.#stop.signal.aborted) return;
      this.#waiting.delete(siteId);
      const run = this.#run(siteId)
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
