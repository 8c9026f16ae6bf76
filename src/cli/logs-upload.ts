import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { elapsed } from '#base/clock';
import { isAppError } from '#base/errors';
import { pause } from '#base/timers';
import {
  createUpload,
  format,
  getSegment,
  getUpload,
  ingest,
  type LogUpload,
  type Segment,
  sendPiece,
} from '#logs/contract';
import { beijing } from './beijing.ts';
import { ApiError } from './client.ts';
import type { ClientIo } from './commands.ts';
import { fileReason } from './file-words.ts';
import { InputError, UsageError, wholeOf } from './logs-usage.ts';

export const uploadUsage = `jiaodun logs upload FILE|- --source NAME [--format FORMAT] [--wait] [--anyway] [--json]
`;

export const uploadHelp = `upload   FILE 可为 gzip 或 zstd；中断后重复同一命令即从断点续传；- 为标准输入（不能续传）。同一内容只收一次。
         FILE may be gzip or zstd. After a break the same command goes on where it was; - is standard input (and
         cannot go on). The same content is taken once.
  --source  日志源名称。Name of the source
  --format  日志源不存在时必填，并自动登记。Needed when the source is new, which is registered then:
            ${format.options.join(' | ')}
            --realm NAME (main)  --zone ZONE (Asia/Shanghai)  --lease-seconds N  --host HOST  --year YYYY
  --wait    等到可以检索，并说明各行的时间范围；没有一行读得懂时返回 1。Waits until the lines are searchable, and tells
            which times they cover; exit code 1 when not one of them can be read.
  --anyway  开头一行也读不懂时仍原样封存（默认拒收并指出更合适的格式）。Seals the file even when none of its first lines
            can be read (which is refused otherwise, with the format that fits).
`;

