/** What looks like an address, a port or a time and became part of no question: told, never dropped. Pure. */
import { findEnds } from './read-ends.ts';
import type { Line, ReadProse } from './read-prose.ts';
import type { Found } from './read-reports.ts';

export type UnreadKind = 'address' | 'port' | 'time' | 'attachment';

export interface Unread {
  /** 1-based line; 0: an attachment. */
  readonly line: number;
  /** The passage, or the name of the attachment. */
  readonly text: string;
  readonly holds: UnreadKind[];
}

/** Of more nobody would read the list. */
export const maxUnread = 200;

/** Written so that somebody means an address, whether it is one or not: `203。0.113.7`, `203.0.113.*`, `203.0.113.300`. */
const likeAddress = [
  /(?<![\w.])\d{1,4}(?:\s?[.。·]\s?\d{1,4}){3}/g,
  /(?<![\w.])\d{1,3}(?:\.\d{1,3}){2}\.(?=[*xX\s]|$)/g,
  /(?<![\w.:])(?!(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![\w:]))(?!\d{1,2}:\d{2}:\d{2}(?![\w:]))(?:(?:[0-9a-f]{1,4}:){3,}|[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*::)[0-9a-f:]*/gi,
];
const likePort = [/(?:端口号?|(?<![a-z])(?:src|dst|[sd])?[_-]?port)(?![a-z])[^\d\n]{0,8}\d+/gi];
const likeTime = [/(?<!\d)\d{1,2}\s*[时点時]\s*\d{1,2}/g, /(?<![\w:])\d{1,2}:\d{2}:\d{2}(?![\w:])/g];

interface Place {
  readonly at: number;
  readonly end: number;
}

/** What of the lines was left, given all that was found. */
export function unreadOf({ lines, used, found }: ReadProse): Unread[] {
  const known = new Set(found.flatMap(({ ends }) => ends.flatMap(({ ip, port }) => [ip, `${ip} ${port}`])));
  const ports = new Set(found.flatMap(({ ends }) => ends.map(({ port }) => port)));
  return lines.flatMap((line) => {
    const holds: UnreadKind[] = [];
    const [ends, times, named] = [line.ends, line.times, line.ports];
    const timed = times.map(({ at, length }) => ({ at, end: at + length }));
    // Said again elsewhere is not left out; with another port it is something else.
    const isKnown = ({ ip, port }: Line['ends'][number]) => known.has(port === null ? ip : `${ip} ${port}`);
    if (ends.some((one) => !used.has(one) && !isKnown(one)) || isLeft(line, likeAddress, ends))
      holds.push('address');
    const places = [...ends, ...named, ...timed];
    if (named.some((one) => !used.has(one) && !ports.has(one.port)) || isLeft(line, likePort, places))
      holds.push('port');
    if (times.some((one) => !used.has(one)) || isLeft(line, likeTime, places)) holds.push('time');
    return holds.length === 0 ? [] : [{ line: line.number, text: line.quote.trim().slice(0, 300), holds }];
  });
}

function isLeft({ text }: Line, patterns: readonly RegExp[], read: readonly Place[]): boolean {
  return patterns.some((pattern) =>
    [...text.matchAll(pattern)].some(
      ({ index, 0: whole }) => !read.some(({ at, end }) => at < index + whole.length && index < end),
    ),
  );
}

/** Addresses in the text around a machine's report that the report does not name. */
export function unreadAround(lines: readonly string[], found: readonly Found[]): Unread[] {
  const known = new Set(found.flatMap(({ ends }) => ends.map(({ ip }) => ip)));
  return lines.flatMap((text, index): Unread[] =>
    findEnds(text).every(({ ip }) => known.has(ip))
      ? []
      : [{ line: index + 1, text: text.trim().slice(0, 300), holds: ['address'] }],
  );
}
