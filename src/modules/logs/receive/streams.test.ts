import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { App } from '#base/app';
import { fakeClock } from '#base/clock';
import { loadConfig } from '#base/config';
import { createLogger } from '#base/log';
import { issuer, otherSender, sender, server, stranger } from '../../../../test/peers/log-certificates.ts';
import { forEachRecord } from '../segments/record-stream.ts';
import { Spool } from '../spool/spool.ts';
import { readBlocks, readSpool } from '../spool/spool-file.ts';
import type { ExtraReceiver } from './extra-receivers.ts';
import { relp } from './relp.ts';
import { RelpFramer } from './relp-framer.ts';
import { SpoolGate } from './spool-gate.ts';
import { type StreamLimits, StreamListener } from './stream-listener.ts';
import { openSyslogSession } from './syslog-session.ts';
import { syslogTls } from './syslog-tls.ts';

let dir = '';
let spool: Spool;
let closed: string[] = [];
let troubles: string[] = [];
let receiver: ExtraReceiver | undefined;
const clock = fakeClock('2026-11-22T06:00:00Z');
const onTrouble = (what: string, error: unknown) => void troubles.push(`${what}: ${error}`);
const soon = { timeout: 20_000, interval: 5 };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-streams-'));
  closed = [];
  troubles = [];
  spool = new Spool({ dir, now: clock.now, onClosed: (path) => closed.push(path) });
  await spool.open();
});
afterEach(async () => {
  await receiver?.stop();
  receiver = undefined;
  await spool.rotate();
  await rm(dir, { recursive: true, force: true });
});

async function siteWith(config: Record<string, unknown>) {
  const app = { config: loadConfig({ dataDir: dir, ...config }), log: createLogger('test', 'error') } as App;
  return { app, gate: new SpoolGate({ spool, onTrouble }), now: clock.now, onTrouble };
}

/** Every record on disk: `sender text`. */
async function spooled(): Promise<string[]> {
  await spool.rotate();
  const records: string[] = [];
  for (const path of closed) {
    const { blocks } = await readSpool(path);
    for await (const stream of readBlocks(path, blocks))
      forEachRecord(stream, (record) => records.push(`${record.sender} ${record.bytes}`));
  }
  return records.sort();
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
}

async function startRelp(): Promise<number> {
  const port = await freePort();
  receiver = relp(await siteWith({ relpPort: port }))!;
  await receiver.start();
  return port;
}

/** A RELP client as small as it gets: says what it is told and collects the answers. */
class Client {
  readonly socket: Socket;
  said = '';

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => {
      this.said += chunk.toString();
    });
    this.socket.on('error', () => undefined);
  }

  async open(): Promise<this> {
    await once(this.socket, 'connect');
    this.socket.write('1 open 49 relp_version=0\nrelp_software=test\ncommands=syslog\n');
    await this.hears('commands=syslog\n');
    return this;
  }

  hears(text: string): Promise<void> {
    return vi.waitFor(() => expect(this.said).toContain(text), soon);
  }

  async ended(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close');
  }
}

const frame = (txnr: number, text: string) => `${txnr} syslog ${Buffer.byteLength(text)} ${text}\n`;

test('RELP: answers a message only when it is on disk', async () => {
  const client = await new Client(await startRelp()).open();
  let release = () => {};
  const commit = spool.commit.bind(spool);
  vi.spyOn(spool, 'commit').mockImplementation(async () => {
    await new Promise<void>((go) => {
      release = go;
    });
    return commit();
  });
  client.socket.write(frame(2, '<30>one') + frame(3, '<30>two'));
  await vi.waitFor(async () => expect((await receiver!.state()).received).toBe(2), soon);
  expect(client.said).not.toContain('2 rsp');
  vi.restoreAllMocks();
  release();
  await client.hears('3 rsp 6 200 OK\n');
  expect(await spooled()).toEqual(['127.0.0.1 <30>one', '127.0.0.1 <30>two']);
  client.socket.write('4 close 0\n');
  await client.hears('4 rsp 0\n0 serverclose 0\n');
  await client.ended();
});

