import { ipv4At, ipv6At } from './flow/address.ts';
import { storable } from './flow/clock.ts';
import { noEvent } from './flow/rows.ts';
import type { Counter, DataRow, Decode, DecodedRow, Decoder, EventRow, Memory, NatRow } from './row.ts';

const headerBytes = 16;
const natBytes = 64;
const nat66Bytes = 76;
/** Forged datagrams must not make us remember boards without end. */
const maxBoards = 64;

/** Why a record was written; all others end the flow. */
const operators: Record<number, NatRow['event'] | undefined> = { 6: 'update', 8: 'new' };

/**
 * H3C's binary flow log, version 3.0 ("userlog flow export version 3"), for NAT44 (log type 4) and NAT66 (5): one
 * record is one datagram of up to 100 flows. Its times are seconds since 1970 UTC. Other versions and types are not
 * read. Field tables: H3C configuration guides, "Flow log"; checked against bg6cq/h3cflowd.
 */
function openH3cFlow(memory: Memory): Decode {
  return (line, _source, _recvAt, sender = '') => {
    const bytes =
      typeof line === 'string'
        ? Buffer.from(line, 'latin1')
        : Buffer.from(line.buffer, line.byteOffset, line.byteLength);
    const count = countOf(bytes);
    if (count === 0) return null;
    const at = bytes.readUInt32BE(4) * 1000;
    const isV6 = bytes[1] === 5;
    const rows: DataRow[] = [];
    for (let i = 0; i < count; i += 1) {
      rows.push(isV6 ? nat66Row(bytes, headerBytes + i * nat66Bytes, at) : natRow(bytes, i, at));
    }
    return numbered(rows, counterOf(bytes, count, memory, sender));
  };
}

/** Flows in the datagram; 0 when it is none of ours. */
function countOf(bytes: Buffer): number {
  if (bytes.length < headerBytes || bytes[0] !== 3) return 0;
  const size = bytes[1] === 4 ? natBytes : bytes[1] === 5 ? nat66Bytes : 0;
  const count = bytes.readUInt16BE(2);
  return size > 0 && count > 0 && bytes.length === headerBytes + count * size ? count : 0;
}

function numbered(rows: DataRow[], counter: Counter): DecodedRow | readonly DataRow[] {
  const [first, ...rest] = rows;
  return first ? [{ ...first, counter }, ...rest] : { table: 'none', counter };
}

interface Seen {
  readonly value: number;
  readonly count: number;
  readonly perPacket: boolean;
}

/**
 * FlowSequence counts records on some devices and datagrams on others (the vendor's text says datagrams, the public
 * collector of a university reads records): which it is shows where a datagram of several records is followed by the
 * next one.
 */
function counterOf(bytes: Buffer, count: number, memory: Memory, sender: string): Counter {
  const board = `${bytes.readUInt16BE(12)}.${bytes[14]}.${bytes[15]}`;
  const key = `h3c:${sender}`.slice(0, 200);
  const value = bytes.readUInt32BE(8);
  const boards = (memory.get(key) ?? {}) as Record<string, Seen>;
  const before = boards[board];
  const step = before ? (value - before.value) >>> 0 : 0;
  const tells = before !== undefined && before.count > 1 && (step === 1 || step === before.count);
  const perPacket = tells ? step === 1 : (before?.perPacket ?? false);
  if (before || Object.keys(boards).length < maxBoards)
    memory.set(key, { ...boards, [board]: { value, count, perPacket } satisfies Seen });
  return { name: `h3c:${board}`, value, span: perPacket ? 1 : count };
}

function natRow(bytes: Buffer, number: number, at: number): NatRow | EventRow {
  const from = headerBytes + number * natBytes;
  const [src, srcNat, dst, dstNat] = [4, 8, 12, 16].map((place) => ipv4At(bytes, from + place)) as [
    string,
    string,
    string,
    string,
  ];
  const [sport, sportNat, dport, dportNat] = [20, 22, 24, 26].map((place) =>
    bytes.readUInt16BE(from + place),
  ) as [number, number, number, number];
  const proto = bytes[from]!;
  const when = timesOf(bytes, from, 28, at);
  const hasSource = srcNat !== '0.0.0.0' && (srcNat !== src || sportNat !== sport);
  const hasTarget = dstNat !== '0.0.0.0' && (dstNat !== dst || dportNat !== dport);
  if (!hasSource && !hasTarget) return flowRow(bytes, from, 36, { proto, src, sport, dst, dport, ...when });
  const vpn = bytes[from + 52]!;
  const ends = hasSource
    ? {
        direction: 'out' as const,
        pubIp: srcNat,
        pubPort: sportNat || sport,
        inIp: src,
        inPort: sport,
        dstIp: hasTarget ? dstNat : dst,
        dstPort: hasTarget ? dportNat || dport : dport,
      }
    : {
        direction: 'in' as const,
        pubIp: dst,
        pubPort: dport,
        inIp: dstNat,
        inPort: dportNat || dport,
        dstIp: src,
        dstPort: sport,
      };
  const { event, ts, start } = when;
  return { table: 'nat', event, ts, start, proto, ...ends, flow: vpn === 0 ? '' : `vrf${vpn}` };
}

/** Type 5 tells the flow before its translation only: no public side, so it is a flow. */
function nat66Row(bytes: Buffer, from: number, at: number): EventRow {
  return flowRow(bytes, from, 48, {
    proto: bytes[from]!,
    src: ipv6At(bytes, from + 4),
    dst: ipv6At(bytes, from + 20),
    sport: bytes.readUInt16BE(from + 36),
    dport: bytes.readUInt16BE(from + 38),
    ...timesOf(bytes, from, 40, at),
  });
}

interface When {
  readonly event: NatRow['event'];
  readonly ts: number;
  readonly start: number;
}

/** Begin and end at `place`; a record of a flow that lives on is as of the datagram. */
function timesOf(bytes: Buffer, from: number, place: number, at: number): When {
  const event = operators[bytes[from + 1]!] ?? 'destroy';
  const start = bytes.readUInt32BE(from + place) * 1000;
  const end = bytes.readUInt32BE(from + place + 4) * 1000;
  const ts = event === 'new' ? start || at : event === 'destroy' ? end || at : at;
  return { event, ts: Math.max(storable(ts), 0), start: start > 0 ? start : -1 };
}

interface PlainFlow extends When {
  readonly proto: number;
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
}

/** Packets and bytes at `place`: received, then sent; "out" of the session is what the client sent. */
function flowRow(bytes: Buffer, from: number, place: number, flow: PlainFlow): EventRow {
  const { proto, src, sport, dst, dport, ts, start, event } = flow;
  return {
    ...noEvent,
    ts,
    cli: src,
    cport: sport,
    dst,
    dport,
    proto,
    act: event === 'destroy' ? '' : event,
    up: bytes.readUInt32BE(from + place + 12),
    dn: bytes.readUInt32BE(from + place + 4),
    took: start >= 0 && ts >= start ? Math.min(ts - start, 4_294_967_295) : 0,
    extra: {
      packets: String(bytes.readUInt32BE(from + place + 8)),
      'packets-back': String(bytes.readUInt32BE(from + place)),
    },
  };
}

export const h3cFlow: Decoder = {
  format: 'h3c-flow',
  version: 1,
  decode: (line, source, recvAt, sender) =>
    openH3cFlow({ get: () => undefined, set: () => undefined })(line, source, recvAt, sender),
  open: openH3cFlow,
  readsAlone: true,
};
