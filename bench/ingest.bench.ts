/**
 * Log receive and seal against rsyslog writing a file: lines per CPU-second over TCP on loopback. Ours does more
 * in that time: journal with fdatasync, SHA-256, zstd, read back. Synthetic Squid lines from a seeded generator.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '#base/clock';
import { Receiver } from '../src/modules/logs/receive/receiver.ts';
import { sealSegment } from '../src/modules/logs/segments/seal-segment.ts';
import { Spool } from '../src/modules/logs/spool/spool.ts';
import { type BlockPlace, readBlocks } from '../src/modules/logs/spool/spool-file.ts';
import type { Figure } from './figure.ts';

/** Not counted, for both: compiled code and grown buffers are the steady state of a collector. */
const warmUp = 100_000;
const lineCount = 400_000;
const rounds = 3;
const command = 'npm run bench -- ingest';
const rsyslogd = '/usr/sbin/rsyslogd';

/** Runs both, interleaved, and compares the best round of each. */
export async function run(): Promise<Figure[]> {
  const warm = makeLines(warmUp);
  const lines = makeLines(lineCount);
  const peer = await access(rsyslogd).then(
    () => true,
    () => false,
  );
  const ours: Measured[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await measureOurs(warm, lines));
    if (peer) theirs.push(await measureRsyslog(warm, lines));
  }
  return figuresOf(ours, peer ? Math.max(...theirs) : null);
}

function figuresOf(ours: readonly Measured[], theirs: number | null): Figure[] {
  const best = ours.reduce((a, b) => (a.perCpuSecond > b.perCpuSecond ? a : b));
  const base = { bar: null, holds: null, peer: null, command };
  const size = `${lineCount} lines of ${best.meanBytes.toFixed(0)} bytes, best of ${rounds} rounds`;
  return [
    {
      ...base,
      name: 'TCP receive + seal',
      value: Math.round(best.perCpuSecond),
      unit: 'lines/CPU-s',
      note: size,
    },
    {
      ...base,
      name: 'of that, receive + spool',
      value: Math.round(best.receivePerCpuSecond),
      unit: 'lines/CPU-s',
    },
    { ...base, name: 'sealed size', value: best.sealedRatio, unit: 'of raw' },
    theirs === null
      ? {
          ...base,
          name: 'ratio to rsyslog',
          value: 0,
          unit: 'x',
          bar: 2,
          note: `${rsyslogd} is not installed`,
        }
      : {
          ...base,
          name: 'ratio to rsyslog',
          value: Number((best.perCpuSecond / theirs).toFixed(2)),
          unit: 'x',
          bar: 2,
          holds: best.perCpuSecond >= 2 * theirs,
          peer: `rsyslogd writing a file: ${Math.round(theirs)} lines/CPU-s`,
        },
  ];
}

/** Proxy lines with skewed hosts and running numbers; the same every time. */
function makeLines(count: number): Buffer {
  let state = 42;
  const random = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
  const lines: string[] = [];
  for (let i = 0; i < count; i += 1) {
    const host = Math.floor(5000 ** (random(1000) / 1000));
    lines.push(
      `<134>Nov 22 13:${String(10 + random(50))}:00 gw${random(9)} (squid-1): ${1_795_327_000 + (i >> 10)}.${100 + random(900)} ` +
        `${random(9999)} 192.0.2.${random(250)} ${1024 + random(60_000)} 198.51.100.${random(250)} 443 TCP_TUNNEL/200 ` +
        `${random(99_999)} ${random(9999)} CONNECT host${host}.example:443 - - ${i}\n`,
    );
  }
  return Buffer.from(lines.join(''));
}

interface Measured {
  readonly perCpuSecond: number;
  readonly receivePerCpuSecond: number;
  readonly sealedRatio: number;
  readonly meanBytes: number;
}

