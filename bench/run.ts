/**
 * `npm run bench -- [TOPIC [ARG…]] [--json]`: runs `bench/<topic>.bench.ts` and prints its figures with the machine and
 * the commit. Without TOPIC every topic runs. A topic that takes arguments says so at its head. Each runs in a process of its own: one does not warm up or fill the
 * memory of the next, and what it prints itself goes to stderr. Exit codes: 0, 1 when a bar is missed, 2 wrong use or
 * a benchmark that broke.
 */
import { fork, spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { cpus, release, totalmem, type } from 'node:os';
import { parseArgs } from 'node:util';
import type { Figure } from './figure.ts';

interface Report {
  readonly topic: string;
  readonly machine: string;
  readonly commit: string | null;
  readonly figures: readonly Figure[];
  /** Why the topic gave no figures. */
  readonly error?: string;
}

/** A child that has told its figures may take so long to stop what it started. */
const leaveMs = 15_000;
const usage = 'npm run bench -- [TOPIC [ARG...]] [--json]\n';

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  const topics = await listTopics();
  if (values.help) {
    process.stdout.write(`${usage}topics: ${topics.join(', ')}\n`);
    return 0;
  }
  const [topic, ...rest] = positionals;
  if (topic !== undefined && !topics.includes(topic)) {
    process.stderr.write(`${usage}no such topic: ${topic}; topics: ${topics.join(', ')}\n`);
    return 2;
  }
  const reports: Report[] = [];
  for (const one of topic === undefined ? topics : [topic]) {
    const report = await runInChild(one, rest);
    reports.push(report);
    if (!values.json) process.stdout.write(tableOf(report));
  }
  const shown = topic === undefined ? reports : reports[0];
  if (values.json) process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
  return Math.max(0, ...reports.map(exitCodeOf));
}

async function listTopics(): Promise<string[]> {
  const names = await readdir(import.meta.dirname);
  return names.flatMap((name) => /^([\w-]+)\.bench\.ts$/.exec(name)?.[1] ?? []).sort();
}

async function runInChild(topic: string, args: readonly string[]): Promise<Report> {
  const child = fork(import.meta.filename, [topic, ...args], { stdio: ['ignore', 2, 2, 'ipc'] });
  let figures: readonly Figure[] | undefined;
  child.once('message', (message) => {
    figures = message as Figure[];
    setTimeout(() => child.kill('SIGTERM'), leaveMs).unref();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const report = { topic, machine: machineOf(), commit: commitOf() };
  return figures ? { ...report, figures } : { ...report, figures: [], error: `ended with ${code}` };
}

/** The child's side: measures, and tells the parent. */
async function measure(topic: string, args: readonly string[]): Promise<void> {
  const { run } = (await import(`./${topic}.bench.ts`)) as {
    run: (args: readonly string[]) => Promise<Figure[]>;
  };
  process.send?.(await run(args));
  process.disconnect();
  // Servers that are shared with the tests stop at this event, which does not come by itself while they run.
  process.emit('beforeExit', 0);
}

/** 2 outranks 1: a benchmark that broke says nothing about its bars. */
function exitCodeOf({ figures, error }: Report): number {
  if (error !== undefined) return 2;
  return figures.some(({ holds }) => holds === false) ? 1 : 0;
}

/** Processor, cores, memory, kernel and Node: what a figure cannot be read without. */
function machineOf(): string {
  const [cpu] = cpus();
  const memory = `${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  return [
    cpu?.model.trim() || 'unknown processor',
    `${cpus().length} cores`,
    memory,
    `${type()} ${release()}`,
    `Node ${process.versions.node}`,
  ].join(', ');
}

/** The commit that is checked out, or `null` outside a git repository. */
function commitOf(): string | null {
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : null;
}

function tableOf({ topic, machine, commit, figures, error }: Report): string {
  const rows = figures.map(({ name, value, unit, bar, holds, peer, note }) => [
    holds === null ? '-' : holds ? 'holds' : 'MISSED',
    name,
    `${value} ${unit}`,
    bar === null ? '' : `bar ${bar}`,
    [peer && `peer ${peer}`, note].filter(Boolean).join('; '),
  ]);
  const widths = [0, 1, 2, 3].map((at) => Math.max(0, ...rows.map((row) => row[at]!.length)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd(),
  );
  const head = `${topic}: ${machine}, commit ${commit?.slice(0, 12) ?? 'unknown'}`;
  return `${[head, ...lines, ...(error ? [`  broken: ${error}`] : [])].join('\n')}\n`;
}

if (process.send) {
  await measure(process.argv[2]!, process.argv.slice(3));
} else {
  process.exitCode = await main(process.argv.slice(2)).catch((error: Error) => {
    process.stderr.write(`${error.stack ?? error}\n`);
    return 2;
  });
}
