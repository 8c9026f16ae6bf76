import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildServer } from '#base/http';
import { drain, fire } from '#base/jobs';
import { migrateLogstore } from '#base/logstore/migrate';
import { type SpawnedLogstore, spawnLogstore } from '#base/logstore/testing';
import { call, type SignedIn, staffCity } from '#test/city';
import { type TestApp, testApp } from '#test/db';
import { audit } from '../../audit/module.ts';
import { authenticate, setupToken } from '../../auth/index.ts';
import { auth } from '../../auth/module.ts';
import { logs } from '../../logs/module.ts';
import { units } from '../../units/module.ts';
import { addresses } from '../module.ts';

/** Where the agent's program is; '' when it is not installed. */
const program = (() => {
  try {
    return execFileSync('sh', ['-c', 'command -v snmpd || ls /usr/sbin/snmpd'], { stdio: 'pipe' })
      .toString()
      .trim();
  } catch {
    return '';
  }
})();
const isHere = program !== '';

/** What the agent answers of a school's switch, beside its own tables. */
const walk: readonly [string, string, string][] = [
  ['.1.3.6.1.2.1.4.35.1.4.900.1.4.192.0.2.9', 'octet', '00 00 5E 00 53 09'],
  ['.1.3.6.1.2.1.4.35.1.4.900.1.4.192.0.2.10', 'octet', '00 00 5E 00 01 0A'],
  ['.1.3.6.1.2.1.4.35.1.4.900.2.16.32.1.13.184.0.5.0.0.0.0.0.0.0.0.0.10', 'octet', '00 00 5E 00 53 09'],
  ['.1.3.6.1.2.1.17.1.4.1.2.1', 'integer', '901'],
  ['.1.3.6.1.2.1.17.4.3.1.2.0.0.94.0.83.9', 'integer', '1'],
  ['.1.3.6.1.2.1.17.4.3.1.3.0.0.94.0.83.9', 'integer', '3'],
];

/** Speaks pass_persist of snmpd: the next of a list that is in order of numbers. */
const script = `#!${process.execPath}
const entries = ${JSON.stringify(walk)}.map(([oid, type, value]) => ({ oid, key: oid.slice(1).split('.').map(Number), type, value }));
const compare = (a, b) => { for (let i = 0; i < Math.min(a.length, b.length); i += 1) if (a[i] !== b[i]) return a[i] - b[i]; return a.length - b.length; };
entries.sort((a, b) => compare(a.key, b.key));
const say = (one) => process.stdout.write(one ? one.oid + '\\n' + one.type + '\\n' + one.value + '\\n' : 'NONE\\n');
let verb = '';
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'PING') return process.stdout.write('PONG\\n');
  if (verb === '') { verb = line.trim(); return; }
  const key = line.trim().replace(/^\\./, '').split('.').map(Number);
  const found = verb === 'get' ? entries.find((one) => compare(one.key, key) === 0) : entries.find((one) => compare(one.key, key) > 0);
  verb = '';
  say(found);
});
`;

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

let app: TestApp;
let server: FastifyInstance;
let store: SpawnedLogstore;
let dir = '';
let port = 0;
let agent: ChildProcess;
let people: Record<string, SignedIn>;

async function startAgent(): Promise<void> {
  await writeFile(join(dir, 'tables.cjs'), script);
  await chmod(join(dir, 'tables.cjs'), 0o755);
  const pass = ['.1.3.6.1.2.1.4.22', '.1.3.6.1.2.1.4.35', '.1.3.6.1.2.1.17'].map(
    (oid) => `pass_persist -p 1 ${oid} ${join(dir, 'tables.cjs')}`,
  );
  const config = [
    `agentaddress udp:127.0.0.1:${port}`,
    'rocommunity gebo-read 127.0.0.1',
    'createUser poller SHA-256 auth-key-2026 AES priv-key-2026',
    'rouser poller priv',
    ...pass,
  ];
  await writeFile(join(dir, 'snmpd.conf'), `${config.join('\n')}\n`);
  // Its own neighbour tables would stand before ours.
  const modules = '-ipNetToPhysicalTable,ipNetToMediaTable,inetNetToMediaTable,at';
  agent = spawn(program, ['-f', '-Lo', '-C', '-c', join(dir, 'snmpd.conf'), '-I', modules], {
    env: { ...process.env, SNMP_PERSISTENT_DIR: join(dir, 'state'), MIBS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    let said = '';
    const look = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('NET-SNMP version')) resolve();
    };
    agent.stdout!.on('data', look);
    agent.stderr!.on('data', look);
    agent.once('exit', () => reject(new Error(`snmpd ended: ${said}`)));
  });
}

