/** Draws a city: schools with their kinds of network, hosts, log sources and their faults. */
import { Chance } from './chance.ts';
import { drawFaults, type Knobs, noFaults } from './knobs.ts';
import type {
  City,
  Gateway,
  Host,
  HostKind,
  LeaseFormat,
  NatFormat,
  School,
  Source,
  SourceFormat,
} from './model.ts';

export interface CityPlan {
  readonly seed: number;
  /** Start of the simulated time, and its length. */
  readonly from: number;
  readonly hours: number;
  readonly schools: number;
  readonly hosts: number;
  readonly knobs: Knobs;
}

const minute = 60_000;
const hour = 3_600_000;

/** The first schools of a city are one of each kind; the others are drawn. */
const ways: readonly [way: School['way'], format: Exclude<NatFormat, 'rule'>][] = [
  ['own', 'conntrack'],
  ['own', 'huawei-usg'],
  ['own', 'h3c'],
  ['own', 'mikrotik'],
  ['county', 'conntrack'],
  ['county', 'juniper'],
  ['nested', 'conntrack'],
  ['county', 'conntrack'],
  ['nested', 'conntrack'],
  ['own', 'conntrack'],
];

/** All that is drawn while a city is built. */
interface Draft {
  readonly plan: CityPlan;
  readonly chance: Chance;
  readonly sources: Source[];
  readonly gateways: Gateway[];
  people: number;
  macs: number;
  /** Hardware addresses of registered hosts so far. */
  readonly registered: string[];
}

export function buildCity(plan: CityPlan): City {
  const chance = new Chance(plan.seed, 'city');
  const draft: Draft = { plan, chance, sources: [], gateways: [], people: 0, macs: 0, registered: [] };
  const bureaus = {
    east: countyGateway(draft, 'east', 'conntrack', '192.0.2.1'),
    west: countyGateway(draft, 'west', 'juniper', '192.0.2.2'),
  };
  const schools = Array.from({ length: plan.schools }, (_, i) => drawSchool(draft, i, bureaus));
  return {
    seed: plan.seed,
    from: plan.from,
    to: plan.from + plan.hours * hour,
    schools,
    gateways: draft.gateways,
    sources: draft.sources,
    stays: [],
    leaseEvents: [],
    happenings: [],
  };
}

function countyGateway(
  draft: Draft,
  county: string,
  format: 'conntrack' | 'juniper',
  publicIp: string,
): Gateway {
  const source = drawSource(draft, { unit: county, realm: 'main', format, role: 'nat' });
  return drawGateway(draft, `${county}-gw`, format, source, publicIp, 3);
}

function drawGateway(
  draft: Draft,
  name: string,
  format: NatFormat,
  source: Source | null,
  publicIp: string,
  width: number,
): Gateway {
  const { chance, plan } = draft;
  const first = chance.pick([1024, 20_000, 32_768, 50_000]);
  const wanted = width * plan.hosts * chance.whole(12, 40);
  const gateway: Gateway = {
    name,
    format,
    source,
    publicIp,
    ports: { from: first, to: Math.min(65_535, first + (format === 'juniper' ? wanted * 4 : wanted)) },
    overloads: format === 'conntrack' && chance.hit(0.6),
    holds: chance.pick([0, 0, 1000, 5000, 120_000]),
    sessions: [],
    blocks: [],
  };
  draft.gateways.push(gateway);
  return gateway;
}

function drawSchool(draft: Draft, i: number, bureaus: Readonly<Record<string, Gateway>>): School {
  const { chance, plan } = draft;
  const { knobs } = plan;
  const [way, format] = ways[i] ?? chance.pick(ways);
  const county = format === 'juniper' ? 'west' : way === 'own' ? chance.pick(['east', 'west']) : 'east';
  const code = `sim-${String(i + 1).padStart(3, '0')}`;
  const realm = way === 'county' ? 'main' : code;
  // The same private network in every school that has a NAT of its own.
  const net = way === 'county' ? `10.${county === 'east' ? 1 : 2}.${i + 1}` : '192.168.1';
  const at = (format: SourceFormat, role: string, sender?: string) =>
    drawSource(draft, { unit: code, realm, format, role, sender });
  const leaseFormat = chance.pick<LeaseFormat>(['dnsmasq', 'isc-dhcpd', 'kea']);
  const leases = [at(leaseFormat, 'dhcp1')];
  // Two servers of one network give leases of one length.
  const { leaseSeconds } = leases[0]!;
  if (chance.hit(0.3))
    leases.push(drawSource(draft, { unit: code, realm, format: leaseFormat, role: 'dhcp2', leaseSeconds }));
  const hasRadius = i === 4 || i === 7 || chance.hit(0.2);
  const upper = way === 'nested' ? bureaus[county]! : null;
  const habit = new Chance(plan.seed, `habits ${code}`);
  const school: School = {
    code,
    county,
    realm,
    net,
    way,
    gateway: way === 'county' ? bureaus[county]! : ownGateway(draft, { code, i, way, format, at }),
    upper,
    leases,
    leaseSeconds: leaseSeconds!,
    radius: hasRadius ? at('radius', 'radius') : null,
    arpwatch: chance.hit(0.5) ? at('arpwatch', 'arp') : null,
    squid: i === 9 || chance.hit(0.1) ? at('squid', 'squid', `${net}.${200 + (i % 50)}`) : null,
    v6: i === 4 || (way === 'county' && chance.hit(0.5)) ? `2001:db8:${(i + 1).toString(16)}:1` : null,
    snmp: habit.hit(knobs.polled) ? pollerOf(draft, { unit: code, realm }) : null,
    restart:
      habit.hit(knobs.restarts) && !hasRadius
        ? plan.from + habit.whole(40, plan.hours * 60 - 30) * minute
        : null,
    thieves: habit.hit(knobs.thefts),
    hosts: [],
  };
  for (let n = 0; n < draft.plan.hosts; n += 1) school.hosts.push(drawHost(draft, school, n));
  if (school.squid) school.hosts.push(drawHost(draft, school, draft.plan.hosts, 'proxy'));
  addOddities(draft, school, habit);
  return school;
}

