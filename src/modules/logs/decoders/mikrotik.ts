import { type Endpoint, eventOf, extraOf, toProtocol, translationOf } from './build-row.ts';
import {
  type DataRow,
  type Decode,
  type DecodedRow,
  type Memory,
  noRow,
  type SourceSettings,
} from './row.ts';
import { type Header, readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toMac, toPort, toText, toWhole } from './text.ts';

/**
 * The firewall log of RouterOS: `PREFIX: in:IF out:IF, connection-state:new,snat src-mac …, proto TCP (SYN),
 * A:P->B:P, NAT (A:P->PUBLIC:P)->B:P, len 60`. Only a line with NAT tells the public port (log in the chain `forward`,
 * not in `srcnat`); the others are firewall events.
 */
export function decodeMikrotik(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const header = readHeader(text, source.zone, recvAt, source.year);
  const body = bodyOf(text, header);
  if (body === null) return null;
  return decodeBody(body, header.ts >= 0 ? header.ts : recvAt.getTime());
}

interface Body {
  readonly prefix: string;
  readonly text: string;
}

function bodyOf(text: string, { at: from, tag }: Header): Body | null {
  const start = text.indexOf('in:', from);
  if (start < 0 || start > from + 200 || text.indexOf(' out:', start) < 0) return null;
  // The rule's prefix may look like the tag of the header.
  const prefix = text.slice(from, start).replace(/[\s:]+$/, '');
  return { prefix: prefix || tag, text: text.slice(start) };
}

const between = (text: string, before: string, after: string) => {
  const at = text.indexOf(before);
  if (at < 0) return '';
  const end = text.indexOf(after, at + before.length);
  return text.slice(at + before.length, end < 0 ? text.length : end);
};

function decodeBody({ prefix, text }: Body, ts: number): DecodedRow | null {
  const proto = toProtocol(/^[A-Za-z0-9-]{1,16}/.exec(between(text, 'proto ', ','))?.[0] ?? '');
  const after = text.indexOf(', ', text.indexOf('proto ') + 1);
  const pair = readPair(between(text.slice(Math.max(0, skipFlags(text, after))), '', ','));
  if (proto < 0 || after < 0 || !pair) return null;
  const state = between(text, 'connection-state:', ' ').split(',')[0] ?? '';
  const nat = between(text, ', NAT ', ', ');
  const row = nat === '' ? null : translate(pair, nat);
  if (nat !== '' && row === undefined) return null;
  if (row) {
    const event = state === 'new' || state === '' ? 'new' : 'update';
    return { table: 'nat', event, ts, start: event === 'new' ? ts : -1, proto, ...row, flow: '' };
  }
  return eventOf({
    kind: 'firewall',
    ts,
    cli: pair[0].ip,
    cport: pair[0].port,
    dst: pair[1].ip,
    dport: pair[1].port,
    proto,
    act: toText(prefix, 64),
    up: Math.max(0, toWhole(between(text, ', len ', ' '))),
    ...extraOf({
      in: toText(between(text, 'in:', ' '), 64),
      out: toText(between(text, ' out:', ','), 64),
      mac: toMac(between(text, 'src-mac ', ',')),
    }),
  });
}

/** Where the addresses begin: behind the protocol, whose flags in parentheses may hold a comma (`(type 8, code 0)`). */
function skipFlags(text: string, comma: number): number {
  const proto = text.indexOf('proto ');
  const open = text.indexOf('(', proto);
  if (open < 0 || open > comma) return comma + 2;
  const close = text.indexOf('), ', open);
  return close < 0 ? comma + 2 : close + 3;
}

/** `A:P->B:P`. Without ports (ICMP) they are 0. */
function readPair(text: string): [Endpoint, Endpoint] | null {
  const arrow = text.indexOf('->');
  if (arrow < 0) return null;
  const from = readEnd(text.slice(0, arrow));
  const to = readEnd(text.slice(arrow + 2));
  return from && to ? [from, to] : null;
}

