import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../../addresses/module.ts';
import { audit } from '../../audit/module.ts';
import { authenticate, setupToken } from '../../auth/index.ts';
import { auth } from '../../auth/module.ts';
import { findings } from '../../findings/module.ts';
import { logs } from '../../logs/module.ts';
import { units } from '../../units/module.ts';
import { trace } from '../module.ts';

let app: TestApp;
let server: FastifyInstance;
let store: SpawnedLogstore;
let storeDir = '';
let people: Record<string, SignedIn>;

const epoch = (time: string) => (Date.parse(`2026-11-22T${time}Z`) / 1000).toFixed(6);
const nat = (event: string, time: string, inside: string, port: number) =>
  `[${epoch(time)}]\t [${event}] tcp 6 src=${inside} dst=198.51.100.2 sport=4000 dport=443 src=198.51.100.2 dst=203.0.113.1 sport=443 dport=${port}`;
const mac = (n: number) => `00:00:5e:00:54:0${n}`;
const api = async (who: string, method: 'GET' | 'POST', url: string, body?: unknown) =>
  call(server, people[who]!, method, url, body);
const upload = async (kind: string, rows: readonly string[]) => {
  const url = `/api/import/${kind}?fileName=${kind}.csv`;
  const reply = await api('city', 'POST', url, Buffer.from(rows.join('\r\n')));
  expect(reply.body).toMatchObject({ rejected: 0, errors: [] });
};
const ingest = async (source: string, format: string, lines: readonly string[], more = '') => {
  const url = `/api/logs/ingest?source=${source}&format=${format}${more}`;
  expect((await api('city', 'POST', url, Buffer.from(lines.join('\n')))).status).toBe(200);
  await drain(app);
};
const drillNow = async (who: string, body: object = { points: 3, days: 1 }) => {
  const started = (await api(who, 'POST', '/api/traces/drills', body)).body;
  await drain(app);
  return (await api(who, 'GET', `/api/traces/drills/${started.id}`)).body;
};
const openFindings = async () =>
  (
    await app.ownerPool.query(
      `SELECT u.code, f.rule, f.state FROM findings.finding f JOIN units.unit u ON u.id = f.unit_id
       WHERE f.kind = 'trace' ORDER BY u.code, f.rule`,
    )
  ).rows;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-drills-'));
  store = await spawnLogstore(storeDir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([audit, units, auth, findings, logs, addresses, trace], {
    logstore: client,
    now: '2026-11-22T06:45:00Z',
  });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'east', unitCode: 'east', role: 'county_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  await upload('people', ['person_no,name,unit_code,post', 'P1,张密封,east-1,teacher']);
  await upload('allocations', [
    'cidr,unit_code,realm,role',
    '10.1.0.0/16,east,main,inside',
    '10.1.4.0/22,east-1,main,inside',
    '10.2.0.0/16,west,main,inside',
    '10.2.4.0/22,west-1,main,inside',
    '10.1.200.1/32,east-2,main,exit',
    '203.0.113.0/30,city,main,exit',
  ]);
  await upload('devices', [
    'asset_no,name,type,unit_code,ip,mac,owner_no,room,since',
    `D-1,电脑,computer,east-1,10.1.4.10,${mac(1)},P1,丙三楼,2026-03-01`,
  ]);
  await app.setTime('2026-11-22T07:00:00Z');
  const sessions = (inside: string, port: number) => [
    nat('NEW', '06:10:00', inside, port),
    nat('DESTROY', '06:20:00', inside, port),
  ];
  const alive = Array.from({ length: 40 }, (_, i) => `06:${String(i).padStart(2, '0')}:00.5`);
  await ingest(
    'nat',
    'conntrack',
    [
      ...sessions('10.1.4.10', 61001),
      ...sessions('10.2.4.10', 61002),
      ...sessions('10.1.200.1', 61003),
      // Heard every minute, by an address that no school has.
      ...alive.flatMap((time, i) => [
        nat('NEW', time, '10.1.255.1', 50_000 + i),
        nat('DESTROY', time, '10.1.255.1', 50_000 + i),
      ]),
    ].sort(),
  );
  const ack = (time: string) => `Nov 22 ${time} gw dhcpd: DHCPACK on 10.1.4.10 to ${mac(1)} (pc) via eth0`;
  await ingest('dhcp', 'isc-dhcpd', ['14:05:00', '14:30:00', '14:55:00'].map(ack), '&leaseSeconds=3600');
}, 240_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

