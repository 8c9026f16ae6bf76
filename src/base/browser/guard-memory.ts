/** Ends a browser whose processes together take too much memory: no limit of the kernel's fits Chromium's reservations. */
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_MS = 300;
/** Linux reports resident memory in pages of this size on every processor that we have a browser for. */
const PAGE_BYTES = 4096;

interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly bytes: number;
}

/**
 * Watches the browser whose command line contains `mark` until `signal` fires; kills it above `maxBytes` (resident
 * memory, shared pages counted in each process). Resolves with the bytes seen when it did, undefined otherwise.
 */
export async function guardMemory(
  mark: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const root = await findProcess(mark);
  if (root === undefined) return undefined;
  while (!signal.aborted) {
    const used = sumBelow(root, await listProcesses());
    if (used > maxBytes) {
      kill(root);
      return used;
    }
    await delay(INTERVAL_MS, undefined, { signal, ref: false }).catch(ignoreAbort);
  }
  return undefined;
}

/** The browser's own process: the only one without a `--type=` whose command line has the mark. */
async function findProcess(mark: string): Promise<number | undefined> {
  for (const pid of await listPids()) {
    const line = await readQuietly(`/proc/${pid}/cmdline`);
    if (line?.includes(mark) && !line.includes('--type=')) return pid;
  }
  return undefined;
}

async function listProcesses(): Promise<ProcessFacts[]> {
  const list: ProcessFacts[] = [];
  for (const pid of await listPids()) {
    const stat = await readQuietly(`/proc/${pid}/stat`);
    // proc(5): the name in parentheses may hold anything, so fields are counted from its end: 4 ppid, 24 rss.
    const rest = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (rest) list.push({ pid, parent: Number(rest[1]), bytes: Number(rest[21]) * PAGE_BYTES });
  }
  return list;
}

function sumBelow(root: number, list: readonly ProcessFacts[]): number {
  const children = Map.groupBy(list, (entry) => entry.parent);
  let sum = list.find((entry) => entry.pid === root)?.bytes ?? 0;
  const queue = [...(children.get(root) ?? [])];
  for (let entry = queue.pop(); entry; entry = queue.pop()) {
    sum += entry.bytes;
    queue.push(...(children.get(entry.pid) ?? []));
  }
  return sum;
}

async function listPids(): Promise<number[]> {
  return (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
}

async function readQuietly(path: string): Promise<string | undefined> {
  // Processes end while the list is read.
  return readFile(path, 'utf8').catch(() => undefined);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function ignoreAbort(error: Error): void {
  if (error.name !== 'AbortError') throw error;
}
