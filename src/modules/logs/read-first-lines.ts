import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { Decode } from './decoders/row.ts';
import { recordCutter } from './receive/record-cutter.ts';
import { guessFormats, offered } from './sample-source.ts';
import { memoryOf, readerOf } from './source-reader.ts';
import type { SourceRow } from './store/catalogue.ts';

/** So many lines are tried before a file is sealed, of at most so many bytes of it. */
const tried = 1000;
const triedBytes = 1024 * 1024;
/** Lines on which every format is tried when the right one reads none. */
const guessed = 200;
/** A source whose pattern is still to be written needs the lines to write it by. */
const unwritten = 'template/0';

interface Line {
  readonly bytes: Buffer;
  readonly recvAt: Date;
  readonly sender: string;
}

/**
 * Passes content on once its first lines were tried. When the source's reader makes nothing of any of them, nothing is
 * passed on: a file that was sealed cannot be taken back, and counts as unread for ever. Fails with
 * `logs.lines_unread` (another format reads them) and `logs.lines_unknown`.
 */
export async function* readFirst(
  app: App,
  actor: Actor,
  source: SourceRow,
  content: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const first = new FirstLines(source.format, app.clock.now());
  const held: Buffer[] = [];
  let isOpen = false;
  for await (const chunk of content) {
    if (isOpen) {
      yield chunk;
      continue;
    }
    held.push(Buffer.from(chunk));
    if (!first.take(chunk)) continue;
    await app.run(actor, (ctx) => demandReadable(ctx, source, first.lines));
    isOpen = true;
    yield* held.splice(0);
  }
  if (isOpen) return;
  first.end();
  await app.run(actor, (ctx) => demandReadable(ctx, source, first.lines));
  yield* held;
}

/** Cuts the beginning of a file as the whole of it will be cut. */
class FirstLines {
  readonly lines: Line[] = [];
  readonly #cutter: ReturnType<typeof recordCutter>;
  #bytes = 0;

  constructor(format: string, recvAt: Date) {
    const keep = (from: Buffer, start: number, end: number) => {
      if (this.lines.length >= tried) return;
      this.lines.push({ bytes: Buffer.from(from.subarray(start, end)), recvAt, sender: 'upload:' });
    };
    this.#cutter = recordCutter(format, {
      line: keep,
      lines: (from, start, end) => {
        for (let at = start; at < end && this.lines.length < tried; ) {
          const feed = from.indexOf(10, at);
          keep(from, at, feed);
          at = feed + 1;
        }
      },
    });
  }

  /** Whether that was enough. */
  take(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    this.#cutter.push(chunk);
    return this.lines.length >= tried || this.#bytes >= triedBytes;
  }

  end(): void {
    this.#cutter.end();
  }
}

async function demandReadable(ctx: Ctx, source: SourceRow, lines: readonly Line[]): Promise<void> {
  if (lines.length === 0) return;
  const reader = await readerOf(ctx, source);
  if (reader.name === unwritten) return;
  // What it learns here is not kept: the lines are read again when they are indexed.
  const decode = reader.open(await memoryOf(ctx, source, reader));
  if (!decode || lines.some((line) => isRead(decode, line, reader.settings))) return;
  const some = lines.filter(({ bytes }) => bytes.length > 0).slice(0, guessed);
  const [best] = offered(guessFormats(some, source), some.length);
  const told = { name: source.name, format: source.format, lines: lines.length };
  if (best) fail('logs.lines_unread', { ...told, best: best.format });
  fail('logs.lines_unknown', told);
}

function isRead(decode: Decode, { bytes, recvAt, sender }: Line, settings: Parameters<Decode>[1]): boolean {
  const found = decode(bytes, settings, recvAt, sender);
  return found !== null && !('table' in found && found.table === 'none' && found.waits === true);
}