test('RELP: an answer waits for a full disk, and what comes again meanwhile is kept once', async () => {
  const port = await startRelp();
  const first = await new Client(port).open();
  let full = true;
  const commit = spool.commit.bind(spool);
  vi.spyOn(spool, 'commit').mockImplementation(() => (full ? Promise.reject(new Error('ENOSPC')) : commit()));
  first.socket.write(frame(2, '<30>one') + frame(3, '<30>two'));
  await vi.waitFor(() => expect(troubles).toContain('spool: Error: ENOSPC'), soon);
  first.socket.destroy();
  await vi.waitFor(async () => expect((await receiver!.state()).connections).toBe(0), soon);
  const second = await new Client(port).open();
  // An answered message may come before those that were not: its answer was lost on the way.
  second.socket.write(
    frame(2, '<30>zero') + frame(3, '<30>one') + frame(4, '<30>two') + frame(5, '<30>three'),
  );
  await vi.waitFor(async () => expect((await receiver!.state()).repeated).toBe(2), soon);
  expect(second.said).not.toContain('2 rsp');
  full = false;
  await second.hears('5 rsp 6 200 OK\n');
  vi.restoreAllMocks();
  expect(await spooled()).toEqual(['one', 'three', 'two', 'zero'].map((text) => `127.0.0.1 <30>${text}`));
  second.socket.destroy();
});

test('RELP: the same message sent twice on purpose is kept twice', async () => {
  const client = await new Client(await startRelp()).open();
  client.socket.write(frame(2, '<30>same') + frame(3, '<30>same'));
  await client.hears('3 rsp 6 200 OK\n');
  expect(await spooled()).toEqual(['127.0.0.1 <30>same', '127.0.0.1 <30>same']);
  client.socket.destroy();
});

test('RELP: a stopping collector answers what it took and says goodbye', async () => {
  const client = await new Client(await startRelp()).open();
  client.socket.write(frame(2, '<30>last'));
  await vi.waitFor(async () => expect((await receiver!.state()).received).toBe(1), soon);
  await receiver!.stop();
  expect(client.said).toContain('2 rsp 6 200 OK\n');
  expect(client.said).toContain('0 serverclose 0\n');
  expect(await spooled()).toEqual(['127.0.0.1 <30>last']);
});

test.each([
  ['a message before the greeting', '1 syslog 3 abc\n'],
  ['no number', 'x syslog 3 abc\n'],
  ['data longer than announced', '1 open 3 abcd\n'],
  ['a head without end', `${'1'.repeat(60)}\n`],
  ['a length of 999 MB', '1 open 999999999 a'],
  ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003 '.repeat(9)],
])('RELP: %s ends the connection and is counted', async (_what, bytes) => {
  const client = new Client(await startRelp());
  await once(client.socket, 'connect');
  client.socket.write(Buffer.from(bytes, 'latin1'));
  await client.ended();
  expect((await receiver!.state()).broken).toBe(1);
  expect(await spooled()).toEqual([]);
});

test('RELP: an unknown command is refused and the session goes on', async () => {
  const client = await new Client(await startRelp()).open();
  client.socket.write(`2 starttls 0\n${frame(3, '<30>after')}`);
  await client.hears('2 rsp 19 500 unknown command\n');
  await client.hears('3 rsp 6 200 OK\n');
  client.socket.destroy();
});

test('RELP: frames are the same in whatever pieces they come; long ones are cut and counted', () => {
  const long = 'x'.repeat(70_000);
  const bytes = Buffer.from(`1 open 5 a\nb c\n2 syslog 0\n${frame(3, '教育局\n第二行')}${frame(4, long)}`);
  const read = (size: number) => {
    const frames: string[] = [];
    const framer = new RelpFramer(({ txnr, command, data, length }) =>
      frames.push(`${txnr} ${command} ${length} ${data.length} ${data.toString().slice(0, 20)}`),
    );
    for (let at = 0; at < bytes.length; at += size) framer.push(bytes.subarray(at, at + size));
    expect(framer.isInside).toBe(false);
    return frames;
  };
  const whole = read(bytes.length);
  expect(whole).toEqual([
    '1 open 5 5 a\nb c',
    '2 syslog 0 0 ',
    '3 syslog 19 19 教育局\n第二行',
    `4 syslog 70000 65536 ${'x'.repeat(20)}`,
  ]);
  for (const size of [1, 2, 3, 7, 1000, 65_536]) expect(read(size)).toEqual(whole);
});

