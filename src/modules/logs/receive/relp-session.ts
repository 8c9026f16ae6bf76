import { hash } from 'node:crypto';
import { type RelpFrame, RelpFramer } from './relp-framer.ts';
import type { ResendMemory } from './relp-resends.ts';
import type { SpoolGate } from './spool-gate.ts';
import type { StreamPeer, StreamSession } from './stream-listener.ts';
import { FramingError } from './syslog-framer.ts';
import type { StreamCounts } from './syslog-session.ts';

export interface RelpCounts extends StreamCounts {
  /** Messages that came again and were here already. */
  repeated: number;
}

export interface RelpSessionOptions {
  readonly peer: StreamPeer;
  readonly gate: SpoolGate;
  readonly now: () => Date;
  readonly counts: RelpCounts;
  readonly resends: ResendMemory;
  readonly onTrouble: (what: string, error: unknown) => void;
}

const offers = 'relp_version=0\nrelp_software=jiaodun\ncommands=syslog';
/** Answers that a peer does not read may not fill the memory. */
const maxUnread = 1024 * 1024;
const maxUnanswered = 100_000;
/** More than a sender's window: librelp and rsyslog have 128. */
const firstMessages = 1024;

/** A message that was taken and has no answer yet. */
interface Unanswered {
  readonly txnr: number;
  readonly digest: string;
}

/**
 * One RELP session: `open`, then `syslog` messages, each answered only when it is on disk, then `close`. A peer that
 * lost the connection before the answer sends the message again in its next session.
 */
export class RelpSession implements StreamSession {
  readonly #options: RelpSessionOptions;
  readonly #framer: RelpFramer;
  /** In the order of receipt; the first `#writing` of them are on their way to the disk. */
  #unanswered: Unanswered[] = [];
  #writing = 0;
  /** What the sender is expected to repeat first, and was taken by an earlier session. */
  #expected: string[] = [];
  #looks = firstMessages;
  #state: 'new' | 'open' | 'closed' = 'new';
  #unfinishedSince: number | null;
  #answering: Promise<void> | null = null;
  #recvAt = 0;

  constructor(options: RelpSessionOptions) {
    this.#options = options;
    this.#framer = new RelpFramer((frame) => this.#take(frame));
    this.#unfinishedSince = options.now().getTime();
  }

  data(chunk: Buffer): void {
    this.#recvAt = this.#options.now().getTime();
    const frames = this.#options.counts.received;
    this.#framer.push(chunk);
    const isUnfinished = this.#framer.isInside || this.#state === 'new';
    if (!isUnfinished) this.#unfinishedSince = null;
    else if (this.#unfinishedSince === null || this.#options.counts.received !== frames)
      this.#unfinishedSince = this.#recvAt;
    this.#answer();
  }

  unfinishedSince(): number | null {
    return this.#unfinishedSince;
  }

  #take(frame: RelpFrame): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'new') {
      if (frame.command !== 'open') throw new FramingError(`${frame.command} before open`);
      this.#state = 'open';
      this.#say(`${frame.txnr} rsp ${offers.length + 7} 200 OK\n${offers}\n`);
    } else if (frame.command === 'syslog') this.#takeMessage(frame);
    else if (frame.command === 'close') {
      this.#state = 'closed';
      void this.#goodbye(`${frame.txnr} rsp 0\n`);
    } else this.#say(`${frame.txnr} rsp 19 500 unknown command\n`);
  }

  #takeMessage({ txnr, data, length }: RelpFrame): void {
    const { counts, gate, peer } = this.#options;
    const digest = hash('sha256', data, 'base64');
    this.#unanswered.push({ txnr, digest });
    if (this.#unanswered.length > maxUnanswered)
      throw new FramingError('too many messages without an answer');
    if (this.#isRepeated(digest)) {
      counts.repeated += 1;
      return;
    }
    counts.received += 1;
    if (length > data.length) counts.cut += 1;
    gate.spool.of(peer.sender).append(this.#recvAt, data, 0, data.length);
  }

  /**
   * Whether an earlier session brought this very message and could not answer it. Before such messages a sender repeats
   * those whose answers it missed, so the beginning of the list is looked for among its first messages.
   */
  #isRepeated(digest: string): boolean {
    const { resends, peer } = this.#options;
    if (this.#expected.length === 0 && this.#looks > 0) {
      this.#looks -= 1;
      this.#expected = resends.claim(peer.sender, digest);
      if (this.#expected.length > 0) this.#looks = 0;
    }
    if (this.#expected[0] !== digest) {
      if (this.#expected.length > 0) this.#expected = [];
      return false;
    }
    this.#expected.shift();
    return true;
  }

  /** Answers what is on disk, batch after batch. */
  #answer(): void {
    if (this.#unanswered.length === 0) return;
    this.#answering ??= this.#answerAll()
      .catch((error) => {
        this.#options.onTrouble('spool', error);
        this.#options.peer.socket.destroy();
      })
      .finally(() => {
        this.#answering = null;
      });
  }

  async #answerAll(): Promise<void> {
    const { gate, peer } = this.#options;
    while (this.#unanswered.length > 0 && !peer.socket.destroyed) {
      this.#writing = this.#unanswered.length;
      await gate.durable();
      if (peer.socket.destroyed) return;
      const done = this.#unanswered.splice(0, this.#writing);
      this.#writing = 0;
      this.#say(done.map(({ txnr }) => `${txnr} rsp 6 200 OK\n`).join(''));
    }
  }

  #say(text: string): void {
    const { socket } = this.#options.peer;
    if (socket.destroyed) return;
    socket.write(text);
    if (socket.writableLength > maxUnread) throw new FramingError('a peer that does not read its answers');
  }

  /** Everything is answered first. */
  async #goodbye(text: string): Promise<void> {
    const { socket } = this.#options.peer;
    this.#answer();
    await this.#answering;
    // Ended already where the sender closed and the collector stops right after.
    if (!socket.destroyed && !socket.writableEnded) socket.end(`${text}0 serverclose 0\n`);
  }

  /** The collector stops: what was taken is answered, so that nobody repeats it. */
  async leave(): Promise<void> {
    this.#options.peer.socket.pause();
    this.#state = 'closed';
    await this.#goodbye('');
    this.#options.peer.socket.resume();
  }

  end(): void {
    const { resends, peer } = this.#options;
    const left = [...this.#unanswered.map(({ digest }) => digest), ...this.#expected];
    this.#state = 'closed';
    resends.remember(peer.sender, left);
  }
}
