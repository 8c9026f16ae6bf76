/** `jiaodun logs sources` and `jiaodun logs adopt`: who sends, and unregistered senders made sources. */
import { parseArgs } from 'node:util';
import { adoptSource, format, type LogSource, listSources, sampleSource } from '#logs/contract';
import type { ClientIo } from './commands.ts';
import { InputError, UsageError } from './logs-usage.ts';

const listOptions = {
  state: { type: 'string' },
  q: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const states = ['active', 'quarantined', 'retired'] as const;

/** Lists the log sources in reach, all pages of them. */
export async function listLogSources(argv: string[], io: ClientIo): Promise<number> {
  const { values } = parseArgs({ args: argv, options: listOptions });
  const state = states.find((one) => one === values.state);
  if (values.state !== undefined && state === undefined)
    throw new UsageError(`--state: ${states.join(' | ')}`);
  const sources = await allSources(io, { ...(state && { state }), ...(values.q && { q: values.q }) });
  if (values.json) io.stdout(`${JSON.stringify(sources)}\n`);
  else if (sources.length === 0) io.stdout('没有日志源 no log sources\n');
  else io.stdout(sources.map((source) => `${say(source)}\n`).join(''));
  return 0;
}

async function allSources(
  io: ClientIo,
  query: { state?: (typeof states)[number]; q?: string },
): Promise<LogSource[]> {
  const all: LogSource[] = [];
  for (let page = 1; ; page += 1) {
    const { items } = await io.client.call(listSources, { query: { ...query, page, pageSize: 500 } });
    all.push(...items);
    if (items.length < 500) return all;
  }
}

function say(source: LogSource): string {
  const known = [...source.senders, ...source.certificates.map((hash) => `cert:${hash.slice(0, 16)}…`)];
  const clock = source.clock ? `时钟 clock ${(source.clock.offsetMs / 1000).toFixed(1)} s` : '';
  const received = `记录 records ${source.records}, 未能解析 unread ${source.unparsable}`;
  const last = `最近 last ${source.lastRecv ?? '—'}`;
  return [source.id, source.name, source.state, source.format, known.join(' '), received, last, clock]
    .filter((part) => part !== '')
    .join('  ');
}

const adoptOptions = {
  name: { type: 'string' },
  format: { type: 'string' },
  unit: { type: 'string' },
  zone: { type: 'string' },
  realm: { type: 'string' },
  host: { type: 'string' },
  case: { type: 'string' },
  reason: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** Makes a quarantined sender a source. Without `--format` the one that reads its lines best is taken, if any does. */
export async function adoptLogSource(argv: string[], io: ClientIo): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, options: adoptOptions, allowPositionals: true });
  const [sender, extra] = positionals;
  if (sender === undefined || extra !== undefined) throw new UsageError('请给出一个发送方 name one sender');
  if (!values.name) throw new UsageError('--name NAME 缺失 is missing');
  const wanted = `unregistered:${sender.replace(/^unregistered:/, '')}`;
  const found = (await allSources(io, { q: wanted })).find((source) => source.name === wanted);
  if (!found) throw new InputError(`没有这个未登记的发送方 no such unregistered sender: ${sender}`);
  const source = await io.client.call(adoptSource, {
    params: { id: found.id },
    body: {
      name: values.name,
      format: await formatFor(values.format, found.id, values, io),
      ...(values.unit && { unitCode: values.unit }),
      ...(values.zone && { zone: values.zone }),
      ...(values.realm && { realm: values.realm }),
      ...(values.host && { host: values.host }),
    },
  });
  if (values.json) io.stdout(`${JSON.stringify(source)}\n`);
  else
    io.stdout(`已收编，正在解析已收的日志 adopted; what was received so far is being read\n${say(source)}\n`);
  return 0;
}

async function formatFor(
  given: string | undefined,
  id: number,
  why: { readonly case?: string | undefined; readonly reason?: string | undefined },
  io: ClientIo,
) {
  if (given !== undefined) {
    const known = format.safeParse(given);
    if (!known.success) throw new UsageError(`--format: ${format.options.join(' | ')}`);
    return known.data;
  }
  const { guesses, lines } = await io.client.call(sampleSource, {
    params: { id },
    query: { caseNo: why.case, reason: why.reason },
  });
  const best = guesses[0];
  if (!best)
    throw new UsageError('没有一种格式能读懂它的行，请用 --format 指定 no format reads its lines: name one');
  io.stderr(`格式 format: ${best.format} (${best.read + best.known}/${lines})\n`);
  return best.format;
}
