/**
 * The indexed store: synthetic proxy lines go through the decoder into a log store of their own, 150,000 records an
 * insert, as the indexer sends them. Then: its size against `zstd -3` of the same text, single questions against
 * `zstd -dc | rg` on the same machine, what searches take meanwhile, and memory. `npm run bench -- store [LINES]`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogstoreClient } from '#base/logstore/client';
import { migrateLogstore } from '#base/logstore/migrate';
import { spawnLogstore } from '#base/logstore/testing';
import { decoderOf } from '../src/modules/logs/decoders/decode-line.ts';
import type { EventRow } from '../src/modules/logs/decoders/row.ts';
import { insertTogether, RowCollector } from '../src/modules/logs/store/insert-rows.ts';
import { type Figure, rounded } from './figure.ts';
import { hash, proxyLine } from './proxy-lines.ts';

const command = 'npm run bench -- store [LINES]';
const perInsert = 150_000;
const sources = 20;
const start = Date.UTC(2026, 10, 21);
/** Between two lines: 20 million are a day. */
const stepMs = 4.3;
const settings = { zone: 'Asia/Shanghai', realm: 'main' };

/** One million lines unless told; the bar about single questions is about 20 million. */
export async function run(args: readonly string[]): Promise<Figure[]> {
  const count = Number(args[0] ?? 1_000_000);
  if (!Number.isSafeInteger(count) || count < perInsert) throw new Error(`at least ${perInsert} lines`);
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-bench-store-'));
  const store = await spawnLogstore(join(dir, 'store'), { maxSeconds: 600 });
  const client = store.connect();
  try {
    await migrateLogstore(client, 'migrations/clickhouse');
    const text = join(dir, 'lines.zst');
    const filled = await fill(client, store.process, text, count);
    await settle(client);
    const memory = await peakOf(store.process);
    return [
      ...ratesOf(filled, memory),
      ...(await sizes(client, text, count)),
      ...(await questions(client, text, filled.rare, count)),
    ];
  } finally {
    await client.close();
    await store.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Filled {
  readonly count: number;
  readonly seconds: number;
  /** Processor seconds of reading lines into rows, and of the store. */
  readonly readCpu: number;
  readonly storeCpu: number;
  /** Milliseconds of a search of the last hour while lines came in, ascending. */
  readonly searches: readonly number[];
  readonly ownMiB: number;
  /** A client that is in few lines, and a host. */
  readonly rare: { readonly client: string; readonly host: string };
}

async function fill(
  client: LogstoreClient,
  child: ChildProcess,
  text: string,
  count: number,
): Promise<Filled> {
  const zstd = spawn('zstd', ['-q', '-3', '-o', text], { stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(zstd, 'exit');
  const before = process.cpuUsage();
  const storeBefore = await cpuOf(child);
  const began = performance.now();
  const searches: number[] = [];
  let making = 0;
  for (let from = 0, batch = 1; from < count; from += perInsert, batch += 1) {
    const made = process.cpuUsage();
    const lines = linesOf(from, Math.min(perInsert, count - from));
    making += cpuSince(made);
    if (!zstd.stdin!.write(`${lines.join('\n')}\n`)) await once(zstd.stdin!, 'drain');
    const [took] = await Promise.all([
      search(client),
      insertTogether(client, batch, contentsOf(lines, batch, from)),
    ]);
    searches.push(took);
  }
  const seconds = (performance.now() - began) / 1000;
  zstd.stdin!.end();
  await ended;
  return {
    count,
    seconds,
    readCpu: cpuSince(before) - making,
    storeCpu: (await cpuOf(child)) - storeBefore,
    searches: searches.sort((a, b) => a - b),
    ownMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    rare: rareOf(count),
  };
}

const decode = decoderOf('squid')!.decode;

/** The lines as rows of twenty sources, a segment each. */
function contentsOf(lines: readonly string[], batch: number, from: number) {
  const collectors = Array.from(
    { length: sources },
    (_, i) =>
      new RowCollector({
        segmentId: batch * sources + i,
        sourceId: i + 1,
        realm: 'main',
        decoder: 'squid/1',
        userToken: (user) => user,
      }),
  );
  for (const [i, line] of lines.entries()) {
    const decoded = read(line);
    collectors[hash(from + i) % sources]!.add(decoded, decoded.ts + 100, i);
  }
  return collectors.map((rows) => rows.take());
}

function read(line: string): EventRow {
  const decoded = decode(Buffer.from(line), settings, new Date(start), '192.0.2.1');
  if (decoded === null || !('table' in decoded) || decoded.table !== 'event') throw new Error(line);
  return decoded;
}

/** Of the lines before the middle those whose client and whose host are the least frequent. */
function rareOf(count: number): Filled['rare'] {
  let client = 0;
  let host = 0;
  for (let n = 0; n < count / 2; n += 1) {
    if (hash(n * 4 + 1) > hash(client * 4 + 1)) client = n;
    if (hash(n * 4 + 2) > hash(host * 4 + 2)) host = n;
  }
  return { client: read(lineOf(client)).cli, host: read(lineOf(host)).host };
}

/** What a person who looks at the last hour waits for. */
async function search(client: LogstoreClient): Promise<number> {
  const began = performance.now();
  await client.query(
    `SELECT ts, seg, seq, cli, host, path FROM jiaodun_logs.event
     WHERE src IN (1, 2, 3) AND ts >= (SELECT max(ts) FROM jiaodun_logs.event) - INTERVAL 1 HOUR AND status = 404
     ORDER BY ts DESC LIMIT 100`,
  );
  return performance.now() - began;
}

/** Waits until merges have ended, so that sizes and questions are those of a store at rest. */
async function settle(client: LogstoreClient): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const [row] = await client.query<{ n: string }>('SELECT count() AS n FROM system.merges');
    quiet = Number(row!.n) === 0 ? quiet + 1 : 0;
    await new Promise((done) => setTimeout(done, 500));
  }
}

function ratesOf(filled: Filled, peakMiB: number): Figure[] {
  const base = { bar: null, holds: null, peer: null, command };
  const at = (part: number) => filled.searches[Math.floor((filled.searches.length - 1) * part)]!;
  return [
    {
      ...base,
      name: 'lines read and stored',
      value: Math.round(filled.count / filled.seconds),
      unit: 'lines/s',
      note: 'wall time; making the lines and zstd included',
    },
    { ...base, name: 'reading', value: Math.round(filled.count / filled.readCpu), unit: 'lines/CPU-s' },
    {
      ...base,
      name: 'store',
      value: Math.round(filled.count / filled.storeCpu),
      unit: 'rows/CPU-s',
      note: 'merges and searches meanwhile included',
    },
    {
      ...base,
      name: 'search of the last hour meanwhile, median',
      value: Math.round(at(0.5)),
      unit: 'ms',
      note: `slowest ${Math.round(at(1))} ms of ${filled.searches.length}`,
    },
    { ...base, name: 'memory of the store', value: peakMiB, unit: 'MiB (peak)' },
    { ...base, name: 'memory of the reader', value: filled.ownMiB, unit: 'MiB (peak)' },
  ];
}

async function sizes(client: LogstoreClient, text: string, count: number): Promise<Figure[]> {
  const parts = await client.query<{ name: string; bytes: string; words: string; parts: string }>(
    `SELECT table AS name, sum(bytes_on_disk) AS bytes, sum(secondary_indices_compressed_bytes) AS words,
       count() AS parts FROM system.parts WHERE active AND database = 'jiaodun_logs' GROUP BY table ORDER BY table`,
  );
  const stored = parts.reduce((sum, part) => sum + Number(part.bytes), 0);
  const { size } = await stat(text);
  const perRow = (bytes: number | string) => rounded(Number(bytes) / count);
  return [
    {
      name: 'disk of the indexed store',
      value: perRow(stored),
      unit: 'bytes/line',
      bar: perRow(size),
      holds: stored <= size,
      peer: `zstd -3 of the text: ${perRow(size)} bytes/line`,
      command,
      note: parts
        .map((p) => `${p.name} ${perRow(p.bytes)} (indices ${perRow(p.words)}) in ${p.parts} parts`)
        .join(', '),
    },
  ];
}

/** Single questions, each asked cold of caches of answers, against decompressing and searching the text. */
async function questions(
  client: LogstoreClient,
  text: string,
  rare: Filled['rare'],
  count: number,
): Promise<Figure[]> {
  const asked = [
    { name: 'one client', pattern: ` ${rare.client} `, where: `cli = toIPv6('::ffff:${rare.client}')` },
    {
      name: 'one host',
      pattern: `//${rare.host}/`,
      where: `endsWith(host, '${rare.host}') AND has(host_ends, '${rare.host}')`,
    },
  ];
  const figures: Figure[] = [];
  for (const { name, pattern, where } of asked) {
    const peer = await ripgrep(text, pattern);
    const times: number[] = [];
    let found = -1;
    for (let i = 0; i < 7; i += 1) {
      const began = performance.now();
      const rows = await client.query(
        `SELECT ts, seg, seq FROM jiaodun_logs.event WHERE src BETWEEN 1 AND ${sources} AND ${where}`,
        {},
        { settings: { use_query_condition_cache: 0 } },
      );
      times.push(performance.now() - began);
      found = rows.length;
    }
    if (found !== peer.found) throw new Error(`${name}: ${found} rows, rg found ${peer.found}`);
    const median = times.sort((a, b) => a - b)[3]!;
    figures.push({
      name: `${name}: how many times faster`,
      value: rounded(peer.ms / median),
      unit: 'times',
      bar: 100,
      holds: count >= 20_000_000 ? peer.ms / median >= 100 : null,
      peer: `zstd -dc | rg: ${Math.round(peer.ms)} ms`,
      command,
      note: `median ${rounded(median)} ms for ${found} of ${count} lines${count < 20_000_000 ? '; the bar is about 20 million' : ''}`,
    });
  }
  return figures;
}

async function ripgrep(text: string, pattern: string): Promise<{ ms: number; found: number }> {
  const began = performance.now();
  const shell = spawn('sh', ['-c', `zstd -dc "$1" | rg -cF --no-filename "$2"`, 'sh', text, pattern], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const out = (await shell.stdout.toArray()).join('');
  return { ms: performance.now() - began, found: Number(out) };
}

function linesOf(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) => lineOf(from + i));
}

function lineOf(n: number): string {
  return proxyLine(n, start + n * stepMs);
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}

/** User and system time of a process in seconds (proc(5): fields 14 and 15, in clock ticks of 1/100 s). */
async function cpuOf(child: ChildProcess): Promise<number> {
  const line = await readFile(`/proc/${child.pid}/stat`, 'latin1');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function peakOf(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'latin1');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}