/** `192.0.2.1:80`, `[2001:db8::1]:80`, or an address alone. */
function readEnd(text: string): Endpoint | null {
  const bare = toAddress(text.replace(/^\[([^\]]*)\]$/, '$1'));
  if (bare !== '') return { ip: bare, port: 0 };
  const colon = text.lastIndexOf(':');
  const ip = toAddress(text.slice(0, Math.max(0, colon)).replace(/^\[([^\]]*)\]$/, '$1'));
  const port = toPort(text.slice(colon + 1));
  return ip === '' || port < 0 ? null : { ip, port };
}

/**
 * `(A:P->PUBLIC:P)->B:P` changes the source, `A:P->(B:P->INSIDE:P)` the destination. `null`: nothing differs;
 * `undefined`: it cannot be read.
 */
function translate(pair: [Endpoint, Endpoint], nat: string) {
  const open = nat.indexOf('(');
  const close = nat.indexOf(')', open);
  const changed = open < 0 || close < 0 ? null : readPair(nat.slice(open + 1, close));
  if (!changed) return undefined;
  const [source, destination] = pair;
  const isSource = open === 0;
  return translationOf({
    source,
    destination,
    newSource: isSource ? changed[1] : source,
    newDestination: isSource ? destination : changed[1],
  });
}

interface Half {
  readonly text: string;
  readonly at: number;
}

/** What waits for its second half, by sender: several routers may write to one source, and their lines mix. */
type Halves = Readonly<Record<string, Half>>;

const memoryKey = 'mikrotik.half';
/** Halves of one line arrive together. */
const patience = 5000;
/** Senders that may be in the middle of a line at once; a stranger who invents addresses must not fill the memory. */
const mostHalves = 64;

/**
 * Some RouterOS versions split a long line in two messages. A line that ends before its length is kept until the next
 * one of the same sender, which completes it when it does not begin a line of its own; the row is then found at the
 * second half.
 */
export function openMikrotik(memory: Memory): Decode {
  return (line, source, recvAt, sender = '') => {
    const text = toByteString(line);
    const half = takeHalf(memory, sender, recvAt.getTime());
    const header = readHeader(text, source.zone, recvAt, source.year);
    const body = bodyOf(text, header);
    if (half && !body) {
      const joined = `${half.text}${half.text.endsWith(',') ? ' ' : ''}${text.slice(header.at)}`;
      const row = decodeMikrotik(joined, source, recvAt);
      if (row) return row;
    }
    // What was kept was no half: it is read as it is, with this line.
    const alone = half && body ? asRows(decodeMikrotik(half.text, source, new Date(half.at))) : [];
    const own = decodeOwn(memory, sender, text, body, source, recvAt);
    if (alone.length === 0) return own;
    return own === null ? alone : [...alone, ...asRows(own)];
  };
}

function decodeOwn(
  memory: Memory,
  sender: string,
  text: string,
  body: Body | null,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  if (body && !/, len \d+/.test(body.text.slice(-64)) && text.length < 4096) {
    keepHalf(memory, sender, { text, at: recvAt.getTime() });
    return noRow;
  }
  return decodeMikrotik(text, source, recvAt);
}

function halvesIn(memory: Memory): Halves {
  const kept = memory.get(memoryKey) as Halves | { readonly text: unknown } | null | undefined;
  // An earlier version kept one half for all senders.
  return !kept || typeof (kept as { text?: unknown }).text === 'string' ? {} : (kept as Halves);
}

function keepHalf(memory: Memory, sender: string, half: Half): void {
  const fresh = Object.entries(halvesIn(memory)).filter(([, { at }]) => Math.abs(half.at - at) <= patience);
  memory.set(memoryKey, Object.fromEntries([...fresh.slice(1 - mostHalves), [keyOf(sender), half]]));
}

function takeHalf(memory: Memory, sender: string, now: number): Half | null {
  const { [keyOf(sender)]: half, ...others } = halvesIn(memory);
  if (!half) return null;
  memory.set(memoryKey, others);
  return Math.abs(now - half.at) <= patience ? half : null;
}

/** A name that no object has of itself. Files of one device are cut anywhere: the next one begins with the other half. */
function keyOf(sender: string): string {
  return `of ${/^(upload|file):/.test(sender) ? 'files' : sender}`;
}

function asRows(row: DecodedRow | null): DataRow[] {
  return row === null || row.table === 'none' ? [] : [row];
}
