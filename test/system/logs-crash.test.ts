/**
 * A county that receives by RELP and TCP and forwards to a city; processes of both are killed at random under load.
 * What was acknowledged is stored exactly once on both sides, nothing is stored twice, and every chain verifies.
 * JIAODUN_TEST_KILLS sets how many kills; 4 unless told.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pause } from '#base/timers';
import { type CatalogueLine, exportCatalogue, forwardStatus, type SegmentLine } from '#logs/contract';
import { cli, freePort, newDataDir, type Product, removeDataDir, startProduct, until } from '#test/product';
import { connect as connectClient } from '../../src/cli/client.ts';
import { forEachRecord } from '../../src/modules/logs/segments/record-stream.ts';
import { readFrames } from '../../src/modules/logs/segments/segment-file.ts';

const kills = Number(process.env.JIAODUN_TEST_KILLS ?? 4);
const settleMs = 45_000;
const off = { JIAODUN_SYSLOG_UDP_PORT: '0', JIAODUN_SYSLOG_TCP_PORT: '0' };

interface Side {
  product: Product;
  readonly dataDir: string;
  readonly port: number;
  readonly env: Record<string, string>;
}

let city: Side;
let county: Side;
let load: Load;

async function startSide(env: Record<string, string>): Promise<Side> {
  const dataDir = await newDataDir();
  const port = await freePort();
  return { dataDir, port, env, product: await startProduct({ dataDir, port, env }) };
}

beforeAll(async () => {
  city = await startSide(off);
  const token = (await readFile(join(city.dataDir, 'cli-token'), 'utf8')).trim();
  const [relp, tcp] = [await freePort(), await freePort()];
  county = await startSide({
    ...off,
    JIAODUN_SYSLOG_TCP_PORT: String(tcp),
    JIAODUN_RELP_PORT: String(relp),
    JIAODUN_FORWARD_TO: city.product.url,
    JIAODUN_FORWARD_TOKEN: token,
  });
  load = startLoad(relp, tcp);
}, 240_000);

afterAll(async () => {
  await load?.stop();
  for (const side of [county, city]) {
    if (!side) continue;
    await side.product.stop();
    await removeDataDir(side.dataDir);
  }
}, 60_000);

interface Load {
  readonly acknowledged: Set<string>;
  sent(): number;
  stop(): Promise<void>;
}

/** Gives numbered lines by RELP (64 without answer at most) and by TCP. A line is given once, whatever happens to it. */
function startLoad(relpPort: number, tcpPort: number): Load {
  const acknowledged = new Set<string>();
  let number = 0;
  let isStopping = false;
  const lineOf = (kind: string) => {
    number += 1;
    return `<134>1 - gw ${kind} - - - line ${number} ${'·'.repeat(number % 60)}`;
  };
  const relp = (async () => {
    while (!isStopping) await relpSession(relpPort, () => (isStopping ? null : lineOf('relp')), acknowledged);
  })();
  const tcp = (async () => {
    while (!isStopping) {
      const socket = await opened(tcpPort);
      while (socket && !isStopping && !socket.destroyed) {
        socket.write(`${lineOf('tcp')}\n`);
        await pause(2);
      }
      socket?.destroy();
    }
  })();
  return {
    acknowledged,
    sent: () => number,
    stop: async () => {
      isStopping = true;
      await Promise.all([relp, tcp]);
    },
  };
}

/** A connection, or nothing after a short wait while nobody listens. */
async function opened(port: number): Promise<Socket | null> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    // A peer that is being killed resets: the session ends and the next one begins.
    socket.on('error', () => resolve(false));
  });
  if (isOpen) return socket;
  await pause(50);
  return null;
}

async function relpSession(
  port: number,
  next: () => string | null,
  acknowledged: Set<string>,
): Promise<void> {
  const socket = await opened(port);
  if (!socket) return;
  const waiting = new Map<number, string>();
  let transaction = 0;
  const command = (name: string, data: string) => {
    transaction += 1;
    const bytes = Buffer.from(data);
    socket.write(
      Buffer.concat([Buffer.from(`${transaction} ${name} ${bytes.length} `), bytes, Buffer.from('\n')]),
    );
    return transaction;
  };
  command('open', 'relp_version=0\nrelp_software=test\ncommands=syslog');
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    // A reply: number, `rsp`, length, `200 OK`; the one to `open` carries offers in further lines.
    for (const [, id] of text.matchAll(/(?:^|\n)(\d+) rsp \d+ 200 OK/g)) {
      const line = waiting.get(Number(id));
      if (line !== undefined) acknowledged.add(line);
      waiting.delete(Number(id));
    }
    text = text.slice(text.lastIndexOf('\n') + 1 || 0);
  });
  for (let line = next(); line !== null && !socket.destroyed; line = next()) {
    waiting.set(command('syslog', line), line);
    while (waiting.size >= 64 && !socket.destroyed) await pause(2);
    if (transaction % 16 === 0) await pause(1);
  }
  for (let tries = 0; waiting.size > 0 && tries < 500 && !socket.destroyed; tries += 1) await pause(10);
  socket.destroy();
  await ended;
}

