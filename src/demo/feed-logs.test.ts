import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { buildCity } from './city.ts';
import { liveLines, liveSender, sendLive } from './feed-logs.ts';
import { closeServer, listenOn } from './listen.ts';

const city = buildCity({
  seed: 2009,
  resolveTo: { 'school-07': '127.0.0.1:1', 'school-23': '127.0.0.1:2', 'school-41': '127.0.0.1:3' },
});
const now = new Date('2026-03-02T16:00:10Z');

describe('the live lines', () => {
  it('are a few hundred questions of the last minute, with priority and host before the program', () => {
    const lines = liveLines(city, now);
    expect(lines.length).toBe(400);
    for (const line of lines) {
      expect(line).toMatch(
        /^<30>Mar {2}(?:2 23:59|3 00:00):\d\d gw-example dnsmasq\[969\]: query\[A\] \S+ from 10\.10\.0\.\d+$/,
      );
    }
  });

  it('arrive whole and from an address of their own, half as datagrams and half as octet-counted frames', async () => {
    const lines = liveLines(city, now);
    const from = await liveSender();
    const senders = new Set<string | undefined>();
    const udp = createSocket('udp4');
    const datagrams: string[] = [];
    await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', () => resolve()));
    const allDatagrams = new Promise<void>((resolve) => {
      udp.on('message', (bytes, { address }) => {
        senders.add(address);
        if (datagrams.push(String(bytes)) === 200) resolve();
      });
    });
    let stream = '';
    const tcp = createServer();
    const ended = new Promise<void>((resolve) => {
      tcp.on('connection', (socket) => {
        senders.add(socket.remoteAddress);
        socket.on('data', (bytes) => {
          stream += String(bytes);
        });
        socket.on('end', () => resolve());
      });
    });
    const tcpPort = await listenOn(tcp, 0);
    await sendLive(lines, { host: '127.0.0.1', udpPort: udp.address().port, tcpPort }, from);
    await Promise.all([ended, allDatagrams]);
    udp.close();
    await closeServer(tcp);
    const frames: string[] = [];
    for (let at = 0; at < stream.length; ) {
      const space = stream.indexOf(' ', at);
      const length = Number(stream.slice(at, space));
      frames.push(stream.slice(space + 1, space + 1 + length));
      at = space + 1 + length;
    }
    expect(datagrams.sort()).toEqual(lines.slice(0, 200).sort());
    expect(frames).toEqual(lines.slice(200));
    // Somebody who sends from this machine to try it is another sender. Linux has all of 127.0.0.0/8.
    expect([...senders]).toEqual([process.platform === 'linux' ? '127.0.0.2' : from]);
  });

  it('say so when nobody listens', async () => {
    const closed = createServer();
    const port = await listenOn(closed, 0);
    await closeServer(closed);
    const sending = sendLive(
      liveLines(city, now),
      { host: '127.0.0.1', udpPort: 9, tcpPort: port },
      '127.0.0.1',
    );
    await expect(sending).rejects.toThrow('ECONNREFUSED');
  });
});
