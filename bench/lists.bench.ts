/**
 * Every list at the size of a prefecture: 1,000 units, 8,000 people, 100,000 devices; 50 requests a second for each
 * list, first page, a later page and a search, as the city officer, who sees everything; the fleet wall, all websites
 * in one reply, five times a second. The load comes from a process of its own, over HTTP on loopback.
 *
 * `npm run bench -- lists people devices` measures the lists whose path ends so. `keep=DIR` keeps the loaded city
 * there, and a later run with it starts at once. `requests=N`: so many for each list, for a quick look.
 */
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { elapsed, systemClock } from '#base/clock';
import { loadConfig } from '#base/config';
import type { Route } from '#base/contract';
import { socketUrl } from '#base/db';
import { buildServer } from '#base/http';
import { createLogger } from '#base/log';
import { migrateLogstore } from '#base/logstore/migrate';
import { spawnLogstore } from '#base/logstore/testing';
import { makeApp, type RunningApp } from '#base/make-app';
import { migrateDatabase } from '#base/migrate';
import { startPostgres } from '#base/postgres/launcher';
import { type SignedIn, signIn, staffCity } from '#test/city';
import { newDataDir, removeDataDir } from '#test/product';
import { modules } from '../src/compose.ts';
import { authenticate, setupToken } from '../src/modules/auth/index.ts';
import { type Figure, rounded } from './figure.ts';
import { fillCity } from './lists-city.ts';
import { percentile, startGenerator } from './load.ts';

const command = 'npm run bench -- lists';
const perSecond = 50;
/** On each list: six seconds of load, after one of warming up. */
const usual = 300;
const barMs = 100;
/** The fleet wall is every website in one reply: asked for by people at their screens, not by lists that page. */
const wall = {
  path: '/api/watch/wall',
  perSecond: 5,
  barMs: 200,
  queries: ['', '?state=ok', '?state=unknown'],
};

interface Choice {
  /** Ends of paths; empty: every list. */
  readonly wanted: readonly string[];
  readonly requests: number;
}

/** Milliseconds at the 99th percentile, the slowest list first. `args`: see above. */
export async function run(args: readonly string[]): Promise<Figure[]> {
  const given = (name: string) => args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
  const kept = given('keep');
  const choice = {
    wanted: args.filter((arg) => !arg.includes('=')),
    requests: Number(given('requests') ?? usual),
  };
  if (kept) await mkdir(kept, { recursive: true, mode: 0o755 });
  const home = kept ?? (await newDataDir());
  try {
    return await measureIn(home, choice);
  } finally {
    if (!kept) await removeDataDir(home);
  }
}

async function measureIn(home: string, choice: Choice): Promise<Figure[]> {
  const log = createLogger('bench', 'warn');
  const postgres = await startPostgres({
    dataDir: home,
    log,
    onExit: (exit) => log.error({ exit }, 'ended'),
  });
  const logstore = await spawnLogstore(home);
  const ownerUrl = socketUrl(postgres.owner);
  const client = logstore.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  const config = loadConfig({ dataDir: home, requestsPerMinute: 0, secondFactor: 'offered' });
  const app = makeApp({ config, clock: systemClock, log, ownerUrl, logstore: client, modules });
  await migrateDatabase(app.ownerPool, { ownerUrl, directory: 'migrations/postgres', log });
  const server = buildServer(app, authenticate);
  try {
    const officer = await enterCity(app, server);
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    return await measureAll(`http://127.0.0.1:${port}`, officer, { ...choice, postgres: postgres.pid });
  } finally {
    await server.close();
    await app.close();
    await logstore.stop();
    await postgres.stop();
  }
}

/** The officer of a city that is there; it is loaded when it is not. */
async function enterCity(app: RunningApp, server: FastifyInstance): Promise<SignedIn> {
  const filled = join(app.config.dataDir, 'filled');
  if (await isThere(filled)) return signIn(server, 'officer');
  const { officer } = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'officer', unitCode: 'city', role: 'city_officer' },
  ]);
  const started = elapsed();
  await fillCity(server, officer!);
  // What autovacuum does within its first minute.
  await app.ownerPool.query('VACUUM (ANALYZE)');
  process.stderr.write(`filled in ${Math.round((elapsed() - started) / 1000)} s\n`);
  await writeFile(filled, '');
  return officer!;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Lists of the contracts: a GET without an id in its path, with pages. */
function lists(): Route[] {
  return modules
    .flatMap((module) => module.routes ?? [])
    .map(({ route }) => route)
    .filter((route) => {
      const shape = (route.query as { shape?: Record<string, unknown> } | undefined)?.shape;
      return route.method === 'GET' && !route.path.includes(':') && !route.produces && shape?.pageSize;
    });
}

async function measureAll(
  origin: string,
  officer: SignedIn,
  { wanted, requests, postgres }: Choice & { readonly postgres: number },
): Promise<Figure[]> {
  const headers = { cookie: officer.cookie };
  const generator = startGenerator();
  const figures: Figure[] = [];
  try {
    for (const { path } of lists()) {
      if (wanted.length > 0 && !wanted.some((one) => path.endsWith(`/${one}`))) continue;
      const own =
        path === wall.path ? wall : { perSecond, barMs, queries: ['', '?page=3', '?q=%E7%A4%BA%E4%BE%8B'] };
      const paths = own.queries.map((query) => path + query);
      const probe = await fetch(origin + paths[0], { headers });
      // What this role may not read is no list for it.
      if (probe.status === 403) continue;
      if (!probe.ok) throw new Error(`${path}: ${probe.status} ${await probe.text()}`);
      const load = { origin, paths, headers, perSecond: own.perSecond };
      await generator.run({ ...load, requests: own.perSecond });
      const before = await processorTime(postgres);
      const { times, refused } = await generator.run({ ...load, requests });
      const after = await processorTime(postgres);
      if (refused.length > 0) throw new Error(refused.slice(0, 3).join('\n'));
      const [web, database] = [after.web - before.web, after.database - before.database].map((ms) =>
        rounded(ms / requests),
      );
      const value = rounded(percentile(times, 0.99));
      const note = `p50 ${rounded(percentile(times, 0.5))}; processor per request: web ${web}, PostgreSQL ${database} ms`;
      process.stderr.write(`${path} p99 ${value} ms, ${note}\n`);
      const name = `GET ${path}`;
      figures.push({
        name,
        value,
        unit: 'ms p99',
        bar: own.barMs,
        holds: value <= own.barMs,
        peer: null,
        command,
        note,
      });
    }
  } finally {
    generator.stop();
  }
  return figures.sort((a, b) => b.value - a.value);
}

/** Milliseconds that this process and the database's processes have used; the load's process is not in it. */
async function processorTime(postmaster: number): Promise<{ web: number; database: number }> {
  const { user, system } = process.cpuUsage();
  const children = await readFile(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
  const pids = [postmaster, ...children.split(' ').filter(Boolean)];
  let ticks = 0;
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    // utime and stime of each; cutime and cstime of the postmaster: those of its children that have ended.
    ticks += (fields[11] ?? 0) + (fields[12] ?? 0);
    if (pid === postmaster) ticks += (fields[13] ?? 0) + (fields[14] ?? 0);
  }
  return { web: (user + system) / 1000, database: ticks * 10 };
}
