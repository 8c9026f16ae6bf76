/** ClickHouse: decoded rows as TabSeparated. Column order is that of the tables in migrations/clickhouse. */
import type { BlockRow, DataRow, EventRow, LeaseRow, NatRow, SightingRow } from '../decoders/row.ts';
import { Stamps } from './stamps.ts';

export interface SegmentFacts {
  readonly segmentId: number;
  readonly sourceId: number;
  readonly realm: string;
  /** Format and version of the decoder that reads it: `squid/1`. */
  readonly decoder: string;
  /** What is stored for a user name that a row of this time (epoch ms) has. */
  readonly userToken: (user: string, ts: number) => string;
  /** Told apart from other readings of the segment when it is read again; it becomes part of the tokens. */
  readonly reading?: number;
}

/** The line of a row in its table. */
export function lineOf(row: DataRow, recvAt: number, seq: number, facts: SegmentFacts): string {
  const head = `${receipts.of(recvAt)}\t${times.of(row.ts)}`;
  const place = `${facts.segmentId}\t${seq}`;
  switch (row.table) {
    case 'event':
      return `${head}\t${place}\t${eventValues(row, facts)}\n`;
    case 'nat':
      return `${head}\t${starts.of(Math.max(row.start, 0))}\t${place}\t${natValues(row, facts)}\n`;
    case 'block':
      return `${head}\t${place}\t${blockValues(row, facts)}\n`;
    case 'lease':
      return `${head}\t${place}\t${leaseValues(row, facts)}\n`;
    case 'sighting':
      return `${head}\t${place}\t${sightingValues(row, facts)}\n`;
  }
}

function eventValues(row: EventRow, facts: SegmentFacts): string {
  const from = `${row.kind}\t${facts.sourceId}\t${address(row.cli)}\t${row.cport}`;
  const to = `${address(row.dst)}\t${row.dport}\t${row.proto}\t${text(row.host)}\t${text(row.path)}`;
  const what = `${text(row.method)}\t${row.status}\t${text(row.act)}\t${facts.userToken(row.user, row.ts)}`;
  const sizes = `${row.up}\t${row.dn}\t${Math.min(row.took, 4_294_967_295)}\t${row.num}`;
  return `${from}\t${to}\t${what}\t${sizes}\t${facts.decoder}\t${mapText(row.extra)}`;
}

function natValues(row: NatRow, facts: SegmentFacts): string {
  const what = `${row.event}\t${row.direction}\t${facts.sourceId}\t${text(facts.realm)}\t${row.proto}`;
  const outside = `${address(row.pubIp)}\t${row.pubPort}`;
  const inside = `${address(row.inIp)}\t${row.inPort}`;
  const far = `${address(row.dstIp)}\t${row.dstPort}`;
  return `${what}\t${outside}\t${inside}\t${far}\t${text(row.flow)}\t${facts.decoder}`;
}

function leaseValues(row: LeaseRow, facts: SegmentFacts): string {
  const who = `${text(facts.realm)}\t${address(row.ip)}\t${row.mac}\t${text(row.hostname)}`;
  return `${row.action}\t${facts.sourceId}\t${who}\t${Math.min(row.leaseSeconds, 4_294_967_295)}\t${facts.decoder}`;
}

function blockValues(row: BlockRow, facts: SegmentFacts): string {
  const what = `${row.event}\t${facts.sourceId}\t${text(facts.realm)}\t${row.proto}`;
  const ports = `${address(row.pubIp)}\t${row.lo}\t${row.hi}\t${row.step}`;
  return `${what}\t${ports}\t${address(row.inIp)}\t${starts.of(Math.max(row.start, 0))}\t${facts.decoder}`;
}

function sightingValues(row: SightingRow, facts: SegmentFacts): string {
  const what = `${row.kind}\t${row.action}\t${facts.sourceId}\t${text(facts.realm)}`;
  const who = `${address(row.ip)}\t${row.mac}\t${row.oldMac}\t${facts.userToken(row.user, row.ts)}`;
  return `${what}\t${who}\t${text(row.session)}\t${text(row.nas)}\t${text(row.port)}\t${facts.decoder}`;
}

const receipts = new Stamps();
const times = new Stamps();
const starts = new Stamps();

/** The columns are IPv6; IPv4 is kept in its mapped form, and "not logged" is `::`. */
export function address(ip: string): string {
  if (ip === '') return '::';
  return ip.includes(':') ? ip : `::ffff:${ip}`;
}

const special = /[\t\n\r\\\0]/;

/** Escapes for TabSeparated. */
function text(value: string): string {
  if (!special.test(value)) return value;
  return value.replace(/[\t\n\r\\\0]/g, (mark) => escapes[mark]!);
}

const escapes: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\', '\0': '\\0' };

/** A `Map` within TabSeparated: its quotes and backslashes are escaped for the map, then the whole for the file. */
function mapText(values: Readonly<Record<string, string>> | undefined): string {
  if (values === undefined) return '{}';
  const pairs = Object.entries(values).map(([name, value]) => `${quoted(name)}:${quoted(value)}`);
  return text(`{${pairs.join(',')}}`);
}

function quoted(value: string): string {
  return `'${value.replace(/[\\']/g, (mark) => `\\${mark}`)}'`;
}
