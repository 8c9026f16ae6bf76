/**
 * A stream of log lines through the whole product, from the socket to the search: 20 sources send over TCP as fast as they
 * are read, while somebody searches and looks at the sources. Then the same stream goes into rsyslog, which writes a file.
 * `npm run bench -- day [LINES]`; 100,000,000 are a day of a prefecture.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elapsed, systemClock } from '#base/clock';
import { pause } from '#base/timers';
import { listSources, logHistogram, registerSource, searchLogs, topValues } from '#logs/contract';
import {
  familyOf,
  freePort,
  newDataDir,
  type Product,
  removeDataDir,
  startProduct,
  until,
} from '#test/product';
import { ApiError, type Client, connect as connectClient } from '../src/cli/client.ts';
import { type Figure, rounded } from './figure.ts';
import { percentile } from './load.ts';
import { proxyLine } from './proxy-lines.ts';

const command = 'npm run bench -- day [LINES]';
const sources = 20;
/** More says nothing new of rsyslog, whose work per line does not change. */
const mostForPeer = 4_000_000;
const rsyslogd = '/usr/sbin/rsyslogd';
const logRoles = ['collector', 'worker', 'logstore'] as const;

/** One million lines unless told. */
export async function run(args: readonly string[]): Promise<Figure[]> {
  const count = Number(args[0] ?? 1_000_000);
  if (!Number.isSafeInteger(count) || count < sources) throw new Error(`at least ${sources} lines`);
  const theirs = await peerOf(Math.min(count, mostForPeer));
  const ours = await throughProduct(count);
  return figuresOf(count, ours, theirs);
}

interface Ours {
  /** Until the last line was taken from the socket, and until all could be found. Seconds. */
  readonly sentSeconds: number;
  readonly foundSeconds: number;
  /** Processor seconds of all processes of the product, searches included. */
  readonly cpu: number;
  readonly cpuOfRoles: Readonly<Record<string, number>>;
  /** Peak of the log roles together, and of all processes. MiB of proportional set size. */
  readonly logMiB: number;
  readonly allMiB: number;
  readonly asked: Readonly<Record<string, readonly number[]>>;
  /** Questions that the product stopped at its own limit of time, rows or memory; their times are among `asked`. */
  readonly stopped: Readonly<Record<string, number>>;
}

async function throughProduct(count: number): Promise<Ours> {
  const dataDir = await newDataDir();
  const tcp = await freePort();
  const env = { JIAODUN_SYSLOG_UDP_PORT: '0', JIAODUN_SYSLOG_TCP_PORT: `${tcp}`, JIAODUN_LOG_LEVEL: 'warn' };
  const product = await startProduct({ dataDir, port: await freePort(), env });
  try {
    await setUp(product);
    const client = await connectClient({ data: dataDir });
    await registerAll(client);
    return await measure(product, client, tcp, count);
  } finally {
    await product.stop();
    await removeDataDir(dataDir);
  }
}

