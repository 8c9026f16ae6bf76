import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import type { Format } from './decoders/row.ts';
import { findSiteRequests, ingestFile } from './index.ts';
import { relianceOf } from './ledger/rely-on.ts';
import { logs } from './module.ts';
import { findLeases } from './search/find-leases.ts';
import { findNatSessions } from './search/find-nat-sessions.ts';
import { findProxyRequests } from './search/find-requests.ts';
import { servedRows } from './store/served-rows.ts';
import { type AddressAt, blockRows, natRows } from './store/trace-rows.ts';

let app: TestApp;
let store: SpawnedLogstore;
let storeDir = '';
const sources: Record<string, number> = {};
const city = actorAt('city', ['logs.ingest', 'logs.sources']);

async function feed(source: string, format: Format, lines: string[], more: object = {}): Promise<void> {
  const body = Readable.from([Buffer.from(lines.join('\n'))]);
  sources[source] = (await ingestFile(app, city, { source, format, ...more }, body)).source;
}

/** 14:MM:SS in Shanghai as the time that each format writes. */
const utc = (mmss: string) => new Date(`2026-11-22T06:${mmss}Z`);
const epoch = (mmss: string) => (utc(mmss).getTime() / 1000).toFixed(6);
const nat = (event: string, mmss: string, inside: string, port: number) =>
  `[${epoch(mmss)}]\t [${event}] tcp 6 src=${inside} dst=198.51.100.2 sport=4000 dport=443 src=198.51.100.2 dst=203.0.113.1 sport=443 dport=${port}`;
const dhcp = (mmss: string, text: string) => `Nov 22 14:${mmss} gw dhcpd: ${text}`;

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-logs-'));
  store = await spawnLogstore(storeDir);
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  app = await testApp([logs], { logstore: client, now: '2026-11-22T07:00:00Z' });
  await buildCity(app);
  await feed('nat', 'conntrack', [
    nat('NEW', '10:00', '192.0.2.10', 61001),
    nat('DESTROY', '20:00', '192.0.2.10', 61001),
    nat('NEW', '20:30', '192.0.2.11', 61001),
    nat('NEW', '20:40', '192.0.2.12', 61002),
  ]);
  await feed(
    'dhcp',
    'isc-dhcpd',
    [
      dhcp('05:00', 'DHCPACK on 192.0.2.10 to 00:00:5e:00:53:01 (pc-1) via eth0'),
      dhcp('19:00', 'DHCPRELEASE of 192.0.2.10 from 00:00:5e:00:53:01 (pc-1) via eth0 (found)'),
    ],
    { leaseSeconds: 600 },
  );
  await feed('proxy', 'squid', [
    `${epoch('12:00').slice(0, -3)} 1500 192.0.2.10 4001 198.51.100.9 80 TCP_MISS/200 10 20 POST http://board.example/post - - 1`,
  ]);
  await feed(
    'site',
    'access',
    [
      '203.0.113.1 - - [22/Nov/2026:14:11:00 +0800] "POST /post HTTP/1.1" 302 1 "-" "x" 203.0.113.1:61001',
      '203.0.113.1 - - [22/Nov/2026:14:12:00 +0800] "GET / HTTP/1.1" 200 1 "-" "x" 203.0.113.1:61005',
    ],
    { host: 'Board.Example' },
  );
  await drain(app);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await store?.stop();
  await rm(storeDir, { recursive: true, force: true });
});

const sessionsAt = async (mmss: string, toleranceSeconds = 2, actor = city) => {
  const question = { publicIp: '203.0.113.1', publicPort: 61001, proto: 6, at: utc(mmss), toleranceSeconds };
  return (await app.run(actor, (ctx) => findNatSessions(ctx, question))).sessions;
};

test('finds the session that had the public port at that time, with the places of its raw lines', async () => {
  expect(await sessionsAt('15:00')).toMatchObject([
    {
      inIp: '192.0.2.10',
      inPort: 4000,
      start: utc('10:00').getTime(),
      end: utc('20:00').getTime(),
      realm: 'main',
      events: [
        { kind: 'new', seq: 0 },
        { kind: 'destroy', seq: 1 },
      ],
    },
  ]);
});

test('finds nobody where nobody had the port, and everybody within the tolerance', async () => {
  expect(await sessionsAt('20:15')).toEqual([]);
  expect(await sessionsAt('09:00')).toEqual([]);
  expect((await sessionsAt('20:15', 20)).map((session) => session.inIp)).toEqual([
    '192.0.2.10',
    '192.0.2.11',
  ]);
});

