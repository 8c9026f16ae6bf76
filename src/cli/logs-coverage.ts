/** `jiaodun logs coverage` and `jiaodun logs certificate`. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '#base/clock';
import { offline } from '#logs';
import {
  askReliance,
  issueCertificate,
  listSources,
  type RelianceReply,
  retentionStatement,
  type SignedCertificate,
} from '#logs/contract';
import type { ClientIo } from './commands.ts';
import { InputError, UsageError, wholeOf } from './logs-usage.ts';

const coverageOptions = {
  source: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  gap: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const stateWords = {
  met: '达到要求 met',
  growing: '未满期 growing',
  short: '不足 short',
  none: '没有日志 none',
} as const;

/** Exit code 0: one may rely on the source for the time; 1: not. */
export async function coverage(argv: string[], io: ClientIo): Promise<number> {
  const { values } = parseArgs({ args: argv, options: coverageOptions });
  if (!values.source) throw new UsageError('--source NAME 缺失 is missing');
  const to = values.to === undefined ? systemClock.now() : timeOf('--to', values.to);
  const from =
    values.from === undefined ? new Date(to.getTime() - 86_400_000) : timeOf('--from', values.from);
  const reply = await io.client.call(askReliance, {
    params: { id: await sourceNamed(io, values.source) },
    query: {
      from: from.toISOString(),
      to: to.toISOString(),
      ...(values.gap !== undefined && { gapSeconds: wholeOf('--gap', values.gap) }),
    },
  });
  io.stdout(values.json ? `${JSON.stringify(reply)}\n` : sayReliance(reply));
  return reply.relies ? 0 : 1;
}

async function sourceNamed(io: ClientIo, name: string): Promise<number> {
  const { items } = await io.client.call(listSources, { query: { q: name, pageSize: 500 } });
  const found = items.find((source) => source.name === name);
  if (!found) throw new InputError(`没有日志源 no log source is named ${name}`);
  return found.id;
}

function sayReliance(reply: RelianceReply): string {
  const lines = [
    reply.relies ? `${reply.name}: 可以依赖 can be relied on` : `${reply.name}: 不能依赖 cannot be relied on`,
    ...reply.reasons.map(({ zh, en }) => `  ${zh} ${en}`),
    ...reply.gaps.map(
      ({ proof, from, to, lost, reason }) =>
        `  ${proof} ${from ?? '…'} – ${to ?? '…'}${lost === null ? '' : ` 缺 lost ${lost}`}${reason === null ? '' : ` (${reason})`}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function timeOf(name: string, text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new UsageError(`${name}: 时间应写作 write times as 2026-11-22T14:00:00+08:00, not ${text}`);
  return time;
}

const certificateOptions = {
  unit: { type: 'string' },
  out: { type: 'string' },
  verify: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** Issues a certificate of retention, or checks one that was saved; exit code 1: it is not as it was signed. */
export async function certificate(argv: string[], io: ClientIo): Promise<number> {
  const { values } = parseArgs({ args: argv, options: certificateOptions });
  if (values.verify !== undefined) return verifyFile(values.verify, io);
  const signed = await io.client.call(issueCertificate, {
    body: values.unit === undefined ? {} : { unitCode: values.unit },
  });
  const text = `${JSON.stringify(signed)}\n`;
  if (values.out !== undefined) await writeFile(values.out, text);
  io.stdout(values.json ? text : sayCertificate(signed));
  return 0;
}

async function verifyFile(file: string, io: ClientIo): Promise<number> {
  const signed = await readSigned(file);
  if (!offline.isSignedStatement(signed)) {
    io.stdout(`${file}: 与签名不符，已被改动 it is not as it was signed\n`);
    return 1;
  }
  io.stdout(`${file}: 签名有效 the signature is valid\n${sayCertificate(signed)}`);
  return 0;
}

async function readSigned(file: string): Promise<SignedCertificate> {
  try {
    return issueCertificate.reply!.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new InputError(`${file}: 不是留存证明文件 is no certificate: ${(error as Error).message}`);
  }
}

function sayCertificate(signed: SignedCertificate): string {
  const { unit, issuedAt, sources } = retentionStatement.parse(JSON.parse(signed.statement));
  const lines = [
    `${unit.name} (${unit.code}) ${issuedAt}`,
    `SHA-256 ${signed.sha256}`,
    `公钥指纹 key ${offline.fingerprintOf(signed.publicKey)}`,
    ...sources.map(
      (source) =>
        `  ${source.name}: ${source.daysHeld}/${source.dutyDays} 天 days, ${stateWords[source.state]}, 缺口 gaps ${source.gaps} (未说明 unanswered ${source.openGaps})`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}
