/** Feeds the logs through the public ways in: registered sources, uploaded files, and live syslog. */
import { createSocket, type Socket } from 'node:dgram';
import { createReadStream } from 'node:fs';
import { createConnection } from 'node:net';
import { pause } from '#base/timers';
import { getSegment, ingest, listSources, registerSource } from '#logs/contract';
import { readAll, type Session } from './api.ts';
import type { City } from './city-model.ts';
import { dnsLine } from './log-lines.ts';
import { INTERNET, type LogSource } from './log-model.ts';
import type { LogFile } from './logs.ts';
import { CITY_CODE } from './names.ts';
import { seedChance } from './seeded.ts';

/** The source of the live lines: the city bureau's own gateway, sending from this machine. */
const LIVE_SOURCE = `${CITY_CODE}-gateway-live`;

/**
 * Where the live lines come from: not 127.0.0.1, so that what somebody sends from this machine to try it is an unknown
 * sender's. Linux has all of 127.0.0.0/8 (RFC 1122 §3.2.1.3 (g)); macOS has 127.0.0.1 only, and then that one it is.
 */
export async function liveSender(): Promise<string> {
  const socket = createSocket('udp4');
  try {
    await bindTo(socket, OWN_ADDRESS);
    return OWN_ADDRESS;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
    return '127.0.0.1';
  } finally {
    socket.close();
  }
}

const OWN_ADDRESS = '127.0.0.2';

function bindTo(socket: Socket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port: 0 }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

/** Registers the sources that are not there yet; the live lines will come from `sender`. */
export async function registerSources(
  officer: Session,
  city: City,
  sources: readonly LogSource[],
  sender: string,
): Promise<void> {
  const known = await readAll((page, pageSize) => officer.call(listSources, { query: { page, pageSize } }));
  const names = new Set(known.map((source) => source.name));
  const live: LogSource = { ...LIVE, name: LIVE_SOURCE };
  for (const source of [...sources, live]) {
    if (names.has(source.name)) continue;
    await officer.call(registerSource, {
      body: {
        name: source.name,
        format: source.format,
        unitCode: source.unitCode,
        realm: city.realm,
        zone: 'Asia/Shanghai',
        senders: source === live ? [sender] : [],
        ...(source.leaseSeconds > 0 && { leaseSeconds: source.leaseSeconds }),
        ...(source.host !== '' && { host: source.host }),
      },
    });
  }
}

const LIVE = { format: 'dnsmasq', unitCode: CITY_CODE, host: '', leaseSeconds: 7200 } as const;

/** Uploads each file; the server takes the same content of a source once. Gives the ids of the segments. */
export async function uploadLogs(officer: Session, files: readonly LogFile[]): Promise<number[]> {
  const segments: number[] = [];
  for (const { path, source, lines } of files) {
    const query = { source: source.name, format: source.format };
    const reply = await officer.upload(ingest, { query }, createReadStream(path));
    if (reply.records !== lines) {
      throw new Error(`${source.name}: ${lines} lines were sent, ${reply.records} were taken`);
    }
    segments.push(...reply.segments);
  }
  return segments;
}

/** Waits until every segment can be searched; the incident's trace would not look twice. */
export async function awaitIndexed(
  officer: Session,
  segments: readonly number[],
): Promise<{ parsed: number; unparsable: number }> {
  const total = { parsed: 0, unparsable: 0 };
  for (const id of segments) {
    for (;;) {
      const segment = await officer.call(getSegment, { params: { id } });
      if (segment.indexedAt !== null) {
        total.parsed += segment.parsed ?? 0;
        total.unparsable += segment.unparsable ?? 0;
        break;
      }
      await pause(250);
    }
  }
  return total;
}

export interface SyslogAddress {
  readonly host: string;
  readonly udpPort: number;
  readonly tcpPort: number;
}

const LIVE_LINES = 400;

/**
 * Lines as the city bureau's gateway forwards them (RFC 3164, daemon.info), of the minute that ends at `now`.
 * Only questions for names: a lease made up here would contradict those of the files.
 */
export function liveLines(city: City, now: Date): string[] {
  const chance = seedChance(city.seed, 'live');
  const own = city.devices.filter((device) => device.unitCode === CITY_CODE && device.type === 'computer');
  return Array.from({ length: LIVE_LINES }, (_, i) => {
    const at = now.getTime() - ((LIVE_LINES - i) * 60_000) / LIVE_LINES;
    const line = dnsLine(at, 'A', chance.pick(INTERNET).host, chance.pick(own).ip);
    // `Mon dd hh:mm:ss` is 15 characters; the host's name comes behind it.
    return `<30>${line.slice(0, 15)} gw-${CITY_CODE}${line.slice(15)}`;
  });
}

/**
 * Sends half of the lines over UDP, one a datagram, and half over TCP with octet counting (RFC 6587 §3.4.1). A receiver
 * whose port is 0 is switched off: the other one gets all, and without any nothing is sent. `from`: an address of this
 * machine.
 */
export async function sendLive(lines: readonly string[], to: SyslogAddress, from: string): Promise<void> {
  const half = to.udpPort === 0 ? 0 : to.tcpPort === 0 ? lines.length : Math.floor(lines.length / 2);
  if (to.udpPort !== 0) await sendUdp(lines.slice(0, half), to, from);
  if (to.tcpPort !== 0) await sendTcp(lines.slice(half), to, from);
}

async function sendUdp(lines: readonly string[], to: SyslogAddress, from: string): Promise<void> {
  const socket = createSocket('udp4');
  try {
    await bindTo(socket, from);
    for (const line of lines) {
      await new Promise<void>((resolve, reject) => {
        socket.send(line, to.udpPort, to.host, (error) => (error ? reject(error) : resolve()));
      });
    }
  } finally {
    socket.close();
  }
}

function sendTcp(lines: readonly string[], to: SyslogAddress, from: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port: to.tcpPort, host: to.host, localAddress: from });
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.resume();
    socket.end(lines.map((line) => `${Buffer.byteLength(line)} ${line}`).join(''));
  });
}
