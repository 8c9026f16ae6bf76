/** `jiaodun trace bulk`, `runs` and `run`: many questions from a table, and how far such runs are. */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { elapsed } from '#base/clock';
import { isAppError } from '#base/errors';
import { pause } from '#base/timers';
import { actOnBulk, exportBulk, getBulk, listBulk, startBulk } from '#trace/contract';
import { beijing } from './beijing.ts';
import type { RouteOutput } from './client.ts';
import { ApiError } from './client.ts';
import type { ClientIo } from './commands.ts';
import { fileReason, whyUnwritable } from './file-words.ts';
import { parseTime, printable, whyOf, wrongUsage } from './trace-flags.ts';

export const bulkUsage = `jiaodun trace bulk FILE --case NO --reason TEXT [--zone +08:00] [--known-at TIME] [--wait] [--out RESULT.csv]
              [--json]
`;
export const runsUsage = `jiaodun trace runs [--q CASE] [--json]
jiaodun trace run ID [--wait] [--out RESULT.csv] [--pause | --resume | --cancel] [--json]
`;

type Run = RouteOutput<typeof getBulk>;
type Started = RouteOutput<typeof startBulk>;

const options = {
  case: { type: 'string' },
  reason: { type: 'string' },
  zone: { type: 'string' },
  'known-at': { type: 'string' },
  q: { type: 'string' },
  wait: { type: 'boolean', default: false },
  out: { type: 'string' },
  pause: { type: 'boolean', default: false },
  resume: { type: 'boolean', default: false },
  cancel: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

/** Uploads a table, and with `--wait` or `--out` stays until every good row is answered. */
export async function runBulk(argv: string[], io: ClientIo, help: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [file, ...more] = positionals;
  const { case: caseNo, reason, zone, out } = values;
  const wrong = (message: string) => wrongUsage(io, message, help);
  if (file === undefined || more.length > 0) return wrong('请给出一个文件 name one file');
  const why = whyOf(caseNo, reason);
  if (typeof why === 'string') return wrong(why);
  if (zone !== undefined && !/^[+-](?:0\d|1[0-4]):[0-5]\d$/.test(zone))
    return wrong(`--zone +08:00: ${zone}`);
  const knownAt = values['known-at'] === undefined ? null : parseTime(values['known-at']);
  if (knownAt === undefined) return wrong(`--known-at 时间不对 is not a time: ${values['known-at']}`);
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) return wrong(`读不到文件 cannot read ${file}: ${fileReason(found)}`);
  if (!found.isFile()) return wrong(`不是文件 not a file: ${file}`);
  const unwritable = out === undefined ? null : await whyUnwritable(out);
  if (unwritable) return wrong(unwritable);
  const query = {
    fileName: basename(file),
    ...why,
    ...(zone && { zone }),
    ...(knownAt && { knownAt }),
  };
  const started = await io.client.upload(startBulk, { query }, createReadStream(file));
  if (!values.json) tellStart(io, started);
  if (!started.run) {
    if (values.json) io.stdout(`${JSON.stringify(started, null, 2)}\n`);
    return 1;
  }
  const isAwaited = values.wait || out !== undefined;
  const run = isAwaited ? await waitFor(io, started.run.id) : started.run;
  if (out !== undefined) await save(io, run.id, out);
  if (values.json) io.stdout(`${JSON.stringify({ ...started, run }, null, 2)}\n`);
  else io.stdout(`${describe(run)}\n${out === undefined ? '' : `结果 results: ${out}\n`}`);
  return codeOf(run, isAwaited);
}

/** The runs that the actor may see, newest first. */
export async function showRuns(argv: string[], io: ClientIo, help: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  if (positionals.length > 0) return wrongUsage(io, `多余的参数 unexpected: ${positionals.join(' ')}`, help);
  const reply = await io.client.call(listBulk, {
    query: { pageSize: 100, ...(values.q && { q: values.q }) },
  });
  if (values.json) io.stdout(`${JSON.stringify(reply, null, 2)}\n`);
  else if (reply.items.length === 0) io.stdout('还没有批量查询 no runs\n');
  else for (const run of reply.items) io.stdout(`${describe(run)}\n`);
  return 0;
}

