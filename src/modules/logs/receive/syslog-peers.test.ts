/** What real senders send arrives as it was: rsyslog, syslog-ng and logger of Debian. */
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { App } from '#base/app';
import { systemClock } from '#base/clock';
import { loadConfig } from '#base/config';
import { createLogger } from '#base/log';
import { issuer, sender, server } from '../../../../test/peers/log-certificates.ts';
import { forEachRecord } from '../segments/record-stream.ts';
import { Spool } from '../spool/spool.ts';
import { readBlocks, readSpool } from '../spool/spool-file.ts';
import type { ExtraReceiver } from './extra-receivers.ts';
import { Receiver } from './receiver.ts';
import { relp, relpTls } from './relp.ts';
import { SpoolGate } from './spool-gate.ts';
import { syslogTls } from './syslog-tls.ts';

const run = promisify(execFile);
const soon = { timeout: 30_000, interval: 25 };

function isHere(tool: string, argument: string): boolean {
  try {
    execFileSync(tool, [argument], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
const rsyslog = isHere('rsyslogd', '-v');
const logger = isHere('logger', '--version');
/** Debian's rsyslog and syslog-ng exclude each other: this one lies unpacked in a folder. */
const syslogNgRoot = process.env.JIAODUN_SYSLOG_NG_ROOT ?? '';
const syslogNgLib = join(syslogNgRoot, 'usr/lib/syslog-ng');
/** There, and with the libraries that it needs. */
function startsSyslogNg(): boolean {
  const options = { stdio: 'ignore', env: { LD_LIBRARY_PATH: syslogNgLib } } as const;
  return spawnSync(join(syslogNgRoot, 'usr/sbin/syslog-ng'), ['--version'], options).status === 0;
}
const syslogNg = syslogNgRoot !== '' && startsSyslogNg();

let home = '';
let dir = '';
let spool: Spool;
let receiver: Receiver;
let extra: ExtraReceiver[] = [];
let ports = { udp: 0, tcp: 0, tls: 0, relp: 0, relpTls: 0 };
const children: ChildProcess[] = [];

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

const file = (name: string) => join(home, name);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'jiaodun-peers-'));
  await writeFile(file('ca.pem'), issuer);
  await writeFile(file('server.pem'), server.certificate);
  await writeFile(file('server.key'), server.key);
  await writeFile(file('sender.pem'), sender.certificate);
  await writeFile(file('sender.key'), sender.key);
});
afterAll(() => rm(home, { recursive: true, force: true }));

beforeEach(async () => {
  dir = await mkdtemp(join(home, 'spool-'));
  spool = new Spool({ dir, now: systemClock.now, onClosed: () => undefined });
  await spool.open();
  const onTrouble = () => undefined;
  const gate = new SpoolGate({ spool, onTrouble });
  const [tls, relpPort, relpTlsPort] = [await freePort(), await freePort(), await freePort()];
  const config = loadConfig({
    dataDir: dir,
    syslogTlsPort: tls,
    relpPort,
    relpTlsPort,
    tlsCert: file('server.pem'),
    tlsKey: file('server.key'),
    syslogClientCa: file('ca.pem'),
  });
  const app = { config, log: createLogger('test', 'error') } as App;
  const site = { app, gate, now: systemClock.now, onTrouble };
  extra = [syslogTls, relp, relpTls].map((make) => make(site)!);
  for (const one of extra) await one.start();
  receiver = new Receiver({
    spool,
    gate,
    host: '127.0.0.1',
    udpPort: 0,
    tcpPort: 0,
    now: systemClock.now,
    onTrouble,
  });
  await receiver.start();
  const { udpPort, tcpPort } = await receiver.state();
  ports = { udp: udpPort!, tcp: tcpPort!, tls, relp: relpPort, relpTls: relpTlsPort };
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  for (const one of extra) await one.stop();
  await receiver.stop();
  await spool.rotate();
});

/** Every whole record on disk: its sender and its text. */
async function onDisk(folder = dir): Promise<{ sender: string; text: string }[]> {
  const found: { sender: string; text: string }[] = [];
  for (const name of (await readdir(folder)).filter((one) => one.endsWith('.spool')).sort()) {
    const { blocks } = await readSpool(join(folder, name));
    for await (const stream of readBlocks(join(folder, name), blocks))
      forEachRecord(stream, (record) => found.push({ sender: record.sender, text: String(record.bytes) }));
  }
  return found;
}

/** Waits until `count` records are on disk, and gives them. */
async function arrived(count: number) {
  return vi.waitFor(async () => {
    await spool.commit();
    const records = await onDisk();
    expect(records.length).toBeGreaterThanOrEqual(count);
    return records;
  }, soon);
}

function start(command: string, args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } });
  children.push(child);
  return child;
}

