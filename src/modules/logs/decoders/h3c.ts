import { type Endpoint, eventOf, toProtocol, translationOf } from './build-row.ts';
import { type DecodedRow, type NatRow, noRow, type SourceSettings } from './row.ts';
import { toAddress, toByteString, toPort, toText, toWhole } from './text.ts';
import { toUtc } from './time.ts';

/**
 * H3C session and NAT logs as text: Comware 7 (`session/6/SESSION_IPV4_FLOW`, `NAT/6/NAT_FLOW`,
 * `nat/6/NAT_IPV4_MATCH`) and Comware 5 (`USERLOG/7/NAT`). Two clocks in one line: the header is local and not read;
 * the session's own times are UTC in Comware 7 and local in Comware 5, unless the source's zone for the field
 * `session` says otherwise.
 */
export function decodeH3c(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const five = text.indexOf('USERLOG/7/NAT: ');
  if (five >= 0 && five < 200) return decodeFive(text.slice(five + 15), source, recvAt);
  const mark = text.indexOf('%%10');
  const found =
    mark < 0 ? null : /^%%10([A-Za-z_]{1,20})\/\d\/([A-Z0-9_]{1,40}): ?/.exec(text.slice(mark, mark + 100));
  if (!found) return null;
  if (!/^(?:session|nat)$/i.test(found[1]!) || !/FLOW|MATCH/.test(found[2]!)) return noRow;
  return decodeSeven(text.slice(mark + found[0].length), source, recvAt);
}

function decodeSeven(text: string, source: SourceSettings, recvAt: Date): DecodedRow | null {
  const field = readFields(text);
  const zone = source.fieldZones?.session ?? 'UTC';
  const start = compactTime(field.get('BeginTime_e') ?? '', zone, recvAt);
  const end = compactTime(field.get('EndTime_e') ?? '', zone, recvAt);
  const proto = toProtocol(field.get('Protocol') ?? '');
  const from = endOf(field, 'Src');
  const to = endOf(field, 'Dst');
  if (start < 0 || proto < 0 || !from || !to) return null;
  const code = toWhole(/^\((\d{1,3})\)/.exec(field.get('Event') ?? '')?.[1] ?? '');
  const ends = { source: from, destination: to, newSource: endOf(field, 'NatSrc') ?? from };
  const nat = translationOf({ ...ends, newDestination: endOf(field, 'NatDst') ?? to });
  const event = eventBy(code, end >= 0);
  // A running session's line has no time of its own but the receipt's.
  const ts = event === 'new' ? start : end >= 0 ? end : recvAt.getTime();
  if (nat) return { table: 'nat', event, ts, start, proto, ...nat, flow: '' };
  return flowRow({ from, to, proto, ts, start, event }, field);
}

/** 8 is a created session, 6 one that goes on; with an end, or any other operator, it is over. */
function eventBy(code: number, hasEnd: boolean): NatRow['event'] {
  if (hasEnd) return 'destroy';
  if (code === 6) return 'update';
  return code === 8 || code < 0 ? 'new' : 'destroy';
}

interface Session {
  from: Endpoint;
  to: Endpoint;
  proto: number;
  ts: number;
  start: number;
  event: NatRow['event'];
}

function flowRow(
  { from, to, proto, ts, start, event }: Session,
  field: ReadonlyMap<string, string>,
): DecodedRow {
  return eventOf({
    kind: 'flow',
    ts,
    cli: from.ip,
    cport: from.port,
    dst: to.ip,
    dport: to.port,
    proto,
    act: event,
    user: toText(field.get('UserName') ?? '', 256),
    up: Math.max(0, toWhole(field.get('InitByteCount') ?? '')),
    dn: Math.max(0, toWhole(field.get('RplyByteCount') ?? '')),
    took: Math.max(0, ts - start),
  });
}

/** `Key(1001)=value;` pairs. */
function readFields(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const pair of text.split(';', 100)) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    const key = pair
      .slice(0, equals)
      .replace(/\(\d{1,5}\)$/, '')
      .trim();
    if (!found.has(key)) found.set(key, pair.slice(equals + 1).trim());
  }
  return found;
}

/** `SrcIPAddr`/`SrcIPv6Addr` with `SrcPort`, and likewise for Dst, NatSrc, NatDst. */
function endOf(field: ReadonlyMap<string, string>, side: string): Endpoint | null {
  const ip = toAddress(field.get(`${side}IPAddr`) ?? field.get(`${side}IPv6Addr`) ?? '');
  if (ip === '' || ip === '0.0.0.0') return null;
  return { ip, port: Math.max(0, toPort(field.get(`${side}Port`) ?? '')) };
}

/** `12012019081543`: month, day, year, time. -1 for an empty one. */
function compactTime(text: string, zone: string, recvAt: Date): number {
  const match = /^(\d\d)(\d\d)(\d{4})(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (!match) return -1;
  const [month, day, year, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return toUtc({ year, month, day, hour, minute, second, ms: 0 }, zone, recvAt);
}

const fiveShape =
  /^([A-Za-z0-9]{1,12}); ([0-9.]{7,15}):(\d{1,5})--->([0-9.]{7,15}):(\d{1,5}); ([0-9.]{7,15}):(\d{1,5}); \[(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)-(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)\]; Operator (\d{1,3})/;

/** `ICMP; INSIDE:P--->PUBLIC:P; FAR:P; [begin-end]; Operator 8: …`. An end of 0000/00/00 is none yet. */
function decodeFive(text: string, source: SourceSettings, recvAt: Date): DecodedRow | null {
  const match = fiveShape.exec(text);
  if (!match) return null;
  const zone = source.fieldZones?.session ?? source.zone;
  const at = (from: number) => {
    const [year, month, day, hour, minute, second] = match.slice(from, from + 6).map(Number) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return year === 0 ? -1 : toUtc({ year, month, day, hour, minute, second, ms: 0 }, zone, recvAt);
  };
  const ends = [2, 4, 6].map((i) => ({ ip: toAddress(match[i]!), port: toPort(match[i + 1]!) }));
  const [inside, outside, far] = ends as [Endpoint, Endpoint, Endpoint];
  const proto = toProtocol(match[1]!);
  const start = at(8);
  const end = at(14);
  if (proto < 0 || start < 0 || ends.some(({ ip, port }) => ip === '' || port < 0)) return null;
  const event = eventBy(Number(match[20]), end >= 0);
  const ts = event === 'new' ? start : end >= 0 ? end : recvAt.getTime();
  return {
    table: 'nat',
    event,
    ts,
    start,
    direction: 'out',
    proto,
    pubIp: outside.ip,
    pubPort: outside.port,
    inIp: inside.ip,
    inPort: inside.port,
    dstIp: far.ip,
    dstPort: far.port,
    flow: '',
  };
}
