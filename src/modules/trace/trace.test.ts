import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemActor } from '#base/app';
import { buildServer } from '#base/http';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { addresses } from '../addresses/module.ts';
import { audit } from '../audit/module.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { auth } from '../auth/module.ts';
import { logs } from '../logs/module.ts';
import { units } from '../units/module.ts';
import { decideTrace } from './engine/decide.ts';
import { gatherFacts, gatherMany } from './engine/gather.ts';
import { trace } from './module.ts';

let app: TestApp;
let server: FastifyInstance;
let store: SpawnedLogstore;
let storeDir = '';
let people: Record<string, SignedIn>;

const day = '2026-11-22';
const at = (time: string) => new Date(`${day}T${time}Z`);
const epoch = (time: string) => (at(time).getTime() / 1000).toFixed(6);
const nat = (event: string, time: string, inside: string, port: number, pub = '203.0.113.1') =>
  `[${epoch(time)}]\t [${event}] tcp 6 src=${inside} dst=198.51.100.2 sport=4000 dport=443 src=198.51.100.2 dst=${pub} sport=443 dport=${port}`;
/** Written in Shanghai time, eight hours ahead. */
const dhcp = (time: string, text: string) => {
  const local = new Date(at(time).getTime() + 8 * 3_600_000).toISOString();
  return `Nov 22 ${local.slice(11, 19)} gw dhcpd: ${text}`;
};
const ack = (time: string, ip: string, mac: string) => dhcp(time, `DHCPACK on ${ip} to ${mac} (pc) via eth0`);

const mac = (n: number) => `00:00:5e:00:54:${n.toString(16).padStart(2, '0')}`;
const minutes = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `06:${String(from + i).padStart(2, '0')}:00.5`);

