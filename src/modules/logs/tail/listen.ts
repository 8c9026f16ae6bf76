import type pg from 'pg';
import type { App } from '#base/app';
import { after } from '#base/timers';

const reconnectMs = 1_000;

/** Hears a channel of the database until it is stopped; a connection that breaks is made anew. */
export class ChannelListener {
  readonly #app: App;
  readonly #channel: string;
  readonly #hear: (payload: string) => void;
  #client: pg.PoolClient | undefined;
  #stopped = false;

  constructor(app: App, channel: string, hear: (payload: string) => void) {
    this.#app = app;
    this.#channel = channel;
    this.#hear = hear;
  }

  /** Begins to hear; does not fail: what receives must not wait for the database. */
  async start(): Promise<void> {
    try {
      await this.#listen();
    } catch (error) {
      this.#app.log.warn({ err: error, channel: this.#channel }, 'no connection for live lines yet');
      this.#again();
    }
  }

  async #listen(): Promise<void> {
    const client = await this.#app.appPool.connect();
    if (this.#stopped) {
      client.release();
      return;
    }
    this.#client = client;
    client.on('notification', ({ channel, payload }) => {
      if (channel === this.#channel) this.#hear(payload ?? '{}');
    });
    client.once('error', (error) => {
      this.#app.log.warn({ err: error, channel: this.#channel }, 'the connection for live lines broke');
      client.release(true);
      this.#client = undefined;
      this.#again();
    });
    await client.query(`LISTEN ${this.#channel}`);
  }

  #again(): void {
    if (this.#stopped) return;
    after(reconnectMs, () => void this.start());
  }

  stop(): void {
    this.#stopped = true;
    this.#client?.release(true);
    this.#client = undefined;
  }
}