async function measureOurs(warm: Buffer, lines: Buffer): Promise<Measured> {
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-bench-'));
  const child = spawn(process.execPath, [import.meta.filename, 'receive', dir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const output = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const port = Number((await output.next()).value);
    await send(port, warm);
    await output.next();
    await send(port, lines);
    const told = JSON.parse(String((await output.next()).value)) as {
      received: number;
      all: number;
      sealed: number;
    };
    return {
      perCpuSecond: lineCount / (told.all / 1e6),
      receivePerCpuSecond: lineCount / (told.received / 1e6),
      sealedRatio: Number((told.sealed / lines.length).toFixed(3)),
      meanBytes: lines.length / lineCount,
    };
  } finally {
    await end(child);
    await rm(dir, { recursive: true, force: true });
  }
}

interface ClosedFile {
  readonly path: string;
  readonly blocks: readonly BlockPlace[];
}

/** The receiving process: prints its port, then the CPU time (µs) of receiving and of all, warm-up and the real thing. */
async function receive(dir: string): Promise<void> {
  const closed: ClosedFile[] = [];
  const now = () => systemClock.now();
  const spool = new Spool({
    dir: join(dir, 'spool'),
    now,
    onClosed: (path, blocks) => closed.push({ path, blocks }),
  });
  await spool.open();
  const onTrouble = (what: string, error: unknown) => process.stderr.write(`${what}: ${error}\n`);
  const receiver = new Receiver({ spool, host: '127.0.0.1', udpPort: null, tcpPort: 0, now, onTrouble });
  await receiver.start();
  process.stdout.write(`${(await receiver.state()).tcpPort}\n`);
  for (const wanted of [warmUp, warmUp + lineCount]) {
    const before = process.cpuUsage();
    while ((await receiver.state()).received < wanted) {
      await receiver.flush();
      await pause(20);
    }
    await spool.rotate();
    const received = cpuSince(before);
    const sealed = await sealAll(dir, closed.splice(0), wanted);
    process.stdout.write(`${JSON.stringify({ received, all: cpuSince(before), sealed })}\n`);
  }
  await receiver.stop();
}

/** Seals the files and answers the bytes of the segments. */
async function sealAll(dir: string, files: readonly ClosedFile[], part: number): Promise<number> {
  let bytes = 0;
  for (const [i, { path, blocks }] of files.entries()) {
    const segment = await sealSegment(join(dir, 'segments'), `bench-${part}-${i}`, readBlocks(path, blocks));
    bytes += (await stat(join(dir, 'segments', segment.file))).size;
  }
  return bytes;
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const used = process.cpuUsage(before);
  return used.user + used.system;
}

async function send(port: number, lines: Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  for (let at = 0; at < lines.length; at += 65_536) {
    if (!socket.write(lines.subarray(at, at + 65_536))) await once(socket, 'drain');
  }
  socket.end();
}

async function measureRsyslog(warm: Buffer, lines: Buffer): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'jiaodun-bench-rsyslog-'));
  const port = await freePort();
  const out = join(dir, 'out.log');
  const config = `global(workDirectory="${dir}")
module(load="imtcp")
input(type="imtcp" address="127.0.0.1" port="${port}")
template(name="raw" type="string" string="%rawmsg%\\n")
action(type="omfile" file="${out}" template="raw")
`;
  await writeFile(join(dir, 'rsyslog.conf'), config);
  const child = spawn(rsyslogd, ['-n', '-f', join(dir, 'rsyslog.conf'), '-i', join(dir, 'pid')], {
    stdio: 'ignore',
  });
  try {
    await until(() => answers(port));
    await send(port, warm);
    await until(async () => (await sizeOf(out)) >= warm.length);
    const before = await cpuOf(child.pid!);
    await send(port, lines);
    await until(async () => (await sizeOf(out)) >= warm.length + lines.length);
    return lineCount / ((await cpuOf(child.pid!)) - before);
  } finally {
    await end(child);
    await rm(dir, { recursive: true, force: true });
  }
}

/** User and system time of a process in seconds (proc(5): fields 14 and 15, in clock ticks of 1/100 s). */
async function cpuOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1200; tries += 1) {
    if (await condition()) return;
    await pause(50);
  }
  throw new Error('the peer did not finish within a minute');
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const open = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return open;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

if (process.argv[1] === import.meta.filename && process.argv[2] === 'receive') {
  await receive(process.argv[3]!);
}
