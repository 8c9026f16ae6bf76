/** ClickHouse: what proxies were serving at given moments, for many moments by one query. */
import type { LogstoreClient } from '#base/logstore/client';
import { type HiddenRows, withoutHidden } from './hidden-rows.ts';
import { plainAddress } from './plain-address.ts';
import { address } from './row-lines.ts';

/** What some proxies were serving in a span; times in epoch milliseconds. */
export interface ServedAsked {
  readonly sourceIds: readonly number[];
  readonly from: number;
  readonly to: number;
  /** Only what was fetched from these far ends; null: whatever it was. */
  readonly farEnds: readonly { readonly ip: string; readonly port: number }[] | null;
}

/** A request; `took` before `ts` it began. */
export interface ServedRow {
  readonly question: number;
  readonly ts: number;
  readonly segment: number;
  readonly seq: number;
  readonly sourceId: number;
  readonly dec: string;
  readonly clientIp: string;
  readonly clientPort: number;
  readonly dstIp: string;
  readonly dstPort: number;
  /** As the client named it; '' when the line has none. */
  readonly host: string;
  /** With its query; '' of a tunnel. */
  readonly path: string;
  readonly took: number;
}

interface Stored {
  at: string;
  seg: string;
  seq: number;
  src: number;
  dec: string;
  cli: string;
  cport: number;
  dst: string;
  dport: number;
  host: string;
  path: string;
  took: number;
}

/** The longest that a request through a proxy may have taken and is still found. */
const longestRequest = 6 * 3_600_000;

/** By question its first `limit` requests, in order of time. */
export async function servedRows(
  store: LogstoreClient,
  asked: {
    readonly questions: readonly ServedAsked[];
    readonly knownAt: number;
    readonly hidden: HiddenRows;
    readonly limit: number;
  },
): Promise<ServedRow[]> {
  const places = asked.questions.map((one, n) => ({ one, n }));
  const read = async (own: typeof places, isFar: boolean) => {
    const rows = await readServed(store, { ...asked, questions: own.map(({ one }) => one) }, isFar);
    return own.flatMap(({ one, n }) =>
      servedOf(rows, one, asked.limit).map((row) => ({ ...row, question: n })),
    );
  };
  const isOpen = ({ one }: (typeof places)[number]) => one.sourceIds.length > 0 && one.farEnds?.length !== 0;
  const [all, far] = await Promise.all([
    read(
      places.filter((place) => isOpen(place) && place.one.farEnds === null),
      false,
    ),
    read(
      places.filter((place) => isOpen(place) && place.one.farEnds !== null),
      true,
    ),
  ]);
  return [...all, ...far];
}

type Request = Omit<ServedRow, 'question'>;

/** Requests that any question concerns, each once, in order of time. */
async function readServed(
  store: LogstoreClient,
  asked: {
    readonly questions: readonly ServedAsked[];
    readonly knownAt: number;
    readonly hidden: HiddenRows;
    readonly limit: number;
  },
  isFar: boolean,
): Promise<Request[]> {
  const { questions } = asked;
  const [only, ...others] = questions;
  if (!only) return [];
  const hidden = withoutHidden(asked.hidden);
  const farEnds = new Map(
    questions.flatMap((one) => (one.farEnds ?? []).map((end) => [`${end.ip} ${end.port}`, end])),
  );
  const spans = spansOf(questions);
  // Of the spans that begin by then the one that ends last is enough to tell whether anybody asked for the row.
  const narrow =
    others.length === 0
      ? 'WHERE t.at - t.took <= {to:Int64} ORDER BY t.at, t.seg, t.seq LIMIT {limit:UInt32}'
      : `ASOF JOIN (SELECT e.1 AS src, e.2 AS since, e.3 AS until FROM (SELECT arrayJoin(arrayZip({span_src:Array(UInt32)},
          {since:Array(Int64)}, {until:Array(Int64)})) AS e)) q ON t.src = q.src AND t.at >= q.since
        WHERE t.at - t.took <= q.until ORDER BY t.at, t.seg, t.seq`;
  const from = questions.reduce((least, one) => Math.min(least, one.from), Number.POSITIVE_INFINITY);
  const to = questions.reduce((most, one) => Math.max(most, one.to), Number.NEGATIVE_INFINITY);
  const rows = await store.query<Stored>(
    `SELECT t.at AS at, t.seg AS seg, t.seq AS seq, t.src AS src, t.dec AS dec, t.cli AS cli, t.cport AS cport,
       t.dst AS dst, t.dport AS dport, t.host AS host, t.path AS path, t.took AS took
     FROM (SELECT toUnixTimestamp64Milli(ts) AS at, seg, seq, src, dec, cli, cport, dst, dport, host, path, took
       FROM jiaodun_logs.event WHERE kind = 'proxy' AND src IN {ids:Array(UInt32)}
       AND recv_ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') - INTERVAL 1 DAY
         AND fromUnixTimestamp64Milli({known:Int64}, 'UTC')
       AND ts BETWEEN fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND fromUnixTimestamp64Milli({until_all:Int64}, 'UTC')
       ${isFar ? 'AND (dst, dport) IN (SELECT toIPv6(e.1), e.2 FROM (SELECT arrayJoin(arrayZip({far_ip:Array(String)}, {far_port:Array(UInt16)})) AS e))' : ''}
       ${hidden.sql}) t ${narrow}`,
    {
      ids: [...new Set(questions.flatMap((one) => one.sourceIds))],
      from,
      to,
      until_all: to + longestRequest,
      known: asked.knownAt,
      limit: asked.limit,
      span_src: spans.map((one) => one.src),
      since: spans.map((one) => one.from),
      until: spans.map((one) => one.to),
      far_ip: [...farEnds.values()].map((end) => address(end.ip)),
      far_port: [...farEnds.values()].map((end) => end.port),
      ...hidden.params,
    },
  );
  return rows.map((row) => ({
    ts: Number(row.at),
    segment: Number(row.seg),
    seq: row.seq,
    sourceId: row.src,
    dec: row.dec,
    clientIp: plainAddress(row.cli),
    clientPort: row.cport,
    dstIp: plainAddress(row.dst),
    dstPort: row.dport,
    host: row.host,
    path: row.path,
    took: row.took,
  }));
}

/** By source and begin, each with the latest end of those that began by then. */
function spansOf(questions: readonly ServedAsked[]): { src: number; from: number; to: number }[] {
  const spans = questions
    .flatMap(({ sourceIds, from, to }) => sourceIds.map((src) => ({ src, from, to })))
    .sort((a, b) => a.src - b.src || a.from - b.from);
  let before: (typeof spans)[number] | undefined;
  return spans.map((span) => {
    if (before?.src === span.src) span.to = Math.max(span.to, before.to);
    before = span;
    return span;
  });
}

/** `rows` in order of time. */
function servedOf(rows: readonly Request[], asked: ServedAsked, limit: number): Request[] {
  const ids = new Set(asked.sourceIds);
  const far = asked.farEnds && new Set(asked.farEnds.map((end) => `${end.ip} ${end.port}`));
  const found: Request[] = [];
  for (let at = firstFrom(rows, asked.from); at < rows.length && found.length < limit; at += 1) {
    const row = rows[at]!;
    if (row.ts > asked.to + longestRequest) break;
    if (!ids.has(row.sourceId) || row.ts - row.took > asked.to) continue;
    if (far && !far.has(`${row.dstIp} ${row.dstPort}`)) continue;
    found.push(row);
  }
  return found;
}

/** The place of the first row at or after `from`. */
function firstFrom(rows: readonly Request[], from: number): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.ts < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