describe('a drill', () => {
  it('draws real points of each school, proves what is provable, and says of the others why not', async () => {
    const drill = await drillNow('city');
    expect(drill).toMatchObject({ cause: 'person', wanted: 3 });
    expect(drill.finishedAt).not.toBeNull();
    const { items } = (await api('city', 'GET', '/api/traces/drills/results')).body;
    const of = (name: string) => items.find((row: { unitName: string }) => row.unitName.includes(name));
    const points = (await api('city', 'GET', `/api/traces/drills/${drill.id}/points`)).body.items;
    const byPort = new Map(points.map((point: { port: number }) => [point.port, point]));
    expect(byPort.get(61001)).toMatchObject({ verdict: 'proven', because: [], candidates: 1, kind: 'nat' });
    expect(byPort.get(61002)).toMatchObject({ verdict: 'not_provable', because: ['unregistered'] });
    expect(byPort.get(61003)).toMatchObject({ verdict: 'not_provable', because: ['second_nat'] });
    expect(byPort.size).toBe(3);
    // Worst first: schools of which no line is there, before those that were proven.
    expect(items[0].provable).toBeNull();
    expect(items.at(-1).provable).toBe(100);
    expect(of('东示县第一')?.trend ?? items.at(-1).trend).toHaveLength(1);
    for (const point of points) expect(point.milliseconds).toBeGreaterThan(0);
  });

  it('names nobody: neither person nor device is stored, and no trace is there to ask for a name', async () => {
    const { rows } = await app.ownerPool.query(
      `SELECT (SELECT count(*) FROM trace.trace)::int AS traces, (SELECT count(*) FROM trace.candidate)::int AS candidates,
        (SELECT string_agg(p::text, '') FROM trace.drill_point p) AS points`,
    );
    expect(rows[0]).toMatchObject({ traces: 0, candidates: 0 });
    for (const secret of ['D-1', '10.1.4.10', mac(1), '丙三楼', 'P1'])
      expect(rows[0].points).not.toContain(secret);
  });

  it('opens a finding for each school and reason, and closes it when a later drill proves all', async () => {
    const before = await openFindings();
    expect(before).toContainEqual({ code: 'west-1', rule: 'trace.drill.unregistered', state: 'open' });
    expect(before).toContainEqual({ code: 'east-2', rule: 'trace.drill.second_nat', state: 'open' });
    expect(before.some(({ code, rule }) => code === 'east-1' && rule !== 'trace.drill.no_logs')).toBe(false);
    await upload('devices', [
      'asset_no,name,type,unit_code,ip,mac,owner_no,room,since',
      `D-2,电脑,computer,west-1,10.2.4.10,${mac(2)},,201,2026-03-01`,
    ]);
    await drillNow('city');
    const after = await openFindings();
    expect(after).toContainEqual({ code: 'west-1', rule: 'trace.drill.unregistered', state: 'closed' });
    expect(after).toContainEqual({ code: 'east-2', rule: 'trace.drill.second_nat', state: 'open' });
    expect(after.length).toBe(before.length);
  });

  it('shows a county and a school only their own results and points', async () => {
    const west = (await api('west', 'GET', '/api/traces/drills/results')).body;
    expect(west.total).toBeGreaterThan(0);
    const names = west.items.map((row: { unitName: string }) => row.unitName).join();
    expect(names).not.toContain('东示');
    const all = (await api('city', 'GET', '/api/traces/drills')).body.items;
    const own = (await api('west', 'GET', '/api/traces/drills')).body.items;
    expect(own.map((drill: { id: string }) => drill.id)).toEqual(
      all.map((drill: { id: string }) => drill.id),
    );
    for (const [n, { id, schools }] of own.entries()) {
      expect(schools).toBeGreaterThan(0);
      expect(schools).toBeLessThan(all[n].schools);
      expect((await api('west', 'GET', `/api/traces/drills/${id}`)).body.schools).toBe(schools);
      const points = (await api('west', 'GET', `/api/traces/drills/${id}/points`)).body;
      expect(points.total).toBe(
        points.items.filter((point: { unitName: string }) => point.unitName.startsWith('西示')).length,
      );
    }
    // A drill of one county is nobody else's.
    const { id } = await drillNow('east', { points: 1, days: 1 });
    expect((await api('west', 'GET', `/api/traces/drills/${id}`)).status).toBe(404);
    expect((await api('west', 'GET', `/api/traces/drills/${id}/points`)).status).toBe(404);
    expect((await api('teacher', 'POST', '/api/traces/drills', {})).status).toBe(403);
  });

  it('asks a school without any log by its declared ports: its devices are found, and unregistered ones told', async () => {
    await upload('allocations', ['cidr,unit_code,realm,role', '10.2.8.0/24,west-2,main,inside']);
    const units = (await api('city', 'GET', '/api/units?pageSize=100')).body.items;
    const city = units.find((unit: { code: string }) => unit.code === 'city');
    const rule = {
      unitId: city.id,
      inside: '10.2.8.0/24',
      outside: '203.0.113.2/32',
      blockSize: 200,
      from: '2026-03-01T00:00:00Z',
    };
    expect((await api('city', 'POST', '/api/nat-rules', rule)).body).toMatchObject({ withoutPorts: 0 });
    const of = async (drillId: string) => {
      const { items } = (
        await api('city', 'GET', `/api/traces/drills/results?drillId=${drillId}&pageSize=100`)
      ).body;
      const points = (await api('city', 'GET', `/api/traces/drills/${drillId}/points?pageSize=100`)).body
        .items;
      const isOurs = (row: { unitName: string }) => row.unitName === '西示县第二小学';
      return { result: items.find(isOurs), points: points.filter(isOurs) };
    };
    // Nobody had an address of it yet, as far as anybody knows.
    const none = await drillNow('city');
    expect((await of(none.id)).result).toMatchObject({ points: 0, because: ['no_logs'] });
    await upload('people', ['person_no,name,unit_code,post', 'P2,李密封,west-2,teacher']);
    await upload('devices', [
      'asset_no,name,type,unit_code,ip,mac,owner_no,room,since',
      `D-8,电脑,computer,west-2,10.2.8.10,${mac(8)},P2,201,2026-03-01`,
    ]);
    const drill = await drillNow('city');
    const { result, points } = await of(drill.id);
    expect(result).toMatchObject({ points: 1, probable: 1, because: [] });
    expect(points).toMatchObject([{ kind: 'rule', ip: '203.0.113.2', verdict: 'probable' }]);
    // Address 10 has the eleventh block of 200 ports from 1024 on.
    expect(points[0].port).toBeGreaterThanOrEqual(1024 + 10 * 200);
    expect(points[0].port).toBeLessThan(1024 + 11 * 200);
    // Another that used the network without being registered, as the logs of leases show.
    const lease = (time: string) =>
      `Nov 22 ${time} gw dhcpd: DHCPACK on 10.2.8.11 to ${mac(9)} (pc) via eth0`;
    await ingest('dhcp', 'isc-dhcpd', ['14:06:00', '14:31:00', '14:56:00'].map(lease));
    const later = await of((await drillNow('city')).id);
    expect(later.result).toMatchObject({ points: 2, because: ['unregistered'] });
  });

  it('runs once for a unit at a time, goes on after a kill, and is begun by the calendar', async () => {
    const first = (await api('city', 'POST', '/api/traces/drills', { points: 1, days: 1 })).body;
    expect((await api('city', 'POST', '/api/traces/drills', {})).body.code).toBe('trace.drill_running');
    // As if it had been killed after the first school: that result stays and is not doubled.
    await app.ownerPool.query(
      `INSERT INTO trace.drill_result (drill_id, unit_id, unit_path, points, proven, probable, ambiguous, not_provable,
        complete, because) SELECT $1, id, unit_path, 0, 0, 0, 0, 0, 0, '{other}' FROM units.unit WHERE code = 'east-1'`,
      [first.id],
    );
    await drain(app);
    const results = (await api('city', 'GET', `/api/traces/drills/results?drillId=${first.id}&pageSize=100`))
      .body;
    const kept = results.items.filter((row: { because: string[] }) => row.because[0] === 'other');
    expect(kept).toHaveLength(1);
    expect((await api('city', 'GET', `/api/traces/drills/${first.id}`)).body.finishedAt).not.toBeNull();
    await fire(app, 'trace.monthly_drill');
    await drain(app);
    const list = (await api('city', 'GET', '/api/traces/drills')).body.items;
    expect(list[0]).toMatchObject({ cause: 'month' });
    expect(list[0].finishedAt).not.toBeNull();
    const { rows } = await app.ownerPool.query(
      `SELECT count(*)::int AS n FROM audit.entry WHERE action = 'trace.drill_finish'`,
    );
    expect(rows[0].n).toBe(list.length);
  });
});