/** One run: waited for, saved, paused, resumed or cancelled. */
export async function showRun(argv: string[], io: ClientIo, help: string): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options });
  const [id, ...more] = positionals;
  const acts = (['pause', 'resume', 'cancel'] as const).filter((act) => values[act]);
  if (id === undefined || more.length > 0) return wrongUsage(io, '请给出一个编号 name one ID', help);
  if (acts.length > 1) return wrongUsage(io, acts.map((act) => `--${act}`).join(' '), help);
  const { out } = values;
  const unwritable = out === undefined ? null : await whyUnwritable(out);
  if (unwritable) return wrongUsage(io, unwritable, help);
  const [act] = acts;
  if (act) await io.client.call(actOnBulk, { params: { id }, body: { act } });
  const run = values.wait ? await waitFor(io, id) : await io.client.call(getBulk, { params: { id } });
  if (out !== undefined) await save(io, id, out);
  if (values.json) io.stdout(`${JSON.stringify(run, null, 2)}\n`);
  else io.stdout(`${describe(run)}\n${out === undefined ? '' : `结果 results: ${out}\n`}`);
  return act ? 0 : codeOf(run, true);
}

function codeOf(run: Run, isAwaited: boolean): number {
  const isWhole = run.faults === 0 && (!isAwaited || run.state === 'done');
  return isWhole ? 0 : 1;
}

function tellStart(io: ClientIo, { run, rejected, errors, unknownColumns }: Started): void {
  if (unknownColumns.length > 0)
    io.stderr(`没有读取的列 columns not read: ${unknownColumns.map(printable).join('、')}\n`);
  for (const { row, column, message } of errors)
    io.stderr(`  第 ${row} 行 ${printable(column)}: ${printable(message)}\n`);
  if (rejected > 0) {
    const rows = new Set(errors.map(({ row }) => row)).size;
    const all = rows < rejected ? `，另有 and ${rejected - rows} more` : '';
    io.stderr(`有误的行 rows at fault: ${rejected}${all}\n`);
  }
  if (run) io.stderr(`开始 started: ${run.id}\n`);
  else io.stderr('没有一行可以查询 not one row can be asked\n');
}

function describe(run: Run): string {
  const { id, fileName, caseNo, state, rows, done, faults, askedAt } = run;
  const mix = `已证实 proven ${run.proven}  很可能 probable ${run.probable}  多个候选 ambiguous ${run.ambiguous}  无法证明 not provable ${run.notProvable}`;
  const words = { running: '进行中', paused: '已暂停', cancelled: '已取消', done: '已完成' }[state];
  return `${id}  ${beijing(askedAt)}  ${printable(fileName)}  ${printable(caseNo)}  ${words} ${state}  ${done}/${rows}  有误的行 faults ${faults}\n  ${mix}`;
}

/** So long without an answer of the server, and the command gives up; called again it goes on. */
const patienceMs = 120_000;

/** Until nothing more will happen by itself; a server that is just being started again is waited for. */
async function waitFor(io: ClientIo, id: string): Promise<Run> {
  let told = -1;
  let since = elapsed();
  for (let wait = 200; ; wait = Math.min(wait * 1.5, 2000)) {
    const run = await io.client.call(getBulk, { params: { id } }).catch((error: unknown) => {
      if (!mayPass(error) || elapsed() - since > patienceMs) throw error;
      return null;
    });
    if (run) {
      since = elapsed();
      if (run.done !== told) io.stderr(`${run.done}/${run.rows}\n`);
      told = run.done;
      if (run.state !== 'running') return run;
    }
    await pause(wait);
  }
}

function mayPass(error: unknown): boolean {
  if (isAppError(error)) return error.code === 'cli.connection_lost' || error.code === 'cli.no_server';
  return error instanceof ApiError && (error.status >= 502 || error.status === 429);
}

async function save(io: ClientIo, id: string, out: string): Promise<void> {
  const format = extname(out).toLowerCase() === '.xlsx' ? 'xlsx' : 'csv';
  await pipeline(await io.client.stream(exportBulk, { params: { id, format } }), createWriteStream(out));
}
