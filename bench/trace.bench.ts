/**
 * `npm run bench -- trace [RECORDS] [LEASES] [ROWS]`: traces through the HTTP route, and a table of ROWS questions through
 * the bulk job, on the embedded database and log store with so many lines about translations and leases (default
 * 2,000,000, 100,000 and 2,000; the design's bars are for 100,000,000, 1,000,000 and 100,000). Every answer is checked.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { elapsed } from '#base/clock';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { call, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../src/modules/addresses/module.ts';
import { audit } from '../src/modules/audit/module.ts';
import { authenticate, setupToken } from '../src/modules/auth/index.ts';
import { auth } from '../src/modules/auth/module.ts';
import { logs } from '../src/modules/logs/module.ts';
import { trace } from '../src/modules/trace/module.ts';
import { units } from '../src/modules/units/module.ts';
import { type Figure, rounded } from './figure.ts';
import {
  fillLogs,
  fillRegisters,
  firstFreePort,
  type Plan,
  type Product,
  planOf,
  sessionAt,
  upload,
} from './trace-city.ts';

const traces = 200;
const now = Date.parse('2026-11-22T07:00:00Z');
const asked = now - 3_600_000;

const addressOf = (n: number) => `10.200.4.${n}`;
const macOf = (n: number) => `00:00:5e:f0:00:${n.toString(16).padStart(2, '0')}`;

/** The chains that are asked for one by one: real lines in sealed segments, on one of the crowd's addresses. */
async function feedChains(product: Product): Promise<void> {
  const numbers = Array.from({ length: traces }, (_, n) => n + 1);
  await upload(
    product,
    '/api/import/people?fileName=p.csv',
    'person_no,name,unit_code,post\nP1,人员甲,east-1,teacher',
  );
  await upload(
    product,
    '/api/import/allocations?fileName=a.csv',
    'cidr,unit_code,role\n10.200.0.0/16,east-1,inside',
  );
  const devices = numbers.map(
    (n) => `D-${n},电脑,computer,east-1,${addressOf(n)},${macOf(n)},P1,${n},2026-03-01`,
  );
  await upload(
    product,
    '/api/import/devices?fileName=d.csv',
    ['asset_no,name,type,unit_code,ip,mac,owner_no,room,since', ...devices].join('\n'),
  );
  const nat = (event: string, at: number, n: number) =>
    `[${(at / 1000).toFixed(6)}]\t [${event}] tcp 6 src=${addressOf(n)} dst=198.51.100.2 sport=4000 dport=443 src=198.51.100.2 dst=203.0.113.1 sport=443 dport=${firstFreePort + n}`;
  const lines = (event: string, at: number) => numbers.map((n) => nat(event, at + n, n));
  await upload(
    product,
    '/api/logs/ingest?source=nat&format=conntrack',
    [...lines('NEW', asked - 300_000), ...lines('DESTROY', asked + 300_000)].join('\n'),
  );
  const local = (at: number) => new Date(at + 8 * 3_600_000).toISOString().slice(11, 19);
  const leases = [-1_200_000, 600_000].flatMap((offset) =>
    numbers.map(
      (n) =>
        `Nov 22 ${local(asked + offset)} gw dhcpd: DHCPACK on ${addressOf(n)} to ${macOf(n)} (pc) via eth0`,
    ),
  );
  await upload(product, '/api/logs/ingest?source=dhcp&format=isc-dhcpd&leaseSeconds=3600', leases.join('\n'));
  await drain(product.app);
}

interface Measured {
  readonly times: readonly number[];
  readonly right: number;
  readonly cpu: Cpu;
}

/** Processor seconds: this process, the database's backends, the log store. */
interface Cpu {
  readonly own: number;
  readonly database: number;
  readonly store: number;
}

/** The kernel counts in hundredths of a second. */
async function secondsOf(pids: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const pid of pids) {
    const fields = (await readFile(`/proc/${pid}/stat`, 'latin1')).split(') ')[1]!.split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}

async function cpuOf(app: TestApp, store: SpawnedLogstore): Promise<Cpu> {
  const { rows } = await app.ownerPool.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database()',
  );
  const { user, system } = process.cpuUsage();
  return {
    own: (user + system) / 1_000_000,
    database: await secondsOf(rows.map((row) => row.pid)),
    store: await secondsOf([store.process.pid!]),
  };
}

const between = (before: Cpu, after: Cpu): Cpu => ({
  own: after.own - before.own,
  database: after.database - before.database,
  store: after.store - before.store,
});

async function askOneByOne({ app, server, officer }: Product, store: SpawnedLogstore): Promise<Measured> {
  const times: number[] = [];
  let right = 0;
  const before = await cpuOf(app, store);
  for (let n = 1; n <= traces; n += 1) {
    const started = elapsed();
    const { body } = await call(server, officer, 'POST', '/api/traces', {
      ip: '203.0.113.1',
      port: firstFreePort + n,
      at: new Date(asked).toISOString(),
      caseNo: 'BENCH',
      reason: '性能测量',
    });
    times.push(elapsed() - started);
    if (body.verdict === 'proven' && body.candidates[0].insideIp === addressOf(n)) right += 1;
  }
  const cpu = between(before, await cpuOf(app, store));
  return { times: times.sort((a, b) => a - b), right, cpu };
}

interface BulkMeasured {
  readonly seconds: number;
  readonly proven: number;
  /** Of those looked at. */
  readonly right: number;
  readonly looked: number;
  readonly cpu: Cpu;
}

