/**
 * Every list at the size of a prefecture: 1,000 units, 8,000 people, 100,000 devices; 50 requests a second for each
 * list, first page, a later page and a search, as the city officer, who sees everything. The load comes from a
 * thread of its own (autocannon), over HTTP on loopback.
 */
import type { AddressInfo } from 'node:net';
import autocannon from 'autocannon';
import type { FastifyInstance } from 'fastify';
import { elapsed } from '#base/clock';
import type { Route } from '#base/contract';
import { buildServer } from '#base/http';
import { migrateLogstore } from '#base/logstore/migrate';
import { spawnLogstore } from '#base/logstore/testing';
import { writeSheet } from '#base/sheet';
import { call, type SignedIn, staffCity } from '#test/city';
import { testApp } from '#test/db';
import { newDataDir, removeDataDir } from '#test/product';
import { modules } from '../src/compose.ts';
import { authenticate, setupToken } from '../src/modules/auth/index.ts';
import { type Figure, rounded } from './figure.ts';

const command = 'npm run bench -- lists';
const counties = 9;
const schools = 990;
const people = 8_000;
const devices = 100_000;
const rate = 50;
const seconds = 4;
const barMs = 100;

type Send = (kind: string, columns: string, rows: readonly string[][]) => Promise<void>;

/** Milliseconds at the 99th percentile, the slowest list first. */
export async function run(): Promise<Figure[]> {
  const home = await newDataDir();
  const logstore = await spawnLogstore(home);
  const client = logstore.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  const app = await testApp(modules, { logstore: client, config: { rateLimit: false } });
  const server = buildServer(app, authenticate);
  try {
    const { officer } = await staffCity(server, await setupToken(app.config.dataDir), [
      { username: 'officer', unitCode: 'city', role: 'city_officer' },
    ]);
    const started = elapsed();
    await fill(sender(server, officer!));
    // What autovacuum does within its first minute.
    await app.ownerPool.query('VACUUM (ANALYZE)');
    process.stderr.write(`filled in ${Math.round((elapsed() - started) / 1000)} s\n`);
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    return await measureAll(`http://127.0.0.1:${port}`, officer!);
  } finally {
    await server.close();
    await app.close();
    await logstore.stop();
    await removeDataDir(home);
  }
}

function sender(server: FastifyInstance, officer: SignedIn): Send {
  return async (kind, columns, rows) => {
    const started = elapsed();
    for (let from = 0; from < rows.length; from += 20_000) {
      const sheet = { columns: columns.split(','), rows: rows.slice(from, from + 20_000) };
      const file = Buffer.from(await writeSheet(sheet, 'csv'));
      const reply = await call(server, officer, 'POST', `/api/import/${kind}?fileName=${kind}.csv`, file);
      if (reply.body.rejected !== 0) throw new Error(`${kind}: ${JSON.stringify(reply.body).slice(0, 400)}`);
    }
    process.stderr.write(`${rows.length} ${kind} in ${Math.round((elapsed() - started) / 1000)} s\n`);
  };
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const schoolOf = (n: number) => `s${n % schools}`;

async function fill(send: Send): Promise<void> {
  await send('units', 'code,name,kind,parent_code', [
    ...range(counties).map((n) => [`c${n}`, `示例${n}县教育局`, 'county', 'city']),
    ...range(schools).map((n) => [`s${n}`, `示例县第${n}小学`, 'school', `c${n % counties}`]),
  ]);
  await send(
    'people',
    'person_no,name,unit_code,post',
    range(people).map((n) => [`P${n}`, `示例人员${n}`, schoolOf(n), 'teacher']),
  );
  await send(
    'allocations',
    'cidr,unit_code,role',
    range(schools).map((n) => [`10.${n >> 8}.${n & 255}.0/24`, `s${n}`, 'inside']),
  );
  await send(
    'sites',
    'unit_code,name,url',
    range(schools).map((n) => [`s${n}`, `示例县第${n}小学网站`, `http://www.s${n}.example/`]),
  );
  await send(
    'devices',
    'asset_no,name,type,unit_code,ip,mac,owner_no,room,since',
    range(devices).map(deviceRow),
  );
}

function deviceRow(n: number): string[] {
  const school = n % schools;
  const place = Math.floor(n / schools);
  const hex = [16 + (n >> 16), (n >> 8) & 255, n & 255]
    .map((one) => one.toString(16).padStart(2, '0'))
    .join(':');
  return [
    `D-${n}`,
    `计算机${n}`,
    'computer',
    `s${school}`,
    `10.${school >> 8}.${school & 255}.${1 + place}`,
    `00:00:5e:${hex}`,
    `P${school + schools * (place % 8)}`,
    `${1 + (n % 4)}0${n % 10}`,
    '2026-03-01',
  ];
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

async function measureAll(origin: string, officer: SignedIn): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { path } of lists()) {
    const urls = ['', '?page=3', '?q=%E7%A4%BA%E4%BE%8B'].map((query) => path + query);
    const probe = await fetch(origin + urls[0], { headers: { cookie: officer.cookie } });
    // What this role may not read is no list for it.
    if (probe.status === 403) continue;
    if (!probe.ok) throw new Error(`${path}: ${probe.status} ${await probe.text()}`);
    const result = await autocannon({
      url: origin,
      connections: 10,
      overallRate: rate,
      duration: seconds,
      workers: 1,
      requests: urls.map((url) => ({ path: url, headers: { cookie: officer.cookie } })),
    });
    if (result.non2xx > 0 || result.errors > 0)
      throw new Error(`${path}: ${result.non2xx} refused, ${result.errors} errors`);
    const value = rounded(result.latency.p99);
    process.stderr.write(
      `${path} p50 ${result.latency.p50} p99 ${value} ms, ${result.requests.total} requests\n`,
    );
    figures.push({
      name: `GET ${path}`,
      value,
      unit: 'ms p99',
      bar: barMs,
      holds: value <= barMs,
      peer: null,
      command,
    });
  }
  return figures.sort((a, b) => b.value - a.value);
}
