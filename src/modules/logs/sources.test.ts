/** Sources through the front door: registered, changed, ended; unregistered senders looked into and adopted. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authenticate, setupToken } from '#auth';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { call, type SignedIn, signIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { sender as senderCertificate } from '../../../test/peers/log-certificates.ts';
import { modules } from '../../compose.ts';
import { spoolDir } from './places.ts';
import { sealSpool } from './seal-spool.ts';
import { Spool } from './spool/spool.ts';
import { findSourceOfSender } from './store/sources.ts';

let app: TestApp;
let store: SpawnedLogstore;
let storeDir = '';
let server: FastifyInstance;
let people: Record<string, SignedIn>;
let segments = 0;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-sources-'));
  store = await spawnLogstore(storeDir);
  await migrateLogstore(store.connect(), 'migrations/clickhouse');
  app = await testApp(modules, { logstore: store.connect(), now: '2026-11-22T06:00:00Z' });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'east', unitCode: 'east', role: 'county_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
  ]);
}, 90_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

const get = (who: string, url: string) => call(server, people[who]!, 'GET', url);
const post = (who: string, url: string, body: unknown = {}) => call(server, people[who]!, 'POST', url, body);
const patch = (who: string, url: string, body: unknown) => call(server, people[who]!, 'PATCH', url, body);
const audits = async (action: string) =>
  (await app.ownerPool.query('SELECT before, after FROM audit.entry WHERE action = $1 ORDER BY id', [action]))
    .rows;

/** Seals these lines as received now. */
async function receive(sender: string, ...lines: string[]): Promise<void> {
  await mkdir(spoolDir(app), { recursive: true });
  let closed = '';
  const spool = new Spool({ dir: spoolDir(app), now: app.clock.now, onClosed: (path) => (closed = path) });
  for (const line of lines) {
    const bytes = Buffer.from(line);
    spool.of(sender).append(app.clock.now().getTime(), bytes, 0, bytes.length);
  }
  await spool.rotate();
  await sealSpool(app, closed);
  segments += 1;
}

const sourceOf = (sender: string) =>
  app.run(systemActor('test'), async (ctx) => (await findSourceOfSender(ctx, sender))?.name);

const dhcp = (at: string, ip: string) =>
  `<30>Nov 22 ${at} gw dnsmasq-dhcp[9]: DHCPACK(br0) ${ip} 00:00:5e:00:53:09 pc`;

test('a source is known by addresses, ranges and certificates; the narrowest range counts', async () => {
  const wide = await post('city', '/api/logs/sources', {
    name: 'wide',
    format: 'auto',
    senders: ['203.0.113.77/24', '2001:db8::/32'],
    certificates: [senderCertificate.certificate],
  });
  expect(wide.body).toMatchObject({
    state: 'active',
    senders: ['203.0.113.0/24', '2001:db8::/32'],
    unitCode: 'city',
  });
  const fingerprint = wide.body.certificates[0];
  await post('city', '/api/logs/sources', { name: 'narrow', format: 'squid', senders: ['203.0.113.8/29'] });
  expect(await sourceOf('203.0.113.9')).toBe('narrow');
  expect(await sourceOf('203.0.113.16')).toBe('wide');
  expect(await sourceOf('2001:db8::7')).toBe('wide');
  expect(await sourceOf('198.51.100.1')).toBeUndefined();
  expect(await sourceOf(`cert:${fingerprint}`)).toBe('wide');
  const taken = await post('city', '/api/logs/sources', {
    name: 'x',
    format: 'auto',
    certificates: [fingerprint.toUpperCase()],
  });
  expect([taken.status, taken.body.code]).toEqual([409, 'logs.sender_taken']);
});

test.each([
  [{ certificates: ['nonsense'] }, 'logs.bad_certificate'],
  [{ zone: 'CST' }, 'logs.unknown_zone'],
  [{ fieldZones: { session: 'Mars/Olympus' } }, 'logs.unknown_zone'],
  [{ fieldZones: { other: 'UTC' } }, 'base.invalid_input'],
  [{ senders: ['0.0.0.0/0'] }, 'base.invalid_input'],
  [{ senders: ['gateway.example'] }, 'base.invalid_input'],
  [{ name: 'unregistered:1' }, 'base.invalid_input'],
  [{ unitCode: 'west' }, 'base.not_found'],
])('refuses %j with its reason', async (wrong, code) => {
  const reply = await post('east', '/api/logs/sources', { name: 'wrong', format: 'auto', ...wrong });
  expect(reply.body.code).toBe(code);
});

