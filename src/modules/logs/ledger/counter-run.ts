/** Running numbers that writers keep: what is missing between records, told from their neighbours. Pure. */
import type { Counter } from '../decoders/row.ts';
import { isOnePlace } from './lost-places.ts';

/** What a later or earlier segment must know of a running number in this one. Times are epoch milliseconds. */
export interface CounterEdge {
  readonly first: number;
  readonly firstAt: number;
  /** The number that should follow. */
  readonly next: number;
  readonly lastAt: number;
  /** Not before then the last one was written, as far as can be told; what is missing after it came later still. */
  readonly lastFrom?: number;
  readonly modulus: number;
  /** Numbers from before `first` that came after it (overtaken datagrams). */
  readonly strays: readonly number[];
}

/** Numbers that are missing, between which moments, and in which hour (that of `to`) they count. */
export interface Missing {
  readonly lost: number;
  readonly from: number;
  readonly to: number;
}

const usualModulus = 2 ** 32;
/** A datagram that was overtaken by more than so many others is taken for a restart of the count. */
const lateWindow = 1000;
const maxStrays = 64;
const maxHoles = 256;
/**
 * No device writes more a second. A jump ahead that is larger than the time allows is a restart of the count: a
 * rebooted device is not a loss of four billion records.
 */
const mostPerSecond = 200_000;
const mostAtOnce = 10_000;

interface Hole {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly lost: number;
}

/** Follows one running number through the records of one segment, in the order of their receipt. */
export class CounterRun {
  readonly #modulus: number;
  readonly #strays: number[] = [];
  #holes: Hole[] = [];
  readonly #closed: Missing[] = [];
  #first: number;
  #firstAt: number;
  #next: number;
  #lastAt: number;
  #lastFrom: number;

  constructor(counter: Counter, at: number, from = at) {
    this.#modulus = counter.modulus ?? usualModulus;
    this.#first = counter.value % this.#modulus;
    this.#firstAt = at;
    this.#next = this.#after(counter);
    this.#lastAt = at;
    this.#lastFrom = from;
  }

  #after({ value, span = 1 }: Counter): number {
    return (value + span) % this.#modulus;
  }

  /** `at`: when it was received; `from`: not before then it was written. Epoch milliseconds. */
  note(counter: Counter, at: number, from = at): void {
    const value = counter.value % this.#modulus;
    const ahead = distance(this.#next, value, this.#modulus);
    if (ahead > 0 && !isPlausible(ahead, at - this.#lastAt, this.#modulus)) {
      if (!this.#isOld(value, counter.span ?? 1)) this.#restart(counter, at, from);
      return;
    }
    if (ahead > 0) this.#open({ start: this.#next, lost: ahead, from: this.#lastFrom, to: at });
    this.#next = this.#after(counter);
    this.#lastAt = at;
    this.#lastFrom = from;
  }

  /** Whether the number is one of before: it fills a hole, strays in from before the segment, or is a copy. */
  #isOld(value: number, span: number): boolean {
    for (const [i, hole] of this.#holes.entries()) {
      const offset = distance(hole.start, value, this.#modulus);
      if (offset >= hole.lost) continue;
      const kept = Math.min(span, hole.lost - offset);
      const before: Hole = { ...hole, lost: offset };
      const after: Hole = {
        ...hole,
        start: (value + kept) % this.#modulus,
        lost: hole.lost - offset - kept,
      };
      this.#holes.splice(i, 1, ...[before, after].filter(({ lost }) => lost > 0));
      return true;
    }
    const back = distance(value, this.#next, this.#modulus);
    // Counts begin with 0 or 1.
    if (back > lateWindow || (value <= 1 && back > 8)) return false;
    const beforeFirst = distance(value, this.#first, this.#modulus);
    if (beforeFirst > 0 && beforeFirst <= lateWindow && this.#strays.length < maxStrays) {
      for (let i = 0; i < Math.min(span, maxStrays); i += 1) this.#strays.push((value + i) % this.#modulus);
    }
    return true;
  }

  #open(hole: Hole): void {
    this.#holes.push(hole);
    if (this.#holes.length > maxHoles) this.#close(this.#holes.shift()!);
  }

  /** Nothing fills it any more. A number that skips with every record must not keep a hole for each. */
  #close({ lost, from, to }: Hole): void {
    const last = this.#closed.at(-1);
    if (!last || !isOnePlace(last, { lost, from, to })) this.#closed.push({ lost, from, to });
    else
      this.#closed[this.#closed.length - 1] = {
        lost: last.lost + lost,
        from: Math.min(last.from, from),
        to: Math.max(last.to, to),
      };
  }

  #restart(counter: Counter, at: number, from: number): void {
    for (const hole of this.#holes) this.#close(hole);
    this.#holes = [];
    this.#next = this.#after(counter);
    this.#lastAt = at;
    this.#lastFrom = from;
  }

  /** What is missing within the segment. */
  missing(): Missing[] {
    return [...this.#closed, ...this.#holes].map(({ lost, from, to }) => ({ lost, from, to }));
  }

  edge(): CounterEdge {
    return {
      first: this.#first,
      firstAt: this.#firstAt,
      next: this.#next,
      lastAt: this.#lastAt,
      lastFrom: this.#lastFrom,
      modulus: this.#modulus,
      strays: this.#strays,
    };
  }
}

/** What is missing between a segment's end and the next one's beginning; null when nothing is, or the count restarted. */
export function missingBetween(before: CounterEdge, after: CounterEdge): Missing | null {
  if (before.modulus !== after.modulus) return null;
  const ahead = distance(before.next, after.first, before.modulus);
  if (ahead === 0 || !isPlausible(ahead, after.firstAt - before.lastAt, before.modulus)) return null;
  const late = new Set(after.strays.filter((value) => distance(before.next, value, before.modulus) < ahead));
  const lost = ahead - late.size;
  return lost > 0 ? { lost, from: before.lastFrom ?? before.lastAt, to: after.firstAt } : null;
}

/** How far it is ahead from one number to another. */
function distance(from: number, to: number, modulus: number): number {
  return (((to - from) % modulus) + modulus) % modulus;
}

function isPlausible(ahead: number, elapsedMs: number, modulus: number): boolean {
  if (ahead > modulus / 2) return false;
  return ahead <= mostAtOnce + (Math.max(0, elapsedMs) / 1000) * mostPerSecond;
}
