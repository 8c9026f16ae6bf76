import { ipv4At } from './flow/address.ts';
import { type ExportTime, fromUptime, storable } from './flow/clock.ts';
import { noEvent } from './flow/rows.ts';
import { ipfixCounter } from './flow/sequence.ts';
import { readSets } from './flow/sets.ts';
import { TemplateStore } from './flow/templates.ts';
import type { Counter, DataRow, Decode, DecodedRow, Decoder, EventRow, Memory } from './row.ts';

/** The key under which a reader notes that records which had to wait can be read now. */
export const readAgainKey = 'read-again';

/**
 * NetFlow v5, v9 (RFC 3954) and IPFIX (RFC 7011), with the translations that they carry (RFC 8158): one record is one
 * datagram. Sampling is told with each flow and not multiplied out.
 */
function openNetflow(memory: Memory): Decode {
  const stores = new Map<string, TemplateStore>();
  return (line, _source, recvAt, sender = '') => {
    const bytes = toBuffer(line);
    if (bytes.length < 4) return null;
    const version = bytes.readUInt16BE(0);
    if (version === 5) return readV5(bytes);
    if (version !== 9 && version !== 10) return null;
    const key = `flow:${sender}`.slice(0, 200);
    const store = stores.get(key) ?? new TemplateStore(memory.get(key));
    stores.set(key, store);
    const found =
      version === 9 ? readV9(bytes, store, recvAt) : readIpfix(bytes, store, recvAt, memory, sender);
    if (store.changed) memory.set(key, store.known);
    if (store.resolved) memory.set(readAgainKey, recvAt.getTime());
    store.changed = false;
    store.resolved = false;
    return found;
  };
}

/** A record that is text was put together by somebody else: its characters are bytes. */
function toBuffer(line: Uint8Array | string): Buffer {
  if (typeof line === 'string') return Buffer.from(line, 'latin1');
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength);
}

/** Rows with the counter on the first; without rows the counter alone. */
function withCounter(rows: DataRow[], counter: Counter | undefined): DecodedRow | readonly DataRow[] {
  const [first, ...rest] = rows;
  if (!first) return counter ? { table: 'none', counter } : { table: 'none' };
  return counter ? [{ ...first, counter }, ...rest] : rows;
}

const v5Header = 24;
const v5Record = 48;

function readV5(bytes: Buffer): DecodedRow | readonly DataRow[] | null {
  if (bytes.length < v5Header) return null;
  const count = bytes.readUInt16BE(2);
  if (count === 0 || count > 30 || bytes.length < v5Header + count * v5Record) return null;
  const at = bytes.readUInt32BE(8) * 1000 + Math.floor(bytes.readUInt32BE(12) / 1_000_000);
  const time: ExportTime = { at, uptime: bytes.readUInt32BE(4), boot: -1 };
  // Two bits of mode, fourteen of interval.
  const sampling = bytes.readUInt16BE(22) & 0x3fff;
  const rows: DataRow[] = [];
  for (let i = 0; i < count; i += 1) rows.push(v5Row(bytes, v5Header + i * v5Record, time, sampling));
  const counter = {
    name: `nf5:${bytes[20]}.${bytes[21]}`,
    value: bytes.readUInt32BE(16),
    span: count,
  };
  return withCounter(rows, counter);
}

function v5Row(bytes: Buffer, at: number, time: ExportTime, sampling: number): EventRow {
  const start = fromUptime(bytes.readUInt32BE(at + 24), time);
  const end = fromUptime(bytes.readUInt32BE(at + 28), time);
  const flags = bytes[at + 37]!;
  return {
    ...noEvent,
    ts: end >= 0 ? end : Math.max(storable(time.at), 0),
    cli: ipv4At(bytes, at),
    cport: bytes.readUInt16BE(at + 32),
    dst: ipv4At(bytes, at + 4),
    dport: bytes.readUInt16BE(at + 34),
    proto: bytes[at + 38]!,
    up: bytes.readUInt32BE(at + 20),
    took: start >= 0 && end >= start ? end - start : 0,
    extra: {
      packets: String(bytes.readUInt32BE(at + 16)),
      ...(flags > 0 && { 'tcp-flags': String(flags) }),
      ...(sampling > 1 && { sampling: String(sampling) }),
    },
  };
}

/** The header's `count` is that of records, and some exporters write others there: the lengths of the sets decide. */
function readV9(bytes: Buffer, store: TemplateStore, recvAt: Date): DecodedRow | readonly DataRow[] | null {
  if (bytes.length < 20) return null;
  const domain = bytes.readUInt32BE(16);
  const time = { at: bytes.readUInt32BE(8) * 1000, uptime: bytes.readUInt32BE(4), boot: -1 };
  const datagram = { bytes, recvAt: recvAt.getTime(), domain, time, isIpfix: false };
  const read = readSets(store, datagram, 20, bytes.length);
  if (read.broken) return null;
  const counter: Counter = { name: `nf9:${domain}`, value: bytes.readUInt32BE(12), span: 1 };
  return read.waits ? { table: 'none', counter, waits: true } : withCounter(read.rows, counter);
}

function readIpfix(
  bytes: Buffer,
  store: TemplateStore,
  recvAt: Date,
  memory: Memory,
  sender: string,
): DecodedRow | readonly DataRow[] | null {
  if (bytes.length < 16) return null;
  const length = bytes.readUInt16BE(2);
  if (length < 16 || length > bytes.length) return null;
  const domain = bytes.readUInt32BE(12);
  const time = { at: bytes.readUInt32BE(4) * 1000, uptime: -1, boot: -1 };
  const datagram = { bytes, recvAt: recvAt.getTime(), domain, time, isIpfix: true };
  const read = readSets(store, datagram, 16, length);
  if (read.broken) return null;
  // How many records an unread set holds is not known, so where the next datagram begins is not either.
  if (read.waits) return { table: 'none', waits: true };
  const message = { value: bytes.readUInt32BE(8), all: read.records, flows: read.flows };
  const counter = ipfixCounter(memory, { sender, domain }, message);
  return withCounter(read.rows, counter);
}

/** Without memory each datagram stands for itself. */
const decodeNetflow: Decode = (line, source, recvAt, sender) =>
  openNetflow({ get: () => undefined, set: () => undefined })(line, source, recvAt, sender);

export const netflow: Decoder = {
  format: 'netflow',
  version: 1,
  decode: decodeNetflow,
  open: openNetflow,
  readsAlone: true,
};