/** What the sender reads: lines of a file. Chinese, a tab and a quote among them. */
const lines = (name: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${name} ${at} 教育局\t"quoted" end`);

async function startRsyslog(name: string, actions: string, input: string[]): Promise<void> {
  const work = await mkdtemp(join(home, 'rsyslog-'));
  await writeFile(join(work, 'in.log'), `${input.join('\n')}\n`);
  const conf = `global(workDirectory="${work}" DefaultNetstreamDriverCAFile="${file('ca.pem')}"
      DefaultNetstreamDriverCertFile="${file('sender.pem')}" DefaultNetstreamDriverKeyFile="${file('sender.key')}"
      parser.escapeControlCharactersOnReceive="off")
    module(load="imfile")
    module(load="omrelp")
    template(name="own" type="string" string="<30>1 %TIMESTAMP:::date-rfc3339% gw1 ${name} - - - %msg%")
    input(type="imfile" File="${join(work, 'in.log')}" Tag="${name}:" freshStartTail="off")
    ${actions}\n`;
  await writeFile(join(work, 'rsyslog.conf'), conf);
  start('rsyslogd', ['-n', '-iNONE', '-f', join(work, 'rsyslog.conf')]);
}

const again = 'action.resumeRetryCount="-1" action.resumeInterval="1"';
const messages = (records: readonly { text: string }[]) =>
  records.map(({ text }) =>
    text.replace(/^.*? - - - /s, '').replace(/^.*?:\s/s, (head) => (head.includes('<') ? '' : head)),
  );

const senderOfCertificate = `cert:${new X509Certificate(sender.certificate).fingerprint256.replaceAll(':', '').toLowerCase()}`;

test.skipIf(!rsyslog).for([
  ['by TCP', () => `protocol="tcp" port="${ports.tcp}"`, '127.0.0.1'],
  [
    'by TCP with octet counting',
    () => `protocol="tcp" port="${ports.tcp}" TCP_Framing="octet-counted"`,
    '127.0.0.1',
  ],
  ['by UDP', () => `protocol="udp" port="${ports.udp}"`, '127.0.0.1'],
  [
    'by TLS with its certificate',
    () => `protocol="tcp" port="${ports.tls}" TCP_Framing="octet-counted" StreamDriver="gtls" StreamDriverMode="1"
      StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="logs.example"`,
    senderOfCertificate,
  ],
] as const)('rsyslog %s: every line, as it was', async ([name, place, from]) => {
  const input = lines('omfwd', 500);
  await startRsyslog(
    'omfwd',
    `action(type="omfwd" target="127.0.0.1" template="own" ${place()} ${again})`,
    input,
  );
  const records = (await arrived(500)).filter(({ text }) => text.includes('omfwd - - -'));
  expect(messages(records), name).toEqual(input);
  expect(new Set(records.map((record) => record.sender))).toEqual(new Set([from]));
});

test.skipIf(!rsyslog).for([
  ['RELP', () => `port="${ports.relp}"`, '127.0.0.1'],
  [
    'RELP over TLS',
    () => `port="${ports.relpTls}" tls="on" tls.cacert="${file('ca.pem')}" tls.mycert="${file('sender.pem')}"
      tls.myprivkey="${file('sender.key')}" tls.authmode="name" tls.permittedpeer=["logs.example"]`,
    senderOfCertificate,
  ],
] as const)('rsyslog by %s: every line once, and an orderly end', async ([, place, from]) => {
  const input = lines('omrelp', 2000);
  await startRsyslog(
    'omrelp',
    `action(type="omrelp" target="127.0.0.1" template="own" ${place()} ${again})`,
    input,
  );
  const records = (await arrived(2000)).filter(({ text }) => text.includes('omrelp - - -'));
  expect(messages(records)).toEqual(input);
  expect(new Set(records.map((record) => record.sender))).toEqual(new Set([from]));
  // Stopping answers everything: a sender that goes on elsewhere has nothing to repeat.
  for (const one of extra) await one.stop();
  expect((await onDisk()).length).toBe((await arrived(2000)).length);
});

/** More kills and lines for a long run: `JIAODUN_RELP_KILLS=50`. */
const kills = Number(process.env.JIAODUN_RELP_KILLS ?? '1');

test.skipIf(!rsyslog)(
  'rsyslog by RELP loses nothing while the collector is killed again and again',
  async () => {
    const port = await freePort();
    const folder = await mkdtemp(join(home, 'killed-'));
    const script = new URL('../../../../test/support/stream-collector-child.ts', import.meta.url).pathname;
    const settings = JSON.stringify({ relpPort: port, netflowPort: 0 });
    const collect = async () => {
      const child = spawn(process.execPath, [script, folder, settings], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      children.push(child);
      await once(child.stdout, 'data');
      return child;
    };
    let collector = await collect();
    const input = lines('killed', kills * 5_000);
    const place = `port="${port}" timeout="2" conn.timeout="1"`;
    await startRsyslog(
      'killed',
      `action(type="omrelp" target="127.0.0.1" template="own" ${place} ${again})`,
      input,
    );
    let seen = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      // Only after more has come: each kill meets a sender at work.
      const before = seen;
      await vi.waitFor(async () => {
        seen = (await onDisk(folder)).length;
        expect(seen).toBeGreaterThan(before);
      }, soon);
      collector.kill('SIGKILL');
      await once(collector, 'exit');
      collector = await collect();
    }
    const wanted = new Set(input);
    const got = await vi.waitFor(
      async () => {
        const found = messages((await onDisk(folder)).filter(({ text }) => text.includes('killed - - -')));
        expect(new Set(found).size).toBe(wanted.size);
        return found;
      },
      { timeout: 60_000 + kills * 5_000, interval: 250 },
    );
    expect(new Set(got)).toEqual(wanted);
    // A message whose answer died with the collector comes again: at most a window of 128 for each kill.
    expect(got.length - wanted.size).toBeLessThanOrEqual(kills * 128);
  },
  180_000 + kills * 10_000,
);

async function startSyslogNg(destination: string, input: string[]): Promise<void> {
  const work = await mkdtemp(join(home, 'syslog-ng-'));
  await writeFile(join(work, 'in.log'), `${input.join('\n')}\n`);
  const conf = `@version: 3.38
    source s { file("${join(work, 'in.log')}" flags(no-parse) follow-freq(1) program-override("ng")); };
    destination d { ${destination} };
    log { source(s); destination(d); flags(flow-control); };\n`;
  await writeFile(join(work, 'syslog-ng.conf'), conf);
  const modules = `--module-path=${join(syslogNgLib, '3.38')}`;
  const at = (name: string) => join(work, name);
  const places = ['-f', at('syslog-ng.conf'), '-R', at('persist'), '-p', at('pid'), '-c', at('ctl')];
  start(join(syslogNgRoot, 'usr/sbin/syslog-ng'), ['-F', '--no-caps', modules, ...places], {
    LD_LIBRARY_PATH: syslogNgLib,
  });
}

test.skipIf(!syslogNg).for([
  ['network(tcp)', () => `network("127.0.0.1" port(${ports.tcp}) transport("tcp"));`, '127.0.0.1'],
  ['network(udp)', () => `network("127.0.0.1" port(${ports.udp}) transport("udp"));`, '127.0.0.1'],
  ['syslog(tcp)', () => `syslog("127.0.0.1" port(${ports.tcp}) transport("tcp"));`, '127.0.0.1'],
  [
    'syslog(tls)',
    () => `syslog("127.0.0.1" port(${ports.tls}) transport("tls") tls(ca-file("${file('ca.pem')}")
      cert-file("${file('sender.pem')}") key-file("${file('sender.key')}") peer-verify(required-trusted)));`,
    senderOfCertificate,
  ],
] as const)('syslog-ng by %s: every line, as it was', async ([, destination, from]) => {
  const input = lines('ng', 300);
  await startSyslogNg(destination(), input);
  const records = (await arrived(300)).filter(({ text }) => text.includes('教育局'));
  expect(
    records.map(({ text }) =>
      text.slice(text.indexOf('ng 0') < 0 ? text.search(/ng \d+ 教/) : text.indexOf('ng 0')).trimEnd(),
    ),
  ).toEqual(input);
  expect(new Set(records.map((record) => record.sender))).toEqual(new Set([from]));
});

test.skipIf(!logger).for([
  [
    'RFC 3164 by UDP',
    () => ['-d', '-P', `${ports.udp}`, '--rfc3164'],
    /^<13>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ tester: hello 教育局\0?$/,
  ],
  [
    'RFC 5424 by UDP',
    () => ['-d', '-P', `${ports.udp}`, '--rfc5424'],
    /^<13>1 \d{4}-\S+ \S+ tester - - .*hello 教育局\0?$/,
  ],
  ['RFC 3164 by TCP', () => ['-T', '-P', `${ports.tcp}`, '--rfc3164'], /^<13>.* tester: hello 教育局\0?$/],
  [
    'RFC 5424 by TCP, octets counted',
    () => ['-T', '-P', `${ports.tcp}`, '--rfc5424', '--octet-count'],
    /^<13>1 .*hello 教育局$/,
  ],
] as const)('logger with %s', async ([, options, shape]) => {
  await run('logger', ['-n', '127.0.0.1', ...options(), '-t', 'tester', 'hello 教育局']);
  const records = await arrived(1);
  expect(records).toHaveLength(1);
  expect(records[0]!.text).toMatch(shape);
});
