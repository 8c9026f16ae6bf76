import { hostname } from 'node:os';
import { type App, systemActor } from '#base/app';
import { pause, repeat } from '#base/timers';
import { spoolDir } from '../places.ts';
import { sealSpool } from '../seal-spool.ts';
import { Spool } from '../spool/spool.ts';
import type { BlockPlace } from '../spool/spool-file.ts';
import { insertLoss } from '../store/intake.ts';
import { Receiver, type ReceiverState, wantedUdpBuffer } from './receiver.ts';

/** Records are durable at most this long after they arrived. */
const flushEveryMs = 50;
/** A spool file that holds anything is sealed at this age: then its lines become searchable. */
const maxAgeMs = 5_000;
const lossEveryMs = 5_000;

export interface CollectorHealth extends ReceiverState {
  readonly status: 'ok' | 'degraded';
  /** Why it is degraded, in English; empty when it is not. */
  readonly problems: readonly string[];
  /** Closed spool files that wait for sealing. */
  readonly waiting: number;
}

/** The collector role: receivers → spool → sealed, registered segments. */
export class Collector {
  readonly #app: App;
  readonly #spool: Spool;
  readonly #receiver: Receiver;
  readonly #closed: { path: string; blocks: readonly BlockPlace[] }[] = [];
  #stopping = false;
  #loops: (() => Promise<void>)[] = [];
  #sealing: Promise<void> = Promise.resolve();
  #sealTrouble: string | null = null;
  #drops: number | null = 0;
  #dropsAt: Date;

  constructor(app: App) {
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
      onTrouble: (what, error) => app.log.warn({ err: error, what }, 'log receiver'),
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
    await this.#receiver.flush();
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
          this.#sealTrouble = null;
        } catch (error) {
          this.#sealTrouble = (error as Error).message;
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
    if (datagrams > 0) {
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

  async health(): Promise<CollectorHealth> {
    const state = await this.#receiver.state();
    const problems: string[] = [];
    if (state.udpBuffer !== null && state.udpBuffer < wantedUdpBuffer) {
      problems.push(
        `the UDP receive buffer is ${state.udpBuffer} bytes, wanted ${wantedUdpBuffer}: raise net.core.rmem_max`,
      );
    }
    if (this.#sealTrouble !== null) problems.push(`sealing: ${this.#sealTrouble}`);
    const status = problems.length === 0 ? 'ok' : 'degraded';
    return { ...state, status, problems, waiting: this.#closed.length };
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
