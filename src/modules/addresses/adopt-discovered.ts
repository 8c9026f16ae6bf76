import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { isRandomMac } from './parse-mac.ts';
import { createDevice } from './save-device.ts';
import { findCovers } from './store/allocations.ts';
import { type DeviceRow, findHolders } from './store/devices.ts';
import { type DiscoveredRow, ignore, lockDiscovered, markRegistered } from './store/discovered.ts';
import { lookEverywhere } from './store/whole-view.ts';

interface Adoption {
  readonly assetNo?: string | undefined;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly unitCode?: string | undefined;
  readonly personNo?: string | undefined;
  readonly room?: string | undefined;
  readonly fixedMac?: boolean | undefined;
}

/**
 * Registers what was seen, from its first sighting on, with its address where that is its own. A random hardware address only when a person says that it is fixed.
 */
export async function adoptDiscovered(ctx: Ctx, id: string, wish: Adoption): Promise<DeviceRow> {
  const seen = (await lockDiscovered(ctx, id)) ?? fail('base.not_found', { what: id });
  if (seen.registered) fail('addresses.registered_meanwhile', { value: seen.mac });
  if (isRandomMac(seen.mac) && !wish.fixedMac) fail('addresses.random_mac', { value: seen.mac });
  const device = await createDevice(ctx, {
    assetNo: wish.assetNo ?? `MAC-${seen.mac.replaceAll(':', '')}`,
    name: wish.name ?? (seen.hostname || '未命名终端'),
    type: wish.type ?? 'other',
    unitCode: wish.unitCode ?? seen.unit_code,
    ips: await ownAddresses(ctx, seen),
    macs: [seen.mac],
    personNo: wish.personNo,
    room: wish.room,
    switch: seen.switch ?? undefined,
    port: seen.port ?? undefined,
    realm: seen.realm,
    since: seen.firstSeen.toISOString(),
  });
  await markRegistered(ctx, id);
  return device;
}

/**
 * An address that a server gave for a while is somebody else's tomorrow, one that is registered to another device is
 * that one's, and one outside of the allocations nobody's: what is wrong there, findings say.
 */
async function ownAddresses(ctx: Ctx, { realm, ip, dynamic }: DiscoveredRow): Promise<string[]> {
  if (ip === null || dynamic) return [];
  const place = [{ realm, ip }];
  const [held, covers] = await lookEverywhere(ctx, async (all) => [
    await findHolders(all, place, []),
    await findCovers(all, place),
  ]);
  return held.some((one) => one.to === Infinity) || covers.length === 0 ? [] : [ip];
}

const day = 86_400_000;

/** Leaves it out of list and findings until the end of a day in China, a year at most. */
export async function ignoreDiscovered(
  ctx: Ctx,
  id: string,
  { reason, until }: { reason: string; until: string },
): Promise<DiscoveredRow> {
  const seen = (await lockDiscovered(ctx, id)) ?? fail('base.not_found', { what: id });
  const end = new Date(Date.parse(`${until}T00:00:00+08:00`) + day);
  const now = ctx.clock.now().getTime();
  if (!(end.getTime() - day > now && end.getTime() < now + 366 * day)) {
    fail('addresses.bad_ignore', { field: 'until' });
  }
  await ignore(ctx, id, { reason, until: end });
  await recordAudit(ctx, {
    action: 'addresses.discovered_ignored',
    subject: `discovered:${id}`,
    unitPath: seen.unit_path,
    before: { until: seen.ignoredUntil, reason: seen.ignoredReason },
    after: { mac: seen.mac, until: end, reason },
  });
  return (await lockDiscovered(ctx, id))!;
}
