/**
 * How fast observations become bindings: leases of 30,000 addresses, acknowledged every ten minutes. The lines are
 * ingested and indexed first; what is measured is the step behind the index, on the embedded database and log store.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { elapsed } from '#base/clock';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { bindWaiting } from '../src/modules/addresses/observe/bind-segments.ts';
import { ingestFile } from '../src/modules/logs/index.ts';
import { logs } from '../src/modules/logs/module.ts';
import { cpuSeconds } from './cpu.ts';
import { type Figure, rounded } from './figure.ts';

const command = 'npm run bench -- bindings';
const addresses = 30_000;
const rounds = 9;
/** Before this round the lines of each are bound at once; from it on they wait for one another. */
const single = 5;
const bar = 20_000;
const begin = Date.parse('2026-11-22T00:00:00Z');

const addressOf = (n: number) => `10.${1 + (n >> 14)}.${(n >> 7) & 127}.${1 + (n & 127)}`;
const macOf = (n: number) =>
  `00:00:5e:${[n >> 16, (n >> 8) & 255, n & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;

/** One round: every address is acknowledged, within ten minutes. */
function linesOf(round: number): Buffer {
  const lines = Array.from({ length: addresses }, (_, n) => {
    const at = begin + round * 600_000 + Math.floor((n * 600) / addresses) * 1000;
    const local = new Date(at + 8 * 3_600_000).toISOString().slice(11, 19);
    return `Nov 22 ${local} gw dhcpd: DHCPACK on ${addressOf(n)} to ${macOf(n)} (pc-${n}) via eth0`;
  });
  return Buffer.from(lines.join('\n'));
}

/** Without the module that binds by itself: its segments are noted here, and its step is called by hand. */
async function feed(app: TestApp, round: number): Promise<void> {
  const query = { source: 'dhcp', format: 'isc-dhcpd', leaseSeconds: 3600 } as const;
  await ingestFile(
    app,
    actorAt('city', ['logs.ingest', 'logs.sources']),
    query,
    Readable.from([linesOf(round)]),
  );
  await drain(app);
  await app.ownerPool.query(`INSERT INTO addresses.binding_segment (segment_id, source_id, unit_path, first_ts, last_ts)
    SELECT id, source_id, unit_path, first_ts, last_ts FROM logs.segment ON CONFLICT DO NOTHING`);
}

interface Cost {
  readonly wall: number;
  /** Processor seconds of this process and of the database's own for it. */
  readonly cpu: number;
}

async function bind(app: TestApp): Promise<Cost> {
  const before = await cpuSeconds(app);
  const began = elapsed();
  while (await bindWaiting(app));
  const wall = (elapsed() - began) / 1000;
  return { wall, cpu: (await cpuSeconds(app)) - before };
}

/** Observations a second: the first ones, which make intervals, and those that extend them. */
export async function run(): Promise<Figure[]> {
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-bindings-'));
  const store = await spawnLogstore(dir);
  const app = await testApp([logs], { logstore: store.connect(), now: '2026-11-22T12:00:00Z' });
  try {
    await migrateLogstore(store.connect(), 'migrations/clickhouse');
    await buildCity(app);
    await feed(app, 0);
    const first = await bind(app);
    const rest: Cost[] = [];
    for (let round = 1; round < single; round += 1) {
      await feed(app, round);
      rest.push(await bind(app));
    }
    for (let round = single; round < rounds; round += 1) await feed(app, round);
    const waiting = await bind(app);
    const { rows } = await app.ownerPool.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM addresses.binding',
    );
    if (rows[0]!.n !== addresses) throw new Error(`${rows[0]!.n} rows for ${addresses} intervals`);
    const sum = (of: (cost: Cost) => number) => rest.reduce((total, cost) => total + of(cost), 0);
    const extended = addresses * (single - 1);
    const waited = addresses * (rounds - single);
    const figure = (name: string, value: number, more: Partial<Figure> = {}): Figure => ({
      name,
      value: rounded(value),
      unit: 'observations/s',
      bar: null,
      holds: null,
      peer: null,
      command,
      ...more,
    });
    const rate = waited / waiting.wall;
    return [
      figure(`bindings: extending, ${rounds - single} of each address waiting`, rate, {
        bar,
        holds: rate >= bar,
      }),
      figure('the same, per CPU-second (database included)', waited / waiting.cpu),
      figure('bindings: extending, one of each address at a time', extended / sum(({ wall }) => wall)),
      figure('the same one by one, per CPU-second', extended / sum(({ cpu }) => cpu)),
      figure('bindings: new intervals', addresses / first.wall),
    ];
  } finally {
    await app.close();
    await store.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
