/** Who is on the network when, in the generated day: DHCP clients and their online windows. Pure and seeded. */
import type { City } from './city-model.ts';
import { type Chance, seedChance } from './seeded.ts';

const HOUR = 3600_000;
const SHANGHAI = 8 * HOUR;
const DAY = 24 * HOUR;

/** `dhcp-range=…,2h`: what the sources are registered with. */
export const LEASE_SECONDS = 7200;

export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Client {
  readonly unitCode: string;
  readonly exitCode: string;
  readonly ip: string;
  readonly mac: string;
  readonly hostName: string;
  readonly windows: readonly Window[];
}

/** When the planted machine took and renews its lease, in milliseconds before and after the change. */
export interface Planted {
  readonly assetNo: string;
  readonly changedAt: number;
}

/** Its lease was acknowledged this long before the change; the renewal follows half a lease after that. */
const ACK_BEFORE_CHANGE_MS = 25 * 60_000;

/**
 * Every DHCP client of the city (registered computers, and per school four phones with randomised
 * addresses that no register knows), with the times it was online in the day that ends at `now`.
 */
export function onlineClients(city: City, now: number, planted: Planted): Client[] {
  const chance = seedChance(city.seed, 'presence');
  const exitOf = new Map(city.networks.map((network) => [network.unitCode, network.exitCode]));
  const clients: Client[] = [];
  for (const device of city.devices) {
    if (device.type !== 'computer') continue;
    const windows =
      device.assetNo === planted.assetNo
        ? [{ from: plantedStart(planted.changedAt, now), to: now }]
        : schoolWindows(chance, now);
    clients.push({
      unitCode: device.unitCode,
      exitCode: exitOf.get(device.unitCode)!,
      ip: device.ip,
      mac: device.mac,
      hostName: `PC-${device.assetNo.slice(-5)}`,
      windows,
    });
  }
  return [...clients, ...phones(city, chance, now)];
}

/** Four hours of renewals every half lease that put one exactly ACK_BEFORE_CHANGE_MS before the change. */
function plantedStart(changedAt: number, now: number): number {
  const start = changedAt - ACK_BEFORE_CHANGE_MS - 4 * (LEASE_SECONDS / 2) * 1000;
  return Math.max(start, now - DAY);
}

/** A working day (about 07:40 to 17:30 in Shanghai) on each date the day touches; one in six is never off. */
function schoolWindows(chance: Chance, now: number): Window[] {
  const begin = now - DAY;
  const on = chance.between(0, 60) * 60_000 + chance.between(0, 59_999);
  const length = 8.5 * HOUR + chance.between(0, 100) * 60_000;
  if (chance.between(1, 6) === 1) return [{ from: begin + on, to: now }];
  const midnight = Math.floor((begin + SHANGHAI) / DAY) * DAY - SHANGHAI;
  return [0, 1].flatMap((day) => {
    const from = Math.max(midnight + day * DAY + 7.5 * HOUR + on, begin + (on % 600_000));
    const to = Math.min(midnight + day * DAY + 7.5 * HOUR + on + length, now);
    return to - from > 60_000 ? [{ from, to }] : [];
  });
}

function phones(city: City, chance: Chance, now: number): Client[] {
  const clients: Client[] = [];
  for (const network of city.networks) {
    for (let n = 0; n < 4; n++) {
      const tail = [0, 0, 0, 0, 0].map(() => chance.between(0, 255).toString(16).padStart(2, '0'));
      clients.push({
        unitCode: network.unitCode,
        exitCode: network.exitCode,
        ip: `${network.prefix}.${network.third + 2}.${20 + n}`,
        mac: `${chance.pick(['02', '3e', '7a', 'da'])}:${tail.join(':')}`,
        hostName: 'android',
        windows: schoolWindows(chance, now),
      });
    }
  }
  return clients;
}

/** Draws a client weighted by how long it was online, and a moment inside that time. */
export function whoAndWhen(
  clients: readonly Client[],
  chance: Chance,
): () => { client: Client; at: number; window: Window } {
  const spans = clients.flatMap((client) => client.windows.map((window) => ({ client, window })));
  const ends: number[] = [];
  let total = 0;
  for (const span of spans) {
    total += span.window.to - span.window.from;
    ends.push(total);
  }
  if (total === 0) throw new RangeError('whoAndWhen: nobody was online');
  return () => {
    const mark = chance.next() * total;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle]! > mark) high = middle;
      else low = middle + 1;
    }
    const { client, window } = spans[low]!;
    return { client, window, at: window.from + chance.next() * (window.to - window.from) };
  };
}
