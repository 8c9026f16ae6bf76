import type { DataRow } from '../decoders/row.ts';
import { isLive } from '../ledger/segment-tally.ts';
import { flowSender } from '../rules.ts';
import type { RawRecord } from '../segments/record-stream.ts';
import type { ClockMinute } from './estimate-offset.ts';

/**
 * Finds the least delay of each minute of a segment. Files are left out, which tell nothing of when a line was
 * written, and flows, which an exporter holds back until they are over.
 */
export class ClockTally {
  readonly #minutes = new Map<number, { leastMs: number; samples: number }>();
  #sender = '';
  #counts = false;
  #minute = -1;
  #at = { leastMs: 0, samples: 0 };

  note(record: RawRecord, rows: readonly DataRow[]): void {
    const row = rows[0];
    if (row === undefined || row.ts < 0) return;
    if (record.sender !== this.#sender) {
      this.#sender = record.sender;
      this.#counts = isLive(record.sender) && !record.sender.startsWith(flowSender);
    }
    if (!this.#counts) return;
    const minute = Math.floor(record.recvAt / 60_000);
    const delay = record.recvAt - row.ts;
    if (minute !== this.#minute) this.#begin(minute, delay);
    if (delay < this.#at.leastMs) this.#at.leastMs = delay;
    this.#at.samples += 1;
  }

  #begin(minute: number, delay: number): void {
    const known = this.#minutes.get(minute);
    this.#at = known ?? { leastMs: delay, samples: 0 };
    if (!known) this.#minutes.set(minute, this.#at);
    this.#minute = minute;
  }

  result(): ClockMinute[] {
    return [...this.#minutes].map(([minute, found]) => ({ minute, ...found }));
  }
}
