import { pause } from '#base/timers';
import { type BlockPlace, damagedCode } from '../spool/spool-file.ts';

interface Waiting {
  readonly path: string;
  /** Where its blocks are, as the spool remembers; without them the file is read itself. */
  blocks: readonly BlockPlace[] | undefined;
}

export interface SealQueueOptions {
  readonly seal: (path: string, blocks?: readonly BlockPlace[]) => Promise<unknown>;
  readonly onFailure: (path: string, error: unknown) => void;
  readonly pauseMs?: number;
}

/**
 * Closed spool files, sealed one after another in their order. A file that fails is told and tried again; the others do not
 * wait for it. When two in a row fail (the database is away, the disk is full), all wait, so that their order stays.
 */
export class SealQueue {
  readonly #options: SealQueueOptions;
  readonly #waiting: Waiting[] = [];
  #running: Promise<void> = Promise.resolve();
  #fails = false;
  #stopping = false;

  constructor(options: SealQueueOptions) {
    this.#options = options;
  }

  add(path: string, blocks: readonly BlockPlace[]): void {
    this.#waiting.push({ path, blocks });
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** A file could not be sealed at the last look. */
  get fails(): boolean {
    return this.#fails;
  }

  /** After this a failure ends `run` instead of being tried again. */
  stop(): void {
    this.#stopping = true;
  }

  /** Seals what waits. Resolves when nothing does, or after a failure once it is stopped. */
  run(): Promise<void> {
    this.#running = this.#running.then(async () => {
      while (this.#waiting.length > 0) {
        if (await this.#pass()) continue;
        if (this.#stopping) return;
        await pause(this.#options.pauseMs ?? 1000);
      }
    });
    return this.#running;
  }

  /** One try for each that waits now; false when any failed. */
  async #pass(): Promise<boolean> {
    let [any, last] = [false, false];
    for (const one of [...this.#waiting]) {
      const sealed = await this.#try(one);
      if (sealed) this.#waiting.splice(this.#waiting.indexOf(one), 1);
      else if (last) break;
      last = !sealed;
      any ||= !sealed;
    }
    this.#fails = any;
    return !any;
  }

  async #try(one: Waiting): Promise<boolean> {
    try {
      await this.#options.seal(one.path, one.blocks);
      return true;
    } catch (error) {
      // Told now, not after the others.
      this.#fails = true;
      if ((error as { code?: unknown }).code === damagedCode) one.blocks = undefined;
      this.#options.onFailure(one.path, error);
      return false;
    }
  }
}
