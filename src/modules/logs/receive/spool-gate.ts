import { pause } from '#base/timers';
import type { Spool } from '../spool/spool.ts';

/** What can be held back while the disk catches up: a socket. */
export interface Holdable {
  readonly destroyed: boolean;
  pause(): unknown;
  resume(): unknown;
}

export interface GateOptions {
  readonly spool: Spool;
  /** Bytes not yet durable above which senders are held back. Default 16 MiB. */
  readonly highWater?: number | undefined;
  /** Told when the disk refuses a commit. */
  readonly onTrouble: (what: string, error: unknown) => void;
}

/** A commit begins at the latest when this much waits; smaller amounts are written by `flush`. */
const eagerCommitBytes = 1024 * 1024;
const retryMs = 100;

/** Between the receivers of one collector and its spool: commits, acknowledgements and back-pressure. */
export class SpoolGate {
  readonly spool: Spool;
  readonly #highWater: number;
  readonly #onTrouble: GateOptions['onTrouble'];
  readonly #paused = new Set<Holdable>();
  #closed = false;

  constructor({ spool, highWater, onTrouble }: GateOptions) {
    this.spool = spool;
    this.#highWater = highWater ?? 16 * 1024 * 1024;
    this.#onTrouble = onTrouble;
  }

  get paused(): number {
    return this.#paused.size;
  }

  /** Call after appending: begins a commit early when much waits. */
  appended(): void {
    if (this.spool.pendingBytes > eagerCommitBytes) void this.flush();
  }

  /** Stops reading from `socket` while more waits for the disk than the high water mark. */
  holdBack(socket: Holdable): void {
    this.appended();
    if (this.spool.pendingBytes <= this.#highWater || socket.destroyed) return;
    this.#paused.add(socket);
    socket.pause();
  }

  /** A socket that is gone. */
  forget(socket: Holdable): void {
    this.#paused.delete(socket);
  }

  /** Writes what waits; called some times a second. Troubles are told, and the next flush tries again. */
  flush(): Promise<void> {
    return this.spool.commit().then(
      () => this.#release(),
      (error) => this.#onTrouble('spool', error),
    );
  }

  /**
   * Resolves when everything appended before the call is on disk (fdatasync): only then may it be acknowledged. While
   * the disk refuses it waits. Rejects when the collector stops before the disk took it.
   */
  async durable(): Promise<void> {
    for (;;) {
      try {
        await this.spool.commit();
        this.#release();
        return;
      } catch (error) {
        this.#onTrouble('spool', error);
        if (this.#closed) throw error;
        await pause(retryMs);
      }
    }
  }

  /** The collector stops: nobody waits any longer for a disk that refuses. */
  close(): void {
    this.#closed = true;
  }

  #release(): void {
    if (this.spool.pendingBytes > this.#highWater / 2) return;
    for (const socket of this.#paused) socket.resume();
    this.#paused.clear();
  }
}