test('a change keeps what is not named, and the audit log has before and after', async () => {
  const made = await post('east', '/api/logs/sources', {
    name: 'changing',
    format: 'h3c',
    senders: ['198.51.100.20'],
    expectedPerHour: 100,
    retention: 'school_site',
    fieldZones: { session: 'UTC' },
  });
  const path = `/api/logs/sources/${made.body.id}`;
  const changed = await patch('east', path, { zone: '+08:00', expectedPerHour: null });
  expect(changed.body).toMatchObject({
    name: 'changing',
    zone: '+08:00',
    expectedPerHour: null,
    retention: 'school_site',
    senders: ['198.51.100.20'],
    fieldZones: { session: 'UTC' },
  });
  expect(await audits('logs.change_source')).toMatchObject([
    {
      before: { zone: 'Asia/Shanghai', expected_per_hour: 100 },
      after: { zone: '+08:00', expected_per_hour: null },
    },
  ]);
  expect((await patch('west', path, { zone: 'UTC' })).status).toBe(404);
  expect((await get('west', path)).status).toBe(404);
  expect((await patch('east', path, { zone: 'PST' })).body.code).toBe('logs.unknown_zone');
});

test('a retired source gives its senders free, keeps its logs, and can come back unless they are taken', async () => {
  const made = await post('east', '/api/logs/sources', {
    name: 'ending',
    format: 'dnsmasq',
    senders: ['198.51.100.30'],
  });
  const path = `/api/logs/sources/${made.body.id}`;
  await receive('198.51.100.30', dhcp('14:00:00', '192.0.2.30'));
  expect((await post('east', `${path}/retire`, { reason: '设备报废' })).body).toMatchObject({
    state: 'retired',
    records: 1,
  });
  expect((await post('east', `${path}/retire`, { reason: '再次' })).body.code).toBe('logs.source_retired');
  expect((await patch('east', path, { zone: 'UTC' })).body.code).toBe('logs.source_retired');
  expect(await sourceOf('198.51.100.30')).toBeUndefined();
  const next = await post('east', '/api/logs/sources', {
    name: 'next',
    format: 'dnsmasq',
    senders: ['198.51.100.30'],
  });
  expect((await post('east', `${path}/resume`)).body.code).toBe('logs.sender_taken');
  await post('east', `/api/logs/sources/${next.body.id}/retire`, { reason: '让回地址' });
  expect((await post('east', `${path}/resume`)).body.state).toBe('active');
  expect((await post('east', `${path}/resume`)).body.code).toBe('logs.source_in_use');
});

test('a source that gets another owner takes along what it sent', async () => {
  const made = await post('city', '/api/logs/sources', {
    name: 'moving',
    format: 'dnsmasq',
    senders: ['198.51.100.40'],
  });
  const path = `/api/logs/sources/${made.body.id}`;
  await receive('198.51.100.40', dhcp('14:00:00', '192.0.2.40'));
  expect((await get('east', `/api/logs/segments?sourceId=${made.body.id}`)).body.total).toBe(0);
  await patch('city', path, { unitCode: 'east' });
  await drain(app);
  expect((await get('east', path)).body).toMatchObject({ records: 1, unitCode: 'east' });
  expect((await get('east', `/api/logs/segments?sourceId=${made.body.id}`)).body.total).toBe(1);
  expect((await get('west', `/api/logs/segments?sourceId=${made.body.id}`)).body.total).toBe(0);
});

test('an unregistered sender is looked into, adopted by its county, and what it sent is read', async () => {
  await receive(
    '198.51.100.50',
    dhcp('14:00:00', '192.0.2.50'),
    dhcp('14:00:01', '192.0.2.51'),
    'no log at all',
    'vpnd: session of user=zhangsan, 用户：李四 from 192.0.2.53',
  );
  await drain(app);
  const listed = await get('city', '/api/logs/sources?state=quarantined');
  const quarantined = listed.body.items.find(
    (one: { name: string }) => one.name === 'unregistered:198.51.100.50',
  );
  expect(quarantined).toMatchObject({ format: 'unknown', records: 4, firstRecv: '2026-11-22T06:00:00.000Z' });
  const path = `/api/logs/sources/${quarantined.id}`;
  expect((await get('city', `${path}/samples`)).body.code).toBe('logs.reason_needed');
  const { body: looked } = await get('city', `${path}/samples?reason=${encodeURIComponent('认领发送方')}`);
  expect(looked.lines).toBe(4);
  expect(looked.guesses[0]).toEqual({ format: 'dnsmasq', read: 2, known: 0 });
  expect(looked.samples).toHaveLength(4);
  expect(looked.samples.at(-1).raw).toMatch(
    /^vpnd: session of user=‹2611-.*›, 用户：‹2611-.*› from 192.0.2.53$/,
  );
  expect(looked.samples[0]).toMatchObject({ sender: '198.51.100.50', charset: 'utf-8' });
  expect((await audits('logs.read_samples')).map(({ after }) => after)).toMatchObject([
    { reason: '认领发送方' },
  ]);
  expect((await get('east', `${path}/samples`)).status).toBe(404);
  expect((await patch('city', path, { zone: 'UTC' })).body.code).toBe('logs.source_quarantined');
  const adopted = await post('city', `${path}/adopt`, {
    name: 'adopted',
    format: 'dnsmasq',
    unitCode: 'east',
  });
  expect(adopted.body).toMatchObject({
    id: quarantined.id,
    state: 'active',
    senders: ['198.51.100.50'],
    unitCode: 'east',
  });
  expect((await post('city', `${path}/adopt`, { name: 'again', format: 'dnsmasq' })).body.code).toBe(
    'logs.not_quarantined',
  );
  // Reading again hides old rows for a while before they go.
  for (let step = 0; step < 10; step += 1) {
    await drain(app);
    await app.advance(30_000);
  }
  expect((await get('east', path)).body).toMatchObject({ records: 4, unparsable: 2, state: 'active' });
  const [leases] = await app.logstore.query<{ n: string }>(
    `SELECT toString(count()) AS n FROM jiaodun_logs.lease WHERE src = {src: UInt32} AND dec LIKE 'dnsmasq%'`,
    { src: quarantined.id },
  );
  expect(leases).toEqual({ n: '2' });
  const segment = (await get('east', `/api/logs/segments?sourceId=${quarantined.id}`)).body.items[0];
  expect((await get('east', `/api/logs/segments/${segment.id}/verify`)).body).toMatchObject({ intact: true });
  await receive('198.51.100.50', dhcp('14:05:00', '192.0.2.52'));
  expect((await get('east', path)).body.records).toBe(5);
});

