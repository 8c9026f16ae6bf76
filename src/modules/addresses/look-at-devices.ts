/** Looks through the bindings for what the register does not say: discovered machines, and findings (rule 2: the machine retests). */
import { z } from 'zod';
import { type App, type Ctx, on, systemActor } from '#base/app';
import { newId } from '#base/id';
import { defineJob, every } from '#base/jobs';
import { closeMissing, recordFindings } from '#findings';
import { fixReported } from '#findings/contract';
import {
  type DeviceFault,
  deviceFindingKinds,
  faultOf,
  judgeMoved,
  judgeOutside,
  judgeUnregistered,
} from './judge-devices.ts';
import { findCovers } from './store/allocations.ts';
import * as seen from './store/device-sightings.ts';
import { findSeen, keepSeen } from './store/discovered.ts';

const day = 86_400_000;
/** How far back a look goes: a machine that comes to work once a week is found, too. */
const discoveredFor = 7 * day;
const unseenFor = 90 * day;
const chunk = 5_000;

export const lookJob = defineJob({
  name: 'addresses.look',
  payload: z.object({}),
  run: (app) => lookAtDevices(app),
});

export const lookRegularly = every('addresses.look_regularly', '*/15 * * * *', (app) => lookAtDevices(app));

/** What a school says is mended outside of its websites is looked at again at once. */
export const lookWhenFixed = on(fixReported, 'addresses.look_again', async (ctx, { siteId }) => {
  if (siteId === null) await ctx.enqueue(lookJob, {}, { key: 'addresses.look' });
});

/** Brings the list of discovered machines and the findings about devices up to date with the bindings. */
export async function lookAtDevices(app: App): Promise<void> {
  const actor = systemActor('addresses.look');
  const { units, faults, observed } = await app.run(actor, async (ctx) => {
    await seen.lockLook(ctx);
    const units = await seen.unitIds(ctx);
    await discover(ctx, units);
    return { units, ...(await judge(ctx)) };
  });
  const standing = await app.run(actor, (ctx) => seen.findStanding(ctx, deviceFindingKinds));
  const byUnit = Map.groupBy(faults, (one) => one.unitPath);
  const standingOf = Map.groupBy(standing, (one) => one.unitPath);
  // Each unit by itself: a thousand schools in one transaction would keep the audit log's writers waiting.
  for (const unitPath of new Set([...byUnit.keys(), ...standingOf.keys()])) {
    const unitId = units.get(unitPath);
    if (!unitId) continue;
    const own = { unitId, unitPath, until: observed.get(unitPath) };
    const [seenNow, known] = [byUnit.get(unitPath) ?? [], standingOf.get(unitPath) ?? []];
    await app.run(actor, (ctx) => settle(ctx, own, seenNow, known));
  }
}

async function discover(ctx: Ctx, units: ReadonlyMap<string, string>): Promise<void> {
  const found = await findSeen(ctx, new Date(ctx.clock.now().getTime() - discoveredFor));
  const holders = await coversOf(
    ctx,
    found.flatMap(({ realm, ip }) => (ip ? [{ realm, ip }] : [])),
  );
  const placed = found.flatMap((one) => {
    const unitPath = holders.get(`${one.realm} ${one.ip}`) ?? one.sourcePath;
    const unitId = units.get(unitPath);
    return unitId ? [{ ...one, unitId, unitPath }] : [];
  });
  for (let at = 0; at === 0 || at < placed.length; at += chunk)
    await keepSeen(ctx, placed.slice(at, at + chunk));
}

/** The unit of the most specific allocation around each address. */
async function coversOf(
  ctx: Ctx,
  places: readonly { realm: string; ip: string }[],
): Promise<Map<string, string>> {
  const covers = await findCovers(ctx, places);
  return new Map(covers.map((cover) => [`${cover.realm} ${cover.ip}`, cover.unitPath]));
}

/** All contradictions of the last day, and until when each unit's network was observed. */
async function judge(ctx: Ctx): Promise<{ faults: DeviceFault[]; observed: Map<string, Date> }> {
  const now = ctx.clock.now().getTime();
  const since = new Date(now - day);
  const used = await seen.findUsed(ctx, since);
  const holders = await coversOf(ctx, used);
  const holderOf = ({ realm, ip }: { realm: string; ip: string }) => holders.get(`${realm} ${ip}`);
  const observed = new Map<string, Date>();
  for (const one of used) {
    for (const path of new Set([holderOf(one), one.source])) {
      if (path && (observed.get(path)?.getTime() ?? 0) < one.last.getTime()) observed.set(path, one.last);
    }
  }
  const duplicates = (await seen.findDuplicates(ctx, since)).map((one) =>
    faultOf(
      'duplicate-address',
      holderOf(one) ?? one.source,
      one.last,
      `${one.realm}/${one.ip}/${one.macs.join('+')}`,
      `地址 ${one.ip} 同时被两台终端使用：${one.macs.join('、')}`,
      one.proofs,
    ),
  );
  const stolen = (await seen.findStolen(ctx, since)).map((one) =>
    faultOf(
      'stolen-address',
      one.unitPath,
      one.last,
      `${one.realm}/${one.ip}/${one.mac}`,
      `设备 ${one.assetNo} 的地址 ${one.ip} 被另一台终端 ${one.mac} 使用`,
      [one.proof],
    ),
  );
  const ports = (await seen.findOtherPorts(ctx, since)).map((one) =>
    faultOf(
      'moved-device',
      one.unitPath,
      one.last,
      `${one.deviceId}/${one.mac}/port`,
      `设备 ${one.assetNo}（${one.mac}）登记在 ${one.registered}，却在 ${one.seen} 出现`,
      [one.proof],
    ),
  );
  const unseen = (await seen.findUnseen(ctx, new Date(now - unseenFor))).map((one) =>
    // That it is not there is seen now.
    faultOf(
      'unseen-device',
      one.unitPath,
      new Date(now),
      one.deviceId,
      `设备 ${one.assetNo} 已 90 天没有出现`,
      [one.last.toISOString()],
    ),
  );
  const faults = [
    ...duplicates,
    ...stolen,
    ...judgeMoved(await seen.findLastPlaces(ctx, since), holderOf),
    ...ports,
    ...judgeOutside(used, (place) => holderOf(place) !== undefined),
    ...judgeUnregistered(await seen.findUnregistered(ctx, since)),
    ...unseen,
  ];
  return { faults, observed };
}

/**
 * Records what was seen of a unit and closes what was not; where nothing was observed, nothing is closed. What a school
 * reported as fixed is judged by observations after that only.
 */
async function settle(
  ctx: Ctx,
  { unitId, unitPath, until }: { unitId: string; unitPath: string; until: Date | undefined },
  faults: readonly DeviceFault[],
  standing: readonly seen.Standing[],
): Promise<void> {
  const checkId = newId();
  const fixedAt = new Map(standing.map((one) => [one.url, one.fixedAt]));
  const shown = faults.filter(({ fault, last }) => {
    const fixed = fixedAt.get(fault.url);
    return !fixed || last > fixed;
  });
  const place = { unitId, unitPath, siteId: null, siteName: null };
  await recordFindings(ctx, { ...place, checkId, seen: shown.map((one) => one.fault) });
  const judged = standing.filter((one) => until && (!one.fixedAt || until > one.fixedAt));
  const checkedUrls = judged.map((one) => one.url);
  await closeMissing(ctx, { siteId: null, checkedUrls, kinds: deviceFindingKinds, checkId });
}
