import { hostname } from 'node:os';
import { type App, systemActor } from '#base/app';
import type { RoleHealth } from '#base/role-health';
import { pause, repeat } from '#base/timers';
import { spoolDir } from '../places.ts';
import { sealSpool } from '../seal-spool.ts';
import { Spool } from '../spool/spool.ts';
import type { BlockPlace } from '../spool/spool-file.ts';
import { insertLoss } from '../store/intake.ts';
import { collectorProblems, type Loss } from './collector-problems.ts';
import { Receiver } from './receiver.ts';

/** Records are durable at most this long after they arrived. */
const flushEveryMs = 50;
/** A spool file that holds anything is sealed at this age: then its lines become searchable. */
const maxAgeMs = 5_000;
const lossEveryMs = 5_000;

/** The collector role: receivers → spool → sealed, registered segments. */
export class Collector {
  readonly #app: App;
  readonly #spool: Spool;
  readonly #receiver: Receiver;
  readonly #closed: { path: string; blocks: readonly BlockPlace[] }[] = [];
  #stopping = false;
  #loops: (() => Promise<void>)[] = [];
  #sealing: Promise<void> = Promise.resolve();
  #sealFails = false;
  /** Commits that the disk refused, since the start and at the last look. */
  #refused = 0;
  #spoolFails = false;
  #lastLoss: Loss | null = null;
  #drops: number | null = 0;
  #dropsAt: Date;

  /** `udpBuffer`: receive buffer to ask for, in bytes, if not the usual one. */
  constructor(app: App, options: { udpBuffer?: number } = {}) {
    this.#app = app;
    this.#dropsAt = app.clock.now();
    this.#spool = new Spool({
      dir: spoolDir(app),
      now: () => app.clock.now(),
      onClosed: (path, blocks) => this.#closed.push({ path, blocks }),
    });
    const { syslogHost, syslogUdpPort, syslogTcpPort } = app.config;
    this.#receiver = new Receiver({
      spool: this.#spool,
      host: syslogHost,
      udpPort: syslogUdpPort || null,
      tcpPort: syslogTcpPort || null,
      now: () => app.clock.now(),
      onTrouble: (what, error) => {
        if (what === 'spool') this.#refused += 1;
        app.log.warn({ err: error, what }, 'log receiver');
      },
      ...options,
    });
  }

  /** Recovers what an earlier process left, then listens. Throws when a port is taken. */
  async start(): Promise<void> {
    await this.#spool.open();
    await this.#receiver.start();
    this.#loops = [
      this.#every(flushEveryMs, () => this.#tick()),
      this.#every(lossEveryMs, () => this.#recordLoss()),
    ];
  }

  /** Repeats `work`, never twice at once. Returns how to end it, which waits for the work at hand. */
  #every(milliseconds: number, work: () => Promise<void>): () => Promise<void> {
    let running: Promise<void> | null = null;
    const cancel = repeat(milliseconds, () => {
      running ??= work().finally(() => {
        running = null;
      });
    });
    return async () => {
      cancel();
      await running;
    };
  }

  async #tick(): Promise<void> {
    const refused = this.#refused;
    await this.#receiver.flush();
    this.#spoolFails = this.#refused > refused;
    await this.#rotateWhenOld();
    if (this.#closed.length > 0) this.sealClosed();
  }

  async #rotateWhenOld(): Promise<void> {
    const { openedAt } = this.#spool;
    if (openedAt === null || this.#app.clock.now().getTime() - openedAt < maxAgeMs) return;
    try {
      await this.#spool.rotate();
    } catch (error) {
      // A full disk: what was acknowledged is safe, the rest waits in memory and the next tick tries again.
      this.#app.log.error({ err: error }, 'the spool file could not be closed yet');
    }
  }

  /** Seals the closed files one after another, beside the receiving. A failure is told and tried again. */
  sealClosed(): Promise<void> {
    this.#sealing = this.#sealing.then(async () => {
      while (this.#closed.length > 0) {
        try {
          await sealSpool(this.#app, this.#closed[0]!.path, this.#closed[0]!.blocks);
          this.#closed.shift();
          this.#sealFails = false;
        } catch (error) {
          this.#sealFails = true;
          this.#app.log.error(
            { err: error, spool: this.#closed[0]?.path },
            'a spool file could not be sealed yet',
          );
          if (this.#stopping) return;
          await pause(1000);
        }
      }
    });
    return this.#sealing;
  }

  /** Losses of the kernel go into the database: coverage answers must know them. */
  async #recordLoss(): Promise<void> {
    const { kernelDrops } = await this.#receiver.state();
    const ended = this.#app.clock.now();
    const began = this.#dropsAt;
    const datagrams = kernelDrops === null || this.#drops === null ? 0 : kernelDrops - this.#drops;
    this.#receiver.widenBuffer();
    if (datagrams > 0) {
      this.#lastLoss = { at: ended, datagrams };
      const loss = { collector: hostname(), began, ended, datagrams };
      try {
        await this.#app.run(systemActor('logs.loss'), (ctx) => insertLoss(ctx, loss));
      } catch (error) {
        this.#app.log.error({ err: error, datagrams }, 'lost datagrams could not be recorded yet');
        return;
      }
    }
    this.#drops = kernelDrops;
    this.#dropsAt = ended;
  }

  /** How it is doing, with reasons and remedies in words. */
  async health(): Promise<RoleHealth> {
    const receiver = await this.#receiver.state();
    const waiting = this.#closed.length;
    const problems = collectorProblems({
      receiver,
      now: this.#app.clock.now(),
      lastLoss: this.#lastLoss,
      spoolFails: this.#spoolFails,
      sealFails: this.#sealFails,
      waiting,
    });
    return { problems, figures: { ...receiver, waiting } };
  }

  /** Stops receiving, seals what is there as far as the database answers, and ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#receiver.stop();
    await Promise.all(this.#loops.map((end) => end()));
    await this.#spool.rotate();
    await this.sealClosed();
  }
}
