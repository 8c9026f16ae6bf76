/** ClickHouse: writes decoded rows: those of one segment piece by piece, or those of many segments together. */
import type { LogstoreClient } from '#base/logstore/client';
import type { DataRow } from '../decoders/row.ts';
import { PresenceTally } from './presence.ts';
import { lineOf, type SegmentFacts } from './row-lines.ts';

export type { SegmentFacts } from './row-lines.ts';

const tableNames = {
  event: 'jiaodun_logs.event',
  nat: 'jiaodun_logs.nat_session',
  block: 'jiaodun_logs.nat_block',
  lease: 'jiaodun_logs.lease',
  sighting: 'jiaodun_logs.sighting',
  // After the rows: a minute is never told of before its rows can be found.
  presence: 'jiaodun_logs.presence',
} as const;

type Table = keyof typeof tableNames;
const tables = Object.keys(tableNames) as Table[];

/**
 * Records per insert. The cut is made at record numbers, not at row counts: if a newer decoder reads a line
 * more or less between two tries, the pieces and their tokens still are the same.
 */
const recordsPerPiece = 100_000;

/** Where the rows of a segment go while it is read. */
export interface RowSink {
  add(row: DataRow, recvAt: number, seq: number): void;
  /** Called between frames; `seq` is the number of the next record. */
  flushFull(seq: number): Promise<void>;
  /** Called at the end. */
  flush(): Promise<void>;
}

type Content = Partial<Record<Table, Buffer[]>>;

/** Rows as text, turned into bytes page by page: long-lived strings would burden the garbage collector. */
interface Page {
  text: string;
  done: Buffer[];
}

const pageLength = 65_536;

function turn(page: Page): void {
  if (page.text === '') return;
  page.done.push(Buffer.from(page.text, 'utf8'));
  page.text = '';
}

/** Keeps the rows of one segment until they are taken. */
export class RowCollector implements RowSink {
  readonly #facts: SegmentFacts;
  readonly #presence = new PresenceTally();
  #pages = new Map<DataRow['table'], Page>();

  constructor(facts: SegmentFacts) {
    this.#facts = facts;
  }

  add(row: DataRow, recvAt: number, seq: number): void {
    let page = this.#pages.get(row.table);
    if (!page) {
      page = { text: '', done: [] };
      this.#pages.set(row.table, page);
    }
    page.text += lineOf(row, recvAt, seq, this.#facts);
    if (page.text.length > pageLength) turn(page);
    this.#presence.note(row.ts, recvAt);
  }

  async flushFull(): Promise<void> {}

  async flush(): Promise<void> {}

  /** What was collected since the last call. */
  take(): Content {
    const content: Content = {};
    for (const [table, page] of this.#pages) {
      turn(page);
      content[table] = page.done;
    }
    this.#pages = new Map();
    const heard = this.#presence.take(this.#facts.sourceId);
    if (heard.length > 0) content.presence = [heard];
    return content;
  }
}

/** Collects the rows of one segment and inserts them piece by piece, each piece under a token of its own. */
export class RowInserter implements RowSink {
  readonly #store: LogstoreClient;
  readonly #rows: RowCollector;
  readonly #name: string;
  #piece = 0;

  constructor(store: LogstoreClient, facts: SegmentFacts) {
    this.#store = store;
    this.#rows = new RowCollector(facts);
    this.#name = `seg-${facts.segmentId}${facts.reading === undefined ? '' : `r${facts.reading}`}`;
  }

  add(row: DataRow, recvAt: number, seq: number): void {
    this.#rows.add(row, recvAt, seq);
  }

  /** Inserts when a piece is complete. */
  async flushFull(seq: number): Promise<void> {
    if (seq >= (this.#piece + 1) * recordsPerPiece) await this.flush();
  }

  async flush(): Promise<void> {
    const content = this.#rows.take();
    for (const table of tables) {
      await insert(this.#store, table, content[table] ?? [], `${this.#name}-${table}-${this.#piece}`);
    }
    this.#piece += 1;
  }
}

/**
 * Inserts the rows of several segments, one insert per table, under tokens of the set's number: repeating it with the
 * same set adds nothing.
 */
export async function insertTogether(
  store: LogstoreClient,
  batch: number,
  contents: readonly Content[],
): Promise<void> {
  for (const table of tables) {
    const rows = contents.flatMap((content) => content[table] ?? []);
    await insert(store, table, rows, `batch-${batch}-${table}`);
  }
}

async function insert(
  store: LogstoreClient,
  table: Table,
  rows: readonly Buffer[],
  token: string,
): Promise<void> {
  if (rows.length === 0) return;
  await store.insert(tableNames[table], Buffer.concat(rows), { token, format: 'TabSeparated' });
}