function ownGateway(
  draft: Draft,
  school: {
    code: string;
    i: number;
    way: School['way'];
    format: Exclude<NatFormat, 'rule'>;
    at: (format: SourceFormat, role: string) => Source;
  },
): Gateway {
  const { code, i, way, format, at } = school;
  if (way === 'own') {
    const { knobs, seed } = draft.plan;
    const isRule = format === 'conntrack' && i > 0 && new Chance(seed, `rule ${code}`).hit(knobs.rules);
    const source = isRule ? null : at(format, 'nat');
    return drawGateway(draft, `${code}-gw`, isRule ? 'rule' : format, source, `203.0.113.${i + 1}`, 1);
  }
  // Half of the nested ones log; the seventh never, the ninth always.
  const logs = i === 8 || (i !== 6 && draft.chance.hit(0.5));
  return drawGateway(
    draft,
    `${code}-gw`,
    'conntrack',
    logs ? at('conntrack', 'nat') : null,
    `10.1.200.${i + 1}`,
    1,
  );
}

interface SourcePlace {
  readonly unit: string;
  readonly realm: string;
  readonly format: SourceFormat;
  readonly role: string;
  /** The address that it sends from, where that matters. */
  readonly sender?: string | undefined;
  readonly leaseSeconds?: number | null;
}

function drawSource(draft: Draft, { unit, realm, format, role, ...place }: SourcePlace): Source {
  const { chance, sources, plan } = draft;
  const number = sources.length + 1;
  const isLease = role.startsWith('dhcp');
  const live = !chance.hit(0.15);
  const { harsher } = plan.knobs;
  const good = live ? null : { offset: chance.whole(-300, 300), drift: 0 };
  const apart = new Chance(plan.seed, `read ${unit}-${role}`);
  const read = !live && apart.hit(plan.knobs.read);
  const clock = read ? drawClock(apart, harsher) : (good ?? drawClock(chance, harsher));
  const numbered = format === 'conntrack' && live && chance.hit(0.5);
  const source: Source = {
    name: `${unit}-${role}`,
    unit,
    realm,
    format,
    zone: chance.hit(0.8) ? 'Asia/Shanghai' : 'UTC',
    sender: place.sender ?? `172.20.${number >> 8}.${number & 255}`,
    leaseSeconds: place.leaseSeconds ?? (isLease ? chance.pick([600, 1200, 1800, 3600]) : null),
    ...clock,
    toleranceSeconds: 2,
    loss: (1 + 2 * harsher) * chance.pick(numbered ? [0, 0.005, 0.02] : [0, 0, 0.0005, 0.002]),
    numbered,
    outage: chance.hit(0.35) ? drawOutage(chance, plan) : null,
    splits: format === 'mikrotik' ? 0.1 : 0,
    live,
    read,
    faults: noFaults,
  };
  const time = { from: plan.from, to: plan.from + plan.hours * hour };
  const faults = drawFaults(new Chance(plan.seed, `faults ${source.name}`), plan.knobs, source, time);
  sources.push({ ...source, faults });
  return sources.at(-1)!;
}

/** Our own poller: its clock is ours, and what it reads it keeps. */
function pollerOf({ sources }: Draft, place: { unit: string; realm: string }): Source {
  const source: Source = {
    ...place,
    name: `${place.unit}-snmp`,
    format: 'snmp',
    zone: 'UTC',
    sender: `172.22.0.${sources.length}`,
    leaseSeconds: null,
    offset: 0,
    drift: 0,
    toleranceSeconds: 2,
    loss: 0,
    numbered: false,
    outage: null,
    splits: 0,
    live: true,
    read: false,
    faults: noFaults,
  };
  sources.push(source);
  return source;
}

