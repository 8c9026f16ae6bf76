import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { systemClock } from '#base/clock';
import { pause } from '#base/timers';
import { format, getSegment, ingest, type LogRow, rowKind, type Segment, searchLogs } from '#logs/contract';
import type { ClientIo } from './commands.ts';
import { UsageError, verifyHelp } from './logs-usage.ts';

const help = `jiaodun logs ingest FILE|- --format FORMAT --source NAME [--wait] [--json]
jiaodun logs search [--from TIME] [--to TIME] [--source NAME] [--kind KIND] [--ip IP] [--port N]
                    [--host HOST] [--q TEXT] [--limit N] [--cursor MARK] [--json]

导入与检索日志。Takes log files and searches the logs.

ingest   FILE 可为 gzip；- 为标准输入。同一内容只收一次。
         FILE may be gzip; - is standard input. The same content is taken once.
  --format  ${format.options.join(' | ')}
  --source  日志源名称；没有则自动登记。Name of the source; registered when it is new:
            --realm NAME (main)  --zone ZONE (Asia/Shanghai)  --lease-seconds N  --host HOST  --year YYYY
  --wait    等到可以检索。Waits until the lines are searchable.
search   最新的在前；默认最近 24 小时。Newest first; the last 24 hours unless told.
  --kind    ${rowKind.options.join(' | ')}

${verifyHelp}
Exit code: 0 done (also when nothing was found), 1 not whole (verify), 2 wrong use or input.
`;

/** `jiaodun logs …`. Answers the exit code; errors of the server go up to the caller. */
export async function logsCommand(argv: string[], io: ClientIo): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb === undefined || verb === '--help' || verb === '-h' || rest.includes('--help')) {
    io.stdout(help);
    return verb === undefined ? 2 : 0;
  }
  try {
    if (verb === 'ingest') return await ingestLogs(rest, io);
    if (verb === 'search') return await search(rest, io);
    if (verb === 'verify') return await (await import('./logs-verify.ts')).verifyLogs(rest, io);
    if (verb === 'catalogue') return await (await import('./logs-verify.ts')).saveCatalogue(rest, io);
    if (verb === 'proof') return await (await import('./logs-verify.ts')).proveLog(rest, io);
    throw new UsageError(`没有这个子命令 no such command: logs ${verb}`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!(error instanceof UsageError) && !code.startsWith('ERR_PARSE_ARGS')) throw error;
    io.stderr(`${(error as Error).message}\n\n${help}`);
    return 2;
  }
}

const ingestOptions = {
  format: { type: 'string' },
  source: { type: 'string' },
  realm: { type: 'string' },
  zone: { type: 'string' },
  'lease-seconds': { type: 'string' },
  host: { type: 'string' },
  year: { type: 'string' },
  wait: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

async function ingestLogs(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, options: ingestOptions, allowPositionals: true });
  const [file, extra] = positionals;
  if (file === undefined || extra !== undefined) throw new UsageError('请给出一个文件 name one file, or -');
  const given = format.safeParse(values.format);
  if (!given.success) throw new UsageError(`--format: ${format.options.join(' | ')}`);
  if (!values.source) throw new UsageError('--source NAME 缺失 is missing');
  const query = {
    source: values.source,
    format: given.data,
    ...(values.realm && { realm: values.realm }),
    ...(values.zone && { zone: values.zone }),
    ...(values['lease-seconds'] && { leaseSeconds: wholeOf('--lease-seconds', values['lease-seconds']) }),
    ...(values.host && { host: values.host }),
    ...(values.year && { fixedYear: wholeOf('--year', values.year) }),
  };
  const taken = await io.client.upload(ingest, { query }, await contentOf(file, io));
  const segments = values.wait ? await waitForIndex(taken.segments, io) : null;
  const figures = segments && sum(segments);
  if (values.json)
    io.stdout(`${JSON.stringify({ ...taken, ...(figures && { ...figures, indexed: true }) })}\n`);
  else io.stdout(sayTaken(basename(file), taken, figures));
  if (figures && figures.parsed === 0 && figures.unparsable > 0) {
    io.stderr(
      `没有一行能按 ${given.data} 解析，格式可能选错了 no line reads as ${given.data}; is it another format?\n`,
    );
  }
  return 0;
}

function wholeOf(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`${name}: 应为正整数 a whole number, not ${text}`);
  return value;
}

