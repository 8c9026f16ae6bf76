import { existsSync } from 'node:fs';
import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Io } from './commands.ts';

const help = `jiaodun doctor [--data DIR | --server URL] [--json]

检查本机与系统：每项一行，说明怎么修。checks this machine and the running system, one line each.
`;

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** `jiaodun doctor`: exit 0 when every check is well, 1 otherwise. */
export async function doctorCommand(argv: string[], io: Io): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      data: { type: 'string' },
      server: { type: 'string' },
      token: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    io.stdout(help);
    return 0;
  }
  const dataDir = resolve(values.data ?? './data');
  const checks = [...(await machineChecks(dataDir)), ...(await serverChecks(dataDir, values.server))];
  if (values.json) io.stdout(`${JSON.stringify({ checks }, null, 2)}\n`);
  else
    for (const check of checks)
      io.stdout(`${check.ok ? '好 ok  ' : '坏 bad '} ${check.name}: ${check.detail}\n`);
  return checks.every((check) => check.ok) ? 0 : 1;
}

async function machineChecks(dataDir: string): Promise<Check[]> {
  const node = process.versions.node;
  const place = existsSync(dataDir) ? dataDir : process.cwd();
  const disk = await statfs(place);
  const freeGb = (disk.bavail * disk.bsize) / 1e9;
  const memoryGb = totalmem() / 1e9;
  const ui = fileURLToPath(new URL('../../dist/web/index.html', import.meta.url));
  return [
    { name: 'node', ok: Number(node.split('.')[0]) >= 24, detail: node },
    {
      name: 'disk',
      ok: freeGb > 5,
      detail: `${freeGb.toFixed(1)} GB free at ${place}${freeGb > 5 ? '' : '; make room'}`,
    },
    {
      name: 'memory',
      ok: memoryGb > 2,
      detail: `${memoryGb.toFixed(1)} GB, ${availableParallelism()} cores`,
    },
    {
      name: 'web-ui',
      ok: existsSync(ui),
      detail: existsSync(ui) ? 'built' : 'not built; run: npm run prepare',
    },
    await receiveBuffer(),
  ];
}

/** Under 8 MiB a burst of UDP syslog is lost in the kernel (30 % at 100,000/s with the default; measured). */
async function receiveBuffer(): Promise<Check> {
  const text = await readFile('/proc/sys/net/core/rmem_max', 'utf8').catch(() => undefined);
  if (text === undefined) return { name: 'udp-buffer', ok: true, detail: 'not Linux: not checked' };
  const bytes = Number(text.trim());
  const ok = bytes >= 8 * 1024 * 1024;
  return {
    name: 'udp-buffer',
    ok,
    detail: `net.core.rmem_max = ${bytes}${ok ? '' : '; run: sysctl -w net.core.rmem_max=33554432'}`,
  };
}

async function serverChecks(dataDir: string, server: string | undefined): Promise<Check[]> {
  const url = server ?? (await serverOf(dataDir));
  if (!url)
    return [{ name: 'server', ok: false, detail: `no server has run on ${dataDir}; run: jiaodun start` }];
  try {
    const reply = await fetch(`${url.replace(/\/$/, '')}/healthz`, { signal: AbortSignal.timeout(5000) });
    const health = (await reply.json()) as {
      status: string;
      roles: Record<string, string>;
      problems: { role: string; zh: string; en: string }[];
    };
    const roles = Object.entries(health.roles).map(([role, state]) => ({
      name: `role ${role}`,
      ok: state === 'ok',
      detail: [
        state,
        ...health.problems.filter((one) => one.role === role).map(({ zh, en }) => `${zh} ${en}`),
      ].join('; '),
    }));
    return [{ name: 'server', ok: health.status === 'ok', detail: `${url} ${health.status}` }, ...roles];
  } catch (error) {
    return [{ name: 'server', ok: false, detail: `${url} does not answer: ${(error as Error).message}` }];
  }
}

async function serverOf(dataDir: string): Promise<string | undefined> {
  const text = await readFile(join(dataDir, 'server.json'), 'utf8').catch(() => undefined);
  return text ? (JSON.parse(text) as { url: string }).url : undefined;
}
