/**
 * One day of egress logs of the synthetic city, ending now, and in them the one true chain:
 * site log → NAT session → lease → registered device. Seeded: the same city and end give the same bytes.
 */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { City } from './city-model.ts';
import type { Change, LogEvent, LogSource } from './log-model.ts';
import { dhcpEvents, dnsEvents, natEvents } from './log-network.ts';
import { accessEvents, planChange, proxyEvents, SQUID_SCHOOLS } from './log-web.ts';
import { LEASE_SECONDS, onlineClients } from './presence.ts';

export interface LogDay {
  readonly sources: readonly { readonly source: LogSource; readonly events: readonly LogEvent[] }[];
  /** What a perfect trace of the change must arrive at. */
  readonly change: Change;
}

/** Makes the day in memory (about 250,000 lines, sorted by time within each source). */
export function makeLogDay(city: City, now: Date): LogDay {
  const end = now.getTime();
  const plan = planChange(city, end);
  const clients = onlineClients(city, end, { assetNo: city.story.deviceAssetNo, changedAt: plan.at });
  const sources: { source: LogSource; events: LogEvent[] }[] = [];
  const add = (source: Omit<LogSource, 'host'> & { host?: string }, events: LogEvent[]): void => {
    events.sort((a, b) => a.at - b.at);
    sources.push({ source: { host: '', ...source }, events });
  };
  let change: Change | undefined;
  for (const exit of city.exits) {
    const code = exit.bureauCode;
    const own = clients.filter((client) => client.exitCode === code);
    const network = [...dhcpEvents(own, end), ...dnsEvents(city.seed, code, own)];
    add({ name: `${code}-dhcp`, format: 'dnsmasq', unitCode: code, leaseSeconds: LEASE_SECONDS }, network);
    const nat = natEvents(city.seed, exit, own, plan);
    if (nat.plantedPort) change = { ...plan, publicIp: exit.publicIp, publicPort: nat.plantedPort };
    add({ name: `${code}-nat`, format: 'conntrack', unitCode: code, leaseSeconds: 0 }, nat.events);
  }
  if (!change) throw new Error('no exit carries the planted session');
  for (const code of SQUID_SCHOOLS) {
    const own = clients.filter((client) => client.unitCode === code);
    const events = proxyEvents(city.seed, code, own);
    add({ name: `${code}-proxy`, format: 'squid', unitCode: code, leaseSeconds: 0 }, events);
  }
  const { faultySchool } = city.story;
  const host = `www.${faultySchool}.example`;
  const site = accessEvents(city, change, host, end);
  add({ name: `${faultySchool}-web`, format: 'access', unitCode: faultySchool, host, leaseSeconds: 0 }, site);
  return { sources, change };
}

export interface LogFile {
  readonly source: LogSource;
  readonly path: string;
  readonly lines: number;
}

/** Writes each source of the day to `<dir>/<name>.log` (LF line ends) and tells what was written. */
export async function writeLogFiles(day: LogDay, dir: string): Promise<LogFile[]> {
  await mkdir(dir, { recursive: true });
  const files: LogFile[] = [];
  for (const { source, events } of day.sources) {
    const path = join(dir, `${source.name}.log`);
    await pipeline(Readable.from(blocks(events)), createWriteStream(path));
    files.push({ source, path, lines: events.length });
  }
  return files;
}

function* blocks(events: readonly LogEvent[]): Generator<string> {
  for (let from = 0; from < events.length; from += 4096) {
    yield `${events
      .slice(from, from + 4096)
      .map((event) => event.line)
      .join('\n')}\n`;
  }
}