const device = (more: object = {}) => ({
  name: '核心交换机',
  unitCode: 'east-1',
  target: '127.0.0.1',
  port,
  realm: 'east-1',
  intervalSeconds: 300,
  secret: { version: '2c', community: 'gebo-read' },
  ...more,
});

describe.skipIf(!isHere)(`a real snmpd${isHere ? '' : ' (skipped: snmpd is not installed)'}`, () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jiaodun-snmp-'));
    port = await freePort();
    await startAgent();
    store = await spawnLogstore(join(dir, 'store'));
    await migrateLogstore(store.connect(), 'migrations/clickhouse');
    app = await testApp([audit, units, auth, logs, addresses], {
      logstore: store.connect(),
      now: '2026-11-22T06:00:00Z',
    });
    server = buildServer(app, authenticate);
    people = await staffCity(server, await setupToken(app.config.dataDir), [
      { username: 'east', unitCode: 'east', role: 'county_officer' },
      { username: 'west', unitCode: 'west', role: 'county_officer' },
      { username: 'teacher', unitCode: 'east-1', role: 'school_teacher' },
    ]);
  }, 120_000);
  afterAll(async () => {
    agent?.removeAllListeners('exit');
    agent?.kill('SIGKILL');
    await server?.close();
    await app?.close();
    await store?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  test('what a switch says by SNMP becomes sealed lines, and those become bindings', async () => {
    const made = await call(server, people.east!, 'POST', '/api/pollers', device());
    expect([made.status, made.body.problem]).toEqual([200, null]);
    const id = made.body.id as string;
    const tried = await call(server, people.east!, 'POST', `/api/pollers/${id}/test`, {});
    expect(tried.body).toMatchObject({ problem: null, figures: { nd: 1, fdb: 1 } });
    // The agent adds the neighbours of the machine's own kernel.
    expect(tried.body.sample.join(' ')).toContain(
      'snmp arp nas=127.0.0.1 ip=192.0.2.9 mac=00:00:5e:00:53:09',
    );
    await fire(app, 'addresses.poll-due');
    await drain(app);
    const list = await call(server, people.east!, 'GET', '/api/pollers');
    expect(list.body.items[0]).toMatchObject({ problem: null, lastOk: '2026-11-22T06:00:00.000Z' });
    const seen = await call(server, people.east!, 'GET', '/api/bindings?mac=00:00:5e:00:53:09');
    const short = seen.body.items.map(
      (one: { ip: string | null; kind: string; realm: string; port: string }) => [
        one.kind,
        one.ip,
        one.realm,
        one.port,
      ],
    );
    expect(short.toSorted()).toEqual([
      ['arp', '192.0.2.9', 'east-1', 'if900'],
      ['fdb', null, 'east-1', 'if901'],
      ['nd', '2001:db8:5::a', 'east-1', 'if900'],
    ]);
    // Two routers share this one: it is nobody's.
    expect((await call(server, people.east!, 'GET', '/api/bindings?ip=192.0.2.10')).body.total).toBe(0);
    await app.advance(300_000);
    await fire(app, 'addresses.poll-due');
    await drain(app);
    const again = await call(server, people.east!, 'GET', '/api/bindings?ip=192.0.2.9');
    expect(again.body).toMatchObject({
      total: 1,
      items: [{ began: '2026-11-22T06:00:00.000Z', lastProof: '2026-11-22T06:05:00.000Z' }],
    });
    // The line that proves it is read back from its sealed segment.
    const { segment, seq } = again.body.items[0].last;
    const url = `/api/logs/segments/${segment}/records/${seq}?caseNo=A-1`;
    expect((await call(server, people.east!, 'GET', url)).body.raw).toContain(
      '2026-11-22T06:05:00.000Z snmp arp',
    );
  });

  test('SNMPv3 with authentication and privacy; a wrong key is refused in words', async () => {
    const secret = {
      version: '3',
      user: 'poller',
      authProtocol: 'sha256',
      authKey: 'auth-key-2026',
      privProtocol: 'aes',
      privKey: 'priv-key-2026',
    };
    const made = await call(server, people.east!, 'POST', '/api/pollers', device({ realm: 'v3', secret }));
    const test = () => call(server, people.east!, 'POST', `/api/pollers/${made.body.id}/test`, {});
    expect((await test()).body).toMatchObject({ problem: null, figures: { nd: 1, fdb: 1 } });
    const change = { secret: { ...secret, authKey: 'another-key-2026' } };
    expect((await call(server, people.east!, 'PATCH', `/api/pollers/${made.body.id}`, change)).status).toBe(
      200,
    );
    const refused = await test();
    expect(refused.body.figures).toBeNull();
    expect(['refused', 'unreadable', 'no_answer']).toContain(refused.body.problem.code);
  });

  test('a reading that fails is told in words, keeps no line, and leaves what was known', async () => {
    const made = await call(
      server,
      people.east!,
      'POST',
      '/api/pollers',
      device({ realm: 'dark', port: await freePort() }),
    );
    await fire(app, 'addresses.poll-due');
    await drain(app);
    const list = await call(server, people.east!, 'GET', '/api/pollers');
    const dark = list.body.items.find((one: { id: string }) => one.id === made.body.id);
    expect(dark).toMatchObject({ lastOk: null, problem: { code: 'no_answer' } });
    const source = await call(server, people.east!, 'GET', `/api/logs/sources/${made.body.sourceId}`);
    expect(source.body).toMatchObject({ format: 'snmp', records: 0, lastRecv: null });
  }, 120_000);

  test('the secret is nowhere in the answers, the database or the audit log', async () => {
    const tables = await app.ownerPool.query<{ text: string }>(
      'SELECT (SELECT string_agg(p::text, $1) FROM addresses.poller p) || (SELECT string_agg(e::text, $1) FROM audit.entry e) AS text',
      [' '],
    );
    const told = JSON.stringify((await call(server, people.east!, 'GET', '/api/pollers')).body);
    for (const secret of ['gebo-read', 'auth-key-2026', 'priv-key-2026']) {
      expect(tables.rows[0]!.text).not.toContain(secret);
      expect(told).not.toContain(secret);
    }
    expect(tables.rows[0]!.text).toContain('addresses.register_poller');
  });

  test('only those who manage polling, only within their county, and only devices', async () => {
    expect((await call(server, people.teacher!, 'POST', '/api/pollers', device({ realm: 'x' }))).status).toBe(
      403,
    );
    expect((await call(server, people.west!, 'POST', '/api/pollers', device({ realm: 'x' }))).status).toBe(
      404,
    );
    const { id } = (await call(server, people.east!, 'GET', '/api/pollers')).body.items[0];
    expect((await call(server, people.west!, 'GET', '/api/pollers')).body.total).toBe(0);
    expect((await call(server, people.west!, 'PATCH', `/api/pollers/${id}`, { enabled: false })).status).toBe(
      404,
    );
    expect((await call(server, people.west!, 'POST', `/api/pollers/${id}/test`, {})).status).toBe(404);
    const twice = await call(server, people.east!, 'POST', '/api/pollers', device());
    expect(twice.body).toMatchObject({ code: 'addresses.duplicate_poller' });
    for (const target of ['169.254.169.254', '224.0.0.1', '255.255.255.255', '0.0.0.0', 'fe80::1', '::']) {
      const bad = await call(server, people.east!, 'POST', '/api/pollers', device({ target, realm: 'y' }));
      expect([target, bad.body.code]).toEqual([target, 'addresses.forbidden_target']);
    }
  });
});
