import { parseArgs } from 'node:util';
import { systemClock } from '#base/clock';
import { type LogRow, rowKind, searchLogs } from '#logs/contract';
import type { ClientIo } from './commands.ts';
import { uploadHelp, uploadLogs, uploadUsage } from './logs-upload.ts';
import { redecodeHelp, UsageError, verifyHelp, wholeOf } from './logs-usage.ts';

const help = `${uploadUsage}jiaodun logs search [--from TIME] [--to TIME] [--source NAME] [--kind KIND] [--ip IP] [--port N]
                    [--host HOST] [--q TEXT] [--limit N] [--cursor MARK] [--json]

导入与检索日志。Takes log files and searches the logs.

${uploadHelp}search   最新的在前；默认最近 24 小时。Newest first; the last 24 hours unless told.
  --kind    ${rowKind.options.join(' | ')}

${redecodeHelp}
${verifyHelp}
Exit code: 0 done (also when nothing was found), 1 not whole (verify), 2 wrong use or input.
`;

/** `jiaodun logs …`. Answers the exit code; errors of the server go up to the caller. */
export async function logsCommand(argv: string[], io: ClientIo): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb === undefined || verb === '--help' || verb === '-h' || rest.includes('--help')) {
    io.stdout(help);
    return verb === undefined ? 2 : 0;
  }
  try {
    if (verb === 'upload') return await uploadLogs(rest, io);
    if (verb === 'search') return await search(rest, io);
    if (verb === 'redecode') return await (await import('./logs-redecode.ts')).redecodeLogs(rest, io);
    if (verb === 'verify') return await (await import('./logs-verify.ts')).verifyLogs(rest, io);
    if (verb === 'catalogue') return await (await import('./logs-verify.ts')).saveCatalogue(rest, io);
    if (verb === 'proof') return await (await import('./logs-verify.ts')).proveLog(rest, io);
    if (verb === 'forward') return await (await import('./logs-forward.ts')).forwardLogs(rest, io);
    throw new UsageError(`没有这个子命令 no such command: logs ${verb}`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (!(error instanceof UsageError) && !code.startsWith('ERR_PARSE_ARGS')) throw error;
    io.stderr(`${(error as Error).message}\n\n${help}`);
    return 2;
  }
}

const searchOptions = {
  from: { type: 'string' },
  to: { type: 'string' },
  source: { type: 'string' },
  kind: { type: 'string' },
  ip: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  q: { type: 'string' },
  limit: { type: 'string' },
  cursor: { type: 'string' },
  json: { type: 'boolean' },
} as const;

async function search(argv: string[], io: ClientIo): Promise<number> {
  const { values } = parseArgs({ args: argv, options: searchOptions });
  const { json, kind, port, limit, from, to, ...rest } = values;
  const until = to === undefined ? systemClock.now() : timeOf('--to', to);
  const since = from === undefined ? new Date(until.getTime() - 86_400_000) : timeOf('--from', from);
  const known = rowKind.optional().safeParse(kind);
  if (!known.success) throw new UsageError(`--kind: ${rowKind.options.join(' | ')}`);
  const reply = await io.client.call(searchLogs, {
    query: {
      ...rest,
      from: since.toISOString(),
      to: until.toISOString(),
      ...(known.data && { kind: known.data }),
      ...(port !== undefined && { port: wholeOf('--port', port) }),
      ...(limit !== undefined && { limit: wholeOf('--limit', limit) }),
    },
  });
  if (json) io.stdout(`${JSON.stringify(reply)}\n`);
  else io.stdout(sayRows(reply));
  return 0;
}

function timeOf(name: string, text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new UsageError(`${name}: 时间应写作 write times as 2026-11-22T14:00:00+08:00, not ${text}`);
  }
  return time;
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