/** Sessions of the whole time, in no order; the first and the last hour are left out. */
async function askInBulk(
  product: Product,
  store: SpawnedLogstore,
  plan: Plan,
  rows: number,
): Promise<BulkMeasured> {
  const { app, server, officer } = product;
  const edge = Math.ceil((plan.sessions * 3_600_000) / plan.span);
  const step = (plan.sessions - 2 * edge) / rows;
  const places = Array.from({ length: rows }, (_, k) => edge + Math.floor(((k * 7919) % rows) * step));
  const questions = places.map((i) => sessionAt(plan, i));
  const lines = questions.map(({ ip, port, at }) => `${ip},${port},tcp,${new Date(at).toISOString()}`);
  const before = await cpuOf(app, store);
  const began = elapsed();
  const url = '/api/trace-runs?fileName=b.csv&caseNo=BENCH&reason=performance';
  const started = await call(
    server,
    officer,
    'POST',
    url,
    Buffer.from(['ip,port,proto,at', ...lines].join('\n')),
  );
  if (!started.body.run) throw new Error(JSON.stringify(started.body).slice(0, 500));
  await drain(app);
  const seconds = (elapsed() - began) / 1000;
  const cpu = between(before, await cpuOf(app, store));
  const list = `/api/trace-runs/${started.body.run.id}/rows?pageSize=100`;
  const { total } = (await call(server, officer, 'GET', `${list}&verdict=proven`)).body;
  const { items } = (await call(server, officer, 'GET', list)).body as { items: { number: number }[] };
  const right = items.filter((item) =>
    JSON.stringify(item).includes(`"assetNo":"D-${questions[item.number]!.host}"`),
  ).length;
  return { seconds, proven: total, right, looked: items.length, cpu };
}

/** Times of single traces, of a run of many, and how many of them named the right device. */
export async function run(args: readonly string[]): Promise<Figure[]> {
  const [records, leases, rows] = [args[0] ?? 2_000_000, args[1] ?? 100_000, args[2] ?? 2_000].map(Number);
  if (![records, leases, rows].every((one) => Number.isInteger(one) && one! > 0))
    throw new RangeError('npm run bench -- trace [RECORDS] [LEASES] [ROWS]');
  const plan = planOf(records!, leases!, now);
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-bench-trace-'));
  const store = await spawnLogstore(dir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  const app = await testApp([audit, units, auth, logs, addresses, trace], {
    logstore: client,
    now: new Date(now).toISOString(),
  });
  const server = buildServer(app, authenticate);
  try {
    const people = await staffCity(server, await setupToken(app.config.dataDir), [
      { username: 'officer', unitCode: 'city', role: 'city_officer' },
    ]);
    await fillRegisters(
      { app, server, officer: people.sysadmin! },
      { app, server, officer: people.officer! },
      plan,
    );
    const product = { app, server, officer: people.officer! };
    await feedChains(product);
    const { rows: own } = await app.ownerPool.query<{ id: number }>('SELECT id FROM logs.source');
    await fillLogs(
      product,
      client,
      plan,
      own.map((row) => row.id),
    );
    await app.ownerPool.query('ANALYZE');
    await app.advance(60_000);
    const single = await askOneByOne(product, store);
    const bulk = await askInBulk(product, store, plan, rows!);
    const command = `npm run bench -- trace ${records} ${leases} ${rows}`;
    return figuresOf({ command, records: records!, leases: leases!, rows: rows! }, single, bulk);
  } finally {
    await server.close();
    await app.close();
    await store.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Asked {
  readonly command: string;
  readonly records: number;
  readonly leases: number;
  readonly rows: number;
}

function figuresOf(size: Asked, single: Measured, bulk: BulkMeasured): Figure[] {
  const { command, records, leases, rows } = size;
  const load = loadavg()[0]!.toFixed(1);
  const at = (share: number) => rounded(single.times[Math.ceil(single.times.length * share) - 1]!);
  const whole = ({ own, database, store }: Cpu) => own + database + store;
  const parts = ({ own, database, store }: Cpu, of: number) =>
    `program ${rounded((own * 1000) / of)}, database ${rounded((database * 1000) / of)}, log store ${rounded((store * 1000) / of)}`;
  const base = { bar: null, holds: null, peer: null, command };
  const isFull = records >= 100_000_000 && leases >= 1_000_000;
  const note = `${records} records, ${leases} leases; load average ${load}${isFull ? '' : '; the bar is for 100 M and 1 M'}`;
  // The bar is so long for 100,000 rows; a run has its share of it.
  const bar = rounded((600 * rows) / 100_000);
  return [
    { ...base, name: 'trace, p50', value: at(0.5), unit: 'ms', note },
    { ...base, name: 'trace, p99', value: at(0.99), unit: 'ms', bar: 300, holds: at(0.99) <= 300, note },
    {
      ...base,
      name: 'processor time of a trace',
      value: rounded((whole(single.cpu) * 1000) / traces),
      unit: 'ms',
      note: parts(single.cpu, traces),
    },
    {
      ...base,
      name: 'traces proven for the right device',
      value: single.right,
      unit: `of ${traces}`,
      bar: traces,
      holds: single.right === traces,
    },
    {
      ...base,
      name: `${rows} traces in bulk`,
      value: rounded(bulk.seconds),
      unit: 's',
      bar,
      holds: bulk.seconds <= bar,
      note,
    },
    {
      ...base,
      name: 'processor time of a row',
      value: rounded((whole(bulk.cpu) * 1000) / rows),
      unit: 'ms',
      note: parts(bulk.cpu, rows),
    },
    { ...base, name: 'rows proven', value: bulk.proven, unit: `of ${rows}` },
    {
      ...base,
      name: 'rows with the right device',
      value: bulk.right,
      unit: `of ${bulk.looked} looked at`,
      bar: bulk.looked,
      holds: bulk.right === bulk.looked,
    },
  ];
}
