/** ClickHouse: writes decoded rows. Column order is that of migrations/clickhouse/0001_logs.sql. */
import type { LogstoreClient } from '#base/logstore/client';
import type { DecodedRow, EventRow, LeaseRow, NatRow } from '../decoders/row.ts';
import { userToken } from '../rules.ts';
import { PresenceTally } from './presence.ts';
import { Stamps } from './stamps.ts';

type Row = Exclude<DecodedRow, { table: 'none' }>;

const tableNames = {
  event: 'jiaodun_logs.event',
  nat: 'jiaodun_logs.nat_session',
  lease: 'jiaodun_logs.lease',
} as const;

/**
 * Records per insert. The cut is made at record numbers, not at row counts: if a newer decoder reads a line
 * more or less between two tries, the pieces and their tokens still are the same.
 */
const recordsPerPiece = 100_000;

export interface SegmentFacts {
  readonly segmentId: number;
  readonly sourceId: number;
  readonly realm: string;
}

/** Rows as text, turned into bytes page by page: long-lived strings would burden the garbage collector. */
interface Page {
  text: string;
  done: Buffer[];
}

const pageLength = 65_536;

function newPage(): Page {
  return { text: '', done: [] };
}

function turn(page: Page): void {
  if (page.text === '') return;
  page.done.push(Buffer.from(page.text, 'utf8'));
  page.text = '';
}

/** Collects the rows of one segment and inserts them piece by piece, each piece under a token of its own. */
export class RowInserter {
  readonly #store: LogstoreClient;
  readonly #facts: SegmentFacts;
  readonly #pages: Record<Row['table'], Page> = { event: newPage(), nat: newPage(), lease: newPage() };
  readonly #presence = new PresenceTally();
  #piece = 0;

  constructor(store: LogstoreClient, facts: SegmentFacts) {
    this.#store = store;
    this.#facts = facts;
  }

  add(row: Row, recvAt: number, seq: number): void {
    const page = this.#pages[row.table];
    page.text += lineOf(row, recvAt, seq, this.#facts);
    if (page.text.length > pageLength) turn(page);
    this.#presence.note(row.ts, recvAt);
  }

  /** Inserts when a piece is complete; `seq` is the number of the next record. Call it between frames. */
  async flushFull(seq: number): Promise<void> {
    if (seq >= (this.#piece + 1) * recordsPerPiece) await this.flush();
  }

  async flush(): Promise<void> {
    for (const table of ['event', 'nat', 'lease'] as const) {
      const page = this.#pages[table];
      turn(page);
      if (page.done.length === 0) continue;
      await this.#insert(table, tableNames[table], Buffer.concat(page.done));
      page.done = [];
    }
    // After the rows: a minute is never told of before its rows can be found.
    const heard = this.#presence.take(this.#facts.sourceId);
    if (heard.length > 0) await this.#insert('presence', 'jiaodun_logs.presence', heard);
    this.#piece += 1;
  }

  async #insert(what: string, table: string, rows: Buffer): Promise<void> {
    const token = `seg-${this.#facts.segmentId}-${what}-${this.#piece}`;
    await this.#store.insert(table, rows, { token, format: 'TabSeparated' });
  }
}

function lineOf(row: Row, recvAt: number, seq: number, facts: SegmentFacts): string {
  const head = `${receipts.of(recvAt)}\t${times.of(row.ts)}`;
  const place = `${facts.segmentId}\t${seq}`;
  if (row.table === 'event') return `${head}\t${place}\t${eventValues(row, facts)}\n`;
  if (row.table === 'nat')
    return `${head}\t${starts.of(Math.max(row.start, 0))}\t${place}\t${natValues(row, facts)}\n`;
  return `${head}\t${place}\t${leaseValues(row, facts)}\n`;
}

function eventValues(row: EventRow, facts: SegmentFacts): string {
  const from = `${row.kind}\t${facts.sourceId}\t${address(row.cli)}\t${row.cport}`;
  const to = `${address(row.dst)}\t${row.dport}\t${row.proto}\t${text(row.host)}\t${text(row.path)}`;
  const what = `${text(row.method)}\t${row.status}\t${text(row.act)}\t${userToken(facts.realm, row.user)}`;
  const sizes = `${row.up}\t${row.dn}\t${Math.min(row.took, 4_294_967_295)}\t${row.num}`;
  return `${from}\t${to}\t${what}\t${sizes}`;
}

function natValues(row: NatRow, facts: SegmentFacts): string {
  const what = `${row.event}\t${row.direction}\t${facts.sourceId}\t${text(facts.realm)}\t${row.proto}`;
  const outside = `${address(row.pubIp)}\t${row.pubPort}`;
  const inside = `${address(row.inIp)}\t${row.inPort}`;
  return `${what}\t${outside}\t${inside}\t${address(row.dstIp)}\t${row.dstPort}\t${text(row.flow)}`;
}

function leaseValues(row: LeaseRow, facts: SegmentFacts): string {
  const who = `${text(facts.realm)}\t${address(row.ip)}\t${row.mac}\t${text(row.hostname)}`;
  return `${row.action}\t${facts.sourceId}\t${who}\t${Math.min(row.leaseSeconds, 4_294_967_295)}`;
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
