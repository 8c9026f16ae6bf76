/** What the verbs of `jiaodun trace` have in common: times, addresses, and texts that must not steer a terminal. */
import { isIP } from 'node:net';
import { systemClock } from '#base/clock';
import type { Trace } from '#trace/contract';
import type { ClientIo } from './commands.ts';

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

/** The case that a question is asked for; without one a number that tells where and when. */
export function caseOf(given: string | undefined): string {
  const now = systemClock.now().toISOString();
  return given ?? `CLI-${now.replace(/[-:]|\.\d+/g, '')}`;
}

export const defaultReason = '命令行溯源 from the command line';

/** Prints what is wrong with the arguments and how they should be; exit code 2. */
export function wrongUsage(io: ClientIo, message: string, usage: string): number {
  io.stderr(`${message}\n\n${usage}`);
  return 2;
}

/** A hostile log line must not steer the terminal. */
export function printable(line: string): string {
  return line.replaceAll('\t', '    ').replace(/\p{Cc}|\p{Cf}/gu, '\ufffd');
}

export const verdicts = {
  proven: '已证实 proven',
  probable: '很可能 probable',
  ambiguous: '有多个候选 ambiguous',
  not_provable: '无法证明 not provable',
} as const;

/** One trace as a text: verdict, reasons, each candidate's chain with its raw lines, coverage. */
export function textOf(trace: Trace): string {
  const lines = [
    `${trace.ip}${trace.port ? `:${trace.port}` : ''} @ ${trace.at} — ${verdicts[trace.verdict]}`,
    `  ${trace.id} · ${printable(trace.caseNo)} · 依据截至 known at ${trace.knownAt}`,
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
  for (const { name, state, detail } of trace.coverage.sources)
    lines.push(`  ${printable(name)}: ${state} ${detail}`);
  return `${lines.join('\n')}\n`;
}

export function summaryOf(one: Trace['candidates'][number]): string {
  if (one.outsideScope)
    return '属于管理范围以外的单位，由上级单位查询 of a unit outside your scope: the office above can look';
  const person = one.person.protected
    ? '未成年人，须经审批 a minor: needs approval'
    : one.person.known
      ? '使用人密封 owner sealed'
      : '使用人未登记 no owner registered';
  const parts = [one.insideIp, one.mac, one.assetNo, one.unitName, one.room, person];
  return parts.flatMap((part) => (part === null ? [] : printable(part))).join(' · ');
}

/** 0 when the verdict names one device, 1 when it does not. */
export const codeOf = (verdict: Trace['verdict']): number =>
  verdict === 'proven' || verdict === 'probable' ? 0 : 1;
