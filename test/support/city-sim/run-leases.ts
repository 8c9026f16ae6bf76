/** The life of the hosts of one school: who is there, by which address, and what DHCP, RADIUS and arpwatch say of it. */
import { Chance } from './chance.ts';
import { arpwatchLine, leaseLine, radiusRecord, snmpLine } from './format-lines.ts';
import type { City, Happening, Host, LeaseEvent, LeaseFormat, School, Source, Stay } from './model.ts';

const minute = 60_000;

interface Visit {
  readonly host: Host;
  readonly from: number;
  readonly to: number;
  readonly mac: string;
}

interface Held {
  readonly host: Host;
  readonly mac: string;
  readonly server: Source;
  expires: number;
}

/** A step of the school's life, done in order of time. */
interface Step {
  readonly at: number;
  readonly run: () => void;
}

/** Tells the city that a source would log something. */
export function note(city: City, source: Source, at: number, write: Happening['write']): Happening {
  const happening: Happening = { at: Math.round(at), source, write, arrived: true };
  city.happenings.push(happening);
  return happening;
}

/** Runs one school's day and adds its stays, lease events and log happenings to the city. */
export function runLeases(city: City, school: School, chance: Chance): void {
  new Day(city, school, chance).run();
  if (school.snmp) poll(city, school, school.snmp, new Chance(city.seed, `polls ${school.code}`));
}

class Day {
  readonly #city: City;
  readonly #school: School;
  readonly #chance: Chance;
  readonly #steps: Step[] = [];
  readonly #held = new Map<string, Held>();
  readonly #lastIp = new Map<string, string>();
  readonly #blocked = new Map<string, number>();
  /** Who uses an address without having asked. */
  readonly #thefts = new Map<string, Stay>();
  /** Pool addresses, the most recently freed first or last. */
  readonly #pool: string[];
  readonly #freshFirst: boolean;
  #session = 0;

  constructor(city: City, school: School, chance: Chance) {
    this.#city = city;
    this.#school = school;
    this.#chance = chance;
    const dynamic = school.hosts.filter((host) => host.fixedIp === null).length;
    const size = Math.max(3, Math.round(dynamic * (0.7 + chance.next() * 0.6)));
    this.#pool = Array.from({ length: size }, (_, n) => `${school.net}.${150 + n}`);
    this.#freshFirst = chance.hit(0.6);
  }

