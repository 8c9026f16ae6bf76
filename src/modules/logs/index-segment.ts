import { join } from 'node:path';
import { type App, systemActor } from '#base/app';
import { segmentIndexed } from './contract.ts';
import { decoderOf, nameOf } from './decoders/decode-line.ts';
import type { DataRow, Decode, SourceSettings } from './decoders/row.ts';
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
  const decoder = decoderOf(source.format);
  const tally = new Tally(decoder?.decode ?? null, settingsOf(source));
  const facts = {
    segmentId,
    sourceId: source.id,
    realm: source.realm,
    decoder: decoder ? nameOf(decoder) : '',
  };
  const inserter = new RowInserter(app.logstore, facts);
  for await (const { first, stream } of readFrames(join(segmentsDir(app), segment.file))) {
    let seq = first;
    forEachRecord(stream, (record) => {
      for (const row of tally.read(record)) inserter.add(row, record.recvAt, seq);
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

const none: readonly DataRow[] = [];

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

  read(record: RawRecord): readonly DataRow[] {
    const found = this.#decode?.(record.bytes, this.#settings, new Date(record.recvAt)) ?? null;
    if (found === null) {
      this.#unparsable += 1;
      return none;
    }
    if ('table' in found && found.table === 'none') {
      this.#ignored += 1;
      return none;
    }
    this.#parsed += 1;
    const rows = 'table' in found ? [found] : found;
    for (const { ts } of rows) {
      if (ts < this.#firstTs) this.#firstTs = ts;
      if (ts > this.#lastTs) this.#lastTs = ts;
    }
    return rows;
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