async function startTls(config: Record<string, unknown> = {}): Promise<number> {
  const port = await freePort();
  const files = { tlsCert: join(dir, 'cert.pem'), tlsKey: join(dir, 'key.pem') };
  await writeFile(files.tlsCert, server.certificate);
  await writeFile(files.tlsKey, server.key);
  receiver = syslogTls(await siteWith({ syslogTlsPort: port, ...files, ...config }))!;
  await receiver.start();
  return port;
}

async function mutual(certificates = issuer) {
  const syslogClientCa = join(dir, 'ca.pem');
  await writeFile(syslogClientCa, certificates);
  return startTls({ syslogClientCa });
}

function callTls(port: number, options: ConnectionOptions = {}): TLSSocket {
  const socket = connectTls({ port, host: '127.0.0.1', ca: issuer, ...options });
  socket.on('error', (error) => troubles.push(`client: ${error.message}`));
  return socket;
}

const identity = ({ certificate, key }: { certificate: string; key: string }) => ({ cert: certificate, key });
/** `once` would reject with the error that comes before. */
const closing = (socket: Socket) => new Promise<void>((done) => socket.once('close', () => done()));
const fingerprint = (certificate: string) =>
  new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
const counted = (text: string) => `${Buffer.byteLength(text)} ${text}`;

test('TLS: without issuers of senders, a sender is known by its address', async () => {
  const socket = callTls(await startTls());
  socket.end(counted('<30>one') + counted('<30>two'));
  await closing(socket);
  expect(await spooled()).toEqual(['127.0.0.1 <30>one', '127.0.0.1 <30>two']);
});

test('TLS: a sender with a certificate is known by it, on either version of TLS', async () => {
  const port = await mutual();
  for (const [who, version] of [
    [sender, 'TLSv1.2'],
    [otherSender, 'TLSv1.3'],
  ] as const) {
    const socket = callTls(port, { ...identity(who), minVersion: version, maxVersion: version });
    socket.end(counted(`<30>by ${version}`));
    await closing(socket);
  }
  expect(await spooled()).toEqual([
    `cert:${fingerprint(otherSender.certificate)} <30>by TLSv1.3`,
    `cert:${fingerprint(sender.certificate)} <30>by TLSv1.2`,
  ]);
});

test('TLS: nobody gets in without a certificate, with a stranger’s, or with TLS 1.1', async () => {
  const port = await mutual();
  for (const options of [{}, identity(stranger), { ...identity(sender), maxVersion: 'TLSv1.1' } as const]) {
    const socket = callTls(port, { ...options, minVersion: 'TLSv1' });
    socket.write(counted('<30>forged'));
    await closing(socket);
  }
  await vi.waitFor(async () => expect((await receiver!.state()).refused).toBe(3), soon);
  expect((await receiver!.state()).connections).toBe(0);
  expect(await spooled()).toEqual([]);
});

test('TLS: a sender’s own certificate among the issuers lets in that sender only', async () => {
  const port = await mutual(`${stranger.certificate}${sender.certificate}`);
  for (const who of [stranger, sender, otherSender]) {
    const socket = callTls(port, identity(who));
    socket.end(counted('<30>mine'));
    await closing(socket);
  }
  expect(await spooled()).toEqual(
    [sender, stranger].map(({ certificate }) => `cert:${fingerprint(certificate)} <30>mine`),
  );
});

test('TLS: lines without their length are refused, with the remedy for the sender', async () => {
  const socket = callTls(await startTls());
  socket.write('<30>no length\n');
  await closing(socket);
  const state = await receiver!.state();
  expect([state.received, state.broken]).toEqual([0, 1]);
  expect(receiver!.problems!().map(({ en }) => en)).toEqual([expect.stringContaining('octet-counted')]);
  clock.advance(15 * 60_000 + 1);
  expect(receiver!.problems!()).toEqual([]);
});

