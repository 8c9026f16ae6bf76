/** What is known about the logs of many sources in many windows, by one query each. */
import { sql } from 'kysely';
import type { Ctx } from '#base/app';
import type { LogstoreClient } from '#base/logstore/client';
import type { Presence } from './presence.ts';

/** Epoch milliseconds. */
export interface SourceWindow {
  readonly sourceId: number;
  readonly from: number;
  readonly to: number;
  /** Wherein no line may be missing; default the window. */
  readonly wide?: { readonly from: number; readonly to: number };
}

const listOf = (windows: readonly SourceWindow[]) =>
  JSON.stringify(
    windows.map(({ sourceId: s, from, to, wide }, n) => {
      return { n, s, f: new Date(from), t: new Date(to), wf: wide?.from ?? from, wt: wide?.to ?? to };
    }),
  );

export interface WindowReceipt {
  readonly pending: number;
  readonly unread: number;
  readonly records: number;
  /** Places in the wide window at which lines stand that nobody could read. */
  readonly near: number;
  /** Datagrams that any collector lost. */
  readonly lost: number;
}

/**
 * For each window: sealed segments received in or after it that are not searchable yet (`pending`), and of the segments around
 * it with lines that could not be read how many lines these are (`unread`) of how many (`records`).
 */
export async function receiptsOfMany(ctx: Ctx, windows: readonly SourceWindow[]): Promise<WindowReceipt[]> {
  if (windows.length === 0) return [];
  const { rows } =
    await sql<WindowReceipt>`SELECT w.n, p.pending, u.unread, u.records, coalesce(c.near, 0)::bigint AS near, l.lost
    FROM jsonb_to_recordset(${listOf(windows)}::jsonb) AS w(n int, s int, f timestamptz, t timestamptz, wf bigint, wt bigint),
      LATERAL (SELECT count(*)::bigint AS pending FROM logs.segment g WHERE g.source_id = w.s
        AND g.indexed_at IS NULL AND g.last_recv >= w.f) AS p,
      LATERAL (SELECT coalesce(sum(g.unparsable), 0)::bigint AS unread, coalesce(sum(g.records), 0)::bigint AS records
        FROM logs.segment g WHERE g.source_id = w.s AND g.unparsable > 0
          AND coalesce(g.last_ts, g.last_recv) >= w.f AND coalesce(g.first_ts, g.first_recv) <= w.t) AS u,
      LATERAL (SELECT count(*) AS near FROM logs.segment g, jsonb_array_elements(g.tally->'unread') AS e(place)
        WHERE g.source_id = w.s AND g.unparsable > 0
          AND coalesce(g.last_ts, g.last_recv) >= to_timestamp(w.wf / 1000.0) - INTERVAL '15 minutes'
          AND coalesce(g.first_ts, g.first_recv) <= to_timestamp(w.wt / 1000.0) + INTERVAL '15 minutes'
          AND (e.place->>1)::bigint >= w.wf AND (e.place->>0)::bigint <= w.wt) AS c,
      LATERAL (SELECT coalesce(sum(r.datagrams), 0)::bigint AS lost FROM logs.receive_loss r
        WHERE r.began <= w.t AND r.ended >= w.f) AS l
    ORDER BY w.n`.execute(ctx.db);
  return rows;
}

const hourMs = 3_600_000;

/** By source, in ascending order, the minutes in which it was heard in the hours that the windows touch. */
export async function presenceOfMany(
  store: LogstoreClient,
  windows: readonly SourceWindow[],
): Promise<Map<number, Presence[]>> {
  const found = new Map<number, Presence[]>();
  if (windows.length === 0) return found;
  const hours = new Set<string>();
  for (const { sourceId, from, to } of windows) {
    for (let hour = Math.floor(from / hourMs); hour <= Math.floor(to / hourMs); hour += 1)
      hours.add(`${sourceId} ${hour}`);
  }
  const pairs = [...hours].map((pair) => pair.split(' ').map(Number) as [number, number]);
  const first = Math.min(...windows.map((one) => one.from));
  const rows = await store.query<{ src: number; first: string; last: string }>(
    `SELECT src, toUnixTimestamp64Milli(min(first_ts)) AS first, toUnixTimestamp64Milli(max(last_ts)) AS last
     FROM jiaodun_logs.presence
     WHERE src IN {ids:Array(UInt32)} AND minute BETWEEN {from:Int32} AND {to:Int32} AND recv_day >= {day:Date}
       AND (src, intDiv(minute, 60)) IN (SELECT s, h FROM
         (SELECT {srcs:Array(UInt32)} AS s, {hours:Array(Int32)} AS h) ARRAY JOIN s, h)
     GROUP BY src, minute ORDER BY src, minute`,
    {
      ids: [...new Set(windows.map((one) => one.sourceId))],
      from: Math.floor(first / hourMs) * 60,
      to: Math.floor(Math.max(...windows.map((one) => one.to)) / hourMs) * 60 + 59,
      day: new Date(Math.max(0, first - 24 * hourMs)).toISOString().slice(0, 10),
      srcs: pairs.map(([source]) => source),
      hours: pairs.map(([, hour]) => hour),
    },
  );
  for (const { src, first: from, last } of rows) {
    const list = found.get(src) ?? [];
    list.push({ from: Number(from), to: Number(last) });
    found.set(src, list);
  }
  return found;
}
