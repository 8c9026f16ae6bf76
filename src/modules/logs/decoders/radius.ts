import { sightingOf } from './build-row.ts';
import { type DataRow, type DecodedRow, noRow, type SightingRow, type SourceSettings } from './row.ts';
import { toAddress, toByteString, toMac, toText, toWhole } from './text.ts';
import { monthOf, parseEpoch, toUtc } from './time.ts';

const actions: Readonly<Record<string, SightingRow['action'] | undefined>> = {
  Start: 'start',
  'Interim-Update': 'interim',
  Alive: 'interim',
  Stop: 'stop',
};

/** The access server itself starts or ends: whoever was signed in through it is not any more (RFC 2866 §5.1). */
const restarts = new Set(['Accounting-On', 'Accounting-Off']);

/** More lines than a record of accounting ever has. */
const maxLines = 500;

/**
 * One record of FreeRADIUS' accounting detail: a date, then `<tab>Attribute = value` lines, cut at the empty line. The
 * time is that of the event: the server's `Timestamp` less `Acct-Delay-Time`. A record without an address of the
 * client (a start before DHCP) is no row; one with an IPv4 and an IPv6 address is two. That of an access server's start or
 * end is a `stop` without an address.
 */
export function decodeRadius(
  record: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | readonly DataRow[] | null {
  const text = toByteString(record);
  // rsyslog writes line feeds and tabs of a message as #012 and #011.
  const lines = (text.includes('\n') ? text.split('\n', maxLines) : text.split('#012', maxLines)).map(plain);
  const attributes = readAttributes(lines);
  const status = attributes.get('Acct-Status-Type')?.[0] ?? '';
  if (status === '') return null;
  const action = Object.hasOwn(actions, status) ? actions[status] : undefined;
  const isRestart = restarts.has(status);
  if (action === undefined && !isRestart) return /^[A-Za-z0-9-]{1,40}$/.test(status) ? noRow : null;
  const ts = timeOf(attributes, lines[0] ?? '', source, recvAt);
  if (ts < 0) return null;
  const nas = nasOf(attributes);
  if (action === undefined)
    return nas === '' ? noRow : sightingOf({ kind: 'radius', ts, action: 'stop', ip: '', nas });
  const addresses = addressesOf(attributes);
  if (addresses.length === 0) return noRow;
  const first = (...names: string[]) => toText(firstOf(attributes, names), 256);
  const common = {
    kind: 'radius' as const,
    ts,
    action,
    mac: macOf(attributes),
    user: first('User-Name'),
    session: first('Acct-Session-Id'),
    nas,
    port: first('NAS-Port-Id', 'NAS-Port'),
  };
  return addresses.map((ip) => sightingOf({ ...common, ip }));
}

function nasOf(attributes: Attributes): string {
  const ip = firstOf(attributes, ['NAS-IP-Address', 'NAS-IPv6-Address']);
  return toAddress(toText(ip, 256)) || toText(firstOf(attributes, ['NAS-Identifier']), 256);
}

function plain(line: string): string {
  return line.replaceAll('#011', '\t').trim();
}

type Attributes = ReadonlyMap<string, readonly string[]>;

function readAttributes(lines: readonly string[]): Attributes {
  const found = new Map<string, string[]>();
  for (const line of lines) {
    const equals = line.indexOf(' = ');
    if (equals < 1) continue;
    const name = line.slice(0, equals);
    if (!/^[A-Za-z0-9-]{1,64}$/.test(name)) continue;
    const value = line.slice(equals + 3);
    const inner =
      value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
    found.set(name, [...(found.get(name) ?? []), inner]);
  }
  return found;
}

function firstOf(attributes: Attributes, names: readonly string[]): string {
  for (const name of names) {
    const value = attributes.get(name)?.[0];
    if (value !== undefined && value !== '') return value;
  }
  return '';
}

function addressesOf(attributes: Attributes): string[] {
  const found = ['Framed-IP-Address', 'Framed-IPv6-Address'].map((name) =>
    toAddress(firstOf(attributes, [name])),
  );
  return found.filter((ip) => ip !== '' && ip !== '0.0.0.0' && ip !== '::');
}

function macOf(attributes: Attributes): string {
  const station = toMac(firstOf(attributes, ['Calling-Station-Id']).slice(0, 17));
  if (station !== '') return station;
  for (const pair of attributes.get('Cisco-AVPair') ?? []) {
    if (pair.startsWith('client-mac-address=')) return toMac(pair.slice(19));
  }
  return '';
}

function timeOf(attributes: Attributes, firstLine: string, source: SourceSettings, recvAt: Date): number {
  const delay = Math.max(0, toWhole(firstOf(attributes, ['Acct-Delay-Time']))) * 1000;
  const stamp = parseEpoch(firstOf(attributes, ['Timestamp']));
  if (stamp >= 0) return Math.max(0, stamp - delay);
  const event = firstOf(attributes, ['Event-Timestamp']);
  const epoch = parseEpoch(event);
  if (epoch >= 0) return epoch;
  const written = parseWritten(event.replace(/^([A-Z])/, 'Day $1'), source, recvAt);
  if (written >= 0) return written;
  const headed = parseWritten(firstLine, source, recvAt);
  return headed < 0 ? -1 : Math.max(0, headed - delay);
}

const written =
  /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?: (\d{4}))?(?: ([A-Z]{2,5}))?$/;

/** `Tue Jun  9 00:03:48 2015`, or `Day Jun  9 2015 00:03:47 CEST`. Names of zones are ambiguous: only UTC and GMT count. */
function parseWritten(text: string, source: SourceSettings, recvAt: Date): number {
  const match = written.exec(text);
  if (!match) return -1;
  const month = monthOf(match[1]!);
  const year = Number(match[3] ?? match[7] ?? -1);
  if (month < 0 || year < 0) return -1;
  const wall = {
    year,
    month,
    day: Number(match[2]),
    hour: Number(match[4]),
    minute: Number(match[5]),
    second: Number(match[6]),
    ms: 0,
  };
  return toUtc(wall, match[8] === 'UTC' || match[8] === 'GMT' ? 'UTC' : source.zone, recvAt);
}
