import type { BlockRow, DataRow, EventRow, NatRow } from '../row.ts';
import { type ExportTime, momentOf, type Span, spanOf } from './clock.ts';
import { slots } from './elements.ts';
import type { FlowRecord } from './record.ts';

/** Values of natEvent (IANA registry "NAT Event Type", RFC 8158 §8.1). */
const created = new Set([1, 4, 6, 8, 10]);
const deleted = new Set([2, 5, 7, 9, 11]);
const bound = new Set([14, 15]);
const blocks = new Set([16, 17]);

/** The rows of one data record; none when it is about something else than flows between addresses. */
export function rowOf(record: FlowRecord, time: ExportTime, sampling: number): DataRow | null {
  const span = spanOf(record, time);
  const natEvent = record.number(slots.natEvent, 0);
  if (blocks.has(natEvent) || bound.has(natEvent)) return blockRow(record, time, span, natEvent);
  if (created.has(natEvent)) return natRow(record, time, span, 'new');
  if (deleted.has(natEvent)) return natRow(record, time, span, 'destroy');
  // The other events tell that addresses or ports ran out: an operator's matter.
  if (natEvent !== 0) return eventRow(record, time, span, 'alert', `nat-event-${natEvent}`, sampling);
  const firewall = record.number(slots.firewallEvent, 0);
  if (firewall === 3) return eventRow(record, time, span, 'firewall', 'denied', sampling);
  if (isTranslated(record)) return natRow(record, time, span, eventOfFlow(record, firewall));
  if (record.has(slots.rangeStart) && record.address(slots.postSrc4, slots.postSrc6) !== '')
    return blockRow(record, time, span, 16);
  return eventRow(record, time, span, 'flow', actOf(firewall), sampling);
}

/** IANA registry "firewallEvent"; also what Cisco ASA sends. */
function actOf(firewall: number): string {
  return ['', 'created', 'deleted', 'denied', 'alert', 'update'][firewall] ?? '';
}

/**
 * What a flow record that carries translated addresses tells about the translation: its end, unless the exporter says
 * that the flow was only cut for reporting (flowEndReason 2, "active timeout").
 */
function eventOfFlow(record: FlowRecord, firewall: number): NatRow['event'] {
  if (firewall === 1) return 'new';
  if (firewall === 5 || firewall === 4) return 'update';
  return record.number(slots.endReason, 0) === 2 ? 'update' : 'destroy';
}

interface Ends {
  readonly src: string;
  readonly srcPort: number;
  readonly dst: string;
  readonly dstPort: number;
  readonly postSrc: string;
  readonly postSrcPort: number;
  readonly postDst: string;
  readonly postDstPort: number;
}

function endsOf(record: FlowRecord): Ends {
  const port = (slot: (typeof slots)['srcPort' | 'dstPort' | 'postSrcPort' | 'postDstPort']) => {
    const value = record.number(slot, 0);
    return value > 65_535 ? 0 : value;
  };
  return {
    src: record.address(slots.src4, slots.src6),
    srcPort: port(slots.srcPort),
    dst: record.address(slots.dst4, slots.dst6),
    dstPort: port(slots.dstPort),
    postSrc: record.address(slots.postSrc4, slots.postSrc6),
    postSrcPort: port(slots.postSrcPort),
    postDst: record.address(slots.postDst4, slots.postDst6),
    postDstPort: port(slots.postDstPort),
  };
}

/** Exporters fill the fields of translation also for flows that were not translated: with zeros, or with the same. */
function isTranslated(record: FlowRecord): boolean {
  const ends = endsOf(record);
  const source = ends.postSrc !== '' && (ends.postSrc !== ends.src || ends.postSrcPort !== ends.srcPort);
  const destination = ends.postDst !== '' && (ends.postDst !== ends.dst || ends.postDstPort !== ends.dstPort);
  return source || destination;
}

function natRow(record: FlowRecord, time: ExportTime, span: Span, event: NatRow['event']): NatRow | null {
  const ends = endsOf(record);
  if (ends.src === '') return null;
  const ts = event === 'new' && span.start >= 0 ? span.start : momentOf(record, time, span);
  const start = event === 'new' ? ts : span.start;
  const sides = sidesOf(record, ends);
  // Without the public side it answers nobody's question.
  if (sides.pubIp === '') return null;
  const vrf = record.number(slots.vrf, 0);
  return {
    table: 'nat',
    event,
    ts,
    start,
    proto: protoOf(record),
    ...sides,
    flow: vrf === 0 ? '' : `vrf${vrf}`,
  };
}

type Sides = Pick<NatRow, 'direction' | 'pubIp' | 'pubPort' | 'inIp' | 'inPort' | 'dstIp' | 'dstPort'>;

/**
 * Which side is public. A changed destination alone, or a session that began outside (natOriginatingAddressRealm 2), is
 * a port forwarding: the public side is what the stranger called.
 */
