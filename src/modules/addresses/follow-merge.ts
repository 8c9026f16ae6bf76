/** What a merged unit had in the registers of addresses and devices is its successor's from the day of the merge on. */
import { recordAudit } from '#audit';
import { type Ctx, on } from '#base/app';
import { unitClosed } from '#units/contract';
import { lookJob } from './look-at-devices.ts';
import { openRegister } from './store/allocations.ts';
import { factTables } from './store/facts.ts';
import * as store from './store/merged-units.ts';

/** The longest number of a device that the form takes. */
const longest = 60;

/**
 * Devices with all facts of them, prefixes and exits, port blocks and waiting requests, each with its history: until the
 * day of the merge they were the old unit's. A prefix that would then stand in a third unit's space stays with the old
 * one, below its successor, and is named in the audit entry. Done again, it finds nothing left to do.
 */
export const followMerge = on(unitClosed, 'addresses.follow_merge', async (ctx, closed) => {
  if (!closed.intoId) return;
  const now = await openRegister(ctx);
  const found = await store.findHeir(ctx, closed.unitId);
  if (!found) return;
  const merge = { ...found, from: await store.startOfDay(ctx, closed.on ?? null), now };
  const { devices, renamed } = await handDevices(ctx, merge);
  const { handed, left } = await handPrefixes(ctx, merge);
  const natRules = await store.handNatRules(ctx, merge);
  const requests = await store.handRequests(ctx, merge);
  if (devices + handed.length + left.length + natRules + requests === 0) return;
  await recordAudit(ctx, {
    action: 'addresses.follow_merge',
    subject: `unit:${merge.giver.id}`,
    unitPath: merge.taker.path,
    before: { unit: merge.giver.code },
    after: {
      unit: merge.taker.code,
      from: merge.from,
      devices,
      renamed,
      prefixes: handed,
      prefixesLeft: left,
      natRules,
      requests,
    },
  });
  await ctx.enqueue(lookJob, {}, { key: 'addresses.look' });
});

async function handDevices(
  ctx: Ctx,
  merge: store.Merge,
): Promise<{ devices: number; renamed: { from: string; to: string }[] }> {
  const { devices, taken } = await store.devicesToHand(ctx, merge);
  if (devices.length === 0) return { devices: 0, renamed: [] };
  const own = new Set(devices.map(({ assetNo }) => assetNo));
  const named = devices.map((device) => {
    const assetNo = taken.has(device.assetNo)
      ? freeNumber(device.assetNo, merge.giver.code, (no) => taken.has(no) || own.has(no))
      : device.assetNo;
    taken.add(assetNo);
    return { id: device.id, from: device.assetNo, assetNo };
  });
  const ids = devices.map(({ id }) => id);
  for (const table of factTables) await store.handFacts(ctx, table, merge, ids);
  await store.handDevices(ctx, merge, named);
  const renamed = named.filter((one) => one.assetNo !== one.from);
  return { devices: devices.length, renamed: renamed.map(({ from, assetNo: to }) => ({ from, to })) };
}

/** Both units gave a device this number: that of the merged unit has the unit's code behind it from now on. */
function freeNumber(assetNo: string, code: string, isTaken: (no: string) => boolean): string {
  for (let count = 1; ; count += 1) {
    const end = count === 1 ? `@${code}` : `@${code}-${count}`;
    const no = assetNo.slice(0, Math.max(1, longest - end.length)) + end;
    if (!isTaken(no)) return no;
  }
}

async function handPrefixes(ctx: Ctx, merge: store.Merge): Promise<{ handed: string[]; left: string[] }> {
  const handed: string[] = [];
  const left: string[] = [];
  for (const { id, cidr } of await store.prefixesToHand(ctx, merge)) {
    ((await store.handPrefix(ctx, merge, id)) ? handed : left).push(cidr);
  }
  return { handed, left };
}
