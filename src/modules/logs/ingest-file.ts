import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { type ingest, newSource } from './contract.ts';
import { segmentsDir } from './places.ts';
import { LineCutter } from './receive/line-cutter.ts';
import { registerSegments } from './register-segments.ts';
import { registerSource } from './register-source.ts';
import { RecordBuffer, recordPrefix } from './segments/record-stream.ts';
import { type SealedSegment, SegmentWriter } from './segments/seal-segment.ts';
import * as catalogue from './store/catalogue.ts';
import * as intake from './store/intake.ts';

type Query = z.output<NonNullable<typeof ingest.query>>;
type Reply = z.input<NonNullable<typeof ingest.reply>>;

const segmentBytes = 64 * 1024 * 1024;
/** No log file of one day is larger; a gzip bomb is. */
const maxContentBytes = 64 * 1024 ** 3;

/**
 * Seals an uploaded log file into segments and registers them. Streams: memory use does not depend on the
 * size. The same content for the same source is registered once, whoever sends it and however often; a failed
 * upload registers nothing. Fails with `logs.unknown_source`, `logs.format_differs`, `logs.bad_gzip`,
 * `logs.empty_upload`, `base.too_large`.
 */
export async function ingestFile(app: App, actor: Actor, query: Query, body: Readable): Promise<Reply> {
  const source = await app.run(actor, (ctx) => sourceFor(ctx, query));
  const upload = new Upload(app, source);
  try {
    await upload.take(await unpacked(body));
    return await upload.register(actor);
  } catch (error) {
    await upload.abandon();
    throw error;
  }
}

/** The registered source, or a new one when the caller may manage sources. */
async function sourceFor(ctx: Ctx, query: Query): Promise<catalogue.SourceRow> {
  const known = await catalogue.findSource(ctx, { name: query.source });
  if (!known) {
    if (!ctx.actor.permissions.has('logs.sources')) fail('logs.unknown_source', { name: query.source });
    const { source: name, ...rest } = query;
    return registerSource(ctx, newSource.parse({ name, ...rest }));
  }
  if (known.format !== query.format) {
    fail('logs.format_differs', { name: known.name, registered: known.format, given: query.format });
  }
  return known;
}

/** The content: gzip is recognised by its first two bytes (RFC 1952 §2.3.1). */
async function unpacked(body: Readable): Promise<AsyncIterable<Buffer>> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  let ended = false;
  while (head.length < 2 && !ended) {
    const { value, done } = await chunks.next();
    if (done) ended = true;
    else head = Buffer.concat([head, value]);
  }
  const whole = (async function* () {
    if (head.length > 0) yield head;
    for (;;) {
      const { value, done } = await chunks.next();
      if (done) return;
      yield value;
    }
  })();
  return head[0] === 0x1f && head[1] === 0x8b ? gunzip(whole) : whole;
}

async function* gunzip(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = Readable.from(packed);
  const unzip = createGunzip();
  // The upload breaking off must end the reading, too.
  input.on('error', (error) => unzip.destroy(error));
  try {
    for await (const chunk of input.pipe(unzip)) yield chunk as Buffer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) fail('logs.bad_gzip', {}, error);
    throw error;
  }
}

/** One upload on its way into segments. */
class Upload {
  readonly #app: App;
  readonly #source: catalogue.SourceRow;
  readonly #id = newId();
  readonly #hash = createHash('sha256');
  readonly #buffer = new RecordBuffer(512 * 1024);
  readonly #sealed: SealedSegment[] = [];
  readonly #cutter: LineCutter;
  #prefix: Buffer;
  #writer: SegmentWriter | null = null;
  #bytes = 0;
  #records = 0;
  /** Once registering was tried its files stay: the database may have kept them although the answer was lost. */
  #offered = false;

  constructor(app: App, source: catalogue.SourceRow) {
    this.#app = app;
    this.#source = source;
    this.#prefix = recordPrefix(`upload:${this.#id}`, app.clock.now().getTime());
    this.#cutter = new LineCutter({
      line: (chunk, start, end) => {
        this.#buffer.append(this.#prefix, chunk, start, end);
        this.#records += 1;
      },
      lines: (chunk, start, end, count) => {
        this.#buffer.appendLines(this.#prefix, chunk, start, end, count);
        this.#records += count;
      },
    });
  }

  async take(content: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of content) {
      this.#bytes += chunk.length;
      if (this.#bytes > maxContentBytes) fail('base.too_large', { limit: '64 GiB' });
      this.#hash.update(chunk);
      this.#prefix = recordPrefix(`upload:${this.#id}`, this.#app.clock.now().getTime());
      this.#cutter.push(chunk);
      if (this.#buffer.length >= 256 * 1024) await this.#write();
    }
    this.#cutter.end();
    await this.#write();
    await this.#seal();
    if (this.#records === 0) fail('logs.empty_upload');
  }

  async #write(): Promise<void> {
    if (this.#buffer.length === 0) return;
    const origin = `${this.#id}-${this.#sealed.length + 1}`;
    this.#writer ??= await SegmentWriter.open(segmentsDir(this.#app), origin, this.#app.config);
    await this.#writer.append(this.#buffer.view());
    this.#buffer.clear();
    if (this.#writer.streamBytes >= segmentBytes) await this.#seal();
  }

  async #seal(): Promise<void> {
    if (!this.#writer) return;
    this.#sealed.push(await this.#writer.finish());
    this.#writer = null;
  }

  async register(actor: Actor): Promise<Reply> {
    const sha256 = this.#hash.digest('hex');
    const row = {
      id: this.#id,
      source_id: this.#source.id,
      sha256,
      records: this.#records,
      bytes: this.#bytes,
    };
    const found = await this.#app.run(actor, async (ctx) => {
      await intake.lockUploads(ctx, this.#source.id);
      const earlier = await intake.findUpload(ctx, this.#source.id, sha256);
      if (earlier) return { ...earlier, already: true };
      this.#offered = true;
      const source = this.#source;
      const segments = await registerSegments(
        ctx,
        this.#sealed.map((sealed) => ({ sealed, source })),
      );
      const upload = { ...row, cut: this.#cutter.cutLines, segments };
      await intake.insertUpload(ctx, { ...upload, unit_path: source.unit_path });
      const subject = `log_source:${source.id}`;
      await recordAudit(ctx, { action: 'logs.ingest', subject, unitPath: source.unit_path, after: upload });
      return { ...upload, already: false };
    });
    if (found.already) await this.abandon();
    const { records, bytes, cut, segments, already } = found;
    return { source: this.#source.id, segments, records, bytes, cut, already };
  }

  async abandon(): Promise<void> {
    await this.#writer?.abandon();
    this.#writer = null;
    if (this.#offered) return;
    for (const { file } of this.#sealed) await rm(join(segmentsDir(this.#app), file), { force: true });
  }
}
