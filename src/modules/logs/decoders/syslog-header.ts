import { toWhole } from './text.ts';
import { monthOf, parseIso, toUtc } from './time.ts';

/** What stands before the message. `ts` is -1 when the line carries no readable time. */
export interface Header {
  readonly ts: number;
  readonly host: string;
  readonly tag: string;
  /** Where the message begins in the line. */
  readonly at: number;
}

const pri = /^<\d{1,3}>/;
const tagShape = /^[^\s:[\]]{1,64}(?:\[[^\]\s]{0,64}\])?:$/;
const isoStart = /^\d{4}-\d\d-\d\d[Tt]/;

/**
 * Reads an optional syslog header: RFC 5424, RFC 3164 (year-less; an optional year after the time as some
 * firewalls write it), or RFC 3164 with an RFC 3339 time (rsyslog's default file format). A line without
 * any header gives `at` 0 and `ts` -1.
 */
export function readHeader(line: string, zone: string, recvAt: Date, year?: number): Header {
  const start = line.charCodeAt(0) === 60 ? (pri.exec(line)?.[0].length ?? 0) : 0;
  if (start > 0 && line.startsWith('1 ', start)) {
    const modern = readModern(line, start + 2, zone, recvAt);
    if (modern) return modern;
  }
  // The cheap look at one character first: most lines are not of this kind.
  const iso =
    line.charCodeAt(start + 4) === 45 && isoStart.test(line.slice(start, start + 11))
      ? nextWord(line, start)
      : null;
  if (iso) {
    const ts = parseIso(iso.word, zone, recvAt);
    if (ts >= 0) return readHostAndTag(line, iso.end, ts);
  }
  const old = readOldTime(line, start, zone, recvAt, year);
  if (old) return readHostAndTag(line, old.end, old.ts);
  return { ts: -1, host: '', tag: '', at: start };
}

/** RFC 5424 §6: TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]. */
function readModern(line: string, from: number, zone: string, recvAt: Date): Header | null {
  const words: string[] = [];
  let at = from;
  for (let i = 0; i < 5; i += 1) {
    const space = line.indexOf(' ', at);
    if (space < 0) return null;
    words.push(line.slice(at, space));
    at = space + 1;
  }
  const after = skipStructuredData(line, at);
  if (after < 0) return null;
  at = line.charCodeAt(after) === 32 ? after + 1 : after;
  if (line.startsWith('\u00ef\u00bb\u00bf', at)) at += 3;
  const ts = words[0] === '-' ? -1 : parseIso(words[0]!, zone, recvAt);
  if (ts < 0 && words[0] !== '-') return null;
  return { ts, host: words[1]!, tag: words[2]!, at };
}

/** Position after `-` or after the last `[…]`; inside a value `\"`, `\\` and `\]` are escaped. */
function skipStructuredData(line: string, from: number): number {
  if (line.charCodeAt(from) === 45) return from + 1;
  let at = from;
  while (line.charCodeAt(at) === 91) {
    let quoted = false;
    for (at += 1; at < line.length; at += 1) {
      const code = line.charCodeAt(at);
      if (code === 92 && quoted) at += 1;
      else if (code === 34) quoted = !quoted;
      else if (code === 93 && !quoted) break;
    }
    if (at >= line.length) return -1;
    at += 1;
  }
  return at === from ? -1 : at;
}

/** `Mmm [d]d hh:mm:ss[.fff] [yyyy]`. */
function readOldTime(line: string, start: number, zone: string, recvAt: Date, fixedYear?: number) {
  const month = monthOf(line.slice(start, start + 3));
  if (month < 0) return null;
  const date = nextWord(line, start + 3);
  const time = date && nextWord(line, date.end);
  if (!time) return null;
  const clock = /^(\d{1,2}):(\d\d):(\d\d)(?:\.(\d{1,9}))?:?$/.exec(time.word);
  const day = toWhole(date.word);
  if (!clock || day < 1) return null;
  const maybeYear = nextWord(line, time.end);
  const hasYear = maybeYear !== null && /^(?:19|20)\d\d$/.test(maybeYear.word);
  const wall = {
    year: hasYear ? Number(maybeYear.word) : -1,
    month,
    day,
    hour: Number(clock[1]),
    minute: Number(clock[2]),
    second: Number(clock[3]),
    ms: Number((clock[4] ?? '').slice(0, 3).padEnd(3, '0')),
  };
  const ts = toUtc(wall, zone, recvAt, fixedYear);
  return ts < 0 ? null : { ts, end: hasYear ? maybeYear.end : time.end };
}

/** `host tag[pid]: `, `tag[pid]: ` (dnsmasq's own log file has no host) or `host ` alone. */
function readHostAndTag(line: string, from: number, ts: number): Header {
  const first = nextWord(line, from);
  if (!first) return { ts, host: '', tag: '', at: line.length };
  if (tagShape.test(first.word))
    return { ts, host: '', tag: bareTag(first.word), at: skipSpace(line, first.end) };
  const second = nextWord(line, first.end);
  if (second && tagShape.test(second.word))
    return { ts, host: first.word, tag: bareTag(second.word), at: skipSpace(line, second.end) };
  return { ts, host: first.word, tag: '', at: skipSpace(line, first.end) };
}

function bareTag(word: string): string {
  const bracket = word.indexOf('[');
  return word.slice(0, bracket < 0 ? word.length - 1 : bracket);
}

function nextWord(line: string, from: number): { word: string; end: number } | null {
  const start = skipSpace(line, from);
  if (start >= line.length) return null;
  const space = line.indexOf(' ', start);
  const end = space < 0 ? line.length : space;
  return { word: line.slice(start, end), end };
}

function skipSpace(line: string, from: number): number {
  let at = from;
  while (at < line.length && (line.charCodeAt(at) === 32 || line.charCodeAt(at) === 9)) at += 1;
  return at;
}
