import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { systemClock } from '#base/clock';
import { askTrace, type Trace } from '#trace/contract';
import type { ClientIo } from './commands.ts';
import { verifyTrace } from './trace-verify.ts';

const help = `jiaodun trace IP[:PORT] --at TIME [--proto tcp|udp] [--case NO] [--reason TEXT] [--json]
              jiaodun trace verify BAG [--key PUBLIC.pem] [--data DIR] [--json]

由公网地址、端口与时间查到设备与房间；姓名密封。
From a public address, port and time to device and room; the name stays sealed.

  IP        192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1]:4711
  --at      2026-11-22T14:22:00+08:00；不写时区为北京时间 without a zone it is China Standard Time
  --proto   tcp（默认 default）| udp
  --case    案件编号 case number; --reason 理由 reason: both are kept in the audit log

退出码 Exit code: 0 已证实或很可能 proven or probable, 1 有多个候选或无法证明 ambiguous or not provable,
2 用法或输入错误 usage or input error
`;

const verdicts = {
  proven: '已证实 proven',
  probable: '很可能 probable',
  ambiguous: '有多个候选 ambiguous',
  not_provable: '无法证明 not provable',
} as const;

/** `jiaodun trace …`. Errors of the server go up to the caller. */
export async function traceCommand(argv: string[], io: ClientIo): Promise<number> {
  if (argv[0] === 'verify') return verifyTrace(argv.slice(1), io);
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      at: { type: 'string' },
      proto: { type: 'string', default: 'tcp' },
      case: { type: 'string' },
      reason: { type: 'string', default: '命令行溯源 from the command line' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    io.stdout(help);
    return 0;
  }
  const target = positionals.length === 1 ? parseTarget(positionals[0]!) : undefined;
  const at = parseTime(values.at ?? '');
  const proto = values.proto;
  if (!target) return wrong(io, `请给出一个地址 name one address: ${positionals.join(' ') || '—'}`);
  if (!at) return wrong(io, `--at 时间不对 is not a time: ${values.at ?? '—'}`);
  if (!isProto(proto)) return wrong(io, '--proto: tcp | udp');
  const caseNo =
    values.case ??
    `CLI-${systemClock
      .now()
      .toISOString()
      .replace(/[-:]|\.\d+/g, '')}`;
  const body = { ...target, proto, at, caseNo, reason: values.reason };
  const found = await io.client.call(askTrace, { body });
  io.stdout(values.json ? `${JSON.stringify(found, null, 2)}\n` : textOf(found));
  return found.verdict === 'proven' || found.verdict === 'probable' ? 0 : 1;
}

function isProto(text: string): text is 'tcp' | 'udp' {
  return text === 'tcp' || text === 'udp';
}

function wrong(io: ClientIo, message: string): number {
  io.stderr(`${message}\n\n${help}`);
  return 2;
}

/** Reads `IP`, `IPv4:PORT` or `[IPv6]:PORT`; undefined when it is none. */
export function parseTarget(text: string): { ip: string; port?: number } | undefined {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const ip = six ?? four ?? text;
  if (isIP(ip) === 0 || ip.includes('%') || (six !== undefined && isIP(six) !== 6)) return undefined;
  if (port === undefined) return { ip };
  const number = Number(port);
  return number >= 1 && number <= 65535 ? { ip, port: number } : undefined;
}

/** An ISO time in UTC from one with a zone, or from a local time of China (UTC+8, no summer time). */
export function parseTime(text: string): string | undefined {
  const [, date, time, zone] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)(Z|[+-]\d{2}:?\d{2})?$/i.exec(
      text.trim(),
    ) ?? [];
  if (date === undefined) return undefined;
  const offset = (zone ?? '+08:00').toUpperCase().replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  const at = new Date(`${date}T${time}${offset}`);
  // Date rolls 30 February over to March: the day must be the one that was written.
  const written = new Date(`${date}T00:00:00Z`);
  const real = !Number.isNaN(written.getTime()) && written.toISOString().startsWith(date);
  return real && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}

function textOf(trace: Trace): string {
  const lines = [
    `${trace.ip}${trace.port ? `:${trace.port}` : ''} @ ${trace.at} — ${verdicts[trace.verdict]}`,
  ];
  for (const { zh, en } of trace.because) lines.push(`  ${zh}`, `  ${en}`);
  for (const [index, one] of trace.candidates.entries()) {
    lines.push('', `候选 candidate ${index + 1}: ${summaryOf(one)}`);
    for (const step of one.steps) {
      lines.push(`  [${step.kind}] ${step.says.zh}`);
      if (step.rawLine !== null) {
        lines.push(
          `      ${printable(step.rawLine)}`,
          `      segment ${step.segment} #${step.record} sha256 ${step.sha256}`,
        );
      }
    }
  }
  lines.push('', `日志完整 logs complete: ${trace.coverage.complete ? '是 yes' : '否 no'}`);
  for (const { name, state, detail } of trace.coverage.sources) lines.push(`  ${name}: ${state} ${detail}`);
  return `${lines.join('\n')}\n`;
}

function summaryOf(one: Trace['candidates'][number]): string {
  if (one.outsideScope) return '不在管理范围内 outside your scope';
  const person = one.person.known ? '使用人密封 owner sealed' : '使用人未登记 no owner registered';
  const parts = [one.insideIp, one.mac, one.assetNo, one.unitName, one.room, person];
  return parts.filter((part) => part !== null).join(' · ');
}

/** A hostile log line must not steer the terminal. */
function printable(line: string): string {
  return line.replaceAll('\t', '    ').replace(/\p{Cc}|\p{Cf}/gu, '\ufffd');
}
