/** What the verbs of `jiaodun trace` have in common: times, addresses, and texts that must not steer a terminal. */
import { isIP } from 'node:net';
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

/** An address and a port as people write them: `[2001:db8::1]:20049`, because a port behind a bare IPv6 address reads as a part of it. */
export function placeOf(ip: string, port: number | null): string {
  if (port === null) return ip;
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

const zoneForm = String.raw`(?:Z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|UTC|GMT|北京时间)`;
const timeForms = [
  String.raw`(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:T|\s+)(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,6})?))?`,
  String.raw`(\d{4})年(\d{1,2})月(\d{1,2})日\s*(\d{1,2})[时点:](\d{1,2})(?:分|:(?=\d))?(?:(\d{1,2}(?:\.\d{1,6})?)秒?)?`,
].map((form) => new RegExp(`^(?:北京时间)?\\s*${form}\\s*\\(?(${zoneForm})?\\)?$`, 'i'));

/**
 * An ISO time in UTC from one as letters and logs write it (`2026-11-23 13:36:00 UTC`, `2026年11月23日21时36分`). Without a
 * zone it is a local time of China (UTC+8, no summer time). CST is refused: it is the name of several zones.
 */
export function parseTime(text: string): string | undefined {
  const plain = text.normalize('NFKC').trim();
  const [, year, ...parts] = timeForms.map((form) => form.exec(plain)).find((found) => found) ?? [];
  if (year === undefined) return undefined;
  const [month, day, hour, minute] = parts.slice(0, 4).map((part) => part!.padStart(2, '0'));
  const [whole = '00', fraction] = (parts[4] ?? '00').split('.');
  const date = `${year}-${month}-${day}`;
  const second = `${whole.padStart(2, '0')}${fraction === undefined ? '' : `.${fraction}`}`;
  const at = new Date(`${date}T${hour}:${minute}:${second}${offsetOf(parts[5])}`);
  // Date rolls 30 February over to March: the day must be the one that was written.
  const written = new Date(`${date}T00:00:00Z`);
  const real = !Number.isNaN(written.getTime()) && written.toISOString().startsWith(date);
  return real && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}

function offsetOf(zone: string | undefined): string {
  if (zone === undefined || zone === '北京时间') return '+08:00';
  const [, sign, hours, minutes = '00'] = /([+-])(\d{1,2}):?(\d{2})?$/.exec(zone) ?? [];
  return hours === undefined ? 'Z' : `${sign}${hours.padStart(2, '0')}:${minutes}`;
}

/**
 * For which case and why; a text says what is missing. Nothing stands in for them: both are kept in the audit log and in the
 * report that the units asked about read, and a made-up one there would say nothing.
 */
export function whyOf(
  caseNo: string | undefined,
  reason: string | undefined,
): { caseNo: string; reason: string } | string {
  const [number, why] = [caseNo?.trim() ?? '', reason?.trim() ?? ''];
  if (number.length >= 2 && why.length >= 4) return { caseNo: number, reason: why };
  return [
    ...(number.length < 2
      ? ['--case NO：必须写案件编号，至少 2 个字 a case number, at least 2 characters']
      : []),
    ...(why.length < 4 ? ['--reason TEXT：必须写查询理由，至少 4 个字 a reason, at least 4 characters'] : []),
  ].join('\n');
}

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
    `${placeOf(trace.ip, trace.port)} @ ${trace.at} — ${verdicts[trace.verdict]}`,
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