/** The processes that are killed, at random and each side's at least once in four. */
const victims: readonly (readonly [() => Side, string])[] = [
  [() => county, 'collector'],
  [() => city, 'web'],
  [() => county, 'logstore'],
  [() => county, 'supervisor'],
  [() => city, 'collector'],
  [() => county, 'collector'],
  [() => city, 'supervisor'],
  [() => county, 'postgres'],
  [() => city, 'postgres'],
];

async function killOne(round: number): Promise<void> {
  const [side, role] = victims[round % victims.length]!;
  const { product, dataDir, port, env } = side();
  await until(`the role ${role}`, 60_000, async () => (await product.pids())[role]);
  await product.kill(role);
  if (role !== 'supervisor') return;
  side().product = await startProduct({ dataDir, port, env });
}

async function catalogueOf(side: Side): Promise<SegmentLine[]> {
  const client = await connectClient({ data: side.dataDir });
  const content = await client.stream(exportCatalogue);
  const segments: SegmentLine[] = [];
  for await (const text of createInterface({ input: Readable.from(content) })) {
    const line = JSON.parse(text) as CatalogueLine;
    if ('segment' in line) segments.push(line.segment);
  }
  return segments;
}

/** Every line that the segments of a side hold. */
async function storedOn(side: Side): Promise<string[]> {
  const lines: string[] = [];
  for (const { file } of await catalogueOf(side)) {
    for await (const { stream } of readFrames(join(side.dataDir, 'segments', file)))
      forEachRecord(stream, ({ bytes }) => lines.push(bytes.toString()));
  }
  return lines;
}

/**
 * Waits until the county has sealed all that it acknowledged and the city has as many lines; tells what is missing when
 * that does not come. Both were read when nothing was under way: lines without an acknowledgement are sealed later.
 */
async function settled(): Promise<{ stored: string[]; forwarded: string[] }> {
  let last = '';
  const both = { stored: [] as string[], forwarded: [] as string[] };
  const look = async () => {
    both.stored = await storedOn(county);
    const stored = new Set(both.stored);
    const missing = [...load.acknowledged].filter((line) => !stored.has(line));
    last = `${missing.length} of ${load.acknowledged.size} acknowledged lines are not sealed: ${missing[0]}`;
    if (missing.length > 0) return false;
    const { sending } = await (await connectClient({ data: county.dataDir })).call(forwardStatus);
    last = JSON.stringify(sending);
    if (sending?.lag !== 0) return false;
    both.forwarded = await storedOn(city);
    last = `the city has ${both.forwarded.length} of ${both.stored.length} lines`;
    return both.forwarded.length === both.stored.length;
  };
  // A server that is being started again does not answer: asked once more.
  const asked = () =>
    look().catch((error: Error) => {
      last = error.message;
      return false;
    });
  await until('all lines at the city', settleMs, asked).catch((error: Error) =>
    expect.fail(`${error.message}; ${last}\n${county.product.output().slice(-2000)}`),
  );
  return both;
}

const hashOf = (lines: Iterable<string>) =>
  createHash('sha256')
    .update([...lines].sort().join('\n'))
    .digest('hex');

it(`keeps every acknowledged line once through ${kills} kills on both sides`, {
  timeout: 120_000 + kills * 30_000,
}, async () => {
  for (let round = 0; round < kills; round += 1) {
    await pause(200 + Math.random() * 1800);
    await killOne(round);
  }
  const before = load.acknowledged.size;
  await until('lines that are taken again', 60_000, async () => load.acknowledged.size > before + 100);
  await load.stop();
  // The last file is sealed five seconds after it was begun; then the forwarder has nothing left.
  const { stored, forwarded } = await settled();
  expect(stored.length).toBeLessThanOrEqual(load.sent());
  expect(new Set(stored).size).toBe(stored.length);
  const kept = stored.filter((line) => load.acknowledged.has(line));
  expect([kept.length, hashOf(kept)]).toEqual([load.acknowledged.size, hashOf(load.acknowledged)]);
  expect([forwarded.length, hashOf(forwarded)]).toEqual([stored.length, hashOf(stored)]);
  for (const { dataDir } of [county, city]) {
    const verified = cli(['logs', 'verify', '--data', dataDir]);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('intact') });
  }
});
