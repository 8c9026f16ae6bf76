/** Network cards of one device: its cable and its WLAN. Pure. */
import type { DeviceFact, TraceFacts, TraceQuestion } from './facts.ts';
import { type Origin, windowOf } from './origins.ts';

/** The second bit of the first byte: given by software, and perhaps another tomorrow (IEEE 802c). */
export function isLocalMac(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 2) !== 0;
}

/**
 * By hardware address the one that stands for all of its device, as the register had it then: an address that goes from one
 * card to the other of a machine has not changed hands. Random ones stand for nothing.
 */
export function cardsOf({ devices, rulesOf }: Pick<TraceFacts, 'devices' | 'rulesOf'>) {
  const first = new Map<string, string>();
  const same = new Map<string, string>();
  const byMac = devices.filter((one) => one.by === 'mac' && !isLocalMac(one.asked));
  if ((rulesOf ?? 0) >= 3)
    for (const { asked, deviceId } of byMac) {
      const known = first.get(deviceId);
      if (known === undefined) first.set(deviceId, asked);
      else same.set(asked, known);
    }
  return (mac: string): string => same.get(mac) ?? mac;
}

const day = 86_400_000;
/** In a pool of addresses that change hands every hour the others are far away. */
const most = 6;

/** Hardware addresses that were at the origin's address around the time, the nearest first. */
export function cardsNear(question: TraceQuestion, facts: TraceFacts, { insideIp, realm }: Origin): string[] {
  const { at } = windowOf(question);
  const lines = [...facts.leases, ...facts.sightings]
    .filter(
      (one) => one.ip === insideIp && one.realm === realm && one.mac !== '' && Math.abs(one.ts - at) <= day,
    )
    .sort((a, b) => Math.abs(a.ts - at) - Math.abs(b.ts - at));
  return [...new Set(lines.map((one) => one.mac))].slice(0, most);
}

/** Those of devices that have another card in what was asked: of nobody else may be read who they are. */
export function ofOneDevice<T extends Pick<DeviceFact, 'deviceId'>>(
  found: readonly (T & { readonly isNear: boolean })[],
): T[] {
  const meant = new Set(found.filter((one) => !one.isNear).map((one) => one.deviceId));
  return found.filter((one) => !one.isNear || meant.has(one.deviceId));
}
