/** Where in time lines stand that nobody could read. Pure. */
import type { LostPlace } from './lost-places.ts';

/** Nearer to each other they are one place. */
const gridMs = 5_000;
/** More than these are told more coarsely: a segment of another format is unread from its first line to its last. */
const mostPlaces = 1_000;

/**
 * Notes the lines of one segment in their order. A line that was received live stands where it was received, less what the
 * lines before it were under way; one of a file between the dated lines around it.
 */
export class UnreadPlaces {
  #found: [number, number][] = [];
  /** Of a file: the newest time told so far, and whether lines that could not be read came after it. */
  #told = -1;
  #waits = false;

  /** A line of a file that tells a time. Epoch milliseconds, as all of these. */
  dated(ts: number): void {
    if (this.#waits) this.add(this.#told < 0 ? ts : this.#told, ts);
    this.#waits = false;
    this.#told = ts;
  }

  /** A line of a file that could not be read. */
  undated(): void {
    this.#waits = true;
  }

  add(one: number, other: number): void {
    const [from, to] = one < other ? [one, other] : [other, one];
    const last = this.#found.at(-1);
    if (last && from <= last[1] + gridMs && to >= last[0] - gridMs) {
      last[0] = Math.min(last[0], from);
      last[1] = Math.max(last[1], to);
      return;
    }
    this.#found.push([from, to]);
    if (this.#found.length > 2 * mostPlaces) this.#found = coarser(this.#found);
  }

  /** `recvAt`: where those of a file stand that tells no time at all. */
  result(recvAt: number): LostPlace[] {
    if (this.#waits) this.add(this.#told < 0 ? recvAt : this.#told, this.#told < 0 ? recvAt : this.#told);
    this.#waits = false;
    return this.#found.length > mostPlaces ? coarser(this.#found) : this.#found;
  }
}

/** At most half as many as may be told: each holds all that lay between its parts. */
function coarser(places: readonly [number, number][]): [number, number][] {
  const sorted = places.toSorted((a, b) => a[0] - b[0]);
  const each = Math.ceil(sorted.length / (mostPlaces / 2));
  const found: [number, number][] = [];
  for (let start = 0; start < sorted.length; start += each) {
    const some = sorted.slice(start, start + each);
    found.push([some[0]![0], some.reduce((most, one) => Math.max(most, one[1]), 0)]);
  }
  return found;
}