const options = {
  format: { type: 'string' },
  source: { type: 'string' },
  realm: { type: 'string' },
  zone: { type: 'string' },
  'lease-seconds': { type: 'string' },
  host: { type: 'string' },
  year: { type: 'string' },
  wait: { type: 'boolean' },
  anyway: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** `jiaodun logs upload`: a file in pieces that survive a break of either side, or standard input in one. */
export async function uploadLogs(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
  const [file, extra] = positionals;
  if (file === undefined || extra !== undefined) throw new UsageError('请给出一个文件 name one file, or -');
  const given = format.optional().safeParse(values.format);
  if (!given.success) throw new UsageError(`--format: ${format.options.join(' | ')}`);
  if (!values.source) throw new UsageError('--source NAME 缺失 is missing');
  const query = {
    source: values.source,
    ...(given.data && { format: given.data }),
    ...(values.realm && { realm: values.realm }),
    ...(values.zone && { zone: values.zone }),
    ...(values['lease-seconds'] && { leaseSeconds: wholeOf('--lease-seconds', values['lease-seconds']) }),
    ...(values.host && { host: values.host }),
    ...(values.year && { fixedYear: wholeOf('--year', values.year) }),
    ...(values.anyway && { anyway: 'true' }),
  };
  const taken = file === '-' ? await sendInput(query, io) : await sendFile(file, query, io);
  const segments = values.wait ? await waitForIndex(taken.segments, io) : null;
  const figures = segments && sum(segments);
  if (values.json)
    io.stdout(`${JSON.stringify({ ...taken, ...(figures && { ...figures, indexed: true }) })}\n`);
  else io.stdout(sayTaken(basename(file), taken, figures));
  if (figures) io.stderr(warningsOf(figures));
  return figures && isUnread(figures) ? 1 : 0;
}

type Query = { source: string; format?: (typeof format.options)[number]; anyway?: string };

async function sendInput(query: Query, io: ClientIo): Promise<Taken> {
  const { format: known, ...rest } = query;
  if (!known) throw new UsageError(`--format: ${format.options.join(' | ')}`);
  return io.client.upload(
    ingest,
    { query: { ...rest, format: known } },
    Readable.from(io.stdin as AsyncIterable<Buffer>),
  );
}

/** A piece is acknowledged as a whole at the latest; the server keeps more of it when the connection breaks. */
const pieceBytes = 64 * 1024 * 1024;
/** So long without any progress, and the command gives up; called again it goes on. */
const patienceMs = 120_000;

async function sendFile(file: string, query: Query, io: ClientIo): Promise<Taken> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: ${fileReason(error)}`);
  });
  if (!found.isFile()) throw new InputError(`${file}: 不是文件 not a file`);
  if (found.size === 0) throw new InputError(`${file}: 文件是空的 the file is empty`);
  const sha256 = await hashOf(file);
  const about = { ...query, filename: basename(file).slice(0, 255), mark: sha256, sha256 };
  const headers = { 'upload-length': String(found.size) };
  let upload = await io.client.call(createUpload, { query: about, headers });
  if (upload.state === 'open' && upload.offset > 0)
    io.stderr(`从 ${upload.offset} 字节处续传 goes on at ${upload.offset} of ${upload.length} bytes\n`);
  upload = await sendPieces(file, upload, io);
  return resultOf(await waitForResult(upload, io));
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Sends until everything is there, through breaks of the connection and restarts of the server. */
async function sendPieces(file: string, begun: LogUpload, io: ClientIo): Promise<LogUpload> {
  let upload = begun;
  let since = elapsed();
  for (let wait = 200; upload.state === 'open'; wait = Math.min(wait * 2, 5000)) {
    const end = Math.min(upload.offset + pieceBytes, upload.length) - 1;
    try {
      await io.client.upload(
        sendPiece,
        {
          params: { id: upload.id },
          headers: {
            'upload-offset': String(upload.offset),
            'content-type': 'application/offset+octet-stream',
          },
        },
        createReadStream(file, { start: upload.offset, end }),
      );
    } catch (error) {
      if (!mayPass(error) || elapsed() - since > patienceMs) throw error;
      io.stderr(`${(error as Error).message}\n`);
      await pause(wait);
    }
    const now = await askAgain(upload, io, since);
    if (now.offset > upload.offset) {
      since = elapsed();
      wait = 100;
    }
    upload = now;
  }
  return upload;
}

/** How far it is; a server that is just being started again is waited for. */
async function askAgain(upload: LogUpload, io: ClientIo, since: number): Promise<LogUpload> {
  for (;;) {
    try {
      return await io.client.call(getUpload, { params: { id: upload.id } });
    } catch (error) {
      if (!mayPass(error) || elapsed() - since > patienceMs) throw error;
      await pause(1000);
    }
  }
}

/** A connection that broke, a server that is away or has no space just now, and an offset that is another one. */
function mayPass(error: unknown): boolean {
  if (isAppError(error)) return error.code === 'cli.connection_lost' || error.code === 'cli.no_server';
  if (!(error instanceof ApiError)) return false;
  return error.status >= 502 || error.status === 429 || error.code === 'logs.upload_offset';
}

async function waitForResult(upload: LogUpload, io: ClientIo): Promise<LogUpload> {
  let now = upload;
  for (let wait = 100; now.state === 'received'; wait = Math.min(wait * 2, 2000)) {
    await pause(wait);
    now = await askAgain(now, io, elapsed());
  }
  return now;
}

function resultOf({ problem, result, state, length }: LogUpload): Taken {
  if (problem) throw new ApiError(400, { code: problem.code, message: { zh: problem.zh, en: problem.en } });
  if (!result)
    throw new ApiError(410, { code: 'logs.upload_over', message: { en: `the upload is ${state}` } });
  return { bytes: length, ...result };
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

type Figures = NonNullable<NonNullable<LogUpload['result']>['lines']>;

function sum(segments: readonly Segment[]): Figures {
  const add = (pick: (segment: Segment) => number | null) =>
    segments.reduce((total, segment) => total + (pick(segment) ?? 0), 0);
  return {
    parsed: add((one) => one.parsed),
    ignored: add((one) => one.ignored),
    unparsable: add((one) => one.unparsable),
    from: segments.flatMap((one) => one.firstTs ?? []).sort()[0] ?? null,
    to:
      segments
        .flatMap((one) => one.lastTs ?? [])
        .sort()
        .at(-1) ?? null,
    ahead: add((one) => one.ahead),
    aged: add((one) => one.aged),
  };
}

function isUnread({ parsed, ignored, unparsable }: Figures): boolean {
  return parsed + ignored === 0 && unparsable > 0;
}

/** What whoever brought the file has to look at. */
function warningsOf(figures: Figures): string {
  const { ahead, aged } = figures;
  const lines: string[] = [];
  if (isUnread(figures))
    lines.push(
      '没有一行能按日志源的格式解析，格式可能选错了 no line reads in the format of the source; is it another one?',
    );
  if (ahead > 0)
    lines.push(
      `${ahead} 行的时间在未来：设备的钟或时区不对？ ${ahead} lines lie in the future: is a clock or a zone wrong?`,
    );
  if (aged > 0)
    lines.push(
      `${aged} 行的时间早于留存期限：设备的钟不对，还是旧日志？ ${aged} lines are older than such logs are kept: a wrong clock, or old logs?`,
    );
  return lines.map((line) => `${line}\n`).join('');
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
    if (figures.from !== null && figures.to !== null)
      lines.push(`各行的时间 times: ${beijing(figures.from)} … ${beijing(figures.to)}`);
    if (figures.ignored > 0) lines.push(`无需入库 say nothing to keep: ${figures.ignored}`);
    if (figures.unparsable > 0) lines.push(`无法解析，原样保存 unparsable, kept raw: ${figures.unparsable}`);
  }
  return `${lines.join('\n')}\n`;
}