async function contentOf(file: string, io: ClientIo): Promise<Readable> {
  if (file === '-') return Readable.from(io.stdin as AsyncIterable<Buffer>);
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file}: ${error.code === 'ENOENT' ? '文件不存在 no such file' : error.message}`);
  });
  if (!found.isFile()) throw new UsageError(`${file}: 不是文件 not a file`);
  return createReadStream(file);
}

/** Asks until every segment is searchable: the index follows within seconds, a long file takes longer. */
async function waitForIndex(ids: readonly number[], io: ClientIo): Promise<Segment[]> {
  const done: Segment[] = [];
  for (const id of ids) {
    for (let wait = 100; ; wait = Math.min(wait * 2, 2000)) {
      const segment = await io.client.call(getSegment, { params: { id } });
      if (segment.indexedAt !== null) {
        done.push(segment);
        break;
      }
      await pause(wait);
    }
  }
  return done;
}

interface Figures {
  readonly parsed: number;
  readonly ignored: number;
  readonly unparsable: number;
}

function sum(segments: readonly Segment[]): Figures {
  const add = (pick: (segment: Segment) => number | null) =>
    segments.reduce((total, segment) => total + (pick(segment) ?? 0), 0);
  return {
    parsed: add((one) => one.parsed),
    ignored: add((one) => one.ignored),
    unparsable: add((one) => one.unparsable),
  };
}

type Taken = { records: number; bytes: number; cut: number; already: boolean; segments: number[] };

function sayTaken(name: string, taken: Taken, figures: Figures | null): string {
  const lines = [
    taken.already
      ? `${name}: 内容已导入过，没有重复 taken before, nothing was added`
      : `${name}: 已封存 sealed ${taken.records} 行 lines, ${taken.bytes} B, 封存段 segments ${taken.segments.join(', ')}`,
  ];
  if (taken.cut > 0) lines.push(`过长而截短 cut at 64 KiB: ${taken.cut}`);
  if (figures) {
    lines.push(`可检索 searchable: ${figures.parsed}`);
    if (figures.ignored > 0) lines.push(`无需入库 say nothing to keep: ${figures.ignored}`);
    if (figures.unparsable > 0) lines.push(`无法解析，原样保存 unparsable, kept raw: ${figures.unparsable}`);
  }
  return `${lines.join('\n')}\n`;
}

const searchOptions = {
  from: { type: 'string' },
  to: { type: 'string' },
  source: { type: 'string' },
  kind: { type: 'string' },
  ip: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  q: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
  json: { type: 'boolean' },
} as const;

async function search(argv: string[], io: ClientIo): Promise<number> {
  const { values } = parseArgs({ args: argv, options: searchOptions });
  const { json, kind, port, limit, from, to, ...rest } = values;
  const until = to === undefined ? systemClock.now() : timeOf('--to', to);
  const since = from === undefined ? new Date(until.getTime() - 86_400_000) : timeOf('--from', from);
  const known = rowKind.optional().safeParse(kind);
  if (!known.success) throw new UsageError(`--kind: ${rowKind.options.join(' | ')}`);
  const reply = await io.client.call(searchLogs, {
    query: {
      ...rest,
      from: since.toISOString(),
      to: until.toISOString(),
      ...(known.data && { kind: known.data }),
      ...(port !== undefined && { port: wholeOf('--port', port) }),
      ...(limit !== undefined && { limit: wholeOf('--limit', limit) }),
    },
  });
  if (json) io.stdout(`${JSON.stringify(reply)}\n`);
  else io.stdout(sayRows(reply));
  return 0;
}

function timeOf(name: string, text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new UsageError(`${name}: 时间应写作 write times as 2026-11-22T14:00:00+08:00, not ${text}`);
  }
  return time;
}

function sayRows({ rows, cursor }: { rows: LogRow[]; cursor: string | null }): string {
  if (rows.length === 0) return '没有找到 nothing was found\n';
  const lines = rows.map((row) => {
    const fields = Object.entries(row.fields).map(([name, value]) => `${name}=${value}`);
    return `${row.ts} ${row.kind} ${row.source} ${fields.join(' ')} [${row.segment}:${row.seq}]`;
  });
  if (cursor) lines.push(`还有更多 more: --cursor ${cursor}`);
  return `${lines.join('\n')}\n`;
}
