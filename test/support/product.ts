/** The whole product as a user starts it: `jiaodun start`, real processes, a data directory of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { elapsed } from '#base/clock';
import { pause } from '#base/timers';
import { databaseHome } from '#test/memory-folder';

export interface Product {
  readonly url: string;
  readonly dataDir: string;
  /** The supervisor's process id. */
  readonly pid: number;
  /** What the terminal showed so far. */
  output(): string;
  /** Process ids of the roles, as they are now. */
  pids(): Promise<Record<string, number>>;
  /** Sends SIGKILL to one role, or to every process including the supervisor. */
  kill(role: string): Promise<void>;
  stop(): Promise<number | null>;
}

export async function newDataDir(): Promise<string> {
  const dataDir = await mkdtemp(join(databaseHome(), 'jiaodun-system-'));
  await chmod(dataDir, 0o755);
  return dataDir;
}

export function removeDataDir(dataDir: string): Promise<void> {
  return rm(dataDir, { recursive: true, force: true });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

/** Starts the product and resolves when the home page answers. */
export async function startProduct(options: {
  dataDir: string;
  port: number;
  args?: readonly string[];
  env?: Record<string, string>;
  /** As whom to run it, when the test itself runs as root. */
  user?: { uid: number; gid: number };
}): Promise<Product> {
  const { dataDir, port } = options;
  const args = [
    'src/cli/main.ts',
    'start',
    '--data',
    dataDir,
    '--port',
    String(port),
    ...(options.args ?? []),
  ];
  const child = spawn('node', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      JIAODUN_SECOND_FACTOR: 'offered',
      JIAODUN_RELP_PORT: '0',
      JIAODUN_NETFLOW_PORT: '0',
      ...options.env,
    },
    ...options.user,
  });
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    output += text.toString();
  });
  const url = `http://127.0.0.1:${port}`;
  await until(`the home page of ${url}`, 90_000, async () => {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the product ended:\n${output}`);
    return (await fetch(url).catch(() => undefined))?.ok;
  });
  return {
    url,
    dataDir,
    pid: child.pid!,
    output: () => output,
    pids: () => rolesOf(child.pid!),
    kill: (role) => killRole(child, role),
    stop: () => stopChild(child),
  };
}

async function stopChild(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  return ended;
}

/** Every process below `pid` and itself: those whose chain of parents leads there. */
export async function familyOf(pid: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '');
    parents.set(Number(entry), Number(/^PPid:\t(\d+)/m.exec(status)?.[1]));
  }
  const family = new Set([pid]);
  for (let before = 0; before < family.size; ) {
    before = family.size;
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child);
  }
  return [...family];
}

/** Whether the process runs; one that ended and waits to be collected (a zombie) does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return /^State:\t[^ZX]/m.test(status);
}

/** Children of the supervisor by the title that each role gives itself. */
async function rolesOf(supervisor: number): Promise<Record<string, number>> {
  const roles: Record<string, number> = { supervisor };
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const status = await readFile(`/proc/${entry}/status`, 'utf8').catch(() => '');
    if (Number(/^PPid:\t(\d+)/m.exec(status)?.[1]) !== supervisor) continue;
    const command = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '');
    const role = /^jiaodun (\w+)/.exec(command)?.[1] ?? (/postgres/.test(command) ? 'postgres' : undefined);
    if (role) roles[role] = Number(entry);
  }
  return roles;
}

async function killRole(child: ChildProcess, role: string): Promise<void> {
  const pids = await rolesOf(child.pid!);
  const wanted = role === 'everything' ? Object.values(pids) : [pids[role]];
  for (const pid of wanted) {
    if (!pid) throw new Error(`no process of role ${role}: ${JSON.stringify(pids)}`);
    process.kill(pid, 'SIGKILL');
  }
  if (role === 'everything' || role === 'supervisor') {
    await until(
      'the supervisor’s end',
      10_000,
      async () => child.exitCode !== null || child.signalCode !== null,
    );
  }
}

/** Asks again until the answer is truthy. Throws with `what` after `milliseconds`. */
export async function until<T>(
  what: string,
  milliseconds: number,
  ask: () => Promise<T>,
): Promise<NonNullable<T>> {
  const start = elapsed();
  for (;;) {
    const answer = await ask();
    if (answer) return answer as NonNullable<T>;
    if (elapsed() - start > milliseconds) throw new Error(`waited ${milliseconds} ms for ${what}`);
    await pause(250);
  }
}

/** Runs the command line as a user does and returns what it printed and its exit code. */
export function cli(args: readonly string[]): { code: number; stdout: string; stderr: string } {
  try {
    const stdout = execFileSync('node', ['src/cli/main.ts', ...args], {
      encoding: 'utf8',
      stdio: 'pipe',
      maxBuffer: 1 << 28,
    });
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, stdout, stderr };
  }
}
