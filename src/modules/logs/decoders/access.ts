import type { DecodedRow, SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toPort, toText, toWhole } from './text.ts';
import { monthOf, toUtc } from './time.ts';
import { splitUrl, toHost } from './url.ts';

/**
 * nginx/Apache combined (or common) log, also `vhost_combined` (the host first), with the source port that
 * the law asks for at the end: ` ADDRESS:PORT`, ` [V6]:PORT` or ` port=NNN`; ` host=NAME` is read too.
 */
export function decodeAccess(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const header = readHeader(text, source.zone, recvAt, source.year);
  const body = text.slice(header.at);
  const bracket = body.indexOf(' [');
  const close = body.indexOf('] "', bracket);
  if (bracket < 0 || close < 0) return null;
  const who = readClient(body.slice(0, bracket).split(' '));
  const ts = readStamp(body.slice(bracket + 2, close), recvAt);
  const request = readQuoted(body, close + 2);
  if (!who || ts < 0 || !request) return null;
  return build(body, request, who, ts, source);
}

interface Client {
  readonly cli: string;
  readonly user: string;
  readonly host: string;
}

/** `CLIENT IDENT USER`, or `HOST:PORT CLIENT IDENT USER`. A user name may hold blanks. */
function readClient(words: string[]): Client | null {
  const direct = toAddress(words[0] ?? '');
  const shift = direct === '' ? 1 : 0;
  const cli = direct === '' ? toAddress(words[1] ?? '') : direct;
  if (cli === '' || words.length < shift + 3) return null;
  const user = words.slice(shift + 2).join(' ');
  return {
    cli,
    user: user === '-' ? '' : toText(user, 256),
    host: shift === 1 ? splitUrl(words[0]!, true).host : '',
  };
}

const stampShape = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})$/;

function readStamp(text: string, recvAt: Date): number {
  const match = stampShape.exec(text);
  if (!match) return -1;
  const wall = {
    year: Number(match[3]),
    month: monthOf(match[2]!),
    day: Number(match[1]),
    hour: Number(match[4]),
    minute: Number(match[5]),
    second: Number(match[6]),
    ms: 0,
  };
  return wall.month < 0 ? -1 : toUtc(wall, match[7]!, recvAt);
}

/** The text between quotes from `at`, and the place behind it; a backslash takes the next character along. */
function readQuoted(text: string, at: number): { value: string; end: number } | null {
  if (text.charCodeAt(at) !== 34) return null;
  for (let i = at + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 92) i += 1;
    else if (code === 34) return { value: text.slice(at + 1, i), end: i + 1 };
  }
  return null;
}

function build(
  body: string,
  request: { value: string; end: number },
  who: Client,
  ts: number,
  source: SourceSettings,
): DecodedRow | null {
  const counts = /^ (\d{3}) (\d{1,15}|-)/.exec(body.slice(request.end, request.end + 24));
  if (!counts) return null;
  const tail = readTail(body, request.end + counts[0].length);
  const parts = request.value.split(' ');
  const wellFormed = parts.length >= 2 && /^[A-Z]{3,20}$/.test(parts[0]!);
  // A proxy-style request line has the whole URL; a broken one (TLS to a plain port) is kept as the path.
  const url = wellFormed
    ? splitUrl(parts[1]!, false)
    : { host: '', port: 0, path: toText(request.value, 8192) };
  return {
    table: 'event',
    kind: 'site',
    ts,
    cli: who.cli,
    cport: tail.port,
    dst: '',
    dport: 0,
    proto: 6,
    host: tail.host || who.host || url.host || toHost(source.host ?? ''),
    path: url.path,
    method: wellFormed ? parts[0]! : '',
    status: Number(counts[1]),
    act: '',
    user: who.user,
    up: 0,
    dn: Math.max(0, toWhole(counts[2]!)),
    took: 0,
    num: -1,
  };
}

/** What follows status and size: quoted referrer and agent (never trusted), then the words of our layout. */
function readTail(body: string, from: number): { port: number; host: string } {
  let at = from;
  let port = 0;
  let host = '';
  while (at < body.length) {
    if (body.charCodeAt(at) === 34) {
      const quoted = readQuoted(body, at);
      if (!quoted) break;
      at = quoted.end;
      continue;
    }
    if (body.charCodeAt(at) === 32) {
      at += 1;
      continue;
    }
    const space = body.indexOf(' ', at);
    const word = body.slice(at, space < 0 ? body.length : space);
    at += word.length;
    port = portIn(word) || port;
    if (word.startsWith('host=')) host = toHost(word.slice(5));
  }
  return { port, host };
}

function portIn(word: string): number {
  if (word.startsWith('port=')) return Math.max(0, toPort(word.slice(5)));
  const colon = word.lastIndexOf(':');
  if (colon < 2) return 0;
  const address = word.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return toAddress(address) === '' ? 0 : Math.max(0, toPort(word.slice(colon + 1)));
}
