import type { App } from '#base/app';
import { readablePath } from './archive/segment-places.ts';
import { ClockTally } from './clock/clock-tally.ts';
import type { ClockMinute } from './clock/estimate-offset.ts';
import type { Counter, DataRow, Decode, SourceSettings } from './decoders/row.ts';
import { type Beat, LedgerTally, type SegmentTally } from './ledger/segment-tally.ts';
import { isAged, isAhead, type PossibleTimes } from './odd-times.ts';
import { forEachRecord, type RawRecord } from './segments/record-stream.ts';
import { readFrames } from './segments/segment-file.ts';
import type { IndexFigures } from './store/catalogue.ts';
import { RowInserter, type RowSink, type SegmentFacts } from './store/insert-rows.ts';

export interface Reading {
  /** Name of the segment's file. */
  readonly file: string;
  /** Where it lies when it has moved. */
  readonly movedTo?: string | null;
  readonly facts: SegmentFacts;
  readonly decode: Decode | null;
  readonly settings: SourceSettings;
  readonly times: PossibleTimes;
  /** The sign of life that the source promised. */
  readonly beat?: Beat | null;
}

export interface Decoded extends IndexFigures {
  /** What the segment brings into the ledger: for `bookTally`, in the transaction that makes its rows count. */
  readonly ledger: SegmentTally;
  /** The least delays of its lines: for `bookClock`, likewise, and only once. */
  readonly clock: readonly ClockMinute[];
}

/**
 * Decodes a sealed segment into `sink`; unless another is given, that is the log store, where it is idempotent: every
 * insert carries a token made of segment, table and record number. Throws when the file is damaged or the store is away.
 */
export async function decodeSegment(
  app: App,
  reading: Reading,
  sink: RowSink = new RowInserter(app.logstore, reading.facts),
): Promise<Decoded> {
  const { facts, file, movedTo } = reading;
  const path = await readablePath(app, { id: facts.segmentId, file, moved_to: movedTo ?? null });
  const tally = new Tally(reading);
  const ledger = new LedgerTally(reading.beat);
  const clock = new ClockTally();
  for await (const { first, stream } of readFrames(path)) {
    let seq = first;
    forEachRecord(stream, (record) => {
      const rows = tally.read(record);
      ledger.note(record, rows, rows === unread, tally.counter);
      clock.note(record, rows);
      for (const row of rows) sink.add(row, record.recvAt, seq);
      seq += 1;
    });
    await sink.flushFull(seq);
  }
  await sink.flush();
  return {
    ...tally.figures(),
    decoder: reading.facts.decoder,
    ledger: ledger.result(),
    clock: clock.result(),
  };
}

const none: readonly DataRow[] = [];
/** Told apart from `none` by identity. */
const unread: readonly DataRow[] = [];

/** Decodes and counts. */
class Tally {
  readonly #decode: Decode | null;
  readonly #settings: SourceSettings;
  readonly #times: PossibleTimes;
  #parsed = 0;
  #ignored = 0;
  #unparsable = 0;
  #firstTs = Number.MAX_SAFE_INTEGER;
  #lastTs = -1;
  #ahead = 0;
  #aged = 0;
  /** Of the last record, when it has one and no row to carry it: the template of a flow, a datagram that waits. */
  counter: Counter | undefined;

  constructor({ decode, settings, times }: Reading) {
    this.#decode = decode;
    this.#settings = settings;
    this.#times = times;
  }

  read(record: RawRecord): readonly DataRow[] {
    const found =
      this.#decode?.(record.bytes, this.#settings, new Date(record.recvAt), record.sender) ?? null;
    this.counter = undefined;
    if (found === null) {
      this.#unparsable += 1;
      return unread;
    }
    if ('table' in found && found.table === 'none') {
      this.counter = found.counter;
      if (found.waits) this.#unparsable += 1;
      else this.#ignored += 1;
      return found.waits ? unread : none;
    }
    const rows = 'table' in found ? [found] : found;
    if (rows.length === 0) {
      this.#ignored += 1;
      return none;
    }
    this.#parsed += 1;
    for (const { ts } of rows) {
      if (ts < this.#firstTs) this.#firstTs = ts;
      if (ts > this.#lastTs) this.#lastTs = ts;
    }
    const { ts } = rows[0]!;
    if (isAhead(ts, record.recvAt, this.#times)) this.#ahead += 1;
    else if (isAged(ts, record.recvAt, this.#times)) this.#aged += 1;
    return rows;
  }

  figures(): Omit<IndexFigures, 'decoder'> {
    const any = this.#lastTs >= 0;
    return {
      parsed: this.#parsed,
      ignored: this.#ignored,
      unparsable: this.#unparsable,
      firstTs: any ? new Date(this.#firstTs) : null,
      lastTs: any ? new Date(this.#lastTs) : null,
      ahead: this.#ahead,
      aged: this.#aged,
    };
  }
}
