/** `jiaodun logs search | top | export`: reading the rows, always with a case number or a reason. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '#base/clock';
import { pause } from '#base/timers';
import {
  downloadLogExport,
  type LogRow,
  listLogExports,
  readingPurpose,
  requestLogExport,
  rowKind,
  searchLogs,
  topValues,
} from '#logs/contract';
import { tellUnknownCase } from './case-note.ts';
import type { ClientIo } from './commands.ts';
import { UsageError, wholeOf } from './logs-usage.ts';

const filterOptions = {
  from: { type: 'string' },
  to: { type: 'string' },
  source: { type: 'string' },
  unit: { type: 'string' },
  kind: { type: 'string' },
  ip: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  mac: { type: 'string' },
  user: { type: 'string' },
  device: { type: 'string' },
  q: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const whyOptions = {
  case: { type: 'string' },
  reason: { type: 'string' },
  purpose: { type: 'string' },
} as const;

type Given = { readonly [name in keyof typeof filterOptions]?: string | boolean };

/** The conditions of a search; the last 24 hours unless told. */
function filterOf(given: Given) {
  const { json: _json, kind, port, from, to, ...rest } = given as Record<string, string | undefined>;
  const until = to === undefined ? systemClock.now() : timeOf('--to', to);
  const since = from === undefined ? new Date(until.getTime() - 86_400_000) : timeOf('--from', from);
  const known = rowKind.optional().safeParse(kind);
  if (!known.success) throw new UsageError(`--kind: ${rowKind.options.join(' | ')}`);
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    from: since.toISOString(),
    to: until.toISOString(),
    ...(known.data && { kind: known.data }),
    ...(port !== undefined && { port: wholeOf('--port', port) }),
  };
}

function whyOf(given: { case?: string; reason?: string; purpose?: string }) {
  const purpose = readingPurpose.optional().safeParse(given.purpose);
  if (!purpose.success) throw new UsageError(`--purpose: ${readingPurpose.options.join(' | ')}`);
  return {
    ...(given.case !== undefined && { caseNo: given.case }),
    ...(given.reason !== undefined && { reason: given.reason }),
    ...(purpose.data && { purpose: purpose.data }),
  };
}

function timeOf(name: string, text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new UsageError(`${name}: 时间应写作 write times as 2026-11-22T14:00:00+08:00, not ${text}`);
  }
  return time;
}

/** Prints one page of rows. */
export async function searchCommand(argv: string[], io: ClientIo): Promise<number> {
  const options = {
    ...filterOptions,
    ...whyOptions,
    limit: { type: 'string' },
    cursor: { type: 'string' },
  } as const;
  const { values } = parseArgs({ args: argv, options });
  const { case: caseNo, reason, purpose, limit, cursor, ...filter } = values;
  await tellUnknownCase(io, caseNo);
  const reply = await io.client.call(searchLogs, {
    query: {
      ...filterOf(filter),
      ...whyOf({ ...(caseNo && { case: caseNo }), ...(reason && { reason }), ...(purpose && { purpose }) }),
      ...(limit !== undefined && { limit: wholeOf('--limit', limit) }),
      ...(cursor !== undefined && { cursor }),
    },
  });
  io.stdout(values.json ? `${JSON.stringify(reply)}\n` : sayRows(reply));
  return 0;
}

function sayRows({ rows, cursor }: { rows: LogRow[]; cursor: string | null }): string {
  if (rows.length === 0) return '没有找到 nothing was found\n';
  const lines = rows.map((row) => {
    const fields = Object.entries(row.fields).map(([name, value]) => `${name}=${value}`);
    return `${row.ts} ${row.kind} ${row.source} ${fields.join(' ')} [${row.segment}:${row.seq}]`;
  });
  if (cursor) lines.push(`还有更多 more: --cursor ${cursor}`);
  return `${lines.join('\n')}\n`;
}

/** Prints the most frequent values of a field. */
export async function topCommand(argv: string[], io: ClientIo): Promise<number> {
  const options = { ...filterOptions, ...whyOptions, limit: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
  const [field, extra] = positionals;
  if (field === undefined || extra !== undefined) throw new UsageError('请给出一个字段 name one field');
  const { case: caseNo, reason, purpose, limit, ...filter } = values;
  await tellUnknownCase(io, caseNo);
  const reply = await io.client.call(topValues, {
    query: {
      ...filterOf(filter),
      ...whyOf({ ...(caseNo && { case: caseNo }), ...(reason && { reason }), ...(purpose && { purpose }) }),
      field,
      ...(limit !== undefined && { limit: wholeOf('--limit', limit) }),
    },
  });
  if (values.json) io.stdout(`${JSON.stringify(reply)}\n`);
  else io.stdout(reply.values.map(({ value, rows }) => `${rows}\t${value}\n`).join(''));
  return 0;
}

/** Asks for a sealed bag of the result, waits until it is made, and saves it. */
export async function exportCommand(argv: string[], io: ClientIo): Promise<number> {
  const options = { ...filterOptions, case: { type: 'string' }, reason: { type: 'string' } } as const;
  const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true });
  const [file, extra] = positionals;
  if (file === undefined || extra !== undefined)
    throw new UsageError('请给出保存的文件 name the file to save');
  const { case: caseNo, reason, ...filter } = values;
  if (!caseNo || !reason) throw new UsageError('--case 与 --reason 都要写 are both needed');
  await tellUnknownCase(io, caseNo);
  const query = filterOf(filter);
  const { id } = await io.client.call(requestLogExport, { body: { query, caseNo, reason } });
  for (;;) {
    const { items } = await io.client.call(listLogExports, { query: { pageSize: 100 } });
    const made = items.find((one) => one.id === id);
    if (made?.state === 'failed') {
      io.stderr(`没有做成 failed: ${made.problem}\n`);
      return 1;
    }
    if (made?.state === 'ready') {
      await writeFile(file, await io.client.download(downloadLogExport, { params: { id } }));
      io.stdout(
        values.json
          ? `${JSON.stringify(made)}\n`
          : `${file}: ${made.rows} 条 rows, SHA-256 ${made.sha256}${made.cut ? `\n没有包含全部 not all: ${made.cut}` : ''}\n`,
      );
      return 0;
    }
    await pause(1000);
  }
}
