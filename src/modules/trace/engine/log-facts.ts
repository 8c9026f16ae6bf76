/** Rows of the logs as facts of a trace. Pure, so that a bag's raw lines, read again, give the very same facts. */
import { isIP } from 'node:net';
import { readUrl } from '../read-url.ts';
import type { BlockFact, LeaseFact, NatFact, Place, SightingFact, TraceQuestion } from './facts.ts';

interface Row extends Place {
  readonly ts: number;
  readonly realm: string;
}

export interface NatRowRead extends Row, Omit<NatFact, keyof Row | 'kind' | 'start' | 'peer' | 'isAsked'> {
  readonly event: NatFact['kind'];
  /** 0 or below: not told. */
  readonly start: number;
  readonly dstIp: string;
  readonly dstPort: number;
}

export interface BlockRowRead extends Row, Omit<BlockFact, keyof Row | 'kind' | 'start'> {
  readonly event: BlockFact['kind'];
  readonly start: number;
}

export type LeaseRowRead = LeaseFact;
export type SightingRowRead = SightingFact;

const placeOf = ({ segment, seq, sourceId, dec, ts, realm }: Row): Row => {
  return { segment, seq, sourceId, dec, ts, realm };
};

const inOrder = (rows: readonly NatRowRead[]) =>
  [...rows].sort((a, b) => a.segment - b.segment || a.seq - b.seq || a.ts - b.ts);
const nearOf = (row: NatRowRead) => `${row.pubIp} ${row.pubPort}`;
const farOf = (row: { readonly dstIp: string; readonly dstPort: number }) => `${row.dstIp} ${row.dstPort}`;

/** By public port the far ends and their numbers, in the order of the records. */
function peersOf(rows: readonly NatRowRead[]): Map<string, Map<string, number>> {
  const all = new Map<string, Map<string, number>>();
  for (const row of inOrder(rows)) {
    const peers = all.get(nearOf(row)) ?? new Map<string, number>();
    all.set(nearOf(row), peers);
    if (!peers.has(farOf(row))) peers.set(farOf(row), peers.size);
  }
  return all;
}

/** By far end what names it in the facts; kept while gathering only. */
export function farEndsOf(rows: readonly NatRowRead[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [near, peers] of peersOf(rows)) {
    for (const [far, peer] of peers) {
      // Added to, never copied: of a busy address thousands of ports went to one far end.
      const names = found.get(far) ?? [];
      if (names.length === 0) found.set(far, names);
      names.push(`${near} ${peer}`);
    }
  }
  return found;
}

/** Far ends of a public port become numbers in the order of the records, and are told to be the asked one or not. */
export function natFactsOf(rows: readonly NatRowRead[], question: TraceQuestion): NatFact[] {
  const all = peersOf(rows);
  return inOrder(rows).map((row) => {
    const { direction, proto, pubIp, pubPort, inIp, inPort, flow } = row;
    return {
      ...placeOf(row),
      kind: row.event,
      start: row.start > 0 ? row.start : null,
      direction,
      proto,
      pubIp,
      pubPort,
      inIp,
      inPort,
      peer: all.get(nearOf(row))!.get(farOf(row))!,
      isAsked: isAskedEnd(row.dstIp, row.dstPort, question),
      flow,
    };
  });
}

/** Whether a far end is the one that the question names; null where either names none. */
export function isAskedEnd(dstIp: string, dstPort: number, question: TraceQuestion): boolean | null {
  if (!question.dstIp || dstIp === '') return null;
  if (withoutNat64(dstIp) !== question.dstIp) return false;
  return question.dstPort && dstPort ? dstPort === question.dstPort : true;
}

/** How a log may write the far end that a question names: a NAT64 has it as an IPv6 address (RFC 6052 §2.4). */
export function waysToWrite(ip: string): string[] {
  return ip.includes('.') ? [ip, `64:ff9b::${ip}`] : [ip];
}

/** What a proxy's line says of where a request went. */
interface Fetched {
  readonly dstIp: string;
  readonly dstPort: number;
  readonly host: string;
  readonly path: string;
}

/** Whether a request went to the far end, host and page that the question names; null where nothing can be compared. */
export function isAskedRequest(request: Fetched, question: TraceQuestion): boolean | null {
  const told = [isAskedEnd(request.dstIp, request.dstPort, question), isAskedPage(request, question.url)];
  if (told.includes(false)) return false;
  return told.includes(true) ? true : null;
}

/**
 * A tunnel names its host only. A name and an address cannot be compared, nor a host with one below it: then it may be
 * the one that is meant.
 */
function isAskedPage({ host, path }: Fetched, url: string | null | undefined): boolean | null {
  const asked = url ? readUrl(url) : undefined;
  if (!asked || host === '') return null;
  if (asked.host !== host) {
    const isNested = host.endsWith(`.${asked.host}`) || asked.host.endsWith(`.${host}`);
    return isNested || (isIP(host) === 0) !== (isIP(asked.host) === 0) ? null : false;
  }
  if (asked.path === '' || path === '') return true;
  return pageOf(asked.path) === pageOf(path);
}

/** Without its query, which many proxies leave out of their logs; letters written out or encoded are the same. */
function pageOf(path: string): string {
  try {
    return new URL(path, 'http://host').pathname;
  } catch {
    return path.split('?')[0]!; // No path that a browser would take: compared as it is.
  }
}

/** `64:ff9b::c633:6402` is how an IPv6-only network writes 198.51.100.2 (RFC 6052 §2.1). */
function withoutNat64(ip: string): string {
  const groups = /^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/.exec(ip);
  if (!groups) return ip;
  const [high, low] = [groups[1] ?? '0', groups[2]!].map((part) => Number.parseInt(part, 16)) as [
    number,
    number,
  ];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

export function blockFactsOf(rows: readonly BlockRowRead[]): BlockFact[] {
  return rows.map((row) => {
    const { proto, pubIp, lo, hi, step, inIp } = row;
    const start = row.start > 0 ? row.start : null;
    return { ...placeOf(row), kind: row.event, start, proto, pubIp, lo, hi, step, inIp };
  });
}

export function leaseFactsOf(rows: readonly LeaseRowRead[]): LeaseFact[] {
  return rows
    .filter((row) => row.mac !== '')
    .map((row) => {
      const { action, ip, mac, leaseSeconds } = row;
      return { ...placeOf(row), action, ip, mac, leaseSeconds };
    });
}

export function sightingFactsOf(rows: readonly SightingRowRead[]): SightingFact[] {
  return rows.map((row) => {
    const { kind, action, ip, mac, oldMac, user, session, nas } = row;
    const told = { ...placeOf(row), kind, action, ip, mac, oldMac, user, session };
    return kind === 'radius' && nas ? { ...told, nas } : told;
  });
}