  run(): void {
    for (const host of this.#school.hosts) this.#plan(host);
    const { restart } = this.#school;
    if (restart !== null) this.#later(restart, () => this.#held.clear());
    for (;;) {
      let next = 0;
      for (let i = 1; i < this.#steps.length; i += 1)
        if (this.#steps[i]!.at < this.#steps[next]!.at) next = i;
      const [step] = this.#steps.splice(next, 1);
      if (!step) return;
      if (step.at < this.#city.to) step.run();
    }
  }

  #later(at: number, run: () => void): void {
    this.#steps.push({ at, run });
  }

  #plan(host: Host): void {
    const { from, to } = this.#city;
    if (host.kind === 'static' || host.kind === 'proxy') {
      const mac = host.macs[0]!.mac;
      this.#city.stays.push({ host, ip: host.fixedIp!, mac, from, to, stolen: false });
      this.#watch(from + this.#chance.whole(1, 5) * minute, host.fixedIp!, mac, null);
      return;
    }
    let at = from + this.#chance.wait(40 * minute);
    while (at < to) {
      const until = Math.min(to, at + 5 * minute + this.#chance.wait(110 * minute));
      if (host.kind === 'random' && this.#chance.hit(0.6)) this.#rotate(host, at);
      const visit: Visit = { host, from: at, to: until, mac: host.macs.at(-1)!.mac };
      this.#later(at, () => this.#arrive(visit));
      at = until + this.#chance.wait(50 * minute);
    }
  }

  #rotate(host: Host, at: number): void {
    const bytes = Array.from({ length: 5 }, () => this.#chance.whole(0, 255).toString(16).padStart(2, '0'));
    host.macs.push({ from: at, mac: `5a:${bytes.join(':')}` });
  }

  #arrive(visit: Visit): void {
    const { host, from, mac } = visit;
    if (from >= visit.to) return;
    const { arpwatch, thieves } = this.#school;
    const victim = (arpwatch || thieves) && this.#chance.hit(0.06) ? this.#absent() : undefined;
    if (victim && host.kind !== 'reserved') {
      this.#steal(visit, victim);
      return;
    }
    const wanted = this.#lastIp.get(mac);
    const server = this.#chance.pick(this.#school.leases);
    if (wanted && host.fixedIp === null && !this.#isFree(wanted, mac, from)) {
      this.#log(server, from, 'nak', wanted, mac);
    }
    const ip = this.#choose(host, mac, wanted, from);
    if (ip === null) return; // The pool is empty: no network.
    this.#log(server, from, 'ack', ip, mac);
    this.#takeBack(host, ip, mac, from);
    this.#held.set(ip, { host, mac, server, expires: from + this.#school.leaseSeconds * 1000 });
    // Most clients ask whether somebody answers at the address before they take it.
    const isSquatted = this.#school.hosts.some((one) => one !== host && one.fixedIp === ip);
    if (host.fixedIp === null && this.#chance.hit(isSquatted ? 0.98 : 0.01)) {
      // The client finds the address in use; the server lays it aside.
      this.#log(server, from + 1500, 'decline', ip, mac);
      this.#held.delete(ip);
      this.#blocked.set(ip, from + 30 * minute);
      this.#later(from + 4000, () => this.#arrive({ ...visit, from: from + 4000 }));
      return;
    }
    this.#lastIp.set(mac, ip);
    this.#stay(visit, ip, server);
  }

  /** Renews at half of the lease until it leaves, and tells RADIUS. */
  #stay(visit: Visit, ip: string, server: Source): void {
    const { host, mac, from, to } = visit;
    const stay: Stay = { host, ip, mac, from: from + 300, to, stolen: false };
    this.#city.stays.push(stay);
    this.#account(visit, ip);
    const renew = (at: number, by: Source) => {
      if (at >= to) return;
      const own = this.#chance.hit(0.9) ? by : this.#chance.pick(this.#school.leases);
      this.#later(at, () => {
        const held = this.#held.get(ip);
        if (held && held.mac !== mac && held.expires > at) {
          // The server forgot it and gave the address away: it is refused, and asks anew.
          this.#log(own, at, 'nak', ip, mac);
          stay.to = at;
          this.#later(at + 2000, () => this.#arrive({ ...visit, from: at + 2000 }));
          return;
        }
        this.#log(own, at, 'ack', ip, mac);
        this.#held.set(ip, { host, mac, server: own, expires: at + this.#school.leaseSeconds * 1000 });
        renew(at + this.#half(), own);
      });
    };
    renew(from + this.#half(), server);
    if (this.#chance.hit(0.4)) this.#later(to, () => stay.to === to && this.#release(ip, mac, to));
  }

  #half(): number {
    return this.#school.leaseSeconds * 500 + this.#chance.whole(-20_000, 20_000);
  }

  #release(ip: string, mac: string, at: number): void {
    const held = this.#held.get(ip);
    if (held?.mac !== mac) return;
    this.#log(held.server, at, 'release', ip, mac);
    this.#held.delete(ip);
    const place = this.#pool.indexOf(ip);
    if (place < 0) return;
    this.#pool.splice(place, 1);
    if (this.#freshFirst) this.#pool.unshift(ip);
    else this.#pool.push(ip);
  }

  #isFree(ip: string, mac: string, at: number): boolean {
    if ((this.#blocked.get(ip) ?? 0) > at) return false;
    const held = this.#held.get(ip);
    return !held || held.mac === mac || held.expires < at;
  }

  #choose(host: Host, mac: string, wanted: string | undefined, at: number): string | null {
    if (host.fixedIp !== null) return host.fixedIp;
    if (wanted && this.#isFree(wanted, mac, at)) return wanted;
    return this.#pool.find((ip) => this.#isFree(ip, mac, at)) ?? null;
  }

  #log(source: Source, at: number, kind: LeaseEvent['kind'], ip: string, mac: string): void {
    const format = source.format as LeaseFormat;
    const seconds = this.#school.leaseSeconds;
    const write = (local: number) => leaseLine(format, local, { kind, ip, mac, seconds }, source.zone);
    const happening = note(this.#city, source, at, write);
    this.#city.leaseEvents.push({ at, school: this.#school, ip, mac, kind, happening });
  }

  #absent(): Host | undefined {
    return this.#school.hosts.find((host) => host.kind === 'reserved' && !this.#held.has(host.fixedIp!));
  }

  /** Uses the address of a computer that is not there, without asking: only arpwatch tells. */
  #steal({ host, mac, from, to }: Visit, victim: Host): void {
    const until = Math.min(to, from + 20 * minute);
    const ip = victim.fixedIp!;
    this.#held.set(ip, { host, mac, server: this.#school.leases[0]!, expires: until });
    const stay: Stay = { host, ip, mac, from, to: until, stolen: true };
    this.#city.stays.push(stay);
    this.#thefts.set(ip, stay);
    const own = victim.macs[0]!.mac;
    this.#watch(from, ip, mac, own);
    this.#later(until, () => {
      if (this.#held.get(ip)?.mac === mac) this.#held.delete(ip);
    });
  }

