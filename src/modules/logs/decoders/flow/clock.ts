import { slots } from './elements.ts';
import type { FlowRecord } from './record.ts';

/** What the header of a datagram says about time. */
export interface ExportTime {
  /** When the datagram was made, ms. */
  readonly at: number;
  /** Milliseconds that the exporter had been running then (v5, v9); -1: not told (IPFIX). */
  readonly uptime: number;
  /** When the exporter was started, ms, as options told it (IPFIX); -1: not told. */
  readonly boot: number;
}

/** Begin and end of a flow in ms, -1 where not told. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** From 1900 (RFC 5905 §6) to 1970, in seconds. */
const ntpToUnix = 2_208_988_800;
/** The store's times end with the year 2299. */
const latest = 10_413_791_999_999;

/** A time that the store can keep, or -1. */
export function storable(ms: number): number {
  return ms >= 0 && ms <= latest ? Math.round(ms) : -1;
}

/**
 * Milliseconds since the exporter's start as a time. The counter is 32 bits wide and starts again every 49.7 days:
 * what lies "after" the header's own count by it was before the last wrap, or a little later than the header.
 */
export function fromUptime(switched: number, time: ExportTime): number {
  if (time.uptime >= 0) return storable(time.at - ((time.uptime - switched) | 0));
  return time.boot >= 0 ? storable(time.boot + switched) : -1;
}

function ntp(value: number): number {
  return value < 0 ? -1 : storable((value / 4_294_967_296 - ntpToUnix) * 1000);
}

/** When the flow of a record began and ended, from whichever of the many fields for it the exporter uses. */
export function spanOf(record: FlowRecord, time: ExportTime): Span {
  return {
    start: firstOf(
      storable(record.number(slots.startMs, -1)),
      ntp(record.number(slots.startNano, -1)),
      ntp(record.number(slots.startMicro, -1)),
      storable(record.number(slots.startSeconds, -1) * 1000),
      fromDelta(record.number(slots.startDelta, -1), time),
      uptimeOf(record, slots.startUptime, time),
    ),
    end: firstOf(
      storable(record.number(slots.endMs, -1)),
      ntp(record.number(slots.endNano, -1)),
      ntp(record.number(slots.endMicro, -1)),
      storable(record.number(slots.endSeconds, -1) * 1000),
      fromDelta(record.number(slots.endDelta, -1), time),
      uptimeOf(record, slots.endUptime, time),
    ),
  };
}

/** When a single event (a translation made or ended) was, else when the flow ended or began, else the export. */
export function momentOf(record: FlowRecord, time: ExportTime, span: Span): number {
  return firstOf(
    storable(record.number(slots.seenMs, -1)),
    ntp(record.number(slots.seenNano, -1)),
    ntp(record.number(slots.seenMicro, -1)),
    storable(record.number(slots.seenSeconds, -1) * 1000),
    span.end,
    span.start,
    storable(time.at),
  );
}

function fromDelta(microseconds: number, time: ExportTime): number {
  return microseconds < 0 ? -1 : storable(time.at - microseconds / 1000);
}

function uptimeOf(
  record: FlowRecord,
  slot: typeof slots.startUptime | typeof slots.endUptime,
  time: ExportTime,
): number {
  const switched = record.number(slot, -1);
  return switched < 0 ? -1 : fromUptime(switched, { ...time, boot: record.number(slots.bootMs, time.boot) });
}

function firstOf(...times: readonly number[]): number {
  return times.find((one) => one >= 0) ?? -1;
}