test('a session whose end is not known stays a candidate', async () => {
  expect(await sessionsAt('50:00')).toMatchObject([{ inIp: '192.0.2.11', end: null }]);
});

test('answers for all ports when none is given', async () => {
  const question = { publicIp: '203.0.113.1', at: utc('21:00'), toleranceSeconds: 2 };
  const { sessions, truncated } = await app.run(city, (ctx) => findNatSessions(ctx, question));
  expect(sessions.map((session) => session.inIp).sort()).toEqual(['192.0.2.11', '192.0.2.12']);
  expect(truncated).toBe(false);
});

test('gives a school that does not own the sources no session, lease or request', async () => {
  const school = actorAt('city.east.east-1');
  expect(await sessionsAt('15:00', 2, school)).toEqual([]);
  const window = { from: utc('00:00'), to: utc('59:00') };
  const rest = await app.run(school, async (ctx) => [
    ...(await findLeases(ctx, { realm: 'main', ip: '192.0.2.10', ...window })),
    ...(await findProxyRequests(ctx, { realm: 'main', ...window })),
    ...(await findSiteRequests(ctx, { host: 'board.example', ...window })),
    ...(await relianceOf(ctx, { sourceIds: Object.values(sources), ...window })).sources,
  ]);
  expect(rest).toEqual([]);
});

test('gives the leases of an address in its realm, oldest first', async () => {
  const ask = (realm: string) =>
    app.run(city, (ctx) =>
      findLeases(ctx, { realm, ip: '192.0.2.10', from: utc('00:00'), to: utc('59:00') }),
    );
  expect(await ask('main')).toMatchObject([
    { action: 'ack', at: utc('05:00'), mac: '00:00:5e:00:53:01', hostname: 'pc-1', leaseSeconds: 600 },
    { action: 'release', at: utc('19:00'), leaseSeconds: 0 },
  ]);
  expect(await ask('other')).toEqual([]);
});

test('finds proxy requests by client and the writing requests of a site with their source port', async () => {
  const window = { from: utc('00:00'), to: utc('59:00') };
  const proxied = await app.run(city, (ctx) =>
    findProxyRequests(ctx, { realm: 'main', clientIp: '192.0.2.10', host: 'board.example', ...window }),
  );
  expect(proxied).toMatchObject([{ clientPort: 4001, serverIp: '198.51.100.9', path: '/post', took: 1500 }]);
  const posted = await app.run(city, (ctx) =>
    findSiteRequests(ctx, { host: 'BOARD.example', methods: ['POST', 'PUT'], ...window }),
  );
  expect(posted).toMatchObject([
    { clientIp: '203.0.113.1', clientPort: 61001, at: utc('11:00'), method: 'POST' },
  ]);
});

test('counts what is received and not searchable yet, and what could not be read, around the time only', async () => {
  const ask = async (from: string, to: string) => {
    const question = { sourceIds: [sources.mixed!], from: utc(from), to: utc(to) };
    const { sources: found } = await app.run(city, (ctx) => relianceOf(ctx, question));
    return { pending: found[0]?.waiting, damaged: found[0]?.unread };
  };
  await feed('mixed', 'conntrack', [nat('NEW', '30:00', '192.0.2.20', 61009), 'no line that can be read']);
  expect(await ask('30:00', '30:01')).toEqual({ pending: 1, damaged: 0 });
  await drain(app);
  expect(await ask('30:00', '30:01')).toEqual({ pending: 0, damaged: 1 });
  expect(await ask('20:00', '29:59')).toEqual({ pending: 0, damaged: 0 });
});

