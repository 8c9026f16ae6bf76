import { execFile, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Actor, systemActor } from '#base/app';
import { drain } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { dataSet, type FieldOf, templateSet, type Value, v9 } from '#test/flow-packets';
import { type Packet, pcapOf } from '#test/pcap';
import { newSource } from '../contract.ts';
import { logs } from '../module.ts';
import { registerSource } from '../register-source.ts';
import * as catalogue from '../store/catalogue.ts';
import { findSourceOfSender } from '../store/sources.ts';
import { Collector } from './collector.ts';

const run = promisify(execFile);
const city: Actor = actorAt('city', ['logs.sources', 'logs.read']);
const system = systemActor('test');
const began = Date.parse('2026-11-22T05:50:00Z');

let app: TestApp;
let store: SpawnedLogstore;
let dir = '';
let flowSource = 0;

function isHere(tool: string, argument: string): boolean {
  try {
    execFileSync(tool, [argument], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
const peers = isHere('softflowd', '-h') && isHere('nfcapd', '-V') && isHere('nfdump', '-V');

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-flows-'));
  store = await spawnLogstore(join(dir, 'store'));
  const client = store.connect();
  await migrateLogstore(client, 'migrations/clickhouse');
  const netflowPort = await freeUdpPort();
  app = await testApp([logs], {
    logstore: client,
    // Far ahead of the real clock: a job that is asked for later must not be due at once.
    now: '2099-11-22T06:00:00Z',
    config: { netflowPort, syslogUdpPort: 0, syslogTcpPort: 0 },
  });
  await buildCity(app);
  for (const [name, format] of [
    ['firewall-lines', 'dnsmasq'],
    ['firewall-flows', 'netflow'],
  ] as const) {
    const source = newSource.parse({ name, format, senders: ['127.0.0.1'] });
    await app.run(city, (ctx) => registerSource(ctx, source));
  }
  flowSource = (await app.run(city, (ctx) => catalogue.findSource(ctx, { name: 'firewall-flows' })))!.id;
}, 60_000);
afterAll(async () => {
  await app?.close();
  await store?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Sixty flows of different length and size, to addresses and ports that tell them apart. */
function traffic(): Packet[] {
  const packets: Packet[] = [];
  for (let flow = 0; flow < 60; flow += 1) {
    for (let i = 0; i <= flow % 7; i += 1) {
      packets.push({
        at: began + flow * 137 + i * 1013,
        src: `192.0.2.${flow + 1}`,
        dst: `198.51.100.${(flow % 9) + 1}`,
        srcPort: 40_000 + flow,
        dstPort: flow % 2 ? 443 : 53,
        proto: flow % 2 ? 6 : 17,
        payload: 40 + flow * 3 + i,
        flags: i === 0 ? 2 : 16,
      });
    }
  }
  return packets.sort((a, b) => a.at - b.at);
}

/** Replays a capture towards a collector. */
async function replay(file: string, port: number, version: string): Promise<void> {
  // Absolute milliseconds in IPFIX: nfdump 1.7.1 takes begin and end of uptimes there for each other.
  const exact = version === '10' ? ['-A', 'milli'] : [];
  const where = ['-n', `127.0.0.1:${port}`, '-p', join(dir, 'softflowd.pid'), '-c', 'none'];
  await run('softflowd', ['-r', file, '-v', version, '-a', '-d', ...exact, ...where]);
}

/** Bytes that wait in the kernel for the socket on a port. */
async function queued(port: number): Promise<number> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile('/proc/net/udp', 'latin1'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const [line] = lines.filter((words) => words[1]?.endsWith(suffix));
  return Number.parseInt(line![4]!.split(':')[1]!, 16);
}

/** What nfcapd makes of the same replay: `src sport dst dport proto packets bytes` and begin and end by nfdump. */
async function oracle(file: string, version: string): Promise<string[]> {
  const kept = await mkdtemp(join(dir, 'nfcapd-'));
  const port = await freeUdpPort();
  const nfcapd = spawn('nfcapd', ['-p', String(port), '-b', '127.0.0.1', '-w', kept, '-t', '3600'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  nfcapd.stderr.on('data', (text: Buffer) => (output += text));
  nfcapd.stdout.on('data', (text: Buffer) => (output += text));
  await vi.waitFor(() => expect(output).toContain('Startup nfcapd'), { timeout: 10_000 });
  await replay(file, port, version);
  // It must have read everything from its socket before it is ended.
  await vi.waitFor(async () => expect(await queued(port)).toBe(0), { timeout: 10_000 });
  const ended = once(nfcapd, 'close');
  nfcapd.kill('SIGTERM');
  await ended;
  const [name] = (await readdir(kept)).filter((one) => /^nfcapd\.\d+$/.test(one));
  const format = 'fmt:%sa;%sp;%da;%dp;%pr;%pkt;%byt;%ts;%te';
  const { stdout } = await run('nfdump', ['-q', '-N', '-r', join(kept, name!), '-o', format], {
    env: { ...process.env, TZ: 'UTC' },
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split(';')
        .map((word) => word.trim())
        .join(' '),
    )
    .sort();
}

/** What our rows say of the flows received since `after`, written as the oracle writes it. */
async function rowsOf(after: number): Promise<string[]> {
  const rows = await app.logstore.query<Record<string, string>>(
    `SELECT concat(replaceOne(toString(cli), '::ffff:', ''), ' ', toString(cport), ' ',
       replaceOne(toString(dst), '::ffff:', ''), ' ', toString(dport), ' ', toString(proto), ' ', extra['packets'], ' ',
       toString(up), ' ', toString(addMilliseconds(ts, -took)), ' ', toString(ts)) AS line
     FROM jiaodun_logs.event WHERE src = ${flowSource} AND seg > ${after} AND kind = 'flow'`,
  );
  return rows.map(({ line }) => line!).sort();
}

const lastSegment = async () =>
  (await app.run(system, (ctx) => catalogue.listSegments(ctx, { page: 1, pageSize: 1 }))).items[0]?.id ?? 0;

/** Runs the collector while something is sent, until `datagrams` have come; then seals and indexes. */
async function receive(send: () => Promise<unknown>, datagrams: number): Promise<void> {
  const collector = new Collector(app);
  await collector.start();
  await send();
  await vi.waitFor(
    async () =>
      expect((await collector.health()).figures['netflow.received']).toBeGreaterThanOrEqual(datagrams),
    { timeout: 20_000 },
  );
  expect((await collector.health()).figures['netflow.kernelDrops']).toBe(0);
  await collector.stop();
  await drain(app);
}

test.skipIf(!peers).each(['5', '9', '10'])(
  'softflowd sends version %s: the same flows, addresses, ports, bytes and times as nfdump tells',
  async (version) => {
    const file = join(dir, 'traffic.pcap');
    await writeFile(file, pcapOf(traffic()));
    const after = await lastSegment();
    await receive(() => replay(file, app.config.netflowPort, version), 3);
    const told = await oracle(file, version);
    const ours = await rowsOf(after);
    expect(ours).toHaveLength(60);
    const tuple = (line: string) => line.split(' ').slice(0, 7).join(' ');
    expect(ours.map(tuple)).toEqual(told.map(tuple));
    // The whole second in which the header of v9 was made, and the moment of it, differ between two replays.
    if (version !== '9') expect(ours).toEqual(told);
    expect(await app.run(system, (ctx) => catalogue.countUnparsable(ctx, flowSource))).toBe(0);
  },
);

test('one address gives lines and flows: two sources, and each knows its own', async () => {
  const sources = await app.run(system, async (ctx) => [
    await findSourceOfSender(ctx, '127.0.0.1'),
    await findSourceOfSender(ctx, 'flow:127.0.0.1'),
    await findSourceOfSender(ctx, 'flow:192.0.2.99'),
  ]);
  expect(sources.map((one) => one?.name)).toEqual(['firewall-lines', 'firewall-flows', undefined]);
  const twice = newSource.parse({ name: 'again', format: 'h3c-flow', senders: ['127.0.0.1'] });
  await expect(app.run(city, (ctx) => registerSource(ctx, twice))).rejects.toMatchObject({
    code: 'logs.sender_taken',
  });
});

const template: FieldOf[] = [
  { id: 8, length: 4 },
  { id: 12, length: 4 },
  { id: 1, length: 4 },
];
const record: Value[] = ['192.0.2.200', '198.51.100.200', 77];

test('datagrams that came before their template are counted as unread, and read when it has come', async () => {
  const seconds = Date.parse('2026-11-22T06:00:00Z') / 1000;
  const socket = createSocket('udp4');
  const send = (bytes: Buffer) =>
    new Promise((sent) => socket.send(bytes, app.config.netflowPort, '127.0.0.1', sent));
  const header = { seconds, domain: 77 };
  const unread = () => app.run(system, (ctx) => catalogue.countUnparsable(ctx, flowSource));
  const rows = () =>
    app.logstore.query<{ n: string }>(
      `SELECT count() AS n FROM jiaodun_logs.event WHERE src = ${flowSource} AND up = 77`,
    );
  await receive(() => send(v9({ ...header, sequence: 1 }, dataSet(300, template, [record, record]))), 1);
  expect([await unread(), await rows()]).toEqual([1, [{ n: '0' }]]);
  await receive(() => send(v9({ ...header, sequence: 2 }, templateSet(300, template))), 1);
  socket.close();
  // A minute to gather, then the steps of reading again, each after the readers of its time.
  for (let step = 0; step < 8; step += 1) {
    await app.advance(61_000);
    await drain(app);
  }
  expect([await unread(), await rows()]).toEqual([0, [{ n: '2' }]]);
});

test('a lost datagram is a gap of one; datagrams of templates alone, and those that wait, are none', async () => {
  const seconds = Date.parse('2026-11-22T06:00:00Z') / 1000;
  const socket = createSocket('udp4');
  const header = { seconds, domain: 78 };
  const datagrams = [
    v9({ ...header, sequence: 100 }, dataSet(301, template, [record])),
    v9({ ...header, sequence: 101 }, templateSet(301, template)),
    v9({ ...header, sequence: 102 }, dataSet(301, template, [record])),
    // 103 is lost.
    v9({ ...header, sequence: 104 }, dataSet(301, template, [record])),
  ];
  const after = await lastSegment();
  await receive(async () => {
    for (const one of datagrams)
      await new Promise((sent) => socket.send(one, app.config.netflowPort, '127.0.0.1', sent));
  }, datagrams.length);
  socket.close();
  const { rows } = await app.ownerPool.query<{ lost: number }>(
    `SELECT (SELECT coalesce(sum((gap->>'lost')::int), 0)::int
       FROM jsonb_array_elements(tally->'missing') AS gap) AS lost
     FROM logs.segment WHERE id > $1`,
    [after],
  );
  expect(rows).toEqual([{ lost: 1 }]);
});
