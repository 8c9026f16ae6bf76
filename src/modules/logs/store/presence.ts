/** ClickHouse: when sources were heard, to the minute. */
import type { LogstoreClient } from '#base/logstore/client';
import { Stamps } from './stamps.ts';

/** The first and the last record of one minute, epoch milliseconds. */
export interface Presence {
  readonly from: number;
  readonly to: number;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

/** Shortest silence, in seconds, that presence can tell: shorter ones may lie within one minute. */
export const finestSilence = minuteMs / 1000;

interface Minute {
  readonly day: number;
  readonly minute: number;
  first: number;
  last: number;
}

/** Collects the presence of one source while its records are read. */
export class PresenceTally {
  #minutes = new Map<string, Minute>();
  #last: Minute | undefined;

  /** One record by its own time and that of its receipt, epoch milliseconds. */
  note(ts: number, recvAt: number): void {
    const minute = Math.floor(ts / minuteMs);
    const day = Math.floor(recvAt / dayMs);
    let entry = this.#last;
    if (entry?.minute !== minute || entry.day !== day) entry = this.#entry(day, minute, ts);
    if (ts < entry.first) entry.first = ts;
    if (ts > entry.last) entry.last = ts;
  }

  #entry(day: number, minute: number, ts: number): Minute {
    const key = `${day} ${minute}`;
    let entry = this.#minutes.get(key);
    if (!entry) {
      entry = { day, minute, first: ts, last: ts };
      this.#minutes.set(key, entry);
    }
    this.#last = entry;
    return entry;
  }

  /** What was noted since the last call, in TabSeparated for `jiaodun_logs.presence`. */
  take(sourceId: number): Buffer {
    const lines: string[] = [];
    for (const { day, minute, first, last } of this.#minutes.values()) {
      const received = new Date(day * dayMs).toISOString().slice(0, 10);
      lines.push(`${received}\t${sourceId}\t${minute}\t${firsts.of(first)}\t${lasts.of(last)}\n`);
    }
    this.#minutes = new Map();
    this.#last = undefined;
    return Buffer.from(lines.join(''), 'utf8');
  }
}

const firsts = new Stamps();
const lasts = new Stamps();

/**
 * Per source, in ascending order, the minutes in which it was heard. The window is widened to whole minutes.
 * What was received more than a day before the window is not looked at: a clock may be ahead by so much.
 */
export async function presenceOf(
  store: LogstoreClient,
  sourceIds: readonly number[],
  window: { from: Date; to: Date },
): Promise<Map<number, Presence[]>> {
  const rows = await store.query<{ src: number; first: string; last: string }>(
    `SELECT src, toUnixTimestamp64Milli(min(first_ts)) AS first, toUnixTimestamp64Milli(max(last_ts)) AS last
     FROM jiaodun_logs.presence
     WHERE src IN {ids:Array(UInt32)} AND minute BETWEEN {from:Int32} AND {to:Int32} AND recv_day >= {day:Date}
     GROUP BY src, minute ORDER BY src, minute`,
    {
      ids: sourceIds,
      from: Math.floor(window.from.getTime() / minuteMs),
      to: Math.floor(window.to.getTime() / minuteMs),
      day: new Date(Math.max(0, window.from.getTime() - dayMs)).toISOString().slice(0, 10),
    },
  );
  const found = new Map<number, Presence[]>();
  for (const { src, first, last } of rows) {
    const list = found.get(src) ?? [];
    list.push({ from: Number(first), to: Number(last) });
    found.set(src, list);
  }
  return found;
}
