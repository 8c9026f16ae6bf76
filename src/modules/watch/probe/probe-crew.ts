/** The probers of one process: so many sites at once, each on its own; a site that hangs holds one place and no other site. */
import { hostname } from 'node:os';
import { type App, systemActor } from '#base/app';
import { newId } from '#base/id';
import type { ProbeRules } from '../contract.ts';
import { spread } from '../rules.ts';
import { takeDueLooks } from './look-store.ts';
import { readRules } from './probe-rules.ts';
import * as store from './probe-store.ts';
import { nextSlot, periodMs } from './rules.ts';
import { runLook } from './run-look.ts';
import { runProbe } from './run-probe.ts';

/** Probes wait on the network: at 1000 sites 14 begin a minute, and each may hang for 30 s. */
const PROBES_AT_ONCE = 32;
const LOOKS_AT_ONCE = 8;

/** New sites are probed at once when they are few; an import of many is spread over its whole period. */
const FEW = 20;
/** Looks of an import are spread over this. */
const FIRST_LOOKS_MS = 4 * 3_600_000;

const scheduler = systemActor('watch.probes');

/** Takes due sites and works them off. Once started (worker role) rounds return at once; else they run to the end. */
export class ProbeCrew {
  readonly #app: App;
  readonly #holder = `${hostname()}:${process.pid}:${newId()}`;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #probing = 0;
  #looking = 0;
  #detached = false;

  constructor(app: App) {
    this.#app = app;
  }

  start(): void {
    this.#detached = true;
  }

  /** Takes what is due, as far as there is room. */
  async round(): Promise<void> {
    await enrolNewcomers(this.#app);
    while (!this.#stop.signal.aborted) {
      const begun = await this.#take();
      if (begun === 0 || this.#detached) return;
      await Promise.all(this.#running);
    }
  }

  async #take(): Promise<number> {
    const room = { probes: PROBES_AT_ONCE - this.#probing, looks: LOOKS_AT_ONCE - this.#looking };
    const { rules, probes, looks } = await this.#app.run(scheduler, async (ctx) => {
      const { rules } = await readRules(ctx);
      const take = { holder: this.#holder };
      const farSeconds = (2 * periodMs(rules.probesPerDay)) / 1000;
      return {
        rules,
        probes: room.probes > 0 ? await store.takeDue(ctx, { ...take, limit: room.probes, farSeconds }) : [],
        looks:
          room.looks > 0 ? await takeDueLooks(ctx, { ...take, limit: room.looks, farSeconds: 172_800 }) : [],
      };
    });
    const tools = { rules, signal: this.#stop.signal };
    for (const site of probes) {
      this.#probing += 1;
      this.#keep(site.id, runProbe(this.#app, site, this.#holder, tools), () => (this.#probing -= 1));
    }
    for (const site of looks) {
      this.#looking += 1;
      this.#keep(site.id, runLook(this.#app, site, this.#holder, tools), () => (this.#looking -= 1));
    }
    return probes.length + looks.length;
  }

  #keep(siteId: string, work: Promise<void>, done: () => void): void {
    const kept = work
      // It was given back and is taken up with the next round.
      .catch((error: unknown) => this.#app.log.error({ err: error, siteId }, 'a probe broke off'))
      .finally(() => {
        done();
        this.#running.delete(kept);
        this.#next();
      });
    this.#running.add(kept);
  }

  /** A free place is filled at once, not with the next minute. */
  #next(): void {
    if (!this.#detached || this.#stop.signal.aborted) return;
    const more = this.#take().then(
      () => {},
      (error: unknown) => this.#app.log.error({ err: error }, 'taking up probes failed'),
    );
    this.#running.add(more);
    void more.finally(() => this.#running.delete(more));
  }

  /** Breaks off what is under way; it is given back for the next worker. */
  async stop(): Promise<void> {
    this.#stop.abort();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

/** Gives every site without a plan its times. */
async function enrolNewcomers(app: App): Promise<void> {
  await app.run(scheduler, async (ctx) => {
    const fresh = await store.newcomers(ctx);
    if (fresh.length === 0) return;
    const { rules } = await readRules(ctx);
    const now = ctx.clock.now();
    await store.enrol(
      ctx,
      fresh.map((site) => firstTimes(site, now, fresh.length, rules)),
    );
  });
}

/** When a new site is probed, looked at and searched first. */
export function firstTimes(
  site: { readonly id: string; readonly host: string },
  now: Date,
  together: number,
  rules: Pick<ProbeRules, 'probesPerDay' | 'filesEveryDays'>,
): { id: string; probe: Date; look: Date; files: Date } {
  const later = (ms: number) => new Date(now.getTime() + ms);
  const isFew = together <= FEW;
  return {
    id: site.id,
    probe: isFew ? now : nextSlot(site.host, now, periodMs(rules.probesPerDay)),
    look: isFew ? now : later(spread(site.host, FIRST_LOOKS_MS)),
    files: later(isFew ? 0 : spread(`files ${site.host}`, rules.filesEveryDays * 86_400_000)),
  };
}

const crews = new WeakMap<App, ProbeCrew>();

/** The crew of a process, made on first use. */
export function probeCrewOf(app: App): ProbeCrew {
  let crew = crews.get(app);
  if (!crew) {
    crew = new ProbeCrew(app);
    crews.set(app, crew);
  }
  return crew;
}

export async function stopProbeCrew(app: App): Promise<void> {
  const crew = crews.get(app);
  crews.delete(app);
  await crew?.stop();
}