describe('what traces rest on', () => {
  it('is looked at from logs and registers, with the chain that ends at a school’s own exit', async () => {
    expect((await api('city', 'GET', '/api/traces/coverage')).body.total).toBe(0);
    await api('city', 'POST', '/api/traces/coverage/refresh');
    await drain(app);
    const { rows } = await app.ownerPool.query(
      `SELECT u.code, c.* FROM trace.coverage c JOIN units.unit u ON u.id = c.unit_id ORDER BY u.code`,
    );
    const of = (code: string) => rows.find((row) => row.code === code);
    expect(of('east-1')).toMatchObject({
      allocated: true,
      own_wan: false,
      devices: 1,
      seen: 1,
      seen_registered: 1,
    });
    expect(of('east-1').nat).not.toBe('none');
    expect(of('east-1').lease).not.toBe('none');
    expect(of('east-1').sighting).toBe('none');
    expect(of('east-2')).toMatchObject({ own_wan: true, allocated: false });
    expect(of('east-2').problems).toContain('own_wan');
    const worst = (await api('city', 'GET', '/api/traces/coverage')).body.items;
    const counts = worst.map((row: { problems: string[] }) => row.problems.length);
    expect(counts).toEqual(counts.toSorted((a: number, b: number) => b - a));
    const west = (await api('west', 'GET', '/api/traces/coverage')).body.items;
    expect(JSON.stringify(west)).not.toContain('东示');
    const ends = (await api('city', 'GET', '/api/traces/coverage?problem=own_wan')).body;
    expect(ends.total).toBe(1);
  });

  it('looked at twice on one day is one row a school', async () => {
    const count = async () =>
      (await app.ownerPool.query('SELECT count(*)::int AS n FROM trace.coverage')).rows[0].n;
    const before = await count();
    await fire(app, 'trace.nightly_coverage');
    expect(await count()).toBe(before);
  });
});

