/** Complaints line by line: packets as tcpdump prints them, a web server's access log, and what people write. Pure. */
import { readUrl } from '../read-url.ts';
import { type End, findEnds, findPort, findProto } from './read-ends.ts';
import type { Found } from './read-reports.ts';
import { findTimes, type Written } from './read-when.ts';

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
    proto: 'tcp',
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

interface Line {
  readonly number: number;
  readonly text: string;
  readonly ends: readonly End[];
  readonly times: readonly Written[];
  readonly port: number | null;
}

const written = /(?:https?:\/\/[^\s，。；、“”"'<>（）()]{1,2000})/i;
const labelledUrl =
  /(?:网址|链接|域名|访问(?:的)?(?:网站|页面|地址)|URL|URI|host(?:name)?|domain)\s*(?:为|是|is)?\s*[:：=]\s*([^\s，。；、“”"'<>（）()]{3,2000})/i;

/** A page or host that the text calls one; a web address in the head of a letter is nobody's request. */
function urlOf(lines: readonly string[], isOneLine: boolean): string | undefined {
  for (const line of lines) {
    const found = labelledUrl.exec(line)?.[1] ?? (isOneLine ? written.exec(line)?.[0] : undefined);
    const url = found === undefined ? undefined : readUrl(found);
    if (url) return url.text;
  }
  return undefined;
}

/** What people write: lines that hold all, or paragraphs in which address, port and time stand one below the other. */
export function readProse(lines: readonly { readonly number: number; readonly text: string }[]): Found[] {
  const read = lines.map(({ number, text }): Line => {
    const ends = findEnds(text);
    return { number, text, ends, times: findTimes(mask(text, ends)), port: findPort(text) };
  });
  return paragraphsOf(read).flatMap(readParagraph);
}

/** Addresses are blanked out before times are looked for: `::1` is no time of day. */
function mask(text: string, ends: readonly End[]): string {
  return ends.reduce((rest, { at, end }) => rest.slice(0, at) + ' '.repeat(end - at) + rest.slice(end), text);
}

/** Lines without a blank one between them; a letter that has one address in all is one paragraph. */
function paragraphsOf(lines: readonly Line[]): Line[][] {
  const full = lines.some((line) => line.ends.length > 0 && line.times.length > 0);
  const addresses = new Set(lines.flatMap((line) => line.ends.map(({ ip }) => ip)));
  if (!full && addresses.size === 1) return [[...lines]];
  const paragraphs: Line[][] = [[]];
  for (const line of lines) {
    if (line.text.trim() === '') paragraphs.push([]);
    else paragraphs.at(-1)!.push(line);
  }
  return paragraphs;
}

function readParagraph(lines: readonly Line[]): Found[] {
  const complete = lines.filter((line) => line.ends.length > 0 && line.times.length > 0);
  if (complete.length > 0) return complete.flatMap(readLine);
  const addressed = lines.filter((line) => line.ends.length > 0);
  const times = lines.flatMap((line) => line.times);
  const port = lines.map((line) => line.port).find((one) => one !== null) ?? null;
  const proto = findProto(lines.map((line) => line.text).join('\n'));
  const sources = addressed.filter((line) => line.ends.some((end) => end.role !== 'destination'));
  const [only, ...others] = sources;
  if (!only) return [];
  if (others.length === 0) {
    const ends = endsOf(
      addressed.flatMap((line) => line.ends),
      port,
    );
    const text = lines
      .map((line) => line.text.trim())
      .join(' ')
      .slice(0, 300);
    const url = urlOf(
      lines.map((line) => line.text),
      false,
    );
    const common = { source: 'text' as const, line: only.number, text, ends, proto, url };
    if (times.length === 0) return [{ ...common, written: null, notes: [] }];
    return times.map((written) => ({ ...common, written, notes: [] }));
  }
  // Several addresses and times that stand apart: which belongs to which is for the reader to say.
  const shared = times.length === 1 ? times[0]! : null;
  return sources.map((line) => ({
    source: 'text',
    line: line.number,
    text: line.text.trim().slice(0, 300),
    ends: endsOf(line.ends, line.port ?? (times.length === 1 ? null : port)),
    proto,
    written: shared,
    notes: times.length > 1 ? ['times_unclear'] : [],
  }));
}

/** A line that holds all. Several addresses are ends of one connection unless roles or commas say otherwise. */
function readLine(line: Line): Found[] {
  const common = {
    source: 'text' as const,
    line: line.number,
    text: line.text.trim().slice(0, 300),
    proto: findProto(line.text),
    url: urlOf([line.text], true),
  };
  const ends = endsOf(line.ends, line.port);
  const [written = null] = line.times;
  const isUnclear =
    ends.length > 1 && line.ends.every((end) => end.role === null) && !/->|→|=>|>/.test(line.text);
  return [
    {
      ...common,
      ends,
      written,
      notes: [
        ...(line.times.length > 1 ? (['several_times'] as const) : []),
        ...(isUnclear ? (['side_unclear'] as const) : []),
      ],
    },
  ];
}

/** The ends with the source first; a port that stands apart is the source's. */
function endsOf(ends: readonly End[], port: number | null): Found['ends'] {
  const sorted = [...ends].sort((a, b) => rank(a) - rank(b) || a.at - b.at);
  const distinct = sorted.filter(
    (end, index) => sorted.findIndex((one) => one.ip === end.ip && one.port === end.port) === index,
  );
  return distinct.slice(0, 4).map((end, index) => ({
    ip: end.ip,
    port: end.port ?? (index === 0 ? port : null),
    isSource: index === 0,
  }));
}

function rank(end: End): number {
  return end.role === 'source' ? 0 : end.role === null ? 1 : 2;
}
