import { hostname } from 'node:os';
import type { App } from '#base/app';
import type { RoleHealth } from '#base/role-health';
import { repeat } from '#base/timers';
import { recordLoss } from '../ledger/record-loss.ts';
import { spoolDir } from '../places.ts';
import { countDamaged, sealSpool } from '../seal-spool.ts';
import { Spool } from '../spool/spool.ts';
import { LinePublisher } from '../tail/publish-lines.ts';
import { CollectorBeat } from './collector-beat.ts';
import { collectorProblems, type Loss } from './collector-problems.ts';
import { type ExtraReceiver, extraReceivers, type ReceiverFigures } from './extra-receivers.ts';
import { Receiver } from './receiver.ts';
import { SealQueue } from './seal-queue.ts';
import { SpoolGate } from './spool-gate.ts';

/** Records are durable at most this long after they arrived. */
const flushEveryMs = 50;
/** A spool file that holds anything is sealed at this age: then its lines become searchable. */
const maxAgeMs = 5_000;
const lossEveryMs = 5_000;

/** The collector role: receivers → spool → sealed, registered segments. */
export class Collector {
  readonly #app: App;
  readonly #spool: Spool;
  readonly #gate: SpoolGate;
  readonly #receiver: Receiver;
  readonly #extra: readonly ExtraReceiver[];
  readonly #beat: CollectorBeat;
  readonly #lines: LinePublisher;
  readonly #closed: SealQueue;
  #loops: (() => Promise<void>)[] = [];
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
    this.#lines = new LinePublisher(app);
    this.#closed = new SealQueue({
      seal: (path, blocks) => sealSpool(app, path, blocks),
      onFailure: (spool, error) =>
        app.log.error({ err: error, spool }, 'a spool file could not be sealed yet'),
    });
    this.#spool = new Spool({
      dir: spoolDir(app),
      now: () => app.clock.now(),
      onClosed: (path, blocks) => this.#closed.add(path, blocks),
      onCommitted: (sender, stream) => this.#lines.note(sender, stream),
    });
    const { syslogHost, syslogUdpPort, syslogTcpPort } = app.config;
    const onTrouble = (what: string, error: unknown) => {
      if (what === 'spool') this.#refused += 1;
      app.log.warn({ err: error, what }, 'log receiver');
    };
    this.#beat = new CollectorBeat(app);
    this.#gate = new SpoolGate({ spool: this.#spool, onTrouble });
    const site = { app, gate: this.#gate, now: () => app.clock.now(), onTrouble };
    this.#extra = extraReceivers.map((make) => make(site)).filter((one) => one !== null);
    this.#receiver = new Receiver({
      spool: this.#spool,
      gate: this.#gate,
      host: syslogHost,
      udpPort: syslogUdpPort || null,
      tcpPort: syslogTcpPort || null,
      now: () => app.clock.now(),
      onTrouble,
      ...options,
    });
  }

  /** Recovers what an earlier process left, then listens. Throws when a port is taken. */
  async start(): Promise<void> {
    await this.#spool.open();
    await this.#receiver.start();
    for (const one of this.#extra) await one.start();
    await this.#lines.start();
    this.#loops = [
      this.#every(flushEveryMs, () => this.#tick()),
      this.#every(lossEveryMs, () => this.#recordLoss()),
      this.#every(lossEveryMs, () => this.#tickExtra()),
      this.#every(lossEveryMs, () => this.#beat.tick(!this.#spoolFails)),
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
    if (this.#closed.waiting > 0) this.sealClosed();
  }

  async #tickExtra(): Promise<void> {
    await this.#receiver.tick();
    for (const one of this.#extra) {
      await one
        .tick?.()
        .catch((error) => this.#app.log.error({ err: error, receiver: one.name }, 'log receiver'));
    }
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

  /** Seals the closed files one after another, beside the receiving. */
  sealClosed(): Promise<void> {
    return this.#closed.run();
  }

  /** Losses of the kernel go into the database: coverage answers must know them. */
  async #recordLoss(): Promise<void> {
    const kernelDrops = await this.#dropsOfAll();
    const ended = this.#app.clock.now();
    const began = this.#dropsAt;
    const datagrams = kernelDrops === null || this.#drops === null ? 0 : kernelDrops - this.#drops;
    if (datagrams > 0) {
      this.#lastLoss = { at: ended, datagrams };
      const loss = { collector: hostname(), began, ended, datagrams, proof: 'kernel' as const };
      try {
        await recordLoss(this.#app, loss);
      } catch (error) {
        this.#app.log.error({ err: error, datagrams }, 'lost datagrams could not be recorded yet');
        return;
      }
    }
    this.#drops = kernelDrops;
    this.#dropsAt = ended;
  }

  /** Datagrams that the kernel dropped for any receiver; `null` when the system does not tell of one. */
  async #dropsOfAll(): Promise<number | null> {
    const { udpPort, kernelDrops } = await this.#receiver.state();
    let sum = udpPort === null ? 0 : kernelDrops;
    for (const { drops } of await this.#datagramReceivers())
      sum = sum === null || drops === null ? null : sum + drops;
    return sum;
  }

  async #datagramReceivers() {
    const states = await this.#extraStates();
    return states.flatMap(({ name, state }) =>
      state.kernelDrops === undefined || state.port === null
        ? []
        : [{ name, drops: state.kernelDrops, buffer: state.buffer ?? null, wanted: state.wantedBuffer ?? 0 }],
    );
  }

  async #extraStates(): Promise<{ name: string; state: ReceiverFigures }[]> {
    return Promise.all(this.#extra.map(async (one) => ({ name: one.name, state: await one.state() })));
  }

  /** How it is doing, with reasons and remedies in words. */
  async health(): Promise<RoleHealth> {
    const receiver = await this.#receiver.state();
    const { waiting } = this.#closed;
    const extra = await this.#extraStates();
    const problems = collectorProblems({
      receiver,
      datagrams: await this.#datagramReceivers(),
      now: this.#app.clock.now(),
      lastLoss: this.#lastLoss,
      spoolFails: this.#spoolFails,
      sealFails: this.#closed.fails,
      waiting,
      damaged: await countDamaged(this.#app),
    });
    problems.push(...this.#extra.flatMap((one) => one.problems?.() ?? []));
    const figures: Record<string, number | null> = { ...receiver, waiting };
    for (const { name, state } of extra) {
      for (const [what, value] of Object.entries(state)) figures[`${name}.${what}`] = value;
    }
    figures.pendingBytes = this.#spool.pendingBytes;
    return { problems, figures };
  }

  /** Stops receiving, seals what is there as far as the database answers, and ends. */
  async stop(): Promise<void> {
    this.#closed.stop();
    this.#gate.close();
    await Promise.all(this.#extra.map((one) => one.stop()));
    await this.#receiver.stop();
    await Promise.all(this.#loops.map((end) => end()));
    await this.#beat.end();
    await this.#lines.stop();
    await this.#spool.rotate();
    await this.sealClosed();
  }
}