describe('the sizing of NAT logs', () => {
  it('answers over the API, and refuses nonsense by its field', async () => {
    const told = await api('teacher', 'GET', '/api/tools/nat-sizing?devices=2000&days=183');
    expect(told.body).toMatchObject({ advice: 'blocks', asked: { devices: 2000, days: 183 } });
    const refused = await api('teacher', 'GET', '/api/tools/nat-sizing?devices=0');
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('devices');
  });
});

describe('what a drill found and a school mended', () => {
  const lines = (from: string, count: number, inside: string, port: number) => {
    const hour = from.slice(0, 2);
    const at = (minute: number, rest: string) => `${hour}:${String(minute).padStart(2, '0')}:${rest}`;
    const alive = Array.from({ length: 40 }, (_, i) => [
      nat('NEW', at(i, '00.500000'), '10.1.255.1', port + 1000 + i),
      nat('DESTROY', at(i, '00.500000'), '10.1.255.1', port + 1000 + i),
    ]);
    const own = Array.from({ length: count }, (_, i) => [
      nat('NEW', at(10 + i, '00.000000'), inside, port + i),
      nat('DESTROY', at(11 + i, '30.000000'), inside, port + i),
    ]);
    return [...alive, ...own].flat().sort();
  };
  const stateOf = async (code: string, rule: string) =>
    (await openFindings()).find((one) => one.code === code && one.rule === `trace.drill.${rule}`)?.state;
  const reportFixed = async (rule: string) => {
    const { rows } = await app.ownerPool.query(
      `SELECT f.id FROM findings.finding f JOIN units.unit u ON u.id = f.unit_id
       WHERE u.code = 'west-1' AND f.rule = $1 AND f.state = 'open'`,
      [`trace.drill.${rule}`],
    );
    expect((await api('city', 'POST', `/api/findings/${rows[0].id}/fixed`, {})).status).toBe(200);
  };

  /** Nobody stays signed in that long. */
  const passTo = async (time: string) => {
    await app.setTime(time);
    for (const name of ['city', 'west']) people[name] = await signIn(server, name);
  };

  it('is tried again with the logs after that: closed by them only, open again when it shows', async () => {
    await passTo('2026-11-22T09:00:00Z');
    await ingest('nat', 'conntrack', lines('08', 1, '10.2.4.20', 40_000));
    await drillNow('west', { points: 20, days: 1 });
    expect(await stateOf('west-1', 'unregistered')).toBe('open');
    await reportFixed('unregistered');
    // No line since: the machine knows nothing, and says nothing.
    await fire(app, 'trace.retest_fixed');
    expect(await stateOf('west-1', 'unregistered')).toBe('fixed');
    await passTo('2026-11-22T10:59:00Z');
    await ingest('nat', 'conntrack', lines('10', 6, '10.2.4.20', 42_000));
    await passTo('2026-11-22T11:30:00Z');
    await fire(app, 'trace.retest_fixed');
    expect(await stateOf('west-1', 'unregistered')).toBe('open');
    await upload('devices', [
      'asset_no,name,type,unit_code,ip,mac,owner_no,room,since',
      `D-3,电脑,computer,west-1,10.2.4.20,${mac(3)},,202,2026-03-01`,
    ]);
    await reportFixed('unregistered');
    await passTo('2026-11-22T12:59:00Z');
    await ingest('nat', 'conntrack', lines('12', 6, '10.2.4.20', 44_000));
    await passTo('2026-11-22T13:30:00Z');
    await fire(app, 'trace.retest_fixed');
    expect(await stateOf('west-1', 'unregistered')).toBe('closed');
  });
});