test('says which sources were heard around a time, which fell silent, and which cannot tell', async () => {
  await feed('silent', 'squid', ['no line that can be read'], { anyway: true });
  await drain(app);
  await app.ownerPool.query(
    `INSERT INTO logs.receive_loss (collector, began, ended, datagrams) VALUES ('c', $1, $2, 7)`,
    [utc('15:00'), utc('15:05')],
  );
  const question = {
    sourceIds: Object.values(sources),
    from: utc('15:00'),
    to: utc('15:10'),
    gapSeconds: 900,
  };
  const { sources: covered, lostDatagrams } = await app.run(city, (ctx) => relianceOf(ctx, question));
  const states = Object.fromEntries(covered.map((one) => [one.name, one.state]));
  expect(states).toMatchObject({ nat: 'covered', dhcp: 'covered', silent: 'unknown' });
  expect(covered.find((one) => one.name === 'silent')).toMatchObject({
    unread: 0,
    relies: false,
    firstSeen: null,
  });
  expect(lostDatagrams).toBe(7);
  const strict = await app.run(city, (ctx) => relianceOf(ctx, { ...question, gapSeconds: 300 }));
  expect(strict.sources.find((one) => one.name === 'nat')?.state).toBe('gap');
  const finer = app.run(city, (ctx) => relianceOf(ctx, { ...question, gapSeconds: 59 }));
  await expect(finer).rejects.toThrow('gapSeconds must be at least 60');
});

/** The same numbers in every run (MINSTD). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

const nothingHidden = { coming: [], going: [], marks: [] };
const begin = utc('00:00').getTime();
const hourMs = 3_600_000;

test('many questions at once get the very rows that each gets alone', async () => {
  const client = store.connect();
  const draw = seeded(7);
  const recv = new Date(begin + hourMs).toISOString();
  const at = () => new Date(begin + draw(hourMs)).toISOString();
  const pubIp = () => `::ffff:203.0.113.${100 + draw(3)}`;
  const blocks = Array.from({ length: 400 }, (_, seq) => {
    const step = draw(4) === 0 ? 4 : 1;
    const lo = 1024 + 64 * draw(10) + draw(step);
    const place = { recv_ts: recv, ts: at(), seg: 900, seq, src: 77, realm: 'main', dec: 'x/1' };
    const ports = { pub_ip: pubIp(), lo, hi: lo + 63 - (63 % step), step, in_ip: '::ffff:10.0.0.1' };
    return { ...place, ...ports, kind: draw(2) ? 'alloc' : 'free', proto: 6, t_start: recv };
  });
  await client.insert('jiaodun_logs.nat_block', blocks);
  const requests = Array.from({ length: 600 }, (_, seq) => ({
    ...{ recv_ts: recv, ts: at(), seg: 901, seq, src: 78 + draw(2), kind: 'proxy', dec: 'x/1' },
    ...{ cli: '::ffff:10.0.0.2', cport: 1000 + seq, dst: `::ffff:198.51.100.${draw(3)}`, dport: 443 },
    took: draw(8) === 0 ? draw(2 * hourMs) : draw(5_000),
  }));
  await client.insert('jiaodun_logs.event', requests);
  const questions = Array.from({ length: 24 }, (): AddressAt => {
    const moment = begin + draw(hourMs);
    const wide = draw(hourMs);
    const port = draw(8) === 0 ? null : 1024 + draw(704);
    return { ip: pubIp().slice(7), port, realm: 'main', at: moment, from: moment - wide, to: moment + wide };
  });
  const asked = {
    sourceIds: [77, ...Object.values(sources)],
    hidden: nothingHidden,
    knownAt: begin + 2 * hourMs,
  };
  for (const read of [blockRows, natRows]) {
    const rows: { question: number }[] = await read(client, { ...asked, questions });
    const many = Map.groupBy(rows, (row) => row.question);
    for (const [n, question] of questions.entries()) {
      const one = await read(client, { ...asked, questions: [question] });
      expect(many.get(n) ?? []).toEqual(one.map((row) => ({ ...row, question: n })));
    }
    if (read === blockRows) expect([...many.values()].flat().length).toBeGreaterThan(80);
  }
  const spans = questions.map(({ at: moment }, n) => {
    const farEnds =
      n % 3 === 0 ? null : Array.from({ length: n % 3 }, () => ({ ip: `198.51.100.${draw(3)}`, port: 443 }));
    return { sourceIds: n % 2 ? [78] : [78, 79], from: moment, to: moment + draw(20_000), farEnds };
  });
  const shared = { hidden: nothingHidden, knownAt: begin + 2 * hourMs, limit: 50 };
  const served = Map.groupBy(
    await servedRows(client, { ...shared, questions: spans }),
    (row) => row.question,
  );
  for (const [n, span] of spans.entries()) {
    const one = await servedRows(client, { ...shared, questions: [span] });
    expect(served.get(n) ?? []).toEqual(one.map((row) => ({ ...row, question: n })));
  }
  expect([...served.values()].flat().length).toBeGreaterThan(120);
  await client.close();
});