function sidesOf(record: FlowRecord, ends: Ends): Sides {
  const fromOutside = record.number(slots.natRealm, 1) === 2;
  const sourceKept = ends.postSrc === '' || (ends.postSrc === ends.src && ends.postSrcPort === ends.srcPort);
  if (ends.postDst !== '' && ends.postDst !== ends.dst && (sourceKept || fromOutside)) {
    return {
      direction: 'in',
      pubIp: ends.dst,
      pubPort: ends.dstPort,
      inIp: ends.postDst,
      inPort: ends.postDstPort || ends.dstPort,
      dstIp: ends.src,
      dstPort: ends.srcPort,
    };
  }
  return {
    direction: 'out',
    pubIp: ends.postSrc,
    // A translation of addresses only keeps the port and does not name it again.
    pubPort: ends.postSrcPort || ends.srcPort,
    inIp: ends.src,
    inPort: ends.srcPort,
    dstIp: ends.postDst || ends.dst,
    dstPort: ends.postDstPort || ends.dstPort,
  };
}

/** Ports 361–364 (RFC 8158); a bound address without a range has every port. */
function blockRow(record: FlowRecord, time: ExportTime, span: Span, natEvent: number): BlockRow | null {
  const inIp = record.address(slots.src4, slots.src6);
  const pubIp = record.address(slots.postSrc4, slots.postSrc6);
  if (inIp === '' || pubIp === '') return null;
  const isFree = natEvent === 17 || natEvent === 15;
  const lo = record.number(slots.rangeStart, 0);
  const step = Math.max(1, record.number(slots.rangeStep, 1));
  const ports = record.number(slots.rangePorts, 0);
  const byCount = ports > 0 ? lo + (ports - 1) * step : lo;
  const hi = record.has(slots.rangeStart) ? record.number(slots.rangeEnd, byCount) : 65_535;
  if (hi > 65_535 || lo > hi || step > 65_535) return null;
  const ts = isFree || span.start < 0 ? momentOf(record, time, span) : span.start;
  return {
    table: 'block',
    event: isFree ? 'free' : 'alloc',
    ts,
    start: isFree ? span.start : ts,
    proto: protoOf(record),
    pubIp,
    lo,
    hi,
    step,
    inIp,
  };
}

function protoOf(record: FlowRecord): number {
  const proto = record.number(slots.proto, 0);
  return proto > 255 ? 0 : proto;
}

function eventRow(
  record: FlowRecord,
  time: ExportTime,
  span: Span,
  kind: EventRow['kind'],
  act: string,
  sampling: number,
): EventRow | null {
  const ends = endsOf(record);
  if (ends.src === '' && ends.dst === '') return null;
  const ts = momentOf(record, time, span);
  const up = record.number(slots.octets, record.number(slots.initiatorOctets, 0));
  return {
    ...noEvent,
    kind,
    ts,
    act,
    cli: ends.src,
    cport: ends.srcPort,
    dst: ends.dst,
    dport: ends.dstPort,
    proto: protoOf(record),
    up: Math.min(up, Number.MAX_SAFE_INTEGER),
    dn: Math.min(
      record.number(slots.reverseOctets, record.number(slots.responderOctets, 0)),
      Number.MAX_SAFE_INTEGER,
    ),
    took: span.start >= 0 && span.end >= span.start ? Math.min(span.end - span.start, 4_294_967_295) : 0,
    extra: extraOf(record, sampling),
  };
}

/** An event that says nothing yet. */
export const noEvent: EventRow = {
  table: 'event',
  kind: 'flow',
  ts: 0,
  cli: '',
  cport: 0,
  dst: '',
  dport: 0,
  proto: 0,
  host: '',
  path: '',
  method: '',
  status: 0,
  act: '',
  user: '',
  up: 0,
  dn: 0,
  took: 0,
  num: -1,
};

/** Packets, TCP flags, VRF; and that bytes and packets are those of a sample (`sampling`: one packet in so many). */
function extraOf(record: FlowRecord, sampling: number): Record<string, string> {
  const extra: Record<string, string> = {};
  const note = (name: string, value: number) => {
    if (value > 0) extra[name] = String(value);
  };
  note('packets', record.number(slots.packets, record.number(slots.initiatorPackets, 0)));
  note('packets-back', record.number(slots.reversePackets, record.number(slots.responderPackets, 0)));
  note('tcp-flags', record.number(slots.tcpFlags, 0));
  note('icmp', record.number(slots.icmp, 0));
  note('vrf', record.number(slots.vrf, 0));
  note('out-vrf', record.number(slots.egressVrf, 0));
  note('sampling', Math.max(sampling > 1 ? sampling : 0, record.number(slots.samplingInterval, 0)));
  return extra;
}
