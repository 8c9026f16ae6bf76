/** The collector's side of the live tail: what the spool just made durable goes to whoever watches. */
import { type App, systemActor } from '#base/app';
import { elapsed } from '#base/clock';
import { repeat } from '#base/timers';
import { forEachRecord } from '../segments/record-stream.ts';
import { findSource } from '../store/catalogue.ts';
import { findSourceOfSender } from '../store/sources.ts';
import { tellLines } from '../store/tail-notes.ts';
import { ChannelListener } from './listen.ts';
import { type LineBatch, maxNotification, type Want, want, wantChannel } from './wants.ts';

/** Watching is for eyes: so many lines wait at most, so many notifications go out at a time. */
const maxWaiting = 400;
const maxPayloads = 12;
const everyMs = 250;
const maxLineBytes = 2_048;
const senderKnownMs = 30_000;

interface Line {
  readonly recvAt: number;
  readonly bytes: Buffer;
}

/** Costs one comparison per commit while nobody watches. */
export class LinePublisher {
  readonly #app: App;
  readonly #listener: ChannelListener;
  readonly #wants = new Map<string, Want>();
  #waiting = new Map<string, { lines: Line[]; skipped: number }>();
  #count = 0;
  readonly #sources = new Map<string, { id: number | null; at: number }>();
  #sending: Promise<void> | null = null;
  #cancel: (() => void) | null = null;

  constructor(app: App) {
    this.#app = app;
    this.#listener = new ChannelListener(app, wantChannel, (payload) => this.#hear(payload));
  }

  async start(): Promise<void> {
    await this.#listener.start();
    this.#cancel = repeat(everyMs, () => {
      this.#sending ??= this.#send()
        .catch((error: unknown) => this.#app.log.warn({ err: error }, 'live lines could not be sent'))
        .finally(() => {
          this.#sending = null;
        });
    });
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#sending;
    this.#listener.stop();
  }

  #hear(payload: string): void {
    const heard = want.parse(JSON.parse(payload));
    if (heard.until <= this.#app.clock.now().getTime()) this.#wants.delete(heard.id);
    else this.#wants.set(heard.id, heard);
  }

  /** Takes copies of what one sender's commit holds, as far as there is room. */
  note(sender: string, stream: Buffer): void {
    if (this.#wants.size === 0) return;
    const waiting = this.#waiting.get(sender) ?? { lines: [], skipped: 0 };
    this.#waiting.set(sender, waiting);
    forEachRecord(stream, ({ recvAt, bytes }) => {
      if (this.#count >= maxWaiting) waiting.skipped += 1;
      else {
        this.#count += 1;
        waiting.lines.push({ recvAt, bytes: Buffer.from(bytes.subarray(0, maxLineBytes + 1)) });
      }
    });
  }

  async #send(): Promise<void> {
    const now = this.#app.clock.now().getTime();
    for (const [id, one] of this.#wants) if (one.until <= now) this.#wants.delete(id);
    if (this.#waiting.size === 0) return;
    const taken = this.#waiting;
    this.#waiting = new Map();
    this.#count = 0;
    const payloads: string[] = [];
    for (const [sender, { lines, skipped }] of taken) {
      const source = await this.#sourceOf(sender);
      if (source === null || !this.#isWanted(source)) continue;
      payloads.push(...batches(source, sender, lines, skipped, maxPayloads - payloads.length));
    }
    if (payloads.length > 0) await tellLines(this.#app, payloads);
  }

  #isWanted(source: number): boolean {
    return [...this.#wants.values()].some(({ sources }) => sources === null || sources.includes(source));
  }

  async #sourceOf(sender: string): Promise<number | null> {
    const known = this.#sources.get(sender);
    if (known && elapsed() - known.at < senderKnownMs) return known.id;
    const source = await this.#app.run(
      systemActor('logs.tail'),
      async (ctx) =>
        (await findSourceOfSender(ctx, sender)) ??
        (await findSource(ctx, { name: `unregistered:${sender}` })),
    );
    if (this.#sources.size > 10_000) this.#sources.clear();
    this.#sources.set(sender, { id: source?.id ?? null, at: elapsed() });
    return source?.id ?? null;
  }
}

/** Lines of one source in notifications that the database takes; what has no room is counted. */
function batches(
  source: number,
  sender: string,
  lines: readonly Line[],
  skipped: number,
  room: number,
): string[] {
  const found: LineBatch[] = [];
  let left = skipped;
  let size = maxNotification;
  for (const { recvAt, bytes } of lines) {
    const isCut = bytes.length > maxLineBytes;
    const text = bytes.subarray(0, maxLineBytes).toString('base64');
    const cost = text.length + sender.length + 40;
    if (size + cost > maxNotification) {
      if (found.length >= room) {
        left += 1;
        continue;
      }
      found.push({ source, lines: [], skipped: 0 });
      size = 60;
    }
    found.at(-1)!.lines.push([recvAt, sender, text, isCut]);
    size += cost;
  }
  if (left > 0) {
    const last = found.pop() ?? { source, lines: [], skipped: 0 };
    found.push({ ...last, skipped: left });
  }
  return found.map((batch) => JSON.stringify(batch));
}