async function upload(kind: string, rows: readonly string[]) {
  const url = `/api/import/${kind}?fileName=${kind}.csv`;
  const reply = await call(server, people.city!, 'POST', url, Buffer.from(rows.join('\r\n')));
  expect(reply.body).toMatchObject({ rejected: 0, errors: [] });
}
async function ingest(source: string, format: string, lines: readonly string[], more = '') {
  const url = `/api/logs/ingest?source=${source}&format=${format}${more}`;
  const reply = await call(server, people.city!, 'POST', url, Buffer.from(lines.join('\n')));
  expect(reply.status).toBe(200);
}

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-trace-'));
  store = await spawnLogstore(storeDir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([audit, units, auth, logs, addresses, trace], {
    logstore: client,
    now: '2026-11-22T06:45:00Z',
  });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'second', unitCode: 'city', role: 'city_officer' },
    { username: 'east', unitCode: 'east', role: 'county_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  await upload('people', [
    'person_no,name,unit_code,post',
    'P1,张密封,east-1,teacher',
    'P2,李密封,west-1,teacher',
  ]);
  await upload('allocations', [
    'cidr,unit_code,realm,role',
    '10.1.0.0/16,east,main,inside',
    '10.1.4.0/22,east-1,main,inside',
    '10.2.0.0/16,west,main,inside',
    '203.0.113.0/30,city,main,exit',
    '10.1.200.1/32,east-2,main,exit',
    '2001:db8:1::/48,east-1,main,inside',
    '192.0.2.0/28,east-1,main,inside',
  ]);
  await upload('devices', [
    'asset_no,name,type,unit_code,ip,mac,owner_no,room,since',
    `D-1,电脑,computer,east-1,10.1.4.10,${mac(1)},P1,301,2026-03-01`,
    `D-2,电脑,computer,west-1,10.2.4.10,${mac(2)},P2,乙二楼,2026-03-01`,
    `D-3,电脑,computer,east-1,10.1.4.13,${mac(3)},P1,303,2026-03-01`,
    `D-4,电脑,computer,east-1,,${mac(4)},P1,304,2026-03-01`,
    `D-5,电脑,computer,east-1,10.1.4.15,da:a1:19:00:00:05,P1,305,2026-03-01`,
    `D-6,服务器,server,east-1,192.0.2.3,${mac(6)},P1,机房,2026-03-01`,
    `D-7,电脑,computer,east-1,10.1.4.17,${mac(7)},P1,307,`,
    `D-8,电脑,computer,east-1,,${mac(8)},P1,308,2026-03-01`,
  ]);
  await app.setTime('2026-11-22T07:00:00Z');
  const session = (from: string, to: string, inside: string, port: number) => [
    nat('NEW', from, inside, port),
    nat('DESTROY', to, inside, port),
  ];
  const lines = [
    ...session('06:10:00', '06:20:00', '10.1.4.10', 61001),
    ...session('06:20:30', '06:25:00', '10.2.4.10', 61001),
    ...session('06:10:00', '06:20:00', '10.1.4.13', 61003),
    ...session('06:10:00', '06:20:00', '10.1.4.14', 61004),
    ...session('06:10:00', '06:20:00', '10.1.4.15', 61005),
    ...session('06:10:00', '06:20:00', '10.1.200.1', 61006),
    ...session('06:10:00', '06:20:00', '10.1.4.99', 61007),
    ...session('06:10:00', '06:20:00', '10.1.4.17', 61010),
    ...session('06:10:00', '06:20:00', '10.1.4.18', 61011),
    nat('NEW', '06:14:30', '10.1.4.10', 61008),
    ...session('06:10:00', '06:20:00', '10.2.4.10', 61009),
    // One address with one session only, and one behind which nothing but a proxy is known.
    nat('NEW', '06:10:00', '10.1.4.10', 61021, '203.0.113.3'),
    nat('DESTROY', '06:20:00', '10.1.4.10', 61021, '203.0.113.3'),
    ...['NEW', 'DESTROY'].map((event, i) => {
      const [half, far] = ['type=8 code=0 id=7', '198.51.100.2'];
      const reply = `src=${far} dst=203.0.113.3 type=0 code=0 id=7`;
      return `[${epoch(['06:10:00', '06:20:00'][i]!)}]\t [${event}] icmp 1 30 src=10.2.4.10 dst=${far} ${half} ${reply}`;
    }),
    // The exporter is heard every minute, so that silence means a gap.
    ...minutes(0, 40).flatMap((time, i) => [
      nat('NEW', time, '10.1.7.1', 50_000 + i),
      nat('DESTROY', time, '10.1.7.1', 50_000 + i),
    ]),
  ].sort();
  await ingest('nat', 'conntrack', lines);
  const leases = ['10.1.4.10', '10.1.4.14', '10.1.4.15', '10.2.4.10', '10.1.4.99', '10.1.4.17'];
  const holder = [mac(1), mac(4), 'da:a1:19:00:00:05', mac(2), mac(99), mac(7)];
  await ingest(
    'dhcp',
    'isc-dhcpd',
    ['06:05:00', '06:30:00', '06:55:00'].flatMap((time) => leases.map((ip, i) => ack(time, ip, holder[i]!))),
    '&leaseSeconds=3600',
  );
  await ingest('dhcp', 'isc-dhcpd', [ack('06:06:00', '10.1.4.18', mac(8))]);
  const fetched = (client: string, request: string) =>
    `${epoch('06:15:01').slice(0, 14)} 2000 ${client} TCP_MISS/200 10 ${request} - HIER_DIRECT/192.0.2.80 text/html`;
  const proxy = { name: 'proxy', format: 'squid', unitCode: 'city', senders: ['10.1.9.9'] };
  expect((await call(server, people.city!, 'POST', '/api/logs/sources', proxy)).status).toBe(200);
  await ingest('proxy', 'squid', [
    fetched('10.1.4.10', 'POST http://www.example.org/login?next=/a'),
    fetched('10.1.4.13', 'GET http://www.example.org/other'),
    fetched('10.1.4.14', 'CONNECT www.example.org:443'),
    fetched('10.2.4.10', 'GET http://elsewhere.example/login'),
  ]);
  await drain(app);
}, 120_000);
afterAll(async () => {
  await server?.close();
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

const ask = async (who: string, question: object) =>
  (
    await call(server, people[who]!, 'POST', '/api/traces', {
      ip: '203.0.113.1',
      at: '2026-11-22T06:15:00Z',
      caseNo: 'C-1',
      reason: '测试溯源',
      ...question,
    })
  ).body;

describe('a trace', () => {
  it('leads from the public port to device and room, with every raw line and its hash, and no name', async () => {
    const found = await ask('city', { port: 61001, proto: 'tcp' });
    expect(found.because).toHaveLength(1);
    expect(found).toMatchObject({ verdict: 'proven', coverage: { complete: true } });
    const [only] = found.candidates;
    expect(only).toMatchObject({
      insideIp: '10.1.4.10',
      mac: mac(1),
      assetNo: 'D-1',
      room: '301',
      unitName: '东示县第一小学',
      person: { sealed: true, known: true },
    });
    expect(only.steps.map((step: { kind: string }) => step.kind)).toEqual([
      'nat',
      'nat',
      'lease',
      'lease',
      'register',
      'custody',
    ]);
    for (const step of only.steps.slice(0, 4)) {
      const raw = await call(
        server,
        people.city!,
        'GET',
        `/api/logs/segments/${step.segment}/records/${step.record}`,
      );
      if (raw.status === 200) expect(raw.body).toMatchObject({ raw: step.rawLine, sha256: step.sha256 });
      expect(step.rawLine).toContain('10.1.4.10');
      expect(step.sha256).toMatch(/^[0-9a-f]{64}$/);
    }
    expect(JSON.stringify(found)).not.toContain('密封,');
    expect(JSON.stringify(found)).not.toContain('张密封');
    const again = await call(server, people.city!, 'GET', `/api/traces/${found.id}`);
    expect(again.body).toEqual(found);
  });

  it('tells the same port apart by time', async () => {
    const later = await ask('city', { port: 61001, at: '2026-11-22T14:22:00+08:00' });
    expect(later).toMatchObject({ verdict: 'proven', candidates: [{ assetNo: 'D-2' }] });
    const between = await ask('city', { port: 61001, at: '2026-11-22T06:20:15Z' });
    expect(between).toMatchObject({ verdict: 'not_provable', candidates: [] });
  });

  it.each([
    ['only the register speaks for the device', 61003, 'probable', '没有地址租约'],
    ['only one line of a lease leads to the device', 61011, 'probable', '没有独立的第二来源'],
    ['the hardware address is random', 61005, 'probable', '随机地址'],
    ['the register was told afterwards', 61010, 'probable', '之后登记'],
    ['the inside address is another NAT', 61006, 'not_provable', '第二级地址转换'],
    ['the hardware address is unknown', 61007, 'not_provable', '没有在设备台账登记'],
    ['the end of the translation was not recorded', 61008, 'probable', '只有一端'],
    ['nothing was recorded', 60999, 'not_provable', '没有这个公网地址和端口的转换记录'],
  ])('says so when %s', async (_what, port, verdict, words) => {
    const found = await ask('city', { port });
    expect(found.verdict).toBe(verdict);
    expect(found.because.map((one: { zh: string }) => one.zh).join()).toContain(words);
  });

  it('is proven by a lease that was renewed around the time and a registered MAC, without a fixed address', async () => {
    const found = await ask('city', { port: 61004 });
    expect(found).toMatchObject({ verdict: 'proven', candidates: [{ assetNo: 'D-4' }] });
  });

  it('takes a stated uncertainty of the time for what it is', async () => {
    const at = '2026-11-22T06:20:20Z';
    expect(await ask('city', { port: 61001, at })).toMatchObject({ candidates: [] });
    const wide = await ask('city', { port: 61001, at, toleranceSeconds: 30 });
    expect(wide).toMatchObject({ verdict: 'ambiguous', toleranceSeconds: 30 });
    expect(wide.candidates).toHaveLength(2);
  });

  it('tells sessions apart by the far end that the question names', async () => {
    const other = await ask('city', { port: 61001, dstIp: '192.0.2.99' });
    expect(other).toMatchObject({ verdict: 'not_provable', candidates: [] });
    const same = await ask('city', { port: 61001, dstIp: '198.51.100.2', dstPort: 443 });
    expect(same).toMatchObject({
      verdict: 'proven',
      dstIp: '198.51.100.2',
      candidates: [{ assetNo: 'D-1' }],
    });
  });

  it('as of an earlier day uses the registers and the lines of that day', async () => {
    const before = await ask('city', { port: 61001, knownAt: '2026-11-22T06:44:00Z' });
    expect(before).toMatchObject({ verdict: 'not_provable', knownAt: '2026-11-22T06:44:00.000Z' });
    // Whose the address was is asked of that day, too: nothing was allocated then.
    expect(before.because.map((one: { zh: string }) => one.zh).join()).toContain('不在已登记的地址分配内');
    expect((await ask('city', { port: 61001, knownAt: '2026-11-22T08:00:00Z' })).code).toBe('trace.future');
  });

  it('keeps question and facts, from which the same outcome follows again, without destinations', async () => {
    const found = await ask('city', { port: 61001 });
    const { rows } = await app.ownerPool.query('SELECT * FROM trace.basis WHERE trace_id = $1', [found.id]);
    const [{ question, facts, outcome }] = rows;
    expect(JSON.parse(JSON.stringify(decideTrace(question, facts)))).toEqual(outcome);
    expect(JSON.stringify(facts)).not.toContain('198.51.100.2');
    const without = decideTrace(question, { ...facts, coverage: [] });
    expect(without.verdict).toBe('probable');
  });

  it('many at once are answered as one by one', async () => {
    const questions = [61001, 61003, 61004, 61005, 61006, 61007, 61008, 60999].map((port) => ({
      ip: '203.0.113.1',
      port,
      proto: 'tcp' as const,
      at: at('06:15:00').getTime(),
      knownAt: at('07:00:00').getTime(),
    }));
    const actor = systemActor('test');
    const many = await app.run(actor, (ctx) => gatherMany(ctx, questions));
    for (const [n, question] of questions.entries())
      expect(many[n]).toEqual(await app.run(actor, (ctx) => gatherFacts(ctx, question)));
  });

  it('without a port names all candidates and chooses none', async () => {
    const found = await ask('city', {});
    expect(found.verdict).toBe('ambiguous');
    expect(found.candidates.length).toBeGreaterThan(4);
  });

  it('without a port is not proven by the one session that was logged', async () => {
    expect(await ask('city', { ip: '203.0.113.3', port: 61021 })).toMatchObject({ verdict: 'proven' });
    const found = await ask('city', { ip: '203.0.113.3' });
    expect(found).toMatchObject({ verdict: 'probable', candidates: [{ assetNo: 'D-1' }] });
    expect(found.because[0].zh).toContain('没有给出端口');
  });

  it('with the page instead of a port finds whom the proxies were serving it, all of them, and proves none', async () => {
    const assets = (found: { candidates: { assetNo: string }[] }) =>
      found.candidates.map((one) => one.assetNo).sort();
    const page = await ask('city', { ip: '203.0.113.2', url: 'http://www.example.org/login' });
    // A tunnel names no page: it may be the one, too.
    expect([page.verdict, assets(page), page.url]).toEqual([
      'ambiguous',
      ['D-1', 'D-4'],
      'http://www.example.org/login',
    ]);
    const host = await ask('city', { ip: '203.0.113.2', url: 'WWW.EXAMPLE.ORG' });
    expect(assets(host)).toEqual(['D-1', 'D-3', 'D-4']);
    const other = await ask('city', { ip: '203.0.113.2', url: 'http://elsewhere.example/login' });
    expect(assets(other)).toEqual(['D-2']);
    expect(other.verdict).not.toBe('proven');
    expect(await ask('city', { ip: '203.0.113.2', url: 'http://nobody.example/' })).toMatchObject({
      verdict: 'not_provable',
      candidates: [],
    });
    // Where sessions are known as well, they are candidates beside those of the proxy.
    const beside = await ask('city', { ip: '203.0.113.3', url: 'http://www.example.org/other' });
    expect([beside.verdict, assets(beside)]).toEqual(['ambiguous', ['D-1', 'D-3', 'D-4']]);
    expect((await ask('city', { url: '/login' })).code).toBe('trace.bad_url');
  });

  it('of a protocol without ports names whoever had a session of that protocol, and proves none', async () => {
    const ip = '203.0.113.3';
    const ping = await ask('city', { ip, proto: 'icmp', port: 61021 });
    expect(ping).toMatchObject({ verdict: 'probable', proto: 'icmp', candidates: [{ assetNo: 'D-2' }] });
    expect(ping.because[0].zh).toContain('没有端口');
    expect(await ask('city', { ip, proto: 'gre' })).toMatchObject({
      verdict: 'not_provable',
      candidates: [],
    });
    expect((await ask('city', { ip, proto: 'sctp' })).code).toBe('base.invalid_input');
  });

  it('of an address that a header tells believes a registered proxy only, whose log shows that client', async () => {
    expect(await ask('city', { ip: '10.1.4.10' })).toMatchObject({ verdict: 'proven', forwardedBy: null });
    const by = async (ip: string, forwardedBy: string) => {
      const found = await ask('city', { ip, forwardedBy });
      expect(found.forwardedBy).toBe(forwardedBy);
      return [found.verdict, found.because[0].zh];
    };
    expect(await by('10.1.4.10', '10.1.9.9')).toEqual([
      'probable',
      expect.stringContaining('经过代理服务器'),
    ]);
    const unseen = expect.stringContaining('没有该地址当时的请求');
    expect(await by('10.1.4.99', '10.1.9.9')).toEqual(['not_provable', unseen]);
    const foreign = expect.stringContaining('任何人都能伪造');
    expect(await by('10.1.4.10', '198.51.100.77')).toEqual(['not_provable', foreign]);
  });

  it('is not proven where the logs have a gap', async () => {
    const found = await ask('city', { port: 61001, at: '2026-11-22T06:58:00Z' });
    expect(found).toMatchObject({ verdict: 'not_provable', coverage: { complete: false } });
  });

  it('skips the translation for an address that is ours, and says so', async () => {
    const inside = await ask('city', { ip: '10.1.4.10' });
    expect(inside).toMatchObject({ verdict: 'proven', candidates: [{ assetNo: 'D-1' }] });
    expect(inside.because.at(-1).zh).toContain('不需要查地址转换');
    const fixed = await ask('city', { ip: '192.0.2.3' });
    expect(fixed).toMatchObject({ verdict: 'probable', candidates: [{ assetNo: 'D-6' }] });
    const six = await ask('city', { ip: '2001:DB8:1:0::5' });
    expect(six).toMatchObject({ ip: '2001:db8:1::5', verdict: 'not_provable' });
  });

  it('says that an address is not ours, and refuses a time in the future', async () => {
    const foreign = await ask('city', { ip: '198.51.100.77', port: 443 });
    expect(foreign.verdict).toBe('not_provable');
    expect(foreign.because.map((one: { zh: string }) => one.zh).join()).toContain('不在已登记的地址分配内');
    expect((await ask('city', { at: '2026-11-22T07:10:00Z' })).code).toBe('trace.future');
  });

  it('shows a county no more of another county’s device than that there is a candidate', async () => {
    const found = await ask('east', { port: 61009 });
    expect(found).toMatchObject({ verdict: 'proven', candidates: [{ outsideScope: true, steps: [] }] });
    const text = JSON.stringify(found);
    for (const secret of ['10.2.4.10', mac(2), 'D-2', '乙二楼', '西示县']) expect(text).not.toContain(secret);
    const own = await ask('teacher', { port: 61001 });
    expect(own).toMatchObject({ verdict: 'proven', candidates: [{ assetNo: 'D-1', outsideScope: false }] });
    expect((await call(server, people.west!, 'GET', `/api/traces/${own.id}`)).status).toBe(404);
    const list = await call(server, people.west!, 'GET', '/api/traces');
    expect(list.body.total).toBe(0);
    // The office above finds the county's query by its number, and sees the candidate.
    const above = await call(server, people.city!, 'GET', `/api/traces?q=${found.id}`);
    expect(above.body.items).toMatchObject([{ id: found.id }]);
    const seen = await call(server, people.city!, 'GET', `/api/traces/${found.id}`);
    expect(seen.body.candidates).toMatchObject([{ assetNo: 'D-2', outsideScope: false }]);
  });

  it('cannot be stored as proven with two candidates', async () => {
    await expect(
      app.ownerPool.query(
        `INSERT INTO trace.trace (id, unit_path, ip, proto, at, known_at, asked_by, asked_by_name, case_no, reason,
          verdict, because, coverage, candidates, milliseconds) VALUES (gen_random_uuid(), 'city', '192.0.2.1', 'tcp',
          now(), now(), 'x', 'x', 'C-1', 'test', 'proven', '[]', '{}', 2, 0)`,
      ),
    ).rejects.toThrow(/one_candidate_proves/);
  });
});

describe('a name', () => {
  const post = async (who: string, url: string, body: object = {}) =>
    (await call(server, people[who]!, 'POST', url, body)).body;
  const request = async (who: string, port: number) => {
    const found = await ask(who, { port });
    return post(who, `/api/traces/${found.id}/reveals`, {
      candidate: 0,
      caseNo: 'C-9',
      reason: '需要联系本人',
    });
  };

  it('opens only after a second person approved, only for the one who asked, and every look is kept', async () => {
    const asked = await request('city', 61001);
    expect(asked).toMatchObject({ state: 'requested', requestedByMe: true });
    expect((await post('city', `/api/reveals/${asked.id}/open`)).code).toBe('trace.not_approved');
    expect((await post('city', `/api/reveals/${asked.id}/decision`, { approve: true })).code).toBe(
      'trace.own_request',
    );
    const list = await call(server, people.second!, 'GET', '/api/reveals?state=requested');
    expect(list.body.items[0]).toMatchObject({ id: asked.id, requestedByMe: false });
    expect(await post('second', `/api/reveals/${asked.id}/decision`, { approve: true })).toMatchObject({
      state: 'approved',
      expiresAt: '2026-11-23T07:00:00.000Z',
    });
    expect((await post('second', `/api/reveals/${asked.id}/decision`, { approve: false })).code).toBe(
      'trace.already_decided',
    );
    expect((await post('second', `/api/reveals/${asked.id}/open`)).code).toBe('trace.not_approved');
    const opened = await post('city', `/api/reveals/${asked.id}/open`);
    expect(opened).toMatchObject({ name: '张密封', personNo: 'P1', room: '301' });
    expect(opened.watermark).toContain('C-9');
    await post('city', `/api/reveals/${asked.id}/open`);
    const { rows } = await app.ownerPool.query(
      'SELECT count(*) AS n FROM trace.opening WHERE reveal_id = $1',
      [asked.id],
    );
    expect(rows[0].n).toBe(2);
    const audits = await app.ownerPool.query(`SELECT action, after::text AS text FROM audit.entry
      WHERE action LIKE 'trace.%'`);
    expect(audits.rows.filter((row) => row.action === 'trace.reveal_open')).toHaveLength(2);
    expect(audits.rows.some((row) => row.text.includes('张密封'))).toBe(false);
  });

  it('stays sealed after a refusal, and for a candidate without a registered person', async () => {
    const asked = await request('city', 61003);
    await post('second', `/api/reveals/${asked.id}/decision`, { approve: false });
    expect((await post('city', `/api/reveals/${asked.id}/open`)).code).toBe('trace.not_approved');
    expect((await request('city', 61007)).code).toBe('trace.no_person');
    // Somebody is registered, and a county must not be told otherwise.
    expect((await request('east', 61009)).code).toBe('trace.person_outside');
  });

  it('is asked for once, however often one clicks, and an approval ends after 24 hours', async () => {
    const found = await ask('city', { port: 61004 });
    const body = { candidate: 0, caseNo: 'C-9', reason: '需要联系本人' };
    const both = await Promise.all([0, 1].map(() => post('city', `/api/traces/${found.id}/reveals`, body)));
    expect(both[0].id).toBe(both[1].id);
    await post('second', `/api/reveals/${both[0].id}/decision`, { approve: true });
    await app.ownerPool.query(`UPDATE test.clock SET now = '2026-11-23T07:00:01Z'`);
    const { rows } = await app.ownerPool.query(`SELECT base.now() AS now`);
    expect(rows[0].now.toISOString()).toBe('2026-11-23T07:00:01.000Z');
    await app.ownerPool.query(`UPDATE auth.session SET seen_at = base.now(), started_at = base.now()`);
    expect((await post('city', `/api/reveals/${both[0].id}/open`)).code).toBe('trace.reveal_expired');
  });

  it('is guarded by the database: no approval by the one who asked, no second decision', async () => {
    await expect(
      app.ownerPool.query(`UPDATE trace.reveal SET decision = 'approved', decided_by = requested_by,
        decided_by_name = 'x', decided_at = now() WHERE decision IS NULL`),
    ).resolves.toMatchObject({ rowCount: 0 });
    const asked =
      await app.ownerPool.query(`INSERT INTO trace.reveal (trace_id, candidate, unit_path, requested_by,
      requested_by_name, case_no, reason) SELECT trace_id, candidate, unit_path, 'one', 'one', 'C-1', 'test'
      FROM trace.reveal LIMIT 1 RETURNING id`);
    const decide = (by: string) =>
      app.ownerPool.query(
        `UPDATE trace.reveal SET decision = 'approved', decided_by = $2, decided_by_name = 'x', decided_at = now()
         WHERE id = $1`,
        [asked.rows[0].id, by],
      );
    await expect(decide('one')).rejects.toThrow(/four_eyes/);
    await decide('two');
    await expect(decide('three')).rejects.toThrow(/already decided/);
  });
});
