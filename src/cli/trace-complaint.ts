/** `jiaodun trace complaint`: a complaint read into questions, and asked when that is wanted. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import {
  askTrace,
  type ComplaintEntry,
  type ComplaintUnread,
  isDoubtful,
  readComplaint,
} from '#trace/contract';
import type { ClientIo } from './commands.ts';
import {
  codeOf,
  parseTarget,
  placeOf,
  printable,
  summaryOf,
  verdicts,
  whyOf,
  wrongUsage,
} from './trace-flags.ts';

export const complaintUsage = `jiaodun trace complaint FILE|- [--zone +08:00] [--date YYYY-MM-DD] [--server IP[:PORT]] [--ask] [--case NO]
              [--reason TEXT] [--json]
`;

const options = {
  zone: { type: 'string' },
  date: { type: 'string' },
  server: { type: 'string' },
  ask: { type: 'boolean', default: false },
  case: { type: 'string' },
  reason: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** What a gap is called, and what to do about it. */
const gaps: Readonly<Record<ComplaintEntry['missing'][number], string>> = {
  no_time: '没有时间 no time',
  no_date: '没有日期，用 --date no date, give --date',
  no_year: '没有年份，用 --date no year, give --date',
  no_zone: '没有时区，用 --zone no zone, give --zone',
  zone_ambiguous: '时区缩写有多种含义，用 --zone the zone has several meanings, give --zone',
  no_such_time: '没有这个时间 no such time',
  in_future: '时间在未来 lies in the future',
  no_forwarder:
    '地址取自 X-Forwarded-For 而没写由谁转报，请用 trace --forwarded-by 单独查 taken from such a header, and not told who passed it on: ask by trace --forwarded-by',
  no_port: '没有端口，可能有多个候选 no port: there may be several candidates',
  night_unclear:
    '夜里的时刻，不知属于当日还是次日 an hour of the night: of that day or of the next is not told',
  bad_port: '端口不对，应为 1–65535 not a port: 1–65535',
  port_range: '写了一段或多个端口，请逐个查询 several ports: ask for them one by one',
  broken:
    '这里的地址（端口）被空格或换行断开，核对后用 jiaodun trace 单独查 cut by a space or a line break: check it and ask by jiaodun trace',
};

const kinds: Readonly<Record<ComplaintUnread['holds'][number], string>> = {
  address: '地址 address',
  port: '端口 port',
  time: '时间 time',
  attachment: '附件 attachment',
};

export async function readLetter(argv: string[], io: ClientIo, help: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [file, ...more] = positionals;
  const wrong = (message: string) => wrongUsage(io, message, help);
  if (file === undefined || more.length > 0)
    return wrong('请给出一个文件，或 - 为标准输入 name one file, or -');
  const server = values.server === undefined ? null : parseTarget(values.server);
  if (server === undefined) return wrong(`--server 不是地址 is not an address: ${values.server}`);
  const bytes = file === '-' ? await buffer(io.stdin as AsyncIterable<Buffer>) : await readFile(file);
  const read = await io.client.call(readComplaint, {
    body: {
      file: bytes.toString('base64'),
      ...(values.zone && { zone: values.zone }),
      ...(values.date && { date: values.date }),
      ...(server && { serverIp: server.ip, ...(server.port && { serverPort: server.port }) }),
    },
  });
  if (!values.json) tellEntries(io, read.entries, read.isCut);
  tellUnread(io, read.unread);
  const isWhole = read.entries.length > 0 && read.entries.every(isAskable) && read.unread.length === 0;
  if (!values.ask) {
    if (values.json) io.stdout(`${JSON.stringify(read, null, 2)}\n`);
    return isWhole && !read.isCut ? 0 : 1;
  }
  const why = whyOf(values.case ?? read.caseNo ?? undefined, values.reason ?? read.reason ?? undefined);
  if (typeof why === 'string') return wrong(`来函里没有写 the letter does not tell:\n${why}`);
  const answers = [];
  for (const entry of read.entries) {
    const trace = isAskable(entry) ? await io.client.call(askTrace, { body: questionOf(entry, why) }) : null;
    answers.push({ line: entry.line, trace });
    if (values.json || !trace) continue;
    const place = placeOf(entry.ip, entry.port);
    io.stdout(
      `\n${place} @ ${trace.at} — ${verdicts[trace.verdict]}\n  ${trace.id} · ${printable(trace.caseNo)}\n`,
    );
    for (const { zh } of trace.because) io.stdout(`  ${zh}\n`);
    for (const [index, one] of trace.candidates.entries())
      io.stdout(`  候选 candidate ${index + 1}: ${summaryOf(one)}\n`);
  }
  if (values.json) io.stdout(`${JSON.stringify({ ...read, answers }, null, 2)}\n`);
  const isFound = answers.every(({ trace }) => trace !== null && codeOf(trace.verdict) === 0);
  return isWhole && isFound && !read.isCut ? 0 : 1;
}

function isAskable(entry: ComplaintEntry): boolean {
  return entry.at !== null && !entry.missing.includes('no_forwarder') && !isDoubtful(entry);
}

function questionOf(entry: ComplaintEntry, why: { readonly caseNo: string; readonly reason: string }) {
  const { ip, port, proto, at, dstIp, dstPort, url, forwardedBy, toleranceSeconds } = entry;
  return {
    ip,
    ...(proto !== null && { proto }),
    at: at!,
    ...why,
    ...(port !== null && { port }),
    ...(dstIp !== null && { dstIp }),
    ...(dstPort !== null && { dstPort }),
    ...(url !== null && port === null && { url }),
    ...(forwardedBy !== null && { forwardedBy }),
    ...(toleranceSeconds !== null && { toleranceSeconds }),
  };
}

/** On the error channel: who reads the entries by a program sees it all the same. */
function tellUnread(io: ClientIo, unread: readonly ComplaintUnread[]): void {
  if (unread.length > 0) io.stderr('这些地方没有读懂，请核对原文 not understood, look at the text itself:\n');
  for (const { line, text, holds } of unread) {
    const place = line === 0 ? '' : `第 ${line} 行 line ${line} `;
    io.stderr(`  ${place}[${holds.map((one) => kinds[one]).join(', ')}] ${printable(text)}\n`);
  }
}

function tellEntries(io: ClientIo, entries: readonly ComplaintEntry[], isCut: boolean): void {
  if (entries.length === 0) io.stdout('没有读出网络地址 no address was read\n');
  for (const one of entries) {
    const place = `${placeOf(one.ip, one.port)} ${one.proto ?? 'tcp/udp'}`;
    const far = one.dstIp === null ? '' : ` → ${placeOf(one.dstIp, one.dstPort)}`;
    const url = one.url === null ? '' : `  ${printable(one.url)}`;
    io.stdout(
      `第 ${one.line} 行 line ${one.line} [${one.source}] ${place}${far} @ ${one.at ?? one.written ?? '—'}${url}\n`,
    );
    for (const gap of one.missing) io.stdout(`    ! ${gaps[gap]}\n`);
    if (one.notes.length > 0) io.stdout(`    ${one.notes.join(', ')}\n`);
  }
  if (isCut) io.stdout('只读出一部分，更多请用 bulk only a part was read; a table (bulk) takes more\n');
}
