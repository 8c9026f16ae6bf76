import { parseArgs } from 'node:util';
import { askTrace, type Protocol, protocol } from '#trace/contract';
import type { ClientIo } from './commands.ts';
import { bulkUsage, runBulk, runsUsage, showRun, showRuns } from './trace-bulk.ts';
import { complaintUsage, readLetter } from './trace-complaint.ts';
import { bagTrace, filesUsage, listUsage, reportTrace, showTrace, showTraces } from './trace-files.ts';
import { codeOf, parseTarget, parseTime, textOf, whyOf } from './trace-flags.ts';
import { verifyTrace } from './trace-verify.ts';

const help = `jiaodun trace IP[:PORT] --at TIME --case NO --reason TEXT [--proto PROTO] [--dst IP[:PORT]] [--url URL]
              [--forwarded-by IP] [--tolerance SECONDS] [--known-at TIME] [--json]
${bulkUsage}${runsUsage}${complaintUsage}${listUsage}${filesUsage}jiaodun trace verify BAG [--key PUBLIC.pem] [--data DIR] [--json]

由公网地址、端口与时间查到设备与房间；姓名密封。
From a public address, port and time to device and room; the name stays sealed.

  IP           192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1]:4711
  --at         2026-11-22T14:22:00+08:00、2026-11-22 06:22:00 UTC、2026年11月22日14时22分；不写时区为北京时间
               without a zone it is China Standard Time
  --proto      tcp | udp | icmp | gre | esp（后三种没有端口 the last three have no ports）；不写则 TCP 与 UDP 都查 without it both
  --dst        对端地址，能区分同一端口的会话 the far end: tells sessions of one port apart
  --url        没有端口时的网址或域名，与代理日志对照 the page or host where no port is known: compared with proxies' logs
  --forwarded-by  地址取自 X-Forwarded-For 时由谁转报；只采信已登记的代理 who passed it on; believed of registered proxies
  --tolerance  来函时间可能差多少秒 how far off the stated time may be
  --known-at   只用那一刻已知的日志与台账 only what was known at that time
  --case       案件编号 case number（≥2 字）; --reason 理由 reason（≥4 字）: 必填，记入审计日志，被查单位的负责人能看到案件编号
               both are demanded and kept in the audit log; leaders of the units asked about read the case number

bulk       一张表（.csv、.xlsx，最多 10 万行，UTF-8 或 GBK，逗号、分号或制表符，中英文列名，Excel 日期）；有误的行
           说明行号和原因，其余照查。A table of questions; rows with a fault are told by number, the others are asked.
  --zone       没有写时区的时间按此时区 for times without a zone, +08:00; 不写则这样的行有误 else such a row is at fault
  --wait       等到全部查完并显示进度 waits for the end and tells how far it is; 中断后用 run ID --wait 继续 goes on
  --out        结果表（.csv 或 .xlsx），含结论、原因、候选设备、房间、MAC、密封的使用人编号；默认等待 implies --wait
runs, run  批量查询的清单；一次的进度，暂停、继续、取消 lists runs; how far one is; pauses, resumes, cancels it
complaint  读来函：X-ARF 邮件、ACNS、tcpdump、网站访问日志、公文文字；- 为标准输入；--ask 逐条查询
           Reads a complaint into questions; with --ask they are asked.
  --server     来函方的服务器，访问日志里的对端 the complainer's server, the far end of an access log
show       一次溯源的结论与证据链 one trace; list 已做过的溯源 earlier ones
report     给公安机关的报告 the report (.pdf, .docx); bag 可离线复算的证据包 the bag that recomputes offline

退出码 Exit code: 0 已证实或很可能；bulk、run：每一行都已查询；complaint：读出的都齐全（--ask：都有唯一候选）
                    proven or probable; bulk, run: every row was asked; complaint: every question is whole
                  1 有多个候选或无法证明；有的行有误或没有查完；有的问题不齐全 ambiguous or not provable; rows at fault or
                    not finished; something is missing
                  2 用法或输入错误 usage or input error
`;

const verbs: Readonly<Record<string, (argv: string[], io: ClientIo, help: string) => Promise<number>>> = {
  verify: (argv, io) => verifyTrace(argv, io),
  bulk: runBulk,
  runs: showRuns,
  run: showRun,
  complaint: readLetter,
  list: showTraces,
  show: showTrace,
  report: reportTrace,
  bag: bagTrace,
};

/** `jiaodun trace …`. Errors of the server go up to the caller. */
export async function traceCommand(argv: string[], io: ClientIo): Promise<number> {
  const [verb = '', ...rest] = argv;
  if (verb !== 'verify' && (argv.includes('--help') || argv.includes('-h'))) {
    io.stdout(help);
    return 0;
  }
  return Object.hasOwn(verbs, verb) ? verbs[verb]!(rest, io, help) : askOne(argv, io);
}

async function askOne(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      at: { type: 'string' },
      proto: { type: 'string' },
      dst: { type: 'string' },
      url: { type: 'string' },
      'forwarded-by': { type: 'string' },
      tolerance: { type: 'string' },
      'known-at': { type: 'string' },
      case: { type: 'string' },
      reason: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const target = positionals.length === 1 ? parseTarget(positionals[0]!) : undefined;
  const at = parseTime(values.at ?? '');
  const { proto, url } = values;
  if (!target) return wrong(io, `请给出一个地址 name one address: ${positionals.join(' ') || '—'}`);
  if (!at) return wrong(io, `--at 时间不对 is not a time: ${values.at ?? '—'}`);
  if (proto !== undefined && !isProto(proto)) return wrong(io, `--proto: ${protocol.options.join(' | ')}`);
  const dst = values.dst === undefined ? null : parseTarget(values.dst);
  if (dst === undefined) return wrong(io, `--dst 不是地址 is not an address: ${values.dst}`);
  const known = values['known-at'] === undefined ? null : parseTime(values['known-at']);
  if (known === undefined) return wrong(io, `--known-at 时间不对 is not a time: ${values['known-at']}`);
  const toleranceSeconds = Number(values.tolerance ?? 0);
  if (!(toleranceSeconds >= 0 && toleranceSeconds <= 3600)) return wrong(io, '--tolerance: 0–3600');
  const forwarder = values['forwarded-by'] === undefined ? null : parseTarget(values['forwarded-by']);
  if (forwarder === undefined || forwarder?.port !== undefined)
    return wrong(io, `--forwarded-by 不是地址 is not an address: ${values['forwarded-by']}`);
  const why = whyOf(values.case, values.reason);
  if (typeof why === 'string') return wrong(io, why);
  const body = {
    ...target,
    ...(proto !== undefined && { proto }),
    at,
    ...(dst && { dstIp: dst.ip, ...(dst.port !== undefined && { dstPort: dst.port }) }),
    ...(url !== undefined && { url }),
    ...(forwarder && { forwardedBy: forwarder.ip }),
    ...(toleranceSeconds > 0 && { toleranceSeconds }),
    ...(known !== null && { knownAt: known }),
    ...why,
  };
  const found = await io.client.call(askTrace, { body });
  io.stdout(values.json ? `${JSON.stringify(found, null, 2)}\n` : textOf(found));
  return codeOf(found.verdict);
}

function isProto(text: string): text is Protocol {
  return protocol.safeParse(text).success;
}

function wrong(io: ClientIo, message: string): number {
  io.stderr(`${message}\n\n${help}`);
  return 2;
}
