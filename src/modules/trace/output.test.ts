/** What goes into traces and what comes out of them, through the API, on the real stores. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { extractText, getDocumentProxy } from 'unpdf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { loadOrCreateKeys, openItem, verifyBag } from '#evidence';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { modules } from '../../compose.ts';
import { authenticate, setupToken } from '../auth/index.ts';
import { createBag } from '../evidence/create-bag.ts';
import { forEachRecord } from '../logs/segments/record-stream.ts';
import { verifyTraceBag } from './bag/verify-bag.ts';

let app: TestApp;
let server: FastifyInstance;
let store: SpawnedLogstore;
let storeDir = '';
let people: Record<string, SignedIn>;
let traceId: string;

const epoch = (time: string) => (Date.parse(`2026-11-22T${time}Z`) / 1000).toFixed(6);
const nat = (event: string, time: string, inside: string, port: number) =>
  `[${epoch(time)}]\t [${event}] tcp 6 src=${inside} dst=198.51.100.2 sport=4000 dport=443 src=198.51.100.2 dst=203.0.113.1 sport=443 dport=${port}`;
/** Written in Shanghai time, eight hours ahead. */
const ack = (time: string, ip: string, mac: string) => {
  const local = new Date(Date.parse(`2026-11-22T${time}Z`) + 8 * 3_600_000).toISOString();
  return `Nov 22 ${local.slice(11, 19)} gw dhcpd: DHCPACK on ${ip} to ${mac} via eth0`;
};
const mac = '00:00:5e:00:53:01';

/** The records of a run, base64. */
function recordsOf(run: string): string[] {
  const found: string[] = [];
  forEachRecord(Buffer.from(run, 'base64'), ({ bytes }) => found.push(bytes.toString('base64')));
  return found;
}

async function upload(url: string, lines: readonly string[]) {
  const reply = await call(server, people.city!, 'POST', url, Buffer.from(lines.join('\n')));
  expect([url, reply.status, reply.body.rejected ?? 0]).toEqual([url, 200, 0]);
}

