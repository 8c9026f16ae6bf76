import { join } from 'node:path';
import { type App, systemActor } from '#base/app';
import { segmentIndexed } from './contract.ts';
import { decoders } from './decoders/decode-line.ts';
import type { Decode, DecodedRow, SourceSettings } from './decoders/row.ts';
import { segmentsDir } from './places.ts';
import { settingsOf } from './rules.ts';
import { forEachRecord, type RawRecord } from './segments/record-stream.ts';
import { readFrames } from './segments/segment-file.ts';
import * as catalogue from './store/catalogue.ts';
import { RowInserter } from './store/insert-rows.ts';

/**
 * Decodes a sealed segment into the log store, marks it indexed with its counts and emits
 * `logs.segment_indexed`. Idempotent: every insert carries a token made of segment, table and record number.
 * Throws when the file is damaged or the store is away; the job then comes again.
 */
export async function indexSegment(app: App, segmentId: number): Promise<void> {
  const actor = systemActor('logs.index');
  const found = await app.run(actor, async (ctx) => {
    const segment = await catalogue.findSegment(ctx, segmentId);
    const source = segment && (await catalogue.findSource(ctx, { id: segment.source_id }));
    return segment && source ? { segment, source } : undefined;
  });
  if (!found) throw new Error(`no segment has the number ${segmentId}`);
  const { segment, source } = found;
  if (segment.indexed_at) return;
  const decode = source.format === 'unknown' ? null : decoders[source.format as keyof typeof decoders];
  const tally = new Tally(decode, settingsOf(source));
  const inserter = new RowInserter(app.logstore, { segmentId, sourceId: source.id, realm: source.realm });
  for await (const { first, stream } of readFrames(join(segmentsDir(app), segment.file))) {
    let seq = first;
    forEachRecord(stream, (record) => {
      const row = tally.read(record);
      if (row) inserter.add(row, record.recvAt, seq);
      seq += 1;
    });
    await inserter.flushFull(seq);
  }
  await inserter.flush();
  await finish(app, segment, tally);
}

async function finish(app: App, segment: catalogue.SegmentRow, tally: Tally): Promise<void> {
  await app.run(systemActor('logs.index'), async (ctx) => {
    if (!(await catalogue.markIndexed(ctx, segment.id, tally.figures()))) return;
    const { firstTs, lastTs } = tally.figures();
    const payload = { segmentId: segment.id, sourceId: segment.source_id, from: firstTs, to: lastTs };
    await ctx.emit(segmentIndexed, payload, segment.unit_path);
  });
}

/** Decodes and counts. */
class Tally {
  readonly #decode: Decode | null;
  readonly #settings: SourceSettings;
  #parsed = 0;
  #ignored = 0;
  #unparsable = 0;
  #firstTs = Number.MAX_SAFE_INTEGER;
  #lastTs = -1;

  constructor(decode: Decode | null, settings: SourceSettings) {
    this.#decode = decode;
    this.#settings = settings;
  }

  read(record: RawRecord): Exclude<DecodedRow, { table: 'none' }> | undefined {
    const row = this.#decode?.(record.bytes, this.#settings, new Date(record.recvAt)) ?? null;
    if (row === null) {
      this.#unparsable += 1;
      return undefined;
    }
    if (row.table === 'none') {
      this.#ignored += 1;
      return undefined;
    }
    this.#parsed += 1;
    if (row.ts < this.#firstTs) this.#firstTs = row.ts;
    if (row.ts > this.#lastTs) this.#lastTs = row.ts;
    return row;
  }

  figures(): catalogue.IndexFigures {
    const any = this.#lastTs >= 0;
    return {
      parsed: this.#parsed,
      ignored: this.#ignored,
      unparsable: this.#unparsable,
      firstTs: any ? new Date(this.#firstTs) : null,
      lastTs: any ? new Date(this.#lastTs) : null,
    };
  }
}
