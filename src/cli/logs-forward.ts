/** `jiaodun logs forward status`: how segments go from here to the city, and what comes here from counties. */
import { parseArgs } from 'node:util';
import { type Forwarder, type ForwardSending, forwardStatus, listForwarders } from '#logs/contract';
import { beijing } from './beijing.ts';
import type { ClientIo } from './commands.ts';
import { UsageError } from './logs-usage.ts';

/** Exit code 0: all goes well, also when nothing is forwarded; 1: something stands still. */
export async function forwardLogs(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    options: { json: { type: 'boolean' } },
    allowPositionals: true,
  });
  if (positionals.join(' ') !== 'status') throw new UsageError('logs forward status');
  const { sending } = await io.client.call(forwardStatus);
  const { items, total } = await io.client.call(listForwarders, { query: { pageSize: 500 } });
  if (values.json) io.stdout(`${JSON.stringify({ sending, forwarders: items, total })}\n`);
  else io.stdout([...tellSending(sending), ...items.flatMap(tellForwarder)].join('\n').concat('\n'));
  return sending?.problem || items.some(({ problem }) => problem) ? 1 : 0;
}

function tellSending(sending: ForwardSending | null): string[] {
  if (!sending) return ['本机不转发 this system forwards to nobody'];
  const { target, sentSeq, chainSeq, lag, sentBytes, allBytes, doneAt, problem } = sending;
  const lines = [`→ ${target}: ${sentSeq}/${chainSeq} 段 segments, 落后 behind ${lag}`];
  if (allBytes > 0) lines.push(`  正在发送 on its way: ${sentBytes}/${allBytes} B`);
  if (typeof doneAt === 'string') lines.push(`  最近成功 last success: ${beijing(doneAt)}`);
  if (problem) lines.push(`  ✗ ${problem}`);
  return lines;
}

function tellForwarder({ name, unitName, chainSeq, lag, heardAt, problem, keys }: Forwarder): string[] {
  const heard = typeof heardAt === 'string' ? beijing(heardAt) : '—';
  const lines = [
    `← ${name} (${unitName ?? '—'}): ${chainSeq} 段 segments, 落后 behind ${lag}, 最近 heard ${heard}`,
  ];
  for (const { fingerprint, acceptedAt } of keys)
    if (acceptedAt === null) lines.push(`  ? 待接受的密钥 key to accept: ${fingerprint}`);
  if (problem) lines.push(`  ✗ ${problem}`);
  return lines;
}
