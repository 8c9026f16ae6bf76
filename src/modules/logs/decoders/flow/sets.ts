import type { DataRow } from '../row.ts';
import { type ExportTime, storable } from './clock.ts';
import { slots } from './elements.ts';
import { FlowRecord } from './record.ts';
import { rowOf } from './rows.ts';
import {
  type Definition,
  type FieldSpec,
  maxFields,
  type Template,
  type TemplateStore,
} from './templates.ts';

const maxAnnounced = 256;

/** The datagram that is being read. */
export interface Datagram {
  readonly bytes: Buffer;
  readonly recvAt: number;
  /** Source id (v9) or observation domain (IPFIX). */
  readonly domain: number;
  readonly time: ExportTime;
  readonly isIpfix: boolean;
}

/** What its sets gave. */
export interface SetsRead {
  readonly rows: DataRow[];
  /** Data records, also those that gave no row; and those of them that are no options. */
  records: number;
  flows: number;
  /** A set of data whose template is not known. */
  waits: boolean;
  /** Templates that it announced. */
  templates: number;
  /** The structure is broken: nothing of the datagram is believed. */
  broken: boolean;
}

/** Reads the sets of a datagram of v9 or IPFIX, from `at` to its end. */
export function readSets(store: TemplateStore, datagram: Datagram, from: number, end: number): SetsRead {
  const read: SetsRead = { rows: [], records: 0, flows: 0, templates: 0, waits: false, broken: false };
  const { bytes } = datagram;
  for (let at = from; at + 4 <= end && !read.broken; ) {
    const id = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    if (length < 4 || at + length > end) {
      read.broken = true;
      return read;
    }
    readSet(store, datagram, read, { id, from: at + 4, end: at + length });
    at += length;
  }
  return read;
}

interface SetPlace {
  readonly id: number;
  readonly from: number;
  readonly end: number;
}

function readSet(store: TemplateStore, datagram: Datagram, read: SetsRead, set: SetPlace): void {
  const { isIpfix } = datagram;
  if (set.id === (isIpfix ? 2 : 0)) readTemplates(store, datagram, read, set);
  else if (set.id === (isIpfix ? 3 : 1)) readOptionsTemplates(store, datagram, read, set);
  else if (set.id >= 256) readData(store, datagram, read, set);
  // RFC 3954 §5.2, RFC 7011 §3.3.2: the other numbers are reserved and such sets are skipped.
}

function readTemplates(store: TemplateStore, datagram: Datagram, read: SetsRead, set: SetPlace): void {
  const { bytes, domain, recvAt } = datagram;
  // What is left may be padding: a template takes at least 8 bytes (4 when IPFIX withdraws one).
  for (let at = set.from; at + 4 <= set.end; ) {
    const id = bytes.readUInt16BE(at);
    const count = bytes.readUInt16BE(at + 2);
    if (id < 256) return;
    at += 4;
    // RFC 7011 §8.4: a withdrawal by UDP is to be ignored.
    if (count === 0) continue;
    const fields = readFields(datagram, at, set.end, count);
    if (!fields) {
      read.broken = true;
      return;
    }
    at = fields.end;
    if (!isModest(read)) return;
    store.learn(domain, id, { fields: fields.specs, scopes: 0, isOptions: false }, recvAt);
  }
}

/** v9 gives the lengths of both lists in bytes (RFC 3954 §6.1), IPFIX the numbers of fields (RFC 7011 §3.4.2.2). */
function readOptionsTemplates(store: TemplateStore, datagram: Datagram, read: SetsRead, set: SetPlace): void {
  const { bytes, domain, recvAt, isIpfix } = datagram;
  for (let at = set.from; at + 6 <= set.end; ) {
    const id = bytes.readUInt16BE(at);
    const first = bytes.readUInt16BE(at + 2);
    const second = bytes.readUInt16BE(at + 4);
    if (id < 256) return;
    if (isIpfix && first === 0) {
      at += 4;
      continue;
    }
    const scopes = isIpfix ? second : first / 4;
    const count = isIpfix ? first : (first + second) / 4;
    at += 6;
    const fields = Number.isInteger(scopes) ? readFields(datagram, at, set.end, count) : null;
    if (!fields || scopes > count) {
      read.broken = true;
      return;
    }
    at = fields.end;
    if (!isModest(read)) return;
    const definition: Definition = { fields: fields.specs, scopes, isOptions: true };
    store.learn(domain, id, definition, recvAt);
  }
}

/** An exporter announces a few dozen at once; thousands in one datagram are meant to keep us busy. */
function isModest(read: SetsRead): boolean {
  read.templates += 1;
  if (read.templates > maxAnnounced) read.broken = true;
  return !read.broken;
}

function readFields(
  { bytes, isIpfix }: Datagram,
  from: number,
  end: number,
  count: number,
): { specs: FieldSpec[]; end: number } | null {
  if (!Number.isInteger(count) || count > maxFields) return null;
  const specs: FieldSpec[] = [];
  let at = from;
  for (let i = 0; i < count; i += 1) {
    if (at + 4 > end) return null;
    const element = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    at += 4;
    if (!isIpfix || element < 0x8000) {
      specs.push([element, length, 0]);
      continue;
    }
    if (at + 4 > end) return null;
    specs.push([element - 0x8000, length, bytes.readUInt32BE(at)]);
    at += 4;
  }
  return { specs, end: at };
}

const record = new FlowRecord();

function readData(store: TemplateStore, datagram: Datagram, read: SetsRead, set: SetPlace): void {
  const template = store.find(datagram.domain, set.id, datagram.recvAt);
  if (template === undefined) {
    read.waits = true;
    return;
  }
  if (template === null) {
    read.broken = true;
    return;
  }
  let at = set.from;
  // What is shorter than a record is padding (RFC 7011 §3.3.1).
  while (set.end - at >= template.minBytes) {
    const next = record.read(datagram.bytes, at, set.end, template);
    if (next < 0) {
      // A record of variable length that does not fit: padding when it is all zeros, otherwise damage.
      read.broken = !isZero(datagram.bytes, at, set.end);
      return;
    }
    at = next;
    read.records += 1;
    if (!template.isOptions) read.flows += 1;
    take(store, datagram, read, template);
  }
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at] !== 0) return false;
  return true;
}

function take(store: TemplateStore, { domain, time }: Datagram, read: SetsRead, template: Template): void {
  const facts = store.factsOf(domain);
  if (template.isOptions) {
    const boot = storable(record.number(slots.bootMs, -1));
    const sampling = record.number(slots.samplingInterval, 0);
    if (boot > 0) store.tell(domain, { ...facts, boot });
    if (sampling > 0) store.tell(domain, { ...store.factsOf(domain), sampling });
    return;
  }
  const known = time.uptime < 0 && facts.boot !== undefined ? { ...time, boot: facts.boot } : time;
  const row = rowOf(record, known, facts.sampling ?? 0);
  if (row !== null) read.rows.push(row);
}
