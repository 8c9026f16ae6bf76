import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Actor, type App, systemActor } from '#base/app';
import { buildCity } from '#test/city';
import { actorAt, type TestApp, testApp } from '#test/db';
import { logs } from '../module.ts';
import { segmentsDir, spoolDir } from '../places.ts';
import { registerSource } from '../register-source.ts';
import { countDamaged, sealSpool } from '../seal-spool.ts';
import { forEachRecord } from '../segments/record-stream.ts';
import { readFrames } from '../segments/segment-file.ts';
import { Spool } from '../spool/spool.ts';
import { readSpool } from '../spool/spool-file.ts';
import * as catalogue from '../store/catalogue.ts';
import { countQuarantines } from '../store/sources.ts';
import { Collector } from './collector.ts';

let app: TestApp;
const city: Actor = actorAt('city', ['logs.sources']);
const system = systemActor('test');

/** A port that is free for TCP and, just now, for UDP too. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const source = (name: string, senders: string[]) =>
  app.run(city, (ctx) =>
    registerSource(ctx, {
      name,
      format: 'dnsmasq',
      realm: 'main',
      zone: '+08:00',
      toleranceSeconds: 2,
      senders,
    }),
  );

beforeAll(async () => {
  const port = await freePort();
  app = await testApp([logs], {
    now: '2026-11-22T06:00:00Z',
    config: { syslogTcpPort: port, syslogUdpPort: port },
  });
  await buildCity(app);
  await source('registered', ['127.0.0.1']);
}, 60_000);
afterAll(() => app?.close());
beforeEach(async () => {
  await rm(spoolDir(app), { recursive: true, force: true });
});

const segments = async () =>
  (await app.run(system, (ctx) => catalogue.listSegments(ctx, { page: 1, pageSize: 500 }))).items;

/** Every record of every registered segment: `source sender text`. */
async function sealedLines(after = 0): Promise<string[]> {
  const lines: string[] = [];
  for (const segment of (await segments()).filter((one) => one.id > after).reverse()) {
    for await (const { stream } of readFrames(join(segmentsDir(app), segment.file))) {
      forEachRecord(stream, (record) => lines.push(`${segment.source} ${record.sender} ${record.bytes}`));
    }
  }
  return lines;
}

const lastSegment = async () => (await segments())[0]?.id ?? 0;

async function spoolFile(lines: readonly [string, string][]): Promise<string> {
  let closed = '';
  const spool = new Spool({ dir: spoolDir(app), now: app.clock.now, onClosed: (path) => (closed = path) });
  await mkdir(spoolDir(app), { recursive: true });
  for (const [sender, text] of lines) {
    const bytes = Buffer.from(text);
    spool.of(sender).append(app.clock.now().getTime(), bytes, 0, bytes.length);
  }
  await spool.rotate();
  return closed;
}

test('takes live syslog by UDP and TCP into registered segments of its source', async () => {
  const collector = new Collector(app);
  await collector.start();
  const port = app.config.syslogTcpPort;
  const udp = createSocket('udp4');
  udp.send('<30>by udp', port, '127.0.0.1');
  const tcp = connect(port, '127.0.0.1');
  tcp.end('<30>by tcp\n');
  await vi.waitFor(async () => expect((await collector.health()).figures.received).toBe(2), {
    timeout: 20_000,
  });
  udp.close();
  // A file that holds anything is sealed after five seconds.
  await vi.waitFor(
    async () => {
      await app.advance(5_000);
      expect((await sealedLines()).sort()).toEqual(
        ['registered 127.0.0.1 <30>by udp', 'registered 127.0.0.1 <30>by tcp'].sort(),
      );
    },
    { timeout: 20_000, interval: 100 },
  );
  await collector.stop();
  expect(await readdir(spoolDir(app))).toEqual([]);
});

test('seals what is waiting when it stops', async () => {
  const after = await lastSegment();
  const collector = new Collector(app);
  await collector.start();
  const tcp = connect(app.config.syslogTcpPort, '127.0.0.1');
  tcp.write('<30>just before the end\n');
  await vi.waitFor(async () => expect((await collector.health()).figures.received).toBe(1), {
    timeout: 20_000,
  });
  await collector.stop();
  tcp.destroy();
  expect(await sealedLines(after)).toEqual(['registered 127.0.0.1 <30>just before the end']);
});

