/**
 * Loss of syslog over UDP at a steady rate: a sender process gives 50,000 datagrams a second, a receiving process copies
 * them into the journal (fdatasync), seals what is complete, and counts. What the kernel dropped is read from it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '#base/clock';
import { Receiver } from '../src/modules/logs/receive/receiver.ts';
import { SpoolGate } from '../src/modules/logs/receive/spool-gate.ts';
import { sealInThread } from '../src/modules/logs/segments/seal-thread.ts';
import { Spool } from '../src/modules/logs/spool/spool.ts';
import type { BlockPlace } from '../src/modules/logs/spool/spool-file.ts';
import type { Figure } from './figure.ts';

const perSecond = 50_000;
const command = 'npm run bench -- udp [SECONDS]';

/** Runs sender and receiver for so many seconds; 60 unless told. */
export async function run(args: readonly string[]): Promise<Figure[]> {
  const seconds = Number(args[0] ?? 60);
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-bench-udp-'));
  const receiver = child('receive', dir);
  const lines = createInterface({ input: receiver.stdout! })[Symbol.asyncIterator]();
  try {
    const { port, buffer } = JSON.parse(String((await lines.next()).value));
    const sender = child('send', String(port), String(seconds));
    const [told] = (await once(createInterface({ input: sender.stdout! }), 'line')) as [string];
    const sent = JSON.parse(told) as { sent: number; seconds: number };
    await pause(1000);
    receiver.stdin!.end();
    const got = JSON.parse(String((await lines.next()).value)) as Counted;
    return figuresOf(sent, got, buffer);
  } finally {
    receiver.kill('SIGKILL');
    await rm(dir, { recursive: true, force: true });
  }
}

interface Counted {
  readonly received: number;
  readonly sealed: number;
  readonly dropped: number | null;
  readonly cpu: number;
  readonly peakMiB: number;
}

function figuresOf(sent: { sent: number; seconds: number }, got: Counted, buffer: number): Figure[] {
  const base = { bar: null, holds: null, peer: null, command };
  const lost = sent.sent - got.sealed;
  const note = `${sent.sent} datagrams in ${sent.seconds.toFixed(1)} s; receive buffer ${(buffer / 2 ** 20).toFixed(1)} MiB; kernel says ${got.dropped} dropped`;
  return [
    { ...base, name: 'rate', value: Math.round(sent.sent / sent.seconds), unit: 'datagrams/s' },
    { ...base, name: 'lost', value: lost, unit: 'datagrams', bar: 0, holds: lost === 0, note },
    {
      ...base,
      name: 'receive + seal',
      value: Math.round(got.sealed / (got.cpu / 1e6)),
      unit: 'datagrams/CPU-s',
    },
    { ...base, name: 'memory of the receiving process', value: got.peakMiB, unit: 'MiB (peak)' },
  ];
}

function child(...args: string[]): ChildProcess {
  return spawn(process.execPath, [import.meta.filename, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** Receives, commits every 50 ms and seals complete files, as the collector does; counts when its input ends. */
async function receive(dir: string): Promise<void> {
  const closed: { path: string; blocks: readonly BlockPlace[] }[] = [];
  const now = () => systemClock.now();
  const onTrouble = (what: string, error: unknown) => process.stderr.write(`${what}: ${error}\n`);
  const spool = new Spool({
    dir: join(dir, 'spool'),
    now,
    onClosed: (path, blocks) => closed.push({ path, blocks }),
  });
  await spool.open();
  const gate = new SpoolGate({ spool, onTrouble });
  const receiver = new Receiver({
    spool,
    gate,
    host: '127.0.0.1',
    udpPort: 0,
    tcpPort: null,
    now,
    onTrouble,
  });
  await receiver.start();
  const first = await receiver.state();
  process.stdout.write(`${JSON.stringify({ port: first.udpPort, buffer: first.udpBuffer })}\n`);
  const before = process.cpuUsage();
  let isOver = false;
  process.stdin.resume().once('end', () => {
    isOver = true;
  });
  let sealed = 0;
  let files = 0;
  const sealClosed = async () => {
    for (const { path, blocks } of closed.splice(0)) {
      files += 1;
      const task = {
        root: join(dir, 'segments'),
        origin: `bench-${files}`,
        path,
        places: blocks,
        options: {},
      };
      sealed += (await sealInThread(task)).records;
      await rm(path);
    }
  };
  let sealing = Promise.resolve();
  for (let began = now().getTime(); !isOver; ) {
    await receiver.flush();
    if (now().getTime() - began >= 5000) {
      await spool.rotate();
      began = now().getTime();
      sealing = sealing.then(sealClosed);
    }
    await pause(50);
  }
  const { received, kernelDrops } = await receiver.state();
  await receiver.stop();
  await spool.rotate();
  await sealing;
  await sealClosed();
  const { user, system } = process.cpuUsage(before);
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const told: Counted = { received, sealed, dropped: kernelDrops, cpu: user + system, peakMiB };
  process.stdout.write(`${JSON.stringify(told)}\n`);
  process.exit(0);
}

/**
 * Sends at the rate, a millisecond's datagrams at a time: what a late timer missed is made up for at once, as a burst is in
 * life. It sleeps in between, since it stands for other machines and is not to take the processor that receives.
 */
async function send(port: number, seconds: number): Promise<void> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.setSendBufferSize(4 * 1024 * 1024);
  const line = Buffer.from(
    '<134>Nov 22 13:10:00 gw1 (squid-1): 1795327000.123 1234 192.0.2.10 12345 198.51.100.7 443 TCP_TUNNEL/200 4321 210 CONNECT host17.example:443 - - 000000',
  );
  const began = performance.now();
  let sent = 0;
  let under = 0;
  for (const wanted = perSecond * seconds; sent < wanted; ) {
    const due = Math.min(wanted, Math.floor(((performance.now() - began) / 1000) * perSecond));
    for (; sent < due && under < 512; sent += 1) {
      under += 1;
      socket.send(line, (error) => {
        under -= 1;
        if (error) process.stderr.write(`send: ${error}\n`);
      });
    }
    await pause(1);
  }
  while (under > 0) await pause(5);
  process.stdout.write(`${JSON.stringify({ sent, seconds: (performance.now() - began) / 1000 })}\n`);
  await pause(50);
  process.exit(0);
}

const [, script, what, first, second] = process.argv;
if (script === import.meta.filename && what === 'receive') await receive(first!);
if (script === import.meta.filename && what === 'send') await send(Number(first), Number(second));