async function setUp({ url, dataDir }: Product): Promise<void> {
  const administrator = (username: string) => ({
    username,
    name: username,
    password: 'Bench-Pass-2026',
    mustChangePassword: false,
  });
  const token = (await readFile(join(dataDir, 'setup-token'), 'utf8')).trim();
  const reply = await fetch(`${url}/api/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-requested-with': 'bench' },
    body: JSON.stringify({
      token,
      city: { code: 'city', name: '示例市教育局' },
      systemAdmin: administrator('sysadmin'),
      securityAdmin: administrator('secadmin'),
      auditAdmin: administrator('auditadmin'),
    }),
  });
  if (!reply.ok) throw new Error(`set-up: ${reply.status} ${await reply.text()}`);
}

const addressOf = (source: number) => `127.0.1.${source + 1}`;

async function registerAll(client: Client): Promise<void> {
  for (let source = 0; source < sources; source += 1) {
    const body = {
      name: `gateway-${source}`,
      format: 'squid' as const,
      unitCode: 'city',
      realm: 'main',
      zone: 'Asia/Shanghai',
      toleranceSeconds: 2,
      senders: [addressOf(source)],
    };
    await client.call(registerSource, { body });
  }
}

async function measure(product: Product, client: Client, port: number, count: number): Promise<Ours> {
  const before = await rolesCpu(product);
  const peak = { log: 0, all: 0 };
  const asked: Record<string, number[]> = {};
  const stopped: Record<string, number> = {};
  const from = new Date(systemClock.now().getTime() - 60_000).toISOString();
  const began = elapsed();
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      await askAll(client, asked, stopped);
      await noteMemory(product, peak);
      await pause(2000);
    }
  })();
  // A question that fails must end the run, but not before the sender is waited for.
  looking.catch(() => undefined);
  await sendAll(port, count);
  const sentSeconds = (elapsed() - began) / 1000;
  await until('all lines in the search', 120_000 + count / 5, async () => {
    // Counting 100 million rows is work for the store: not four times a second.
    await pause(Math.min(20_000, count / 5000));
    const rows = await found(client, from);
    if (count > 10_000_000)
      process.stderr.write(`${Math.round((elapsed() - began) / 1000)} s: ${rows} rows\n`);
    return rows >= count;
  });
  const foundSeconds = (elapsed() - began) / 1000;
  isOver = true;
  await looking;
  const rows = await found(client, from);
  if (rows !== count) throw new Error(`${rows} rows of ${count} lines`);
  const after = await rolesCpu(product);
  const cpuOfRoles = Object.fromEntries(
    Object.entries(after).map(([role, cpu]) => [role, cpu - (before[role] ?? 0)]),
  );
  const cpu = Object.values(cpuOfRoles).reduce((sum, one) => sum + one, 0);
  return { sentSeconds, foundSeconds, cpu, cpuOfRoles, logMiB: peak.log, allMiB: peak.all, asked, stopped };
}

/** Rows since `from`, as the histogram of the search page counts them. */
async function found(client: Client, from: string): Promise<number> {
  const to = new Date(systemClock.now().getTime() + 3_600_000).toISOString();
  const { buckets } = await client.call(logHistogram, { query: { from, to, kind: 'proxy', reason } });
  return buckets.reduce((sum, { rows }) => sum + rows, 0);
}

const reason = 'measuring the store';
const limits: ReadonlySet<string> = new Set(['logs.search_too_large', 'logs.search_busy']);

/** What a person does meanwhile: rows of the last hour by a rare value and by a common one, top hosts, the sources. */
async function askAll(
  client: Client,
  asked: Record<string, number[]>,
  stopped: Record<string, number>,
): Promise<void> {
  const now = systemClock.now().getTime();
  const [from, to] = [now - 3_600_000, now + 60_000].map((ms) => new Date(ms).toISOString()) as [
    string,
    string,
  ];
  const query = { from, to, reason, limit: 100 };
  const questions: Record<string, () => Promise<unknown>> = {
    'search for one client': () => client.call(searchLogs, { query: { ...query, q: 'ip:10.1.99.7' } }),
    'search for refused requests': () => client.call(searchLogs, { query: { ...query, q: 'status:404' } }),
    'top hosts of the hour': () => client.call(topValues, { query: { ...query, field: 'host', limit: 20 } }),
    'list of sources': () => client.call(listSources, { query: { page: 1, pageSize: 50 } }),
  };
  for (const [name, ask] of Object.entries(questions)) {
    const began = elapsed();
    await ask().catch((error: unknown) => {
      if (!(error instanceof ApiError) || !limits.has(error.code)) throw error;
      stopped[name] = (stopped[name] ?? 0) + 1;
    });
    asked[name] ??= [];
    asked[name].push(elapsed() - began);
  }
}

/** Every source a connection from its own address, so that the product knows it. The lines are made in the other process. */
async function sendAll(port: number, count: number): Promise<void> {
  const child = fork(import.meta.filename, ['send', `${port}`, `${count}`], {
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the sender ended with ${code}`);
}

async function send(port: number, count: number): Promise<void> {
  const sockets = await Promise.all(
    Array.from({ length: sources }, async (_, source) => {
      const socket = connect({ host: '127.0.0.1', port, localAddress: addressOf(source) });
      await once(socket, 'connect');
      return socket;
    }),
  );
  await Promise.all(sockets.map((socket, source) => sendOne(socket, source, count)));
  process.disconnect();
}

const linesPerWrite = 500;

async function sendOne(socket: Socket, source: number, count: number): Promise<void> {
  for (let n = source; n < count; ) {
    const lines: string[] = [];
    for (; n < count && lines.length < linesPerWrite; n += sources)
      lines.push(
        `<134>1 - gw squid - - - ${proxyLine(n, systemClock.now().getTime(), Math.floor(n / sources))}\n`,
      );
    if (!socket.write(lines.join(''))) await once(socket, 'drain');
  }
  socket.end();
  await once(socket, 'close');
}

interface Theirs {
  readonly cpu: number;
  readonly lines: number;
}