test('a receive buffer smaller than asked is a problem, with the granted size and the remedy', async () => {
  const wanted = 2 ** 30;
  const collector = new Collector(app, { udpBuffer: wanted });
  await collector.start();
  const { problems, figures } = await collector.health();
  await collector.stop();
  expect(figures.udpBuffer).toBeLessThan(wanted);
  expect(problems).toHaveLength(1);
  for (const text of [problems[0]!.zh, problems[0]!.en]) {
    expect(text).toContain(String(figures.udpBuffer));
    expect(text).toContain(
      process.platform === 'linux' ? `net.core.rmem_max=${wanted}` : 'kern.ipc.maxsockbuf',
    );
  }
});

test('a collector that got the buffer it asked for is well', async () => {
  const collector = new Collector(app, { udpBuffer: 65_536 });
  await collector.start();
  const { problems, figures } = await collector.health();
  await collector.stop();
  expect(figures.udpBuffer).toBeGreaterThanOrEqual(65_536);
  expect(problems).toEqual([]);
});

test.runIf(process.platform === 'linux')(
  'what is granted is what the kernel allows, not twice that',
  async () => {
    const limit = Number(await readFile('/proc/sys/net/core/rmem_max', 'utf8'));
    const collector = new Collector(app, { udpBuffer: 2 ** 30 });
    await collector.start();
    expect((await collector.health()).figures.udpBuffer).toBe(limit);
    await collector.stop();
  },
);

test('a file that cannot be sealed is a problem until it is', async () => {
  const collector = new Collector(app, { udpBuffer: 65_536 });
  await collector.start();
  const refuse = `CREATE FUNCTION test.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'no'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON logs.segment FOR EACH ROW EXECUTE FUNCTION test.refuse()`;
  await app.ownerPool.query(refuse);
  const tcp = connect(app.config.syslogTcpPort, '127.0.0.1');
  tcp.end('<30>waits\n');
  const problems = async () => {
    await app.advance(5_000);
    return (await collector.health()).problems.map(({ en }) => en);
  };
  const wait = { timeout: 20_000, interval: 100 };
  await vi.waitFor(
    async () => expect(await problems()).toEqual([expect.stringContaining('wait to be sealed')]),
    wait,
  );
  await app.ownerPool.query('DROP TRIGGER refuse ON logs.segment; DROP FUNCTION test.refuse()');
  await vi.waitFor(async () => expect(await problems()).toEqual([]), wait);
  await collector.stop();
});

test('splits a spool file by source; what nobody registered is kept in quarantine', async () => {
  const after = await lastSegment();
  const path = await spoolFile([
    ['127.0.0.1', 'a'],
    ['192.0.2.66', 'b'],
    ['127.0.0.1', 'c'],
    ['2001:db8::1', 'd'],
  ]);
  expect(await sealSpool(app, path)).toHaveLength(3);
  expect((await sealedLines(after)).sort()).toEqual([
    'registered 127.0.0.1 a',
    'registered 127.0.0.1 c',
    'unregistered:192.0.2.66 192.0.2.66 b',
    'unregistered:2001:db8::1 2001:db8::1 d',
  ]);
  const quarantine = await app.run(city, (ctx) =>
    catalogue.findSource(ctx, { name: 'unregistered:192.0.2.66' }),
  );
  expect(quarantine).toMatchObject({ format: 'unknown', unit_path: 'city' });
});

test('forged addresses cannot make sources without end', async () => {
  const forged = Array.from({ length: 80 }, (_, i): [string, string] => [`198.51.100.${i}`, `forged${i}`]);
  await sealSpool(app, await spoolFile(forged));
  const count = await app.run(system, (ctx) => countQuarantines(ctx));
  expect(count).toBe(51);
  expect((await sealedLines()).filter((line) => /forged\d+$/.test(line))).toHaveLength(80);
});

