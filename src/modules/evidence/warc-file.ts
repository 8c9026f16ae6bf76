/** Writes WARC 1.1 files (ISO 28500:2017): the bytes of each exchange as they went over the wire. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { WARCParser } from 'warcio';
import type { Exchange } from '#base/outbound';

const compress = promisify(gzip);

/** An open WARC file. Records are written in the order of the calls, one gzip member each. */
export interface WarcFile {
  readonly path: string;
  addExchange(exchange: Exchange, error?: string): Promise<void>;
  /** Flushes, closes and reads the file back; throws when it does not hold what was written. */
  close(): Promise<void>;
}

interface WarcRecord {
  readonly type: 'warcinfo' | 'request' | 'response' | 'metadata';
  readonly date: Date;
  readonly contentType: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly block: Uint8Array;
}

/** Starts `path` (which must not exist) with a `warcinfo` record of `facts`. */
export async function createWarc(path: string, facts: Record<string, string>, now: Date): Promise<WarcFile> {
  const handle = await open(path, 'wx', 0o640);
  let queue: Promise<void> = Promise.resolve();
  let written = 0;
  const add = (record: WarcRecord) => {
    queue = queue.then(async () => {
      await writeAll(handle, await compress(serialise(record)));
      written += 1;
    });
    return queue;
  };
  await add({
    type: 'warcinfo',
    date: now,
    contentType: 'application/warc-fields',
    headers: [],
    block: fields({ ...facts, format: 'WARC File Format 1.1' }),
  });
  return {
    path,
    addExchange: async (exchange, error) => {
      for (const record of recordsOf(exchange, error)) await add(record);
    },
    close: async () => {
      try {
        await queue;
        await handle.sync();
      } finally {
        await handle.close();
      }
      const found = await countRecords(path);
      if (found !== written) throw new Error(`${path} holds ${found} records of ${written}`);
    },
  };
}

/** Reads every record to its end; throws when one is damaged. Returns their number. */
async function countRecords(path: string): Promise<number> {
  let count = 0;
  for await (const record of new WARCParser(createReadStream(path), { parseHttp: false })) {
    const digest = createHash('sha256');
    for await (const piece of record) digest.update(piece);
    const said = record.warcHeader('WARC-Block-Digest');
    if (said !== `sha256:${digest.digest('hex')}`)
      throw new Error(`${path}: record ${count + 1} reads differently`);
    count += 1;
  }
  return count;
}

function recordsOf(exchange: Exchange, error: string | undefined): WarcRecord[] {
  const requestId = recordId();
  const responseId = recordId();
  const about = [
    ['WARC-Target-URI', exchange.url],
    ['WARC-IP-Address', exchange.remoteAddress],
  ] as const;
  const records: WarcRecord[] = [];
  if (exchange.rawResponse.length > 0) {
    records.push({
      type: 'response',
      date: exchange.startedAt,
      contentType: 'application/http; msgtype=response',
      headers: [
        ['WARC-Record-ID', responseId],
        ...about,
        ['WARC-Payload-Digest', digestOf(payloadOf(exchange.rawResponse))],
        ...(exchange.truncated ? ([['WARC-Truncated', error ? 'disconnect' : 'length']] as const) : []),
      ],
      block: exchange.rawResponse,
    });
  }
  if (exchange.rawRequest.length > 0) {
    records.push({
      type: 'request',
      date: exchange.startedAt,
      contentType: 'application/http; msgtype=request',
      headers: [
        ['WARC-Record-ID', requestId],
        ...about,
        ...(exchange.rawResponse.length > 0 ? ([['WARC-Concurrent-To', responseId]] as const) : []),
      ],
      block: exchange.rawRequest,
    });
  }
  if (error !== undefined) {
    // A failure is a finding too: without it the file could not tell "not asked" from "did not answer".
    records.push({
      type: 'metadata',
      date: exchange.finishedAt,
      contentType: 'application/warc-fields',
      headers: [['WARC-Record-ID', recordId()], ...about],
      block: fields({ fetchError: error }),
    });
  }
  return records;
}

function serialise(record: WarcRecord): Buffer {
  const named = record.headers.some(([name]) => name === 'WARC-Record-ID');
  const headers = [
    ['WARC-Type', record.type],
    ...(named ? [] : [['WARC-Record-ID', recordId()] as const]),
    ['WARC-Date', record.date.toISOString()],
    ...record.headers,
    ['WARC-Block-Digest', digestOf(record.block)],
    ['Content-Type', record.contentType],
    ['Content-Length', String(record.block.length)],
  ] as const;
  const head = headers.map(([name, value]) => `${name}: ${oneLine(value)}\r\n`).join('');
  return Buffer.concat([
    Buffer.from(`WARC/1.1\r\n${head}\r\n`, 'utf8'),
    record.block,
    Buffer.from('\r\n\r\n'),
  ]);
}

/** The message body as transferred, after the empty line that ends the head. */
function payloadOf(response: Uint8Array): Uint8Array {
  const bytes = Buffer.from(response.buffer, response.byteOffset, response.byteLength);
  const end = bytes.indexOf('\r\n\r\n');
  return end < 0 ? new Uint8Array() : bytes.subarray(end + 4);
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function fields(values: Record<string, string>): Buffer {
  const lines = Object.entries(values).map(([name, value]) => `${name}: ${oneLine(value)}\r\n`);
  return Buffer.from(lines.join(''), 'utf8');
}

function oneLine(value: string): string {
  return value.replace(/[\r\n]+/g, ' ');
}

function recordId(): string {
  return `<urn:uuid:${randomUUID()}>`;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.length) done += (await handle.write(bytes, done)).bytesWritten;
}
