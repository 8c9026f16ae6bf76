import type { DecodedRow, NatRow, SourceSettings } from './row.ts';
import { readHeader } from './syslog-header.ts';
import { toAddress, toByteString, toPort, toWhole, words } from './text.ts';
import { parseEpoch } from './time.ts';

const events: Record<string, NatRow['event'] | undefined> = {
  '[NEW]': 'new',
  '[UPDATE]': 'update',
  '[DESTROY]': 'destroy',
};

/**
 * `conntrack -E` lines, with `-o timestamp` (`[1700000000.123456]` first) and `-o id` if given, bare or
 * behind a syslog header. The two halves of the line are the flow as it begins and the expected answer:
 * the answer's destination is the public side of a source NAT. Without a time of its own the line has the
 * time of the syslog header, else that of the receipt.
 */
export function decodeConntrack(
  line: Uint8Array | string,
  source: SourceSettings,
  recvAt: Date,
): DecodedRow | null {
  const text = toByteString(line);
  const header = readHeader(text, source.zone, recvAt, source.year);
  const field = words(text, header.at);
  let at = 0;
  let ts = header.ts >= 0 ? header.ts : recvAt.getTime();
  const stamp = /^\[(\d{9,10}\.\d{1,9})\]$/.exec(field[0] ?? '')?.[1];
  if (stamp !== undefined) {
    ts = parseEpoch(stamp);
    at = 1;
  }
  const event = events[field[at] ?? ''];
  if (event === undefined || ts < 0) return null;
  return decodeFlow(field, at + 1, event, ts);
}

interface Side {
  src: string;
  dst: string;
  sport: number;
  dport: number;
}

interface Flow {
  readonly sides: Side[];
  readonly ids: string[];
  delta: number;
}

function decodeFlow(field: string[], from: number, event: NatRow['event'], ts: number): NatRow | null {
  // "tcp 6 120 SYN_SENT …", or with -o extended "ipv4 2 tcp 6 …".
  const at = field[from] === 'ipv4' || field[from] === 'ipv6' ? from + 2 : from;
  const proto = toWhole(field[at + 1] ?? '');
  if (proto < 0 || proto > 255 || !/^[a-z0-9-]{1,16}$/.test(field[at] ?? '')) return null;
  const flow = readFlow(field, at + 2);
  const [out, back] = flow.sides;
  if (flow.sides.length !== 2 || !out || !back || !isWhole(out) || !isWhole(back)) return null;
  const ends = publicSide(out, back);
  const start = flow.delta >= 0 ? ts - flow.delta * 1000 : event === 'new' ? ts : -1;
  // ICMP has an id of its own inside each half; the kernel's id of the flow comes after both halves.
  const id = flow.ids[proto === 1 || proto === 58 ? 2 : 0] ?? '';
  return { table: 'nat', event, ts, start, proto, ...ends, flow: id };
}

function readFlow(field: string[], from: number): Flow {
  const found: Flow = { sides: [], ids: [], delta: -1 };
  for (let i = from; i < field.length && i < from + 64; i += 1) {
    const word = field[i]!;
    const equals = word.indexOf('=');
    if (equals > 0) readPair(found, word.slice(0, equals), word.slice(equals + 1));
  }
  return found;
}

function readPair(found: Flow, key: string, value: string): void {
  const side = found.sides.at(-1);
  if (key === 'src') found.sides.push({ src: toAddress(value), dst: '', sport: 0, dport: 0 });
  else if (key === 'delta-time') found.delta = toWhole(value);
  else if (!side) return;
  else if (key === 'dst') side.dst = toAddress(value);
  else if (key === 'sport') side.sport = toPort(value);
  else if (key === 'dport') side.dport = toPort(value);
  else if (key === 'id' && toWhole(value) >= 0) found.ids.push(value);
}

function isWhole(side: Side): boolean {
  return side.src !== '' && side.dst !== '' && side.sport >= 0 && side.dport >= 0;
}

type Ends = Pick<NatRow, 'direction' | 'pubIp' | 'pubPort' | 'inIp' | 'inPort' | 'dstIp' | 'dstPort'>;

/** A changed destination alone is a port forwarding: then the public side is what the stranger called. */
function publicSide(out: Side, back: Side): Ends {
  const sourceKept = back.dst === out.src && back.dport === out.sport;
  const destinationKept = back.src === out.dst && back.sport === out.dport;
  if (sourceKept && !destinationKept) {
    return {
      direction: 'in',
      pubIp: out.dst,
      pubPort: out.dport,
      inIp: back.src,
      inPort: back.sport,
      dstIp: out.src,
      dstPort: out.sport,
    };
  }
  return {
    direction: 'out',
    pubIp: back.dst,
    pubPort: back.dport,
    inIp: out.src,
    inPort: out.sport,
    dstIp: back.src,
    dstPort: back.sport,
  };
}
