/** Complaints line by line: packets as tcpdump prints them, and a web server's access log. Pure. */
import { readUrl } from '../read-url.ts';
import { findEnds, findProto } from './read-ends.ts';
import type { Found } from './read-reports.ts';
import { findTimes } from './read-when.ts';

const packet = /\bIP6? (\S+) > (\S+):\s*(.*)$/;
const access = /^(?:\S+ )??(\S+) \S+ \S.{0,200}? ?\[(\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:[^\]]{8,20})\] "/;

/** `203.0.113.7.51234` is an address and a port to tcpdump. */
function packetEnd(text: string): { ip: string; port: number | null } | undefined {
  const [, ip, port] = /^(.*)\.(\d{1,5})$/.exec(text) ?? [];
  const [whole] = findEnds(text);
  if (whole && whole.ip === text.toLowerCase()) return { ip: whole.ip, port: null };
  const [end] = ip === undefined ? [] : findEnds(ip);
  return end && end.ip === ip!.toLowerCase() ? { ip: end.ip, port: Number(port) || null } : undefined;
}

/** A line of tcpdump; undefined when it is none. */
export function readPacket(line: string, number: number): Found | undefined {
  const match = packet.exec(line);
  const from = match && packetEnd(match[1]!);
  const to = match && packetEnd(match[2]!);
  if (!from || !to) return undefined;
  const [written = null] = findTimes(line.slice(0, match.index));
  const proto = /^Flags \[/.test(match[3]!)
    ? 'tcp'
    : /^UDP\b/.test(match[3]!)
      ? 'udp'
      : findProto(match[3]!.replace(/^(?:GRE|ESP)v?\d?/, (word) => word.slice(0, 3)).slice(0, 12));
  return {
    source: 'tcpdump',
    line: number,
    text: line.trim().slice(0, 300),
    ends: [
      { ...from, isSource: true },
      { ...to, isSource: false },
    ],
    proto,
    written,
    notes: [],
  };
}

/** A line of an access log (common, combined, with the host before it); undefined when it is none. */
export function readAccess(line: string, number: number): Found | undefined {
  const match = access.exec(line);
  const [client] = match ? findEnds(match[1]!) : [];
  if (!match || !client) return undefined;
  const [written = null] = findTimes(match[2]!);
  // The source port that the law wants logged, where the server writes it at the end.
  const tail = /" \d{3} (?:\d+|-)(.*)$/.exec(line)?.[1]?.replace(/"(?:[^"\\]|\\.)*"/g, ' ') ?? '';
  const port = Number(/(?:^|\s)(?:port=|\S*:)(\d{1,5})(?:\s|$)/.exec(tail)?.[1] ?? 0);
  return {
    source: 'access',
    line: number,
    text: line.trim().slice(0, 300),
    ends: [{ ip: client.ip, port: port >= 1 && port <= 65535 ? port : null, isSource: true }],
    // HTTP/3 goes over QUIC (RFC 9114).
    proto: /" *[A-Z]+ \S+ HTTP\/3/.test(line.slice(match[0].length - 2)) ? 'udp' : 'tcp',
    written,
    url: requestOf(line, match[0]),
    notes: [],
  };
}

/** The page of a request line: as the client named it, or with the host that stands before the client. */
function requestOf(line: string, head: string): string | undefined {
  const target = /^[A-Z]{3,10} (\S{1,2000})/.exec(line.slice(head.length))?.[1] ?? '';
  if (!target.startsWith('/')) return readUrl(target)?.text;
  const [host, client] = head.split(' ');
  return client === '-' || findEnds(host!).length > 0 ? undefined : readUrl(`${host}${target}`)?.text;
}
