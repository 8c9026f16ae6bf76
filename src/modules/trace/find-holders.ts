import {
  type AllocationHit,
  type CustodyAnswer,
  type DeviceAnswer,
  type DeviceQuestion,
  findAllocationsOf,
  findCustodiesAt,
  findDevicesAt,
  isRandomMac,
} from '#addresses';
import type { Ctx } from '#base/app';
import { findLeases, type LeaseEvent } from '#logs';
import { bindLeases, type LeaseBinding, type LeaseFact } from './bind-lease.ts';
import type { Origin } from './find-origins.ts';
import type { Links } from './rules.ts';

/** A lease event with its place in the sealed logs. */
export interface PlacedLease extends LeaseFact {
  readonly segment: number;
  readonly seq: number;
  readonly sourceId: number;
}

/** One device (or unregistered hardware address) that may be behind the traffic, with all that speaks for it. */
export interface Holder {
  readonly origin: Origin;
  readonly binding: LeaseBinding<PlacedLease> | null;
  readonly mac: string | null;
  readonly device: DeviceAnswer | null;
  readonly custody: CustodyAnswer | null;
  /** Unit that the candidate belongs to: the device's, else that of the inside allocation; null: unknown. */
  readonly unitPath: string | null;
  readonly unitName: string | null;
  readonly links: Links;
}

const day = 86_400_000;
/** A lease that counts may have begun long before: two weeks cover the longest leases in use. */
const lookBack = 14 * day;
const lookAhead = 2 * day;

/** Finds for every origin the devices that may have held its address in the window. A fixed number of queries. */
export async function findHolders(
  ctx: Ctx,
  origins: readonly Origin[],
  window: { at: Date; from: number; to: number; knownAt: Date },
): Promise<Holder[]> {
  const leases = await Promise.all(origins.map((origin) => leasesOf(ctx, origin, window.at)));
  const bindings = leases.map((events) => bindLeases(events, window.from, window.to));
  const allocations = await findAllocationsOf(ctx, [...new Set(origins.map((one) => one.insideIp))]);
  const questions: DeviceQuestion[] = origins.flatMap((origin, index) => [
    { realm: origin.realm, ip: origin.insideIp, mac: null, at: window.at },
    ...bindings[index]!.map(({ mac }) => ({ realm: origin.realm, ip: null, mac, at: window.at })),
  ]);
  const answers = await findDevicesAt(ctx, questions, window.knownAt);
  const custodies = await findCustodiesAt(
    ctx,
    [...new Set(answers.map((one) => one.deviceId))],
    window.at,
    window.knownAt,
  );
  const custodyOf = new Map(custodies.map((one) => [one.deviceId, one]));
  let question = 0;
  return origins.flatMap((origin, index) => {
    const own = bindings[index]!;
    const byIp = answers.find((one) => one.question === question) ?? null;
    const byMac = own.map((_, place) => answers.find((one) => one.question === question + 1 + place) ?? null);
    question += 1 + own.length;
    const places = allocations.filter((hit) => hit.ip === origin.insideIp && hit.realm === origin.realm);
    return holdersOf(origin, own, byIp, byMac).map((draft) =>
      complete(draft, byIp, custodyOf, places, window.at),
    );
  });
}

async function leasesOf(ctx: Ctx, origin: Origin, at: Date): Promise<PlacedLease[]> {
  const events = await findLeases(ctx, {
    realm: origin.realm,
    ip: origin.insideIp,
    from: new Date(at.getTime() - lookBack),
    to: new Date(at.getTime() + lookAhead),
  });
  return events.map((event: LeaseEvent) => ({
    at: event.at.getTime(),
    action: event.action as LeaseFact['action'],
    source: event.sourceId,
    sourceId: event.sourceId,
    mac: event.mac,
    leaseSeconds: event.leaseSeconds,
    segment: event.segment,
    seq: event.seq,
  }));
}

type Draft = Pick<Holder, 'origin' | 'binding' | 'mac' | 'device'>;

/**
 * One holder for each MAC that a lease shows. What the register says of the address joins the holder that it
 * agrees with; where it names another device, that device is a holder of its own: one of the two is wrong.
 */
function holdersOf(
  origin: Origin,
  bindings: readonly LeaseBinding<PlacedLease>[],
  byIp: DeviceAnswer | null,
  byMac: readonly (DeviceAnswer | null)[],
): Draft[] {
  const drafts: Draft[] = bindings.map((binding, index) => {
    const device = byMac[index] ?? null;
    // The address is registered to a device without a hardware address, and this one is nobody else's.
    const joins = !device && byIp !== null && byIp.mac === null && bindings.length === 1;
    return { origin, binding, mac: binding.mac, device: joins ? byIp : device };
  });
  const told = byIp === null || drafts.some((draft) => draft.device?.deviceId === byIp.deviceId);
  if (!told) drafts.push({ origin, binding: null, mac: byIp.mac, device: byIp });
  if (drafts.length === 0) drafts.push({ origin, binding: null, mac: null, device: null });
  return drafts;
}

function complete(
  draft: Draft,
  byIp: DeviceAnswer | null,
  custodyOf: ReadonlyMap<string, CustodyAnswer>,
  places: readonly AllocationHit[],
  at: Date,
): Holder {
  const { origin, binding, mac, device } = draft;
  const custody = device ? (custodyOf.get(device.deviceId) ?? null) : null;
  const registeredIp = device !== null && byIp?.deviceId === device.deviceId;
  const stated = [device, registeredIp ? byIp : null, custody].filter((fact) => fact !== null);
  const inside = places.find((hit) => hit.role === 'inside');
  return {
    ...draft,
    custody,
    unitPath: device?.unitPath ?? inside?.unitPath ?? null,
    unitName: device?.unitName ?? inside?.unitName ?? null,
    links: {
      nat: origin.nat,
      secondNat: origin.sessions.length > 0 && places.some((hit) => hit.role === 'exit'),
      lease: binding?.hold ?? 'none',
      macRandom: mac !== null && isRandomMac(mac),
      hasDevice: device !== null,
      registeredIp,
      agrees: registeredIp && binding !== null && device.mac === binding.mac,
      timely: stated.every((fact) => fact.validFrom !== null || fact.recordedAt <= at),
      hasOwner: custody?.personId != null,
    },
  };
}