beforeAll(async () => {
  storeDir = await mkdtemp(join(tmpdir(), 'jiaodun-output-'));
  store = await spawnLogstore(storeDir);
  await migrateLogstore(store.connect(), 'migrations/clickhouse');
  app = await testApp(modules, { logstore: store.connect(), now: '2026-11-22T06:45:00Z' });
  server = buildServer(app, authenticate);
  people = await staffCity(server, await setupToken(app.config.dataDir), [
    { username: 'city', unitCode: 'city', role: 'city_officer' },
    { username: 'east', unitCode: 'east', role: 'county_officer' },
    { username: 'east2', unitCode: 'east', role: 'county_officer' },
    { username: 'west', unitCode: 'west', role: 'county_officer' },
    { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
  ]);
  await upload('/api/import/people?fileName=p.csv', [
    'person_no,name,unit_code,post',
    'P1,张密封,east-1,teacher',
  ]);
  await upload('/api/import/allocations?fileName=a.csv', [
    'cidr,unit_code,realm,role',
    '10.1.4.0/22,east-1,main,inside',
    '203.0.113.0/30,city,main,exit',
  ]);
  await upload('/api/import/devices?fileName=d.csv', [
    'asset_no,name,type,unit_code,ip,mac,owner_no,room,since',
    `D-1,电脑,computer,east-1,10.1.4.10,${mac},P1,301,2026-03-01`,
  ]);
  await app.setTime('2026-11-22T07:00:00Z');
  const minutes = Array.from({ length: 40 }, (_, i) => `06:${String(i).padStart(2, '0')}:00.5`);
  await upload('/api/logs/ingest?source=nat&format=conntrack', [
    ...[
      nat('NEW', '06:10:00', '10.1.4.10', 61001),
      nat('DESTROY', '06:20:00', '10.1.4.10', 61001),
      ...['NEW', 'DESTROY'].map((kind, n) =>
        nat(kind, `06:${10 + n * 10}:00`, '10.1.4.10', 61050).replace('tcp 6', 'udp 17'),
      ),
      ...minutes.flatMap((time, i) => [
        nat('NEW', time, '10.1.7.1', 50_000 + i),
        nat('DESTROY', time, '10.1.7.1', 50_000 + i),
      ]),
    ].sort(),
  ]);
  const dhcp = '/api/logs/ingest?source=dhcp&format=isc-dhcpd&zone=%2B08%3A00&leaseSeconds=7200';
  await upload(dhcp, [ack('05:30:00', '10.1.4.10', mac)]);
  // A line that came alone: the proof of its place shows nobody else's.
  await upload(dhcp, [ack('06:00:00', '10.1.4.10', mac)]);
  await upload(dhcp, [ack('06:12:00', '10.1.4.11', '00:00:5e:00:53:99'), ack('06:30:00', '10.1.4.10', mac)]);
  await drain(app);
  const asked = {
    ip: '203.0.113.1',
    port: 61001,
    at: '2026-11-22T06:15:00Z',
    caseNo: '闽公网协〔2026〕1号',
    reason: '网络谩骂案件协查',
  };
  const reply = await call(server, people.east!, 'POST', '/api/traces', asked);
  expect([reply.status, reply.body.verdict, reply.body.because]).toMatchObject([
    200,
    'proven',
    expect.anything(),
  ]);
  traceId = reply.body.id;
}, 180_000);

afterAll(async () => {
  await server.close();
  await app.close();
  await store.stop();
  await rm(storeDir, { recursive: true, force: true });
});

const textOf = async (pdf: Buffer) =>
  (await extractText(await getDocumentProxy(new Uint8Array(pdf)), { mergePages: true })).text.replace(
    /\s+/g,
    '',
  );
const entries = async (action: string) =>
  (await app.ownerPool.query('SELECT subject, after FROM audit.entry WHERE action = $1 ORDER BY 1', [action]))
    .rows;

describe('a complaint', () => {
  const letter = '请协查：203.0.113.1 端口 61001，2026年11月22日 14时15分（北京时间）访问 198.51.100.2:443';

  it('is read into a question of which our own address is the subject', async () => {
    const reply = await call(server, people.east!, 'POST', '/api/traces/read-complaint', { text: letter });
    expect([reply.status, reply.body.entries]).toMatchObject([
      200,
      [
        {
          ip: '203.0.113.1',
          port: 61001,
          at: '2026-11-22T06:15:00.000Z',
          dstIp: '198.51.100.2',
          toleranceSeconds: 60,
          missing: [],
        },
      ],
    ]);
    const turned = { text: '2026-11-22T06:15:00Z 198.51.100.9:22 -> 203.0.113.1:61001' };
    const other = await call(server, people.east!, 'POST', '/api/traces/read-complaint', turned);
    expect(other.body.entries[0]).toMatchObject({ ip: '203.0.113.1', port: 61001, dstIp: '198.51.100.9' });
  });

  it('of an address in a header names who passed it on, and lacks it where the text tells nobody', async () => {
    const read = async (text: string) =>
      (await call(server, people.east!, 'POST', '/api/traces/read-complaint', { text })).body.entries[0];
    const at = '2026-11-22T06:15:00Z';
    expect(await read(`${at} 198.51.100.77:443 X-Forwarded-For: 203.0.113.1`)).toMatchObject({
      ip: '203.0.113.1',
      forwardedBy: '198.51.100.77',
      dstIp: null,
      notes: expect.arrayContaining(['forwarded']),
    });
    expect((await read(`${at} X-Forwarded-For: 203.0.113.1`)).missing).toEqual(['no_port', 'no_forwarder']);
    expect(await read(`${at} 203.0.113.1:61001 X-Forwarded-For: 10.9.9.9`)).toMatchObject({
      ip: '203.0.113.1',
      forwardedBy: null,
      dstIp: null,
      missing: [],
    });
  });

  it('tells what it did not understand, and what a line break cuts', async () => {
    const text = '203.0.113.\n1:61001 2026-11-22T06:15:00Z\n另见 203.0.113.300';
    const { body } = await call(server, people.east!, 'POST', '/api/traces/read-complaint', { text });
    expect(body).toMatchObject({
      entries: [{ ip: '203.0.113.1', port: 61001, missing: ['broken'] }],
      unread: [{ line: 3, text: '另见 203.0.113.300', holds: ['address'] }],
    });
    const mapped = { text: '::ffff:203.0.113.1 端口 61001 2026-11-22T06:15:00Z' };
    const four = await call(server, people.east!, 'POST', '/api/traces/read-complaint', mapped);
    expect(four.body.entries).toMatchObject([{ ip: '203.0.113.1', port: 61001, missing: [] }]);
  });

  it('without a protocol asks for TCP and UDP, and the answer, its report and its bag say so', async () => {
    const text = '203.0.113.1 端口 61050 2026-11-22T06:15:00Z';
    const read = await call(server, people.east!, 'POST', '/api/traces/read-complaint', { text });
    const [{ ip, port, at, proto, notes }] = read.body.entries;
    expect([proto, notes]).toEqual([null, ['no_proto']]);
    const asked = { ip, port, at, caseNo: 'C-1', reason: '没有写协议' };
    const found = await call(server, people.east!, 'POST', '/api/traces', asked);
    expect(found.body).toMatchObject({ proto: null, verdict: 'proven', candidates: [{ assetNo: 'D-1' }] });
    expect(found.body.because.at(-1).zh).toBe('没有给出协议，TCP 与 UDP 都查了；该时刻的转换记录是 UDP 的');
    const tcp = await call(server, people.east!, 'POST', '/api/traces', { ...asked, proto: 'tcp' });
    expect(tcp.body).toMatchObject({ proto: 'tcp', verdict: 'not_provable', candidates: [] });
    const list = await call(server, people.east!, 'GET', '/api/traces?q=C-1');
    expect(list.body.items.map((one: { proto: string | null }) => one.proto)).toEqual(['tcp', null]);
    const { id } = found.body;
    const report = await call(server, people.east!, 'GET', `/api/traces/${id}/report/pdf`);
    expect(await textOf(report.body)).toContain('未提供（TCP与UDP都查）');
  });

  it('as a file is read from its bytes; what is neither or both is refused', async () => {
    const file = Buffer.from(
      `From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${letter}`,
    ).toString('base64');
    const reply = await call(server, people.teacher!, 'POST', '/api/traces/read-complaint', { file });
    expect([reply.body.isMail, reply.body.entries.length]).toEqual([true, 1]);
    expect((await call(server, people.east!, 'POST', '/api/traces/read-complaint', {})).status).toBe(400);
    expect(
      (await call(server, people.east!, 'POST', '/api/traces/read-complaint', { text: 'a', zone: 'CST' }))
        .status,
    ).toBe(400);
  });

  it('of an access log gets the asker’s own server as its far end', async () => {
    const text = '203.0.113.1 - - [22/Nov/2026:14:15:00 +0800] "GET / HTTP/1.1" 200 1 "-" "-"';
    const reply = await call(server, people.east!, 'POST', '/api/traces/read-complaint', {
      text,
      serverIp: '198.51.100.2',
      serverPort: 443,
    });
    expect(reply.body.entries[0]).toMatchObject({
      dstIp: '198.51.100.2',
      dstPort: 443,
      missing: ['no_port'],
    });
  });
});

describe('the report', () => {
  it('tells question, chain, raw lines, hashes, decoders and limits in Chinese, and no name', async () => {
    const reply = await call(server, people.east!, 'GET', `/api/traces/${traceId}/report/pdf`);
    expect(reply.status).toBe(200);
    const text = await textOf(reply.body);
    for (const part of [
      '203.0.113.1',
      '61001',
      '闽公网协〔2026〕1号',
      '网络谩骂案件协查',
      '已证实',
      'D-1',
      '301',
      'DHCPACK',
      'conntrack/',
      'SHA-256',
      '不证明当时操作设备的是何人',
      '东示县教育局',
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('张密封');
    const [audited] = await entries('trace.report');
    expect(audited).toMatchObject({ subject: `trace:${traceId}`, after: { format: 'pdf' } });
    const docx = await call(server, people.east!, 'GET', `/api/traces/${traceId}/report/docx`);
    expect([docx.status, docx.body.subarray(0, 2).toString()]).toEqual([200, 'PK']);
  });

  it('is not given to another county', async () => {
    expect((await call(server, people.west!, 'GET', `/api/traces/${traceId}/report/pdf`)).status).toBe(404);
  });

  it('has its name in an annex, after a second person has approved, for the one who asked', async () => {
    const asked = { candidate: 0, caseNo: '闽公网协〔2026〕1号', reason: '案件需要核实使用人' };
    const reveal = (await call(server, people.east!, 'POST', `/api/traces/${traceId}/reveals`, asked)).body;
    const annex = `/api/reveals/${reveal.id}/annex/pdf`;
    expect((await call(server, people.east!, 'POST', annex)).status).toBe(403);
    await call(server, people.east2!, 'POST', `/api/reveals/${reveal.id}/decision`, { approve: true });
    expect((await call(server, people.east2!, 'POST', annex)).status).toBe(403);
    const reply = await call(server, people.east!, 'POST', annex);
    expect(reply.status).toBe(200);
    const text = await textOf(reply.body);
    for (const part of ['张密封', '密封保管', '人员east', '人员east2']) expect(text).toContain(part);
    expect(await entries('trace.reveal_open')).toHaveLength(1);
    expect(await entries('trace.annex')).toHaveLength(1);
  });
});

describe('the bag', () => {
  let file = '';
  let bytes: Buffer;
  let keys: Awaited<ReturnType<typeof loadOrCreateKeys>>;

  beforeAll(async () => {
    const reply = await call(server, people.east!, 'POST', `/api/traces/${traceId}/bag`);
    expect(reply.status).toBe(200);
    bytes = reply.body;
    file = join(storeDir, 'bag.zip');
    await writeFile(file, bytes);
    keys = await loadOrCreateKeys(join(app.config.dataDir, 'keys'));
  });

  /** The bag sealed again with the right key, with other content: only working it out again can tell. */
  async function reseal(path: string, change: (text: string) => string): Promise<string> {
    const { bag } = await verifyBag(file, keys.publicPem);
    const items = await Promise.all(
      bag!.items.map(async (item) => {
        const content = (await openItem(file, bag!, item.path))!.toString('utf8');
        const { path: name, source, tool, collector } = item;
        return {
          path: name,
          source,
          tool,
          collector,
          acquiredAt: new Date(item.acquiredAt),
          bytes: Buffer.from(name === path ? change(content) : content),
        };
      }),
    );
    const outFile = join(storeDir, `resealed-${Math.random().toString(36).slice(2)}.zip`);
    await createBag({
      caseId: 'C',
      number: 1,
      items,
      privateKey: keys.privateKey,
      createdAt: app.clock.now(),
      outFile,
    });
    return outFile;
  }

  it('works the verdict out again from its raw lines, and holds none that came with them', async () => {
    const verified = await verifyTraceBag(file, keys.publicPem);
    expect(verified).toMatchObject({ result: 'pass', problems: [], notes: [], verdict: 'proven' });
    expect(verified.lines).toBeGreaterThan(3);
    expect([verified.rebuilt, verified.proven + verified.stated]).toEqual([verified.lines, verified.lines]);
    expect(verified.proven).toBeGreaterThan(0);
    const bag = (await verifyBag(file, keys.publicPem)).bag!;
    const lines = (await openItem(file, bag, 'items/lines.ndjson'))!.toString();
    for (const text of lines.trim().split('\n')) {
      const { proof, bytes: own } = JSON.parse(text);
      expect([null, own]).toContain(proof && recordsOf(proof.run).join());
    }
    expect(bytes.toString('latin1')).not.toContain(Buffer.from('张密封').toString('latin1'));
  });

  it('with another server’s key says that, and nothing of items that it could not look for', async () => {
    const other = await loadOrCreateKeys(join(storeDir, 'other-keys'));
    const verified = await verifyTraceBag(file, other.publicPem);
    expect(verified).toMatchObject({ result: 'fail', verdict: null, lines: 0, notes: [] });
    expect(verified.problems.map(({ item }) => item).filter((item) => item.startsWith('items/'))).toEqual([]);
    expect(verified.problems.length).toBeGreaterThan(0);
  });

  it('shows a flipped byte wherever it is, and names the item', async () => {
    const changed = join(storeDir, 'flipped.zip');
    const names = new Set<string>();
    for (let at = 0; at < bytes.length; at += Math.max(1, Math.floor(bytes.length / 150))) {
      const copy = Buffer.from(bytes);
      copy[at] = copy[at]! ^ 1;
      await writeFile(changed, copy);
      const verified = await verifyTraceBag(changed, keys.publicPem);
      expect([at, verified.result, verified.verdict]).toEqual([at, 'fail', null]);
      for (const { item } of verified.problems) names.add(item.split(/[ :]/)[0]!);
    }
    expect([...names]).toEqual(expect.arrayContaining(['items/facts.json', 'items/lines.ndjson']));
  });

  it('tells facts, lines and outcomes that were changed by whoever has the key', async () => {
    const problemsOf = async (path: string, change: (text: string) => string) =>
      (await verifyTraceBag(await reseal(path, change), keys.publicPem)).problems
        .map(({ item, problem }) => `${item}: ${problem}`)
        .join('\n');
    expect(await problemsOf('items/outcome.json', (text) => text.replace('"D-1"', '"D-9"'))).toMatch(
      /outcome\.json: candidates/,
    );
    expect(
      await problemsOf('items/facts.json', (text) =>
        text.replaceAll('"inIp": "10.1.4.10"', '"inIp": "10.1.4.66"'),
      ),
    ).toMatch(/otherwise than the facts: inIp/);
    expect(await problemsOf('items/question.json', (text) => text.replace('61001', '61002'))).toMatch(
      /outcome\.json: verdict/,
    );
    const drop = (text: string) => text.split('\n').slice(1).join('\n');
    expect(await problemsOf('items/lines.ndjson', drop)).toMatch(/is not in the bag/);
    const alter = (text: string) => {
      const [first, ...rest] = text
        .split('\n')
        .toSorted((a, b) => Number(b.includes('"run"')) - Number(a.includes('"run"')));
      const line = JSON.parse(first!);
      line.bytes = Buffer.from(`${Buffer.from(line.bytes, 'base64').toString()} `).toString('base64');
      return [JSON.stringify(line), ...rest].join('\n');
    };
    expect(await problemsOf('items/lines.ndjson', alter)).toMatch(
      /do not have this SHA-256[\s\S]*proof of its place does not hold/,
    );
    expect(await problemsOf('items/facts.json', () => '{')).toMatch(/facts\.json: is not JSON/);
  });

  it('passes when the lease time of its source was changed since, which no line tells', async () => {
    const sources = (await call(server, people.city!, 'GET', '/api/logs/sources?pageSize=100')).body.items;
    const { id, leaseSeconds } = sources.find((one: { format: string }) => one.format === 'isc-dhcpd');
    const set = async (seconds: number) => {
      const change = { leaseSeconds: seconds };
      expect((await call(server, people.city!, 'PATCH', `/api/logs/sources/${id}`, change)).status).toBe(200);
    };
    await set(leaseSeconds * 2);
    const changed = join(storeDir, 'lease-time.zip');
    await writeFile(changed, (await call(server, people.east!, 'POST', `/api/traces/${traceId}/bag`)).body);
    await set(leaseSeconds);
    const verified = await verifyTraceBag(changed, keys.publicPem);
    expect(verified).toMatchObject({ result: 'pass', problems: [], notes: [], verdict: 'proven' });
  });

  it('has the half of a line that another one is read with, and says so when somebody took it out', async () => {
    const line = (port: number) =>
      `in:lan out:wan, connection-state:new,snat proto TCP (SYN), 10.1.4.10:4000->198.51.100.2:443, NAT (10.1.4.10:4000->203.0.113.1:${port})->198.51.100.2:443, len 60`;
    const head = 'Nov 22 14:15:00 gw forward: ';
    await upload('/api/logs/ingest?source=mt&format=mikrotik&zone=%2B08:00', [
      ...[62_100, 62_101].map((port) => head + line(port)),
      head + line(62_001).slice(0, 120),
      head + line(62_001).slice(120),
      head + line(62_102),
    ]);
    await drain(app);
    const asked = {
      ip: '203.0.113.1',
      port: 62_001,
      at: '2026-11-22T06:15:00Z',
      caseNo: 'M-1',
      reason: '断行核查',
    };
    const trace = (await call(server, people.east!, 'POST', '/api/traces', asked)).body;
    expect(trace.candidates).toMatchObject([{ assetNo: 'D-1' }]);
    const halves = join(storeDir, 'halves.zip');
    const before = file;
    await writeFile(halves, (await call(server, people.east!, 'POST', `/api/traces/${trace.id}/bag`)).body);
    const verified = await verifyTraceBag(halves, keys.publicPem);
    expect(verified).toMatchObject({ result: 'pass', problems: [], notes: [], verdict: trace.verdict });
    expect([verified.rebuilt, verified.proven + verified.stated]).toEqual([
      verified.lines,
      verified.lines + 1,
    ]);
    file = halves;
    const changed = async (change: (line: { others?: { bytes: string }[] }) => void) => {
      const resealed = await reseal('items/lines.ndjson', (text) =>
        text.replace(/.+/g, (json) => {
          const one = JSON.parse(json);
          if (one.others?.length > 0) change(one);
          return JSON.stringify(one);
        }),
      );
      return (await verifyTraceBag(resealed, keys.publicPem)).problems
        .map(({ problem }) => problem)
        .join('\n');
    };
    expect(await changed((one) => (one.others = []))).toContain('which are not in the bag');
    expect(
      await changed((one) => {
        const [half] = one.others!;
        const text = Buffer.from(half!.bytes, 'base64').toString().replaceAll('10.1.4.10', '10.1.4.66');
        half!.bytes = Buffer.from(text).toString('base64');
      }),
    ).toMatch(/do not have this SHA-256[\s\S]*otherwise than the facts/);
    file = before;
  });

  it('is not given to another county, nor to a teacher', async () => {
    expect((await call(server, people.west!, 'POST', `/api/traces/${traceId}/bag`)).status).toBe(404);
    expect((await call(server, people.teacher!, 'POST', `/api/traces/${traceId}/bag`)).status).toBe(403);
    const made = await entries('trace.bag');
    expect(made).toHaveLength(3);
    expect(made.map(({ after }) => after.fileName)).toContainEqual(
      expect.stringMatching(/^溯源证据包-闽公网协〔2026〕1号-.{8}\.zip$/),
    );
    const reply = await server.inject({
      method: 'POST',
      url: `/api/traces/${traceId}/bag`,
      headers: { 'x-requested-with': 'test', cookie: people.east!.cookie },
    });
    expect(reply.headers['content-disposition']).toContain(
      `filename*=UTF-8''${encodeURIComponent('溯源证据包-闽公网协〔2026〕1号-')}`,
    );
  });
});

describe('many questions', () => {
  const start = (rows: readonly string[], more = '') =>
    call(
      server,
      people.east!,
      'POST',
      `/api/trace-runs?fileName=q.csv&caseNo=B-1&reason=${encodeURIComponent('批量协查')}${more}`,
      Buffer.from(rows.join('\r\n')),
    );
  const header = '公网地址,端口,协议,时间';

  it('with an error are told with row and reason, and the others are asked; a table without any good one starts nothing', async () => {
    const bad = ['203.0.113.1,61001,tcp,2026-11-22 14:15:00', '1.2.3,70000,sctp,2026-11-22T06:15:00Z'];
    const told = (reply: { body: { errors: { row: number; column: string }[] } }) =>
      reply.body.errors.map((one) => [one.row, one.column]);
    const none = await start([header, ...bad]);
    expect([none.body.run, none.body.rejected]).toEqual([null, 2]);
    const reply = await start([header, ...bad, '203.0.113.1,61050,,2026-11-22T06:15:00Z']);
    expect(reply.body).toMatchObject({ rejected: 2, run: { rows: 1, faults: 2, state: 'running' } });
    expect(told(reply)).toEqual([
      [2, 'at'],
      [3, 'ip'],
      [3, 'port'],
      [3, 'proto'],
    ]);
    await drain(app);
    const url = `/api/trace-runs/${reply.body.run.id}`;
    const run = (await call(server, people.east!, 'GET', url)).body;
    expect(run).toMatchObject({ state: 'done', done: 1, proven: 1, notProvable: 0, faults: 2 });
    const faults = (await call(server, people.east!, 'GET', `${url}/faults`)).body;
    expect(faults.items.map((one: { row: number; column: string }) => [one.row, one.column])).toEqual(
      told(reply),
    );
    expect(faults.items[0]).toMatchObject({
      ip: '203.0.113.1',
      message: { zh: expect.stringContaining('时区') },
    });
    for (const path of ['', '/faults', '/rows'])
      expect((await call(server, people.west!, 'GET', url + path)).status).toBe(404);
    const csv = (await call(server, people.east!, 'GET', `${url}/results/csv`)).body.toString().split('\r\n');
    expect(csv.map((line: string) => line.split(',')[0])).toEqual(['\ufeff行号', '2', '3', '4', '']);
    expect(csv[1]).toContain('row_fault');
    // A cell without a protocol asks for both: the session is of UDP.
    expect(csv[3]).toMatch(/61050,tcp\/udp,.*proven.*D-1,301,10\.1\.4\.10,00:00:5e:00:53:01,使用人1/);
  });

  it('of other people’s tables are read: GBK, tabs, their headings, spreadsheet days, zones; a row opens as one trace', async () => {
    // 序号, 源IP, 协议类型, 发生时间, 时区, 误差, 备注; A1 2026/11/22 14:15:00 北京时间, A2 46348.59375 (the same as a
    // spreadsheet stores it) +8, A3 2026年11月22日14时15分 UTC+8, A4 46348 (no time of day).
    const gbk = Buffer.from(
      '0PK6xQnUtElQCdCt0unA4NDNCbeiyfrKsbzkCcqxx/gJzvOy7gmxuNeiDQpBMQkyMDMuMC4xMTMuMTo2MTAwMQk2CTIwMjYvMTEv' +
        'MjIgMTQ6MTU6MDAJsbG+qcqxvOQJCbzXDQpBMgkyMDMuMC4xMTMuMTo2MTAwMQlUQ1AJNDYzNDguNTkzNzUJKzgJNQnS0g0KQTMJ' +
        'MjAzLjAuMTEzLjE6NjEwMDEJdGNwCTIwMjbE6jEx1MIyMsjVMTTKsTE1t9YJVVRDKzgJCbH7DQpBNAkyMDMuMC4xMTMuMQl0Y3AJ' +
        'NDYzNDgJKzgJCbah',
      'base64',
    );
    expect((await start([header])).body.code).toBe('trace.bulk_empty');
    const sent = await call(
      server,
      people.east!,
      'POST',
      `/api/trace-runs?fileName=q.txt&caseNo=B-2&reason=${encodeURIComponent('批量协查')}`,
      gbk,
    );
    expect(sent.body).toMatchObject({ rejected: 1, unknownColumns: ['备注'], run: { rows: 3, faults: 1 } });
    await drain(app);
    const url = `/api/trace-runs/${sent.body.run.id}`;
    const { items } = (await call(server, people.east!, 'GET', `${url}/rows`)).body;
    expect(
      items.map((one: { ref: string; at: string; verdict: string }) => [one.ref, one.at, one.verdict]),
    ).toEqual(['A1', 'A2', 'A3'].map((ref) => [ref, '2026-11-22T06:15:00.000Z', 'proven']));
    expect(items[0].shown).toMatchObject([{ assetNo: 'D-1', person: 1, protected: false }]);
    const open = () => call(server, people.east!, 'POST', `${url}/rows/0/trace`);
    const both = await Promise.all([open(), open()]);
    expect(both[0]!.body).toEqual(both[1]!.body);
    const opened = await call(server, people.east!, 'GET', `/api/traces/${both[0]!.body.traceId}`);
    expect(opened.body).toMatchObject({ verdict: 'proven', caseNo: 'B-2', candidates: [{ assetNo: 'D-1' }] });
    expect((await call(server, people.west!, 'POST', `${url}/rows/0/trace`)).status).toBe(404);
    // Whoever is known to be a minor: the room waits for an approval, in lists and files alike.
    await app.ownerPool.query(`UPDATE units.person SET minor = true WHERE person_no = 'P1'`);
    const sealed = (await call(server, people.east!, 'GET', `${url}/rows`)).body.items[0];
    expect(sealed).toMatchObject({ room: null, shown: [{ assetNo: 'D-1', room: null, protected: true }] });
    const csv = (await call(server, people.east!, 'GET', `${url}/results/csv`)).body.toString();
    expect(csv).not.toContain(',301,');
    expect(csv).toContain('时间（北京时间）');
    expect(csv).toMatch(/,2026-11-22 14:\d\d:\d\d \+08:00,/);
    await app.ownerPool.query(`UPDATE units.person SET minor = false WHERE person_no = 'P1'`);
  });

  it('are answered in the background, as single ones are, without names, and counted in the audit log', async () => {
    const ports = Array.from(
      { length: 1000 },
      (_, index) => `203.0.113.1,${index === 500 ? 61001 : 1000 + index},tcp,2026-11-22 14:15:00`,
    );
    const reply = await start([header, ...ports], '&zone=%2B08:00');
    expect([reply.status, reply.body.run?.state]).toEqual([200, 'running']);
    const { id } = reply.body.run;
    const paused = await call(server, people.east!, 'POST', `/api/trace-runs/${id}/acts`, { act: 'pause' });
    expect(paused.body.state).toBe('paused');
    await drain(app);
    expect((await call(server, people.east!, 'GET', '/api/trace-runs')).body.items[0]).toMatchObject({
      done: 0,
      state: 'paused',
    });
    await call(server, people.east!, 'POST', `/api/trace-runs/${id}/acts`, { act: 'resume' });
    await drain(app);
    const [run] = (await call(server, people.east!, 'GET', '/api/trace-runs')).body.items;
    expect(run).toMatchObject({ rows: 1000, done: 1000, state: 'done' });
    const rows = await call(server, people.east!, 'GET', `/api/trace-runs/${id}/rows?verdict=proven`);
    expect(rows.body).toMatchObject({
      total: 1,
      items: [
        {
          sheetRow: 502,
          port: 61001,
          person: 1,
          unitName: '东示县第一小学',
          assetNo: 'D-1',
          room: '301',
          candidates: 1,
          complete: true,
        },
      ],
    });
    const csv = (
      await call(server, people.east!, 'GET', `/api/trace-runs/${id}/results/csv`)
    ).body.toString();
    expect(csv.split('\r\n')).toHaveLength(1002);
    expect(csv).toContain('已证实');
    expect(csv).not.toContain('张密封');
    const ended = (await entries('trace.bulk_done')).find(({ subject }) => subject === `trace_run:${id}`);
    expect(ended.after).toMatchObject({
      rows: 1000,
      verdicts: { proven: 1, not_provable: 999 },
    });
    expect(
      (await call(server, people.east!, 'POST', `/api/trace-runs/${id}/acts`, { act: 'cancel' })).body.code,
    ).toBe('trace.bulk_over');
    expect((await call(server, people.west!, 'GET', `/api/trace-runs/${id}/rows`)).status).toBe(404);
    expect(
      (await call(server, people.west!, 'POST', `/api/trace-runs/${id}/acts`, { act: 'pause' })).status,
    ).toBe(404);
    const touched = await app.ownerPool.query(
      'SELECT unit_path::text AS path, rows FROM trace.bulk_touch WHERE run_id = $1',
      [id],
    );
    expect(touched.rows).toContainEqual({ path: 'city.east.east-1', rows: 1 });
    // The school's leader reads of it, too.
    const told = await app.ownerPool.query(
      `SELECT unit_path::text AS path, part, queries, verdict, case_no FROM trace.query_touch
       WHERE source = 'bulk' AND source_id = $1`,
      [id],
    );
    expect(told.rows).toContainEqual(
      expect.objectContaining({ path: 'city.east.east-1', part: 'candidate', queries: 1, verdict: 'proven' }),
    );
    expect(told.rows).toContainEqual(
      expect.objectContaining({ path: 'city.east', part: 'asked', queries: 1000 }),
    );
  });

  it('that were cut off in the middle are taken up again, none twice', async () => {
    const reply = await start([
      header,
      ...Array.from({ length: 900 }, (_, i) => `203.0.113.1,${2000 + i},tcp,2026-11-22T06:15:00Z`),
    ]);
    const { id } = reply.body.run;
    // As after a kill: the first batch is committed, and the job is gone from the queue.
    await app.ownerPool.query(`DELETE FROM graphile_worker._private_jobs WHERE key = $1`, [
      `trace:bulk:${id}`,
    ]);
    await app.ownerPool.query(
      `UPDATE trace.bulk_row SET verdict = 'not_provable', result = '{"because":[],"complete":false,"candidates":0,"shown":[]}' WHERE run_id = $1 AND number < 400`,
      [id],
    );
    await app.ownerPool.query('UPDATE trace.bulk_run SET done = 400, not_provable = 400 WHERE id = $1', [id]);
    await app.advance(6 * 60_000);
    await fire(app, 'trace.resume_bulk');
    await drain(app);
    const [run] = (await call(server, people.east!, 'GET', '/api/trace-runs')).body.items;
    expect(run).toMatchObject({ id, rows: 900, done: 900, state: 'done' });
  });
});