test('a spool file that comes back after its registration is thrown away, not sealed twice', async () => {
  const after = await lastSegment();
  const path = await spoolFile([['127.0.0.1', 'once']]);
  const kept = join(app.config.dataDir, basename(path));
  await copyFile(path, kept);
  expect(await sealSpool(app, path)).toHaveLength(1);
  await copyFile(kept, path);
  expect(await sealSpool(app, path)).toEqual([]);
  expect(await sealedLines(after)).toEqual(['registered 127.0.0.1 once']);
  expect(await readdir(spoolDir(app))).toEqual([]);
});

test('a spool file is sealed as it was written or not at all; what is damaged is kept', async () => {
  const after = await lastSegment();
  const path = await spoolFile([
    ['127.0.0.1', 'sound'],
    ['192.0.2.66', 'struck'],
  ]);
  const { blocks } = await readSpool(path);
  const [first] = blocks;
  await expect(sealSpool(app, path, [{ ...first!, length: first!.length - 4 }])).rejects.toMatchObject({
    code: 'spool.damaged',
  });
  expect(await sealedLines(after)).toEqual([]);
  const bytes = await readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(path, bytes);
  await expect(sealSpool(app, path, blocks)).rejects.toMatchObject({ code: 'spool.damaged' });
  expect(await sealSpool(app, path)).toHaveLength(1);
  expect(await sealedLines(after)).toEqual(['registered 127.0.0.1 sound']);
  expect(await countDamaged(app)).toBe(1);
  expect(await readFile(`${path}.damaged`)).toEqual(bytes);
  await rm(`${path}.damaged`);
});

test('nothing is lost or doubled when the sender changes its source between two tries', async () => {
  const after = await lastSegment();
  const path = await spoolFile([['192.0.2.77', 'moved']]);
  let calls = 0;
  const failing = new Proxy(app as App, {
    get: (target, name) => {
      if (name !== 'run') return Reflect.get(target, name);
      calls += 1;
      if (calls === 2) throw new Error('the database went away');
      return target.run;
    },
  });
  await expect(sealSpool(failing, path)).rejects.toThrow('went away');
  await source('late', ['192.0.2.77']);
  expect(await sealSpool(app, path)).toHaveLength(1);
  expect(await sealedLines(after)).toEqual(['late 192.0.2.77 moved']);
});

/** Seals every file of a spool directory and says so; killed at any moment by the test. */
const sealer = `
  const { makeApp } = await import('#base/make-app');
  const { systemClock } = await import('#base/clock');
  const { createLogger } = await import('#base/log');
  const { sealSpool } = await import('./src/modules/logs/seal-spool.ts');
  const { readdirSync } = await import('node:fs');
  const [config, ownerUrl, dir] = JSON.parse(process.argv[1]);
  const app = makeApp({ config, ownerUrl, clock: systemClock, log: createLogger('test', 'warn'), logstore: {}, modules: [] });
  for (const name of readdirSync(dir).sort()) {
    process.stdout.write('begin\\n');
    await sealSpool(app, dir + '/' + name);
    process.stdout.write('sealed\\n');
  }
  await app.close();`;

test('kill -9 of the sealing process loses no record and doubles none', async () => {
  const after = await lastSegment();
  const expected: string[] = [];
  for (let file = 0; file < 6; file += 1) {
    const lines = Array.from({ length: 500 }, (_, i): [string, string] => ['127.0.0.1', `line ${file}-${i}`]);
    await spoolFile(lines);
    expected.push(...lines.map(([sender, text]) => `registered ${sender} ${text}`));
  }
  const argument = JSON.stringify([app.config, app.ownerUrl, spoolDir(app)]);
  for (let round = 0; round < 4; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', sealer, argument], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      // Right after a beginning or right after an end, at another file each round; the last round runs through.
      if (round < 3 && output.split('\n').length > 2 + round) child.kill('SIGKILL');
    });
    await once(child, 'close');
  }
  expect(await readdir(spoolDir(app))).toEqual([]);
  expect((await sealedLines(after)).sort()).toEqual(expected.sort());
});
