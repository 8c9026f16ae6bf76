/**
 * Whether the logs that arrived and the register suffice to show that exactly one host can have sent something. Told
 * from the truth with wide margins, on the strict side: what is called provable here surely is.
 */

import type { City, Happening, Host, LeaseEvent, Session, Source, Stay } from './model.ts';
import { addressV6 } from './run-leases.ts';

/** Twice the usual tolerance of a clock, and the error of an estimate. */
const margin = 8000;
const natSilence = 280_000;
const leaseSilence = 3_400_000;

/** A city's truth, ordered for looking up. */
export class Truth {
  readonly #leases: Map<string, LeaseEvent[]>;
  readonly #happenings: Map<Source, Happening[]>;
  readonly #sessions: Map<string, Session[]>;
  readonly #stays: Map<string, Stay[]>;

  constructor(city: City) {
    const byTime = (a: { at: number }, b: { at: number }) => a.at - b.at;
    const group = <T>(list: readonly T[], key: (one: T) => string) => Map.groupBy(list, key);
    this.#leases = group(city.leaseEvents, ({ school, ip }) => `${school.code} ${ip}`);
    for (const list of this.#leases.values()) list.sort(byTime);
    this.#happenings = Map.groupBy(city.happenings, (one) => one.source);
    for (const list of this.#happenings.values()) list.sort(byTime);
    const sessions = city.gateways.flatMap((gateway) => gateway.sessions);
    this.#sessions = group(sessions, (one) => `${one.gateway.name} ${one.proto} ${one.publicPort}`);
    this.#stays = group(city.stays, ({ host, ip }) => `${host.school.code} ${ip}`);
  }

  /** Sessions of the same public port that may be taken for this one at `at`, by whoever knows no destination. */
  rivals(session: Session, at: number, within = margin): Session[] {
    const all = this.#sessions.get(`${session.gateway.name} ${session.proto} ${session.publicPort}`) ?? [];
    return all.filter((one) => one !== session && one.start - within <= at && one.end + within >= at);
  }

  /** Null, or why it is not provable who sent it. */
  whyNot(session: Session, at: number, knowsDestination: boolean): string | null {
    if (session.client || session.host.kind === 'proxy') return 'proxy';
    const links = session.outer ? [session.outer, session] : [session];
    for (const link of links) {
      const why = this.#natWhyNot(link, at, knowsDestination);
      if (why) return why;
    }
    const faulty = [...links.map((one) => one.gateway.source), ...session.host.school.leases];
    if (faulty.some((source) => source && isOff(source, at))) return 'clock';
    if (session.host.school.restart !== null) return 'server restarted';
    return this.#leaseWhyNot(session.host, session.insideIp, at) ?? registerWhyNot(session.host, at);
  }

  #natWhyNot(session: Session, at: number, knowsDestination: boolean): string | null {
    const { gateway, block, dstIp, dstPort } = session;
    if (gateway.format === 'rule') return null;
    if (!gateway.source) return 'no nat log';
    if (gateway.format === 'mikrotik') return 'nat without end';
    const own = block ?? session;
    const wanted = gateway.format === 'huawei-usg' ? 1 : 2;
    if (own.logged.length < wanted || own.logged.some((one) => !one.arrived)) return 'nat line missing';
    const differs = (one: Session) => knowsDestination && (one.dstIp !== dstIp || one.dstPort !== dstPort);
    if (block) {
      const others = gateway.blocks.filter((one) => one !== block && one.lo === block.lo);
      if (others.some((one) => one.start - margin <= at && one.end + margin >= at)) return 'port used again';
      if (others.some(isUnbounded)) return 'another may last';
    } else {
      if (this.rivals(session, at).some((one) => !differs(one))) return 'port used again';
      const all = this.rivals(session, at, Number.POSITIVE_INFINITY);
      if (all.some((one) => !differs(one) && isUnbounded(one))) return 'another may last';
    }
    return this.#isHeard(gateway.source, at, at, natSilence) ? null : 'nat gap';
  }

  #leaseWhyNot(host: Host, ip: string, at: number): string | null {
    if (host.kind === 'static') return 'no lease';
    const { school } = host;
    const events = (this.#leases.get(`${school.code} ${ip}`) ?? []).filter((one) => one.kind !== 'nak');
    const before = events.findLast((one) => one.at <= at - margin);
    const after = events.find((one) => one.at > at - margin);
    const mac = macAt(host, at);
    if (before?.kind !== 'ack' || before.mac !== mac || !before.happening.arrived) return 'no lease before';
    if (after?.mac !== mac || !after.happening.arrived || after.at < at + margin) return 'no lease after';
    if (after.kind === 'decline' || after.at > before.at + school.leaseSeconds * 1000)
      return 'no lease after';
    const stays = this.#stays.get(`${school.code} ${ip}`) ?? [];
    const others = stays.filter((one) => one.host !== host && one.from < after.at && one.to > before.at);
    if (others.some((one) => one.stolen || one.host.kind === 'static')) return 'stolen address';
    const heard = school.leases.every((source) => this.#isHeard(source, before.at, after.at, leaseSilence));
    return heard ? null : 'lease gap';
  }

  /** Nothing known to be missing, no outage and no long silence around a time. */
  #isHeard(source: Source, from: number, to: number, silence: number): boolean {
    const list = this.#happenings.get(source) ?? [];
    const { outage } = source;
    if (outage?.lost && outage.from < to + silence && outage.to > from - silence) return false;
    const missing = (one: Happening) => !one.arrived && one.at > from - 60_000 && one.at < to + 60_000;
    if (source.numbered && list.some(missing)) return false;
    const near = (one: Happening) => one.arrived && one.at > from - silence && one.at < to + silence;
    const heard = list.filter(near);
    return heard.some((one) => one.at <= from) && heard.some((one) => one.at >= to);
  }

  /** The same for a public IPv6 address, which RADIUS accounting ties to a hardware address. */
  whyNotV6(host: Host, at: number): string | null {
    const { radius } = host.school;
    if (!radius || isOff(radius, at)) return 'no sighting';
    const address = addressV6(host, at);
    const sameAddress = [at - 310_000, at + 310_000].every((time) => addressV6(host, time) === address);
    if (!sameAddress) return 'address changes';
    return this.#isHeard(radius, at, at, natSilence) ? registerWhyNot(host, at) : 'radius gap';
  }
}

/** Of whose lines only one arrived: what did not arrive may have been long before or after. */
function isUnbounded({ logged }: { readonly logged: readonly Happening[] }): boolean {
  return logged.some((one) => one.arrived) && logged.some((one) => !one.arrived);
}

/** Its clock jumped around that time, or its zone is registered wrongly. */
function isOff({ faults: { jump, declaredZone } }: Source, at: number): boolean {
  return declaredZone !== null || (jump !== null && Math.abs(jump.at - at) < 2.5 * 3_600_000);
}

export function macAt(host: Host, at: number): string {
  return host.macs.findLast((one) => one.from <= at)!.mac;
}

function registerWhyNot(host: Host, at: number): string | null {
  if (host.holdings.length === 0) return 'not registered';
  if (host.kind === 'random') return 'random mac';
  if (!host.timely) return 'registered afterwards';
  if (host.holdings.some(({ from }) => Math.abs(from - at) < 60_000)) return 'handover';
  return null;
}
