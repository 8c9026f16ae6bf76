/** `jiaodun logs clock`: how far the clock of a source was off, and what somebody read off it. */
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { getSource, listClockOffsets, listSources, newClockReading, readClock } from '#logs/contract';
import { beijing } from './beijing.ts';
import type { ClientIo } from './commands.ts';
import { InputError, UsageError } from './logs-usage.ts';

const options = {
  shown: { type: 'string' },
  at: { type: 'string' },
  within: { type: 'string' },
  note: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Offset = z.output<NonNullable<typeof readClock.reply>>;

/** Lists the newest hundred, or notes one reading when `--shown` is given. */
export async function clockOfSource(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
  const [name, extra] = positionals;
  if (name === undefined || extra !== undefined) throw new UsageError('请给出一个日志源 name one source');
  const params = { id: await idOfSource(name, io) };
  if (values.shown === undefined) {
    const one = ['at', 'within', 'note'].find((key) => key in values);
    if (one) throw new UsageError(`--${one} 要和 --shown 一起用 goes with --shown`);
    const { items: rows } = await io.client.call(listClockOffsets, {
      params,
      query: { page: 1, pageSize: 100 },
    });
    if (values.json) io.stdout(`${JSON.stringify(rows)}\n`);
    else if (rows.length === 0) io.stdout('还没有估计，也没有对时 no estimate and no reading yet\n');
    else io.stdout(rows.map((row) => `${say(row)}\n`).join(''));
    return 0;
  }
  const body = newClockReading.safeParse({
    shown: values.shown,
    at: values.at,
    note: values.note,
    ...(values.within !== undefined && { withinSeconds: Number(values.within) }),
  });
  if (!body.success) {
    const { path, message } = body.error.issues[0]!;
    if (path[0] === 'at')
      throw new UsageError('--at: 写明时区 with its zone, e.g. 2026-11-22T08:00:00+08:00');
    throw new UsageError(`--${String(path[0] ?? 'shown').replace('withinSeconds', 'within')}: ${message}`);
  }
  const row = await io.client.call(readClock, { params, body: body.data });
  io.stdout(values.json ? `${JSON.stringify(row)}\n` : `已登记 noted\n${say(row)}\n`);
  return 0;
}

/** By its name, or the number that lists show. */
async function idOfSource(name: string, io: ClientIo): Promise<number> {
  const { items } = await io.client.call(listSources, { query: { q: name, page: 1, pageSize: 500 } });
  const named = items.find((one) => one.name === name);
  if (named) return named.id;
  if (/^\d{1,9}$/.test(name)) return (await io.client.call(getSource, { params: { id: Number(name) } })).id;
  throw new InputError(`没有这个日志源 no such log source: ${name}`);
}

function say({ at, offsetMs, spreadMs, steady, origin, toldBy, note, withdrawn }: Offset): string {
  const way = offsetMs < 0 ? '慢 behind' : '快 ahead';
  const span = `${way} ${(Math.abs(offsetMs) / 1000).toFixed(1)} s (±${(spreadMs / 1000).toFixed(1)} s)`;
  const by = origin === 'lines' ? '由日志估计 by its lines' : `对时 read by ${toldBy}: ${note}`;
  const state = withdrawn ? '已撤回 taken back' : steady ? '' : '不稳 unsteady';
  return [beijing(at), span, by, state].filter((part) => part !== '').join('  ');
}
