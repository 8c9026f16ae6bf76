/** What one segment brings into the ledger. Pure. */
import type { Counter, DataRow } from '../decoders/row.ts';
import type { RawRecord } from '../segments/record-stream.ts';
import { type CounterEdge, CounterRun, type Missing } from './counter-run.ts';
import { gathered, type HourLoss, type LostPlace } from './lost-places.ts';
import { sequenceIdOf } from './sequence-id.ts';
import { UnreadPlaces } from './unread-places.ts';

const hourMs = 3_600_000;

/** Received, parsed, ignored, unparsable, missing numbers. */
export type HourFigures = [number, number, number, number, number];

/** First and last sign of life in a segment, epoch milliseconds. */
export interface BeatEdge {
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Kept with the segment as JSON. */
export interface SegmentTally {
  /** By hour, number since 1970. */
  readonly hours: Readonly<Record<string, HourFigures>>;
  readonly missing: readonly HourLoss[];
  readonly counters: Readonly<Record<string, CounterEdge>>;
  readonly beat: BeatEdge | null;
  /** Silences between signs of life that were longer than promised. */
  readonly beatGaps: readonly { readonly from: number; readonly to: number }[];
  /** Newest record received live. */
  readonly lastLive: number | null;
  /** Where lines stand that could not be read. */
  readonly unread: readonly LostPlace[];
}

/** A sign of life that the source promised. */
export interface Beat {
  readonly text: string;
  readonly seconds: number;
}

/** A sign of life is missing when the next one comes later than this many of its intervals. */
export const beatTolerance = 2.5;

/** Most running numbers that one segment may name: a hostile sender must not fill the table. */
const maxCounters = 200;
/** A line is believed to have been under way for a day; one that seems older was written by a wrong clock. */
const longestWay = 86_400_000;
/** A file tells times of its own; one that lies so far ahead of the receipt is none. */
const farthestAhead = 86_400_000;

/** Counts the records of one segment, in their order. */
export class LedgerTally {
  readonly #beatBytes: Buffer | null;
  readonly #beatMs: number;
  readonly #hours = new Map<number, HourFigures>();
  readonly #runs = new Map<string, CounterRun>();
  readonly #beatGaps: { from: number; to: number }[] = [];
  #sender = '';
  #isLive = true;
  /** How long the newest dated record of this sender was under way. */
  #way = 0;
  #hour = -1;
  #figures: HourFigures = [0, 0, 0, 0, 0];
  #beat: { firstAt: number; lastAt: number } | null = null;
  #lastLive = -1;
  readonly #unread = new UnreadPlaces();
  #recvAt = 0;

  constructor(beat: Beat | null = null) {
    this.#beatBytes = beat ? Buffer.from(beat.text, 'utf8') : null;
    this.#beatMs = (beat?.seconds ?? 0) * 1000;
  }

  /**
   * One record with what its decoder made of it; no rows and not unparsable: known, and says nothing to keep. `alone`:
   * its running number when there is no row that has it.
   */
  note(record: RawRecord, rows: readonly DataRow[], unparsable: boolean, alone?: Counter): void {
    if (record.sender !== this.#sender) {
      this.#sender = record.sender;
      this.#isLive = isLive(record.sender);
      this.#way = 0;
    }
    const at = this.#isLive ? record.recvAt : ownTime(rows[0], record.recvAt);
    const figures = this.#of(Math.floor(at / hourMs));
    figures[0] += 1;
    figures[unparsable ? 3 : rows.length > 0 ? 1 : 2] += 1;
    const from = at - this.#wayOf(rows[0], at);
    this.#recvAt = record.recvAt;
    if (unparsable && this.#isLive) this.#unread.add(from, at);
    else if (unparsable) this.#unread.undated();
    else if (!this.#isLive && rows[0]) this.#unread.dated(at);
    const counter = rows[0]?.counter ?? alone;
    if (counter) this.#count(counter, at, from);
    const sequence = sequenceIdOf(record.bytes);
    if (sequence) this.#count(sequence, at, from);
    if (this.#isLive && record.recvAt > this.#lastLive) this.#lastLive = record.recvAt;
    if (this.#beatBytes && record.bytes.includes(this.#beatBytes)) this.#noteBeat(at);
  }

  /** What was kept for hours and came at last is missing where it was written, not where its neighbours arrived. */
  #wayOf(row: DataRow | undefined, at: number): number {
    if (!this.#isLive) return 0;
    if (row && row.ts > 0) this.#way = Math.min(longestWay, Math.max(0, at - row.ts));
    return this.#way;
  }

  #of(hour: number): HourFigures {
    if (hour === this.#hour) return this.#figures;
    let figures = this.#hours.get(hour);
    if (!figures) {
      figures = [0, 0, 0, 0, 0];
      this.#hours.set(hour, figures);
    }
    this.#hour = hour;
    this.#figures = figures;
    return figures;
  }

  #count(counter: Counter, at: number, from: number): void {
    const { value, span = 1 } = counter;
    if (!Number.isSafeInteger(value) || value < 0 || !Number.isSafeInteger(span) || span < 0) return;
    // Two devices of one source each have a count of their own.
    const name = `${this.#sender} ${counter.name}`.slice(0, 400);
    const run = this.#runs.get(name);
    if (run) run.note(counter, at, from);
    else if (this.#runs.size < maxCounters) this.#runs.set(name, new CounterRun(counter, at, from));
  }

  #noteBeat(at: number): void {
    if (!this.#beat) {
      this.#beat = { firstAt: at, lastAt: at };
      return;
    }
    if (at - this.#beat.lastAt > this.#beatMs * beatTolerance)
      this.#beatGaps.push({ from: this.#beat.lastAt, to: at });
    if (at > this.#beat.lastAt) this.#beat.lastAt = at;
  }

  result(): SegmentTally {
    const missing: Missing[] = [];
    const counters: Record<string, CounterEdge> = {};
    for (const [name, run] of this.#runs) {
      for (const one of run.missing()) missing.push(one);
      counters[name] = run.edge();
    }
    const hours = new Map([...this.#hours].map(([hour, figures]) => [hour, [...figures] as HourFigures]));
    for (const { lost, to } of missing) {
      const hour = Math.floor(to / hourMs);
      const figures = hours.get(hour) ?? [0, 0, 0, 0, 0];
      figures[4] += lost;
      hours.set(hour, figures);
    }
    return {
      hours: Object.fromEntries(hours),
      missing: gathered(missing),
      counters,
      beat: this.#beat,
      beatGaps: this.#beatGaps.slice(0, 1000),
      lastLive: this.#lastLive < 0 ? null : this.#lastLive,
      unread: this.#unread.result(this.#recvAt),
    };
  }
}

/** Whether a record was received as it happened, not taken from a file. */
export function isLive(sender: string): boolean {
  return !sender.startsWith('upload') && !sender.startsWith('file:');
}

function ownTime(row: DataRow | undefined, recvAt: number): number {
  return row && row.ts > 0 && row.ts <= recvAt + farthestAhead ? row.ts : recvAt;
}