  /** Two at one address disturb each other: within a minute the one who took it is gone. */
  #takeBack(host: Host, ip: string, mac: string, at: number): void {
    const theft = this.#thefts.get(ip);
    if (!theft || theft.host === host) return;
    this.#thefts.delete(ip);
    this.#watch(at + 900, ip, mac, theft.mac);
    theft.to = Math.min(theft.to, at + this.#chance.whole(5, 60) * 1000);
  }

  #watch(at: number, ip: string, mac: string, old: string | null): void {
    const source = this.#school.arpwatch;
    if (source) note(this.#city, source, at, (local) => arpwatchLine(local, ip, mac, old, source.zone));
  }

  #account({ host, mac, from, to }: Visit, ip: string): void {
    const source = this.#school.radius;
    if (!source) return;
    this.#session += 1;
    const session = `${this.#school.code}-${this.#session}`;
    const user = host.id;
    const tell = (at: number, status: 'Start' | 'Interim-Update' | 'Stop') => {
      const v6 = addressV6(host, at);
      note(this.#city, source, at, (local) => radiusRecord(local, { status, user, ip, v6, mac, session }));
    };
    tell(from + 500, 'Start');
    for (let at = from + 5 * minute; at < to; at += 5 * minute) tell(at, 'Interim-Update');
    if (this.#chance.hit(0.8)) tell(to, 'Stop');
  }
}

/** A host's temporary IPv6 address (RFC 8981), another one every two hours here. */
export function addressV6(host: Host, at: number): string | null {
  const { v6, hosts } = host.school;
  if (v6 === null) return null;
  const turn = Math.floor(at / 7_200_000) & 0xffff;
  const own = hosts.indexOf(host) + 1;
  // Never a group of zeros, so that this is the canonical text already.
  return `${v6}:${(0x1000 + own).toString(16)}:${(0x1000 + (turn % 0xe000)).toString(16)}:${(0x2000 + own * 7).toString(16)}:${(0x3000 + own).toString(16)}`;
}

const pollEvery = 5 * minute;
/** A router keeps what it learned for so long, unless another answers. */
const kept = 20 * minute;

/** The neighbour tables of the router, read every five minutes. */
function poll(city: City, school: School, source: Source, chance: Chance): void {
  const stays = city.stays.filter(({ host }) => host.school === school);
  for (let at = city.from + minute; at < city.to; at += pollEvery) {
    const known = stays.filter((stay) => stay.from <= at && at <= stay.to + kept);
    for (const same of Map.groupBy(known, (stay) => stay.ip).values()) {
      // Of two that answer at once now the one is heard and now the other; else who came last.
      const here = same.filter((stay) => at <= stay.to);
      const latest = same.reduce((a, b) => (b.from >= a.from ? b : a));
      const { host, ip, mac } = here.length > 1 ? chance.pick(here) : latest;
      note(city, source, at, (local) => snmpLine(local, 'arp', ip, mac));
      const v6 = addressV6(host, at);
      if (v6 && host.kind !== 'proxy') note(city, source, at, (local) => snmpLine(local, 'nd', v6, mac));
    }
  }
}