test('TLS: a new certificate is served without ending a connection; a bad one changes nothing', async () => {
  const port = await mutual();
  const old = callTls(port, identity(sender));
  await once(old, 'secureConnect');
  await writeFile(join(dir, 'cert.pem'), 'not a certificate');
  await receiver!.tick!();
  await writeFile(join(dir, 'cert.pem'), stranger.certificate);
  await writeFile(join(dir, 'key.pem'), stranger.key);
  await writeFile(join(dir, 'ca.pem'), stranger.certificate);
  await receiver!.tick!();
  const fresh = callTls(port, {
    ...identity(stranger),
    ca: stranger.certificate,
    checkServerIdentity: () => undefined,
  });
  await once(fresh, 'secureConnect');
  expect(fingerprint(fresh.getPeerX509Certificate()!.toString())).toBe(fingerprint(stranger.certificate));
  fresh.end(counted('<30>new'));
  await closing(fresh);
  old.end(counted('<30>old'));
  await closing(old);
  expect(await spooled()).toEqual([
    `cert:${fingerprint(sender.certificate)} <30>old`,
    `cert:${fingerprint(stranger.certificate)} <30>new`,
  ]);
});

test('TLS: a file of issuers that is none is told at the start', async () => {
  const syslogClientCa = join(dir, 'none.pem');
  await writeFile(syslogClientCa, 'nothing');
  await expect(startTls({ syslogClientCa })).rejects.toMatchObject({ code: 'logs.bad_client_ca' });
  receiver = undefined;
});

async function startLines(limits: Partial<StreamLimits>) {
  const gate = new SpoolGate({ spool, onTrouble });
  const counts = { received: 0, cut: 0 };
  const listener = new StreamListener({
    what: 'test',
    option: '-',
    host: '127.0.0.1',
    port: 0,
    gate,
    now: clock.now,
    onTrouble,
    limits,
    open: (peer) => openSyslogSession({ peer, gate, now: clock.now, counts }),
  });
  await listener.start();
  receiver = {
    name: 'test',
    start: async () => {},
    stop: () => listener.stop(),
    state: async () => ({ port: 0, ...counts, broken: 0 }),
  };
  const dial = async () => {
    const socket = connect(listener.port!, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  return { listener, counts, dial };
}

test('a full house turns silent guests out before it turns new ones away', async () => {
  const { listener, counts, dial } = await startLines({ connections: 2 });
  const talker = await dial();
  talker.write('<30>hello\n');
  await vi.waitFor(() => expect(counts.received).toBe(1), soon);
  const silent = await dial();
  await vi.waitFor(() => expect(listener.connections).toBe(2), soon);
  const tooEarly = await dial();
  await closing(tooEarly);
  clock.advance(10_000);
  const fresh = await dial();
  await closing(silent);
  fresh.write('<30>in\n');
  await vi.waitFor(() => expect(counts.received).toBe(2), soon);
  expect(talker.closed).toBe(false);
  expect(listener.refused).toBe(2);
});

test('one address cannot take every place', async () => {
  const { listener, dial } = await startLines({ perAddress: 1 });
  const first = await dial();
  await closing(await dial());
  first.destroy();
  await vi.waitFor(() => expect(listener.connections).toBe(0), soon);
  await dial();
  await vi.waitFor(() => expect(listener.connections).toBe(1), soon);
});

test('a half message does not hold its place for ever, and what came of it is kept', async () => {
  const { listener, dial } = await startLines({});
  const slow = await dial();
  const idle = await dial();
  slow.write('20 <30>half a');
  await vi.waitFor(() => expect(listener.connections).toBe(2), soon);
  await vi.waitFor(async () => {
    clock.advance(60_000);
    await listener.tick();
    expect(listener.broken).toBe(1);
  }, soon);
  await closing(slow);
  await vi.waitFor(() => expect(listener.connections).toBe(1), soon);
  expect(idle.closed).toBe(false);
  expect(await spooled()).toEqual(['127.0.0.1 <30>half a']);
});