/** Half of the clocks are good; the others are some seconds or a minute off, or drift (5.5 s a day was measured). */
function drawClock(chance: Chance, harsher: 0 | 1): { offset: number; drift: number } {
  const kind = harsher ? Math.sqrt(chance.next()) : chance.next();
  const side = chance.hit(0.5) ? 1 : -1;
  if (kind < 0.5) return { offset: chance.whole(-300, 300), drift: 0 };
  if (kind < 0.75) return { offset: side * chance.whole(1000, 6000), drift: 0 };
  if (kind < 0.9) return { offset: side * chance.whole(20_000, 90_000), drift: side * chance.whole(0, 500) };
  return { offset: side * chance.whole(0, 10_000), drift: side * chance.whole(2000, 6000) };
}

function drawOutage(chance: Chance, plan: CityPlan): Source['outage'] {
  const from = plan.from + chance.whole(60, plan.hours * 60 - 90) * minute;
  return { from, to: from + chance.whole(7, 25) * minute, lost: chance.hit(0.5) };
}

const kinds: readonly [HostKind, number][] = [
  ['reserved', 0.35],
  ['dynamic', 0.7],
  ['guest', 0.8],
  ['random', 0.92],
  ['static', 1],
];

function drawHost(draft: Draft, school: School, n: number, wanted?: HostKind): Host {
  const { chance, plan } = draft;
  const draw = chance.next();
  const isRandom = plan.knobs.harsher === 1 && draw % 0.1 < 0.03;
  const kind = wanted ?? (isRandom ? 'random' : kinds.find(([, up]) => draw < up)![0]);
  const id = `${school.code}-h${n + 1}`;
  const fixed = kind === 'reserved' || kind === 'static' || kind === 'proxy';
  const host: Host = {
    id,
    school,
    kind,
    fixedIp: kind === 'proxy' ? school.squid!.sender : fixed ? `${school.net}.${10 + n}` : null,
    macs: [{ from: 0, mac: nextMac(draft, kind === 'random') }],
    holdings: [],
    timely: !chance.hit(0.04),
    misnamed: null,
  };
  const registered = kind !== 'guest' && (kind !== 'random' || chance.hit(0.4));
  if (registered) host.holdings.push({ from: 0, assetNo: `A-${id}`, ...nextOwner(draft, school, n) });
  const when = plan.from + chance.whole(60, plan.hours * 60 - 60) * minute;
  // Another person in another room takes it over; the register hears of it afterwards, with the date.
  if (registered && kind !== 'random' && host.timely && chance.hit(0.15))
    host.holdings.push({ from: when, assetNo: `A-${id}`, ...nextOwner(draft, school, 500 + n) });
  return host;
}

function nextOwner(draft: Draft, school: School, n: number): { ownerNo: string; room: string } {
  draft.people += 1;
  return { ownerNo: `P${draft.people}`, room: `${school.code}-R${n + 1}` };
}

/** A new hardware address: of the documentation's range (RFC 7042), or a random one. */
export function nextMac(draft: { macs: number; readonly chance: Chance }, random: boolean): string {
  draft.macs += 1;
  const byte = (value: number) => (value & 255).toString(16).padStart(2, '0');
  const low = `${byte(draft.macs >> 16)}:${byte(draft.macs >> 8)}:${byte(draft.macs)}`;
  return random ? `${byte(draft.chance.whole(0, 63) * 4 + 2)}:a1:19:${low}` : `00:00:5e:${low}`;
}

/** Who is in no list of kinds: an address of the range set by hand, a copied hardware address, a wrong register entry. */
function addOddities(draft: Draft, school: School, habit: Chance): void {
  const { knobs, hosts } = draft.plan;
  if (habit.hit(knobs.squatters)) {
    const squatter = drawHost(draft, school, hosts + 1, 'static');
    if (habit.hit(0.5)) squatter.holdings.splice(0);
    school.hosts.push({ ...squatter, fixedIp: `${school.net}.${150 + habit.whole(0, 2)}` });
  }
  if (habit.hit(knobs.clones)) {
    const guest = school.hosts.find((host) => host.kind === 'guest');
    if (guest && draft.registered.length > 0) guest.macs[0] = { from: 0, mac: habit.pick(draft.registered) };
  }
  for (const host of school.hosts) {
    const isPlain = host.holdings.length === 1 && host.timely;
    if (isPlain && habit.hit(knobs.misregistered))
      host.misnamed = nextOwner(draft, school, 700 + school.hosts.indexOf(host));
    if (host.holdings.length > 0 && host.kind !== 'random') draft.registered.push(host.macs[0]!.mac);
  }
}