/** rsyslog with as little to do as it can have: the line as it came into one file. */
async function peerOf(count: number): Promise<Theirs | null> {
  if (
    !(await access(rsyslogd).then(
      () => true,
      () => false,
    ))
  )
    return null;
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-bench-rsyslog-'));
  const port = await freePort();
  const out = join(dir, 'out.log');
  const config = `global(workDirectory="${dir}")
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="raw" type="string" string="%rawmsg%\\n")
action(type="omfile" file="${out}" template="raw")
`;
  await writeFile(join(dir, 'rsyslog.conf'), config);
  const child = spawn(rsyslogd, ['-n', '-f', join(dir, 'rsyslog.conf'), '-i', join(dir, 'pid')], {
    stdio: 'ignore',
  });
  try {
    await until('rsyslog', 20_000, () => isListening(port));
    const before = await cpuOf(child.pid!);
    await sendAll(port, count);
    let size = -1;
    await until('rsyslog’s file', 120_000, async () => {
      const last = size;
      size = (await stat(out)).size;
      return size === last;
    });
    return { cpu: (await cpuOf(child.pid!)) - before, lines: count };
  } finally {
    await end(child);
    await rm(dir, { recursive: true, force: true });
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).then((is) => {
    socket.destroy();
    return is as boolean;
  });
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Processor seconds by role; those of a role's children, ended or not, are its own. */
async function rolesCpu(product: Product): Promise<Record<string, number>> {
  const roles = await product.pids();
  const cpu: Record<string, number> = {};
  for (const [role, pid] of Object.entries(roles)) {
    const pids = role === 'supervisor' ? [pid] : await familyOf(pid);
    let seconds = 0;
    for (const one of pids) seconds += await cpuOf(one, role !== 'supervisor');
    cpu[role] = seconds;
  }
  return cpu;
}

/** User and system time of a process in seconds (proc(5): fields 14 to 17, in clock ticks of 1/100 s). */
async function cpuOf(pid: number, withEndedChildren = false): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, withEndedChildren ? 15 : 13).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

async function noteMemory(product: Product, peak: { log: number; all: number }): Promise<void> {
  const roles = await product.pids();
  const ofRoles: number[] = [];
  for (const role of logRoles) ofRoles.push(...(roles[role] ? await familyOf(roles[role]) : []));
  const [log, all] = [await mebibytes(ofRoles), await mebibytes(await familyOf(product.pid))];
  peak.log = Math.max(peak.log, log);
  peak.all = Math.max(peak.all, all);
}

/** Proportional set size: shared pages counted once. */
async function mebibytes(pids: readonly number[]): Promise<number> {
  let kibibytes = 0;
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '');
    kibibytes += Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
  }
  return Math.round(kibibytes / 1024);
}

function figuresOf(count: number, ours: Ours, theirs: Theirs | null): Figure[] {
  const base = { bar: null, holds: null, peer: null, command };
  const perCpu = count / ours.cpu;
  const roles = Object.entries(ours.cpuOfRoles)
    .map(([role, cpu]) => `${role} ${cpu.toFixed(1)} s`)
    .join(', ');
  return [
    { ...base, name: 'lines received', value: Math.round(count / ours.sentSeconds), unit: 'lines/s' },
    {
      ...base,
      name: 'received and to be found',
      value: Math.round(count / ours.foundSeconds),
      unit: 'lines/s',
      note: `${(ours.foundSeconds - ours.sentSeconds).toFixed(1)} s after the last was sent`,
    },
    { ...base, name: 'the same', value: Math.round(perCpu), unit: 'lines/CPU-s', note: roles },
    ratioOf(perCpu, theirs),
    {
      ...base,
      name: 'memory of collector, worker and log store',
      value: ours.logMiB,
      unit: 'MiB (PSS, peak)',
      bar: 1536,
      holds: ours.logMiB <= 1536,
      note: `all processes ${ours.allMiB} MiB`,
    },
    ...Object.entries(ours.asked).map(([name, given]) => {
      const times = [...given].sort((a, b) => a - b);
      const value = rounded(percentile(times, 0.5));
      const ended = ours.stopped[name] ? `, ${ours.stopped[name]} stopped by their limits` : '';
      const note = `slowest ${rounded(times.at(-1)!)} ms of ${times.length}${ended}`;
      return { ...base, name: `${name} meanwhile, median`, value, unit: 'ms', note };
    }),
  ];
}

function ratioOf(perCpu: number, theirs: Theirs | null): Figure {
  const base = { name: 'ratio to rsyslog writing a file', unit: 'x', bar: 0.5, command };
  if (!theirs) return { ...base, value: 0, holds: null, peer: null, note: `${rsyslogd} is not installed` };
  const rate = theirs.lines / theirs.cpu;
  const value = Number((perCpu / rate).toFixed(2));
  return { ...base, value, holds: value >= 0.5, peer: `${Math.round(rate)} lines/CPU-s` };
}

const [, script, what, port, count] = process.argv;
if (script === import.meta.filename && what === 'send') await send(Number(port), Number(count));
