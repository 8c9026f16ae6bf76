import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { changeSource } from './change-source.ts';
import { type ingest, newSource, sourceChange } from './contract.ts';
import { segmentsDir } from './places.ts';
import { readFirst } from './read-first-lines.ts';
import { type RecordCutter, recordCutter } from './receive/record-cutter.ts';
import { YearWatch } from './receive/year-watch.ts';
import { registerSegments } from './register-segments.ts';
import { registerSource } from './register-source.ts';
import { isBinary } from './rules.ts';
import { RecordBuffer, recordPrefix } from './segments/record-stream.ts';
import { type SealedSegment, SegmentWriter } from './segments/seal-segment.ts';
import * as catalogue from './store/catalogue.ts';
import * as intake from './store/intake.ts';
import { findSourceFacts } from './store/sources.ts';
import { unpackContent } from './unpack-content.ts';

type Query = z.output<NonNullable<typeof ingest.query>>;
type Reply = z.input<NonNullable<typeof ingest.reply>>;

const segmentBytes = 64 * 1024 * 1024;
/** No log file of one day is larger; a gzip bomb is. */
const maxContentBytes = 64 * 1024 ** 3;

/**
 * Seals an uploaded log file into segments and registers them. Streams: memory use does not depend on the
 * size. The same content for the same source is registered once, whoever sends it and however often; a failed
 * upload registers nothing. Fails with `logs.unknown_source`, `logs.format_differs`, `logs.bad_gzip`,
 * `logs.empty_upload`, `logs.lines_unread`, `logs.lines_unknown`, `base.too_large`.
 */
export async function ingestFile(app: App, actor: Actor, query: Query, body: Readable): Promise<Reply> {
  const source = await app.run(actor, (ctx) => sourceFor(ctx, query));
  return takeContent(app, actor, source, body, { anyway: query.anyway });
}

/**
 * Seals content that is known to be a source's: what is uploaded, in one piece or in many, and what lies in its drop
 * folder. `sender` is what its records are said to come from, default `upload:<id>`; `anyway`: also when nobody can read
 * its first lines. Fails as `ingestFile` does.
 */
export async function takeContent(
  app: App,
  actor: Actor,
  source: catalogue.SourceRow,
  body: AsyncIterable<Buffer>,
  { sender, anyway }: { readonly sender?: string; readonly anyway?: boolean | undefined } = {},
): Promise<Reply> {
  if (isBinary(source.format)) fail('logs.not_lines', { name: source.name, format: source.format });
  const upload = new Upload(app, source, sender);
  try {
    const content = await unpackContent(body);
    await upload.take(anyway ? content : readFirst(app, actor, source, content));
    return await upload.register(actor);
  } catch (error) {
    await upload.abandon();
    throw error;
  }
}

/**
 * The registered source, or a new one when the caller may manage sources. Fails with `logs.unknown_source`,
 * `logs.format_differs`.
 */
export async function sourceFor(ctx: Ctx, query: Query): Promise<catalogue.SourceRow> {
  const known = await catalogue.findSource(ctx, { name: query.source });
  if (!known) {
    if (!ctx.actor.permissions.has('logs.sources')) fail('logs.unknown_source', { name: query.source });
    const { source: name, ...rest } = query;
    return registerSource(ctx, newSource.parse({ name, ...rest }));
  }
  if (known.format !== query.format) {
    if (await isUnused(ctx, known.id)) {
      // Its first file was refused in another format, by which it had been registered.
      await changeSource(ctx, known.id, sourceChange.parse({ format: query.format }));
      return { ...known, format: query.format };
    }
    fail('logs.format_differs', { name: known.name, registered: known.format, given: query.format });
  }
  return known;
}

/** Whether nothing ever came of a source and nothing can but by hand, so that whoever manages it may correct it. */
async function isUnused(ctx: Ctx, id: number): Promise<boolean> {
  if (!ctx.actor.permissions.has('logs.sources')) return false;
  const facts = await findSourceFacts(ctx, id);
  return facts?.records === 0 && facts.senders.length === 0 && facts.certificates.length === 0;
}

/** One upload on its way into segments. */
class Upload {
  readonly #app: App;
  readonly #source: catalogue.SourceRow;
  readonly #id = newId();
  readonly #sender: string;
  readonly #hash = createHash('sha256');
  readonly #buffer = new RecordBuffer(512 * 1024);
  readonly #sealed: SealedSegment[] = [];
  readonly #cutter: RecordCutter;
  readonly #years: YearWatch;
  #prefix: Buffer;
  #writer: SegmentWriter | null = null;
  #bytes = 0;
  #records = 0;
  /** Once registering was tried its files stay: the database may have kept them although the answer was lost. */
  #offered = false;

  constructor(app: App, source: catalogue.SourceRow, sender?: string) {
    this.#app = app;
    this.#source = source;
    this.#sender = sender ?? `upload:${this.#id}`;
    this.#prefix = recordPrefix(this.#sender, app.clock.now().getTime());
    this.#years = new YearWatch(source.zone, app.clock.now(), source.fixed_year ?? undefined);
    this.#cutter = recordCutter(source.format, {
      line: (chunk, start, end) => {
        this.#years.line(chunk, start, end);
        this.#buffer.append(this.#prefix, chunk, start, end);
        this.#records += 1;
      },
      lines: (chunk, start, end, count) => {
        this.#years.lines(chunk, start, end);
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
      this.#prefix = recordPrefix(this.#sender, this.#app.clock.now().getTime());
      this.#cutter.push(chunk);
      this.#demandOneYear();
      if (this.#buffer.length >= 256 * 1024) await this.#write();
    }
    this.#cutter.end();
    this.#years.end();
    this.#demandOneYear();
    await this.#write();
    await this.#seal();
    if (this.#records === 0) fail('logs.empty_upload');
  }

  /** A file that was sealed cannot be taken back, and lines read a year off name whoever had the address then. */
  #demandOneYear(): void {
    const { odd } = this.#years;
    if (odd)
      fail('logs.year_unclear', { name: this.#source.name, line: odd.line, date: odd.date, days: odd.days });
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
