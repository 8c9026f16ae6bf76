import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fakeClock } from '#base/clock';
import { forEachRecord, type RawRecord } from '../segments/record-stream.ts';
import { Spool } from '../spool/spool.ts';
import { readBlocks, readSpool } from '../spool/spool-file.ts';
import { Receiver } from './receiver.ts';

let dir = '';
let spool: Spool;
let receiver: Receiver;
let closed: string[] = [];
let troubles: string[] = [];
const clock = fakeClock('2026-11-22T06:00:00Z');

async function listen(highWater?: number): Promise<void> {
  receiver = new Receiver({
    spool,
    host: '127.0.0.1',
    udpPort: 0,
    tcpPort: 0,
    now: clock.now,
    onTrouble: (what, error) => troubles.push(`${what}: ${error}`),
    ...(highWater === undefined ? {} : { highWater }),
  });
  await receiver.start();
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jiaodun-receiver-'));
  closed = [];
  troubles = [];
  spool = new Spool({ dir, now: clock.now, onClosed: (path) => closed.push(path) });
  await spool.open();
});
afterEach(async () => {
  await receiver.stop();
  await spool.rotate();
  await rm(dir, { recursive: true, force: true });
});

async function call(): Promise<Socket> {
  const socket = connect((await receiver.state()).tcpPort!, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

const received = (count: number) =>
  vi.waitFor(async () => expect((await receiver.state()).received).toBe(count), {
    timeout: 20_000,
    interval: 5,
  });

async function spooled(): Promise<RawRecord[]> {
  await spool.rotate();
  const records: RawRecord[] = [];
  for (const path of closed) {
    const { blocks } = await readSpool(path);
    for await (const stream of readBlocks(path, blocks))
      forEachRecord(stream, (record) => records.push(record));
  }
  return records;
}

test('spools datagrams with their sender and the time of receipt', async () => {
  await listen();
  const { udpPort, udpBuffer, kernelDrops } = await receiver.state();
  const socket = createSocket('udp4');
  for (const line of ['<30>one', 'two\n', 'a\0b']) socket.send(line, udpPort!, '127.0.0.1');
  await received(3);
  socket.close();
  expect(await spooled()).toEqual(
    ['<30>one', 'two\n', 'a\0b'].map((line) => ({
      recvAt: clock.now().getTime(),
      sender: '127.0.0.1',
      bytes: Buffer.from(line),
    })),
  );
  expect(udpBuffer).toBeGreaterThan(0);
  expect(kernelDrops).toBe(process.platform === 'linux' ? 0 : null);
});

test('spools both framings of TCP on connections side by side', async () => {
  await listen();
  const [lines, counted] = [await call(), await call()];
  lines.write('<30>line one\n<30>line ');
  counted.write('3 one1');
  counted.write('1 <30>two\nfoo');
  lines.end('two\n<30>no end');
  counted.end();
  await received(5);
  const texts = (await spooled()).map((record) => record.bytes.toString()).sort();
  expect(texts).toEqual(['<30>line one', '<30>line two', '<30>no end', '<30>two\nfoo', 'one'].sort());
});

test('closes a connection that breaks the framing, counts it and keeps what came before', async () => {
  await listen();
  const socket = await call();
  socket.write('5 helloXX broken');
  await once(socket, 'close');
  await received(1);
  expect((await receiver.state()).framingErrors).toBe(1);
  expect((await spooled()).map((record) => record.bytes.toString())).toEqual(['hello']);
});

test('holds a fast TCP sender back while the disk is behind, and loses nothing', async () => {
  await listen(200_000);
  let paused = 0;
  const socket = await call();
  const line = `<30>${'x'.repeat(996)}\n`;
  socket.write(line.repeat(4000));
  socket.end();
  await vi.waitFor(
    async () => {
      const state = await receiver.state();
      paused = Math.max(paused, state.paused);
      if (state.paused > 0) await receiver.flush();
      expect(state.received).toBe(4000);
    },
    { timeout: 20_000, interval: 1 },
  );
  expect(paused).toBe(1);
  expect(await spooled()).toHaveLength(4000);
});

test('takes 20,000 datagrams in a burst without loss or with the loss told', async () => {
  await listen();
  const { udpPort } = await receiver.state();
  const socket = createSocket('udp4');
  const total = 20_000;
  for (let i = 0; i < total; i += 500) {
    const sent = Array.from({ length: 500 }, (_, j) => {
      return new Promise<void>((done, failed) => {
        socket.send(`<30>line ${i + j}`, udpPort!, '127.0.0.1', (error) => (error ? failed(error) : done()));
      });
    });
    await Promise.all(sent);
  }
  socket.close();
  await vi.waitFor(
    async () => {
      const { received, kernelDrops } = await receiver.state();
      expect(received + (kernelDrops ?? 0)).toBe(total);
    },
    { timeout: 20_000, interval: 20 },
  );
  const records = await spooled();
  expect(records).toHaveLength((await receiver.state()).received);
});

test('takes the last line of open connections along when it stops', async () => {
  await listen();
  const socket = await call();
  socket.write('<30>whole\n<30>half');
  await received(1);
  await receiver.stop();
  expect((await spooled()).map((record) => record.bytes.toString())).toEqual(['<30>whole', '<30>half']);
});

test('tells a trouble of the disk and writes the records when it is over', async () => {
  await listen();
  const socket = await call();
  await rm(dir, { recursive: true });
  socket.write('<30>kept\n');
  await received(1);
  await receiver.flush();
  expect(troubles.join()).toContain('ENOENT');
  await spool.open();
  await receiver.flush();
  socket.destroy();
  expect((await spooled()).map((record) => record.bytes.toString())).toEqual(['<30>kept']);
});