describe('a school behind a proxy', () => {
  it('is asked for by what its clients fetched; the far end is not kept', async () => {
    await api('city', 'POST', '/api/logs/sources', {
      name: 'proxy',
      format: 'squid',
      senders: ['10.1.250.9'],
    });
    await upload('allocations', ['cidr,unit_code,realm,role', '10.2.12.0/22,west-2,main,inside']);
    const line = (minute: number) =>
      `${epoch(`12:${minute}:00.000`)}   2000 10.2.12.30 TCP_MISS/200 19763 CONNECT 198.51.100.77:443 - HIER_DIRECT/198.51.100.77 -`;
    await ingest('proxy', 'squid', [line(20), line(21), line(22)]);
    const drill = await drillNow('west', { points: 5, days: 1 });
    const points = (await api('west', 'GET', `/api/traces/drills/${drill.id}/points`)).body.items;
    const own = points.filter((point: { kind: string }) => point.kind === 'proxy');
    expect(own.length).toBeGreaterThan(0);
    for (const point of own) {
      expect(point).toMatchObject({ ip: '10.1.250.9', port: null, verdict: 'not_provable' });
      expect(point.because).toContain('unregistered');
    }
    const { rows } = await app.ownerPool.query(
      `SELECT (SELECT string_agg(p::text, '') FROM trace.drill_point p) || (SELECT string_agg(f.context, '')
         FROM findings.finding f WHERE f.kind = 'trace') AS told`,
    );
    expect(rows[0].told).not.toContain('198.51.100.77');
  });
});