test('the place of many senders is not adopted as one; a dismissed sender makes room and keeps what it sends', async () => {
  await receive('198.51.100.60', 'noise');
  const of = async (name: string) =>
    (await get('city', `/api/logs/sources?q=${encodeURIComponent(name)}`)).body.items[0];
  const noisy = await of('unregistered:198.51.100.60');
  await post('city', `/api/logs/sources/${noisy.id}/retire`, { reason: '扫描器' });
  await receive('198.51.100.60', 'more noise');
  expect(await of('unregistered:198.51.100.60')).toMatchObject({ state: 'retired', records: 2 });
  await app.run(systemActor('test'), async (ctx) => {
    const { ensureQuarantine } = await import('./store/sources.ts');
    await ensureQuarantine(ctx, 'unregistered:others', 'city');
  });
  const others = await of('unregistered:others');
  const reply = await post('city', `/api/logs/sources/${others.id}/adopt`, { name: 'all', format: 'auto' });
  expect(reply.body.code).toBe('logs.adopt_others');
});

test('the clock of a source is told from its lines, kept when it changes, and an alarm is raised above 5 s', async () => {
  const made = await post('east', '/api/logs/sources', {
    name: 'clock',
    format: 'dnsmasq',
    senders: ['198.51.100.70'],
  });
  const path = `/api/logs/sources/${made.body.id}`;
  await app.setTime('2026-11-22T07:00:00.200Z');
  // The hour ended the sessions.
  for (const name of ['east', 'west']) people[name] = await signIn(server, name);
  // Its clock is 7 s ahead; one line a minute has a foolish time.
  const told = () => {
    const beijing = new Date(app.clock.now().getTime() + 8 * 3_600_000 + 7_000).toISOString();
    return dhcp(beijing.slice(11, 19), '192.0.2.70');
  };
  for (let minute = 0; minute < 6; minute += 1) {
    await receive('198.51.100.70', told(), ...(minute === 2 ? [dhcp('23:59:59', '192.0.2.71')] : []));
    await drain(app);
    await app.advance(60_000);
  }
  const { body } = await get('east', path);
  expect(body.clock).toMatchObject({ steady: true });
  expect(body.clock.offsetMs).toBeGreaterThan(6_000);
  expect(body.clock.offsetMs).toBeLessThanOrEqual(7_000);
  const history = await get('east', `${path}/clock`);
  expect(history.body.total).toBe(1);
  expect((await get('west', `${path}/clock`)).status).toBe(404);
  const { rows } = await app.ownerPool.query(
    `SELECT payload FROM base.event WHERE name = 'logs.clock_wrong'`,
  );
  expect(rows).toMatchObject([{ payload: { sourceId: made.body.id } }]);
  const { clockOffsetOf } = await import('./clock/clock-offset-of.ts');
  const near = await app.run(systemActor('test'), (ctx) =>
    clockOffsetOf(ctx, made.body.id, new Date('2026-11-22T09:00:00Z')),
  );
  expect(near).toMatchObject({ steady: true, offsetMs: body.clock.offsetMs });
  expect(segments).toBeGreaterThan(6);
});

test('receivers are listed with what the collectors say of them', async () => {
  await app.ownerPool.query(
    `INSERT INTO base.role_heartbeat (role, host, pid, started_at, at, detail) VALUES ('collector', 'c1', 1, base.now(), base.now(), $1)`,
    [
      JSON.stringify({
        problems: [],
        figures: {
          udpPort: 514,
          udpReceived: 5,
          udpBuffer: 1,
          wantedUdpBuffer: 2,
          'relp.port': 2514,
          'relp.repeated': 3,
          waiting: 1,
        },
      }),
    ],
  );
  const { body } = await get('east', '/api/logs/receivers');
  expect(body.collectors).toMatchObject([
    {
      host: 'c1',
      alive: true,
      waiting: 1,
      receivers: [
        { name: 'syslog-udp', port: 514, received: 5, buffer: 1, wantedBuffer: 2 },
        { name: 'syslog-tcp', port: null },
        { name: 'relp', port: 2514, repeated: 3, kernelDrops: null },
      ],
    },
  ]);
});
