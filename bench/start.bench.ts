/**
 * Start and stop of the whole system on one machine: `jiaodun start` in an empty data directory, to the moment
 * when the page, everything that it loads and the sign-in answer and every role is well; the memory of all its
 * processes at rest; the stop after SIGTERM; and the second start in the same directory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { elapsed } from '#base/clock';
import { type Figure, rounded } from './figure.ts';

const command = 'npm run bench -- start';
const cli = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
/** What is started lazily has been by then, and the first minute's timers have run once. */
const restMs = 75_000;
const giveUpMs = 120_000;

interface System {
  readonly child: ChildProcess;
  readonly url: string;
  readonly seconds: number;
  /** User and system time of all its processes until then: what a busy machine does not change. */
  readonly processorSeconds: number;
}

/** Seconds, and mebibytes of proportional set size (shared pages counted once). */
export async function run(): Promise<Figure[]> {
  const home = await mkdtemp(join(tmpdir(), 'jiaodun-bench-start-'));
  // Under root the database's user must be able to pass through.
  await chmod(home, 0o711);
  // Seconds of a start are seconds of a machine: what else it did has to be known.
  const note = `load average before: ${loadavg()[0]!.toFixed(1)}`;
  try {
    const first = await start(home);
    await pause(restMs);
    const memory = await memoryOf(first.child.pid!);
    const firstStop = await stop(first.child);
    const second = await start(home);
    const secondStop = await stop(second.child);
    return [
      figure('first start to a usable page', first.seconds, 's', 15, note),
      figure('processor time of the first start', first.processorSeconds, 's', null),
      figure('second start to a usable page', second.seconds, 's', 5, note),
      figure('processor time of the second start', second.processorSeconds, 's', null),
      memoryFigure(memory),
      figure('stop after SIGTERM', Math.max(firstStop, secondStop), 's', 10),
    ];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function figure(name: string, value: number, unit: string, bar: number | null, note?: string): Figure {
  const holds = bar === null ? null : value <= bar;
  const judged = { name, value: rounded(value), unit, bar, holds, peer: null, command };
  return note === undefined ? judged : { ...judged, note };
}

function memoryFigure(memory: Memory): Figure {
  const name = 'memory of all processes at rest';
  const base = { name, unit: 'MiB', bar: 1024, peer: null, command };
  if ('missing' in memory) return { ...base, value: 0, holds: null, note: memory.missing };
  const note = `PSS of ${memory.processes} processes, ${restMs / 1000} s after the start`;
  return { ...base, value: Math.round(memory.mebibytes), holds: memory.mebibytes <= 1024, note };
}

/** Starts in a temporary folder of its own, so that no compile cache of an earlier run helps the first start. */
async function start(home: string): Promise<System> {
  const temporary = join(home, 'tmp');
  await mkdir(temporary, { recursive: true });
  const [port, udp, tcp] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const began = elapsed();
  const child = spawn(process.execPath, [cli, 'start', '--data', join(home, 'data'), '--port', `${port}`], {
    env: {
      ...process.env,
      TMPDIR: temporary,
      JIAODUN_SYSLOG_UDP_PORT: `${udp}`,
      JIAODUN_SYSLOG_TCP_PORT: `${tcp}`,
      JIAODUN_RELP_PORT: '0',
      JIAODUN_NETFLOW_PORT: '0',
      JIAODUN_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    while (!(await isUsable(url))) {
      if (child.exitCode !== null) throw new Error(`the system ended with ${child.exitCode}`);
      if (elapsed() - began > giveUpMs) throw new Error(`no usable page after ${giveUpMs / 1000} s`);
      await pause(25);
    }
    const seconds = (elapsed() - began) / 1000;
    return { child, url, seconds, processorSeconds: await processorTimeOf(child.pid!) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/** The page, the scripts and styles that it names, who is signed in, and every role. */
async function isUsable(url: string): Promise<boolean> {
  try {
    const page = await fetch(`${url}/`);
    const html = await page.text();
    const assets = [...html.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map(([, path]) => path!);
    if (!page.ok || assets.length === 0) return false;
    for (const path of [...assets, '/api/session']) {
      const reply = await fetch(url + path);
      await reply.arrayBuffer();
      if (!reply.ok) return false;
    }
    const reply = await fetch(`${url}/healthz`);
    const health = (await reply.json()) as { roles: Record<string, string> };
    // A role that tells of a problem (a small receive buffer of the machine) works all the same.
    return Object.values(health.roles).every((state) => state !== 'down');
  } catch (error) {
    // Not listening yet; anything else is ours to hear about.
    if ((error as { cause?: { code?: string } }).cause?.code === undefined) throw error;
    return false;
  }
}

async function stop(child: ChildProcess): Promise<number> {
  if (child.exitCode !== null || child.signalCode !== null) return 0;
  const began = elapsed();
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
  return (elapsed() - began) / 1000;
}

type Memory = { readonly mebibytes: number; readonly processes: number } | { readonly missing: string };

async function memoryOf(root: number): Promise<Memory> {
  if (process.platform !== 'linux') return { missing: `no /proc on ${process.platform}` };
  let kibibytes = 0;
  const processes = await familyOf(root);
  for (const pid of processes) {
    const text = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(
      (error: NodeJS.ErrnoException) => {
        // ENOENT and ESRCH: it ended meanwhile, and holds nothing.
        if (error.code === 'ENOENT' || error.code === 'ESRCH') return 'Pss: 0 kB';
        return error.code ?? 'unreadable';
      },
    );
    const pss = /^Pss:\s+(\d+) kB/m.exec(text)?.[1];
    if (pss === undefined)
      return { missing: `memory of process ${pid} cannot be read: ${text.slice(0, 40)}` };
    kibibytes += Number(pss);
  }
  return { mebibytes: kibibytes / 1024, processes: processes.length };
}

/** proc(5): fields 14 to 17 are the times of a process and of its children that ended, in ticks of 1/100 s. */
async function processorTimeOf(root: number): Promise<number> {
  let ticks = 0;
  for (const pid of await familyOf(root)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    for (const field of fields.slice(11, 15)) ticks += Number(field);
  }
  return ticks / 100;
}

/** A process and everything that descends from it (proc(5): the parent is field 4). */
async function familyOf(root: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (stat !== '') children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const family = [root];
  for (const pid of family) family.push(...(children.get(pid) ?? []));
  return family;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
