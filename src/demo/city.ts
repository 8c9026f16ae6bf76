/** The synthetic city of the demonstration: pure and seeded. Every person, number and address is invented. */
import { ACCOUNTS } from './accounts.ts';
import { unifiedCreditCode } from './check-digits.ts';
import { addDevices } from './city-devices.ts';
import type { Allocation, City, Exit, Network, Person, Post, Site, Unit } from './city-model.ts';
import {
  CITY_CODE,
  CITY_NAME,
  COUNTIES,
  COUNTY_SCHOOLS,
  DIRECT_SCHOOLS,
  GIVEN_FIRST,
  GIVEN_SECOND,
  REALM,
  SURNAMES,
} from './names.ts';
import { type Chance, seedChance } from './seeded.ts';

export const FAULTY_SCHOOL = 'school-07';
/** The schools that have a web server of their own in the demonstration. */
export const LIVE_SCHOOLS = ['school-07', 'school-23', 'school-41'] as const;
export type LiveSchool = (typeof LIVE_SCHOOLS)[number];
/** The server that answers for all other sites, by the name that is asked for. */
export const HOSTING_SCHOOL = 'school-41';
/** Their names lead nowhere, as those of sites that were given up: what cannot be looked at is part of the picture. */
const GIVEN_UP: readonly string[] = ['school-19', 'school-56'];
const CULPRIT_SCHOOL = 'school-10';

export interface CityOptions {
  readonly seed: number;
  /** `address:port` of each web server. */
  readonly resolveTo: Readonly<Record<LiveSchool, string>>;
}

/** The public IPv4 documentation ranges (RFC 5737) cut into /26: ten exits, the last two stay "the Internet". */
const EXIT_RANGES = ['203.0.113', '198.51.100', '192.0.2'].flatMap((net) =>
  [0, 64, 128, 192].map((host) => ({ cidr: `${net}.${host}/26`, publicIp: `${net}.${host + 2}` })),
);

/** Where the bureau hosts its schools' web servers (in the city bureau's own public range). */
export const HOSTING_ADDRESS = '203.0.113.10';

/** Builds the city. The same options give the same city, to the byte. */
export function buildCity(options: CityOptions): City {
  const units = buildUnits();
  const people = buildPeople(units, seedChance(options.seed, 'people'));
  const networks = buildNetworks(units);
  const exits = units
    .filter((unit) => unit.kind !== 'school')
    .map((unit, i) => ({ bureauCode: unit.code, ...EXIT_RANGES[i]! }));
  const devices = addDevices(units, people, networks, seedChance(options.seed, 'devices'));
  const culprit = devices.find(
    (device) =>
      device.unitCode === CULPRIT_SCHOOL &&
      device.type === 'computer' &&
      device.room.includes('微机室') &&
      people.some((person) => person.personNo === device.ownerNo && person.post === 'teacher'),
  );
  if (!culprit) throw new Error(`no teacher's computer in a computer room of ${CULPRIT_SCHOOL}`);
  return {
    seed: options.seed,
    realm: REALM,
    units,
    people,
    sites: buildSites(units, people, options.resolveTo),
    allocations: buildAllocations(units, networks, exits),
    devices,
    networks,
    exits,
    story: { faultySchool: FAULTY_SCHOOL, deviceAssetNo: culprit.assetNo },
  };
}

function buildUnits(): Unit[] {
  const units: Unit[] = [];
  const add = (
    unit: Pick<Unit, 'code' | 'name' | 'kind' | 'parentCode' | 'address'>,
    schoolKind: string,
  ): void => {
    const serial = units.length + 1;
    units.push({
      ...unit,
      uscc: unifiedCreditCode(unit.kind === 'school' ? '12' : '11', '339900', 90000000 + serial),
      schoolCode: schoolKind ? `${schoolKind}33${String(serial).padStart(6, '0')}` : '',
      phone: `010-${String(serial).padStart(8, '0')}`,
    });
  };
  add({ code: CITY_CODE, name: CITY_NAME, kind: 'city', parentCode: '', address: '示例市人民路1号' }, '');
  for (const county of COUNTIES) {
    const address = `示例市${county.name}${county.seat}学府路2号`;
    add({ ...bureauOf(county.code, county.name), parentCode: CITY_CODE, address }, '');
  }
  let number = 0;
  const addSchool = (name: string, kind: string, parentCode: string, place: string): void => {
    number++;
    const code = `school-${String(number).padStart(2, '0')}`;
    add({ code, name, kind: 'school', parentCode, address: `示例市${place}校园路${number}号` }, kind);
  };
  for (const county of COUNTIES) {
    for (const [name, kind] of COUNTY_SCHOOLS) {
      addSchool(county.name + name, kind, county.code, county.name + county.seat);
    }
  }
  for (const [name, kind] of DIRECT_SCHOOLS) addSchool(name, kind, CITY_CODE, '城中街道');
  return units;
}

function bureauOf(code: string, name: string): Pick<Unit, 'code' | 'name' | 'kind'> {
  return { code, name: `${name}教育局`, kind: 'county' };
}

const CITY_POSTS: readonly Post[] = ['leader', 'deputy', 'network_admin', 'security_officer', 'duty'];
const COUNTY_POSTS: readonly Post[] = ['leader', 'network_admin', 'security_officer', 'reviewer'];

/** The posts a unit fills: a small school has a leader and a part-time administrator, two in three one more. */
function postsOf(unit: Unit): readonly Post[] {
  if (unit.kind === 'city') return CITY_POSTS;
  if (unit.kind === 'county') return COUNTY_POSTS;
  return Number(unit.code.slice(-2)) % 3 === 0
    ? ['leader', 'network_admin']
    : ['leader', 'network_admin', 'teacher'];
}

function buildPeople(units: readonly Unit[], chance: Chance): Person[] {
  const people: Person[] = [];
  const taken = new Set(ACCOUNTS.map(({ name }) => name));
  for (const unit of units) {
    for (const post of postsOf(unit)) {
      const serial = people.length + 1;
      people.push({
        personNo: `P${String(serial).padStart(4, '0')}`,
        // The chance is drawn all the same, so that everybody else keeps the name that the seed gives.
        name: nameOf(unit.code, post, newName(chance, taken)),
        unitCode: unit.code,
        post,
        phone: `1390000${String(serial).padStart(4, '0')}`,
        email: `${post.replace('_', '-')}.${unit.code}@example.org`,
      });
    }
  }
  return people;
}

/** People with a documented account are called as their account is. */
function nameOf(unitCode: string, post: Post, drawn: string): string {
  return ACCOUNTS.find((one) => one.unitCode === unitCode && one.post === post)?.name ?? drawn;
}

function newName(chance: Chance, taken: Set<string>): string {
  for (;;) {
    const name = chance.pick([...SURNAMES]) + chance.pick([...GIVEN_FIRST]) + chance.pick([...GIVEN_SECOND]);
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

/** The city takes 10.10/16 and each county 10.11/16 … 10.19/16; a unit takes a /22 in its bureau's range. */
function buildNetworks(units: readonly Unit[]): Network[] {
  const bureaus = units.filter((unit) => unit.kind !== 'school').map((unit) => unit.code);
  const used = new Map<string, number>();
  return units.map((unit) => {
    const exitCode = unit.kind === 'school' ? unit.parentCode : unit.code;
    const slot = used.get(exitCode) ?? 0;
    used.set(exitCode, slot + 1);
    return { unitCode: unit.code, exitCode, prefix: `10.${10 + bureaus.indexOf(exitCode)}`, third: slot * 4 };
  });
}

function buildAllocations(
  units: readonly Unit[],
  networks: readonly Network[],
  exits: readonly Exit[],
): Allocation[] {
  const nameOf = new Map(units.map((unit) => [unit.code, unit.name]));
  return [
    ...exits.map(
      (exit): Allocation => ({
        cidr: exit.cidr,
        unitCode: exit.bureauCode,
        realm: REALM,
        role: 'exit',
        note: `${nameOf.get(exit.bureauCode)}统一出口`,
      }),
    ),
    ...networks.map(
      (network): Allocation => ({
        cidr: `${network.prefix}.${network.third}.0/22`,
        unitCode: network.unitCode,
        realm: REALM,
        role: 'inside',
        note: `${nameOf.get(network.unitCode)}校园网`,
      }),
    ),
  ];
}

function buildSites(
  units: readonly Unit[],
  people: readonly Person[],
  resolveTo: CityOptions['resolveTo'],
): Site[] {
  const withSite = units.filter(
    (unit) =>
      unit.kind === 'school' || unit.kind === 'city' || unit.code === 'yunqi' || unit.code === 'bilan',
  );
  const sites = withSite.map((unit, i) => {
    const manager = people.find((p) => p.unitCode === unit.code && p.post === 'network_admin');
    if (!manager) throw new Error(`${unit.code} has no network administrator`);
    const live = (LIVE_SCHOOLS as readonly string[]).includes(unit.code);
    const host = unit.kind === 'school' ? `www.${unit.code}.example` : `jyj.${unit.code}.example`;
    return {
      name: unit.kind === 'school' ? `${unit.name}校园网` : `${unit.name}门户网站`,
      unitCode: unit.code,
      url: `http://${host}/`,
      resolveTo: GIVEN_UP.includes(unit.code)
        ? ''
        : resolveTo[live ? (unit.code as LiveSchool) : HOSTING_SCHOOL],
      icpNo: `浙ICP备${String(i + 1).padStart(8, '0')}号-1`,
      policeNo: `浙公网安备${33000002000001 + i}号`,
      managerNo: manager.personNo,
      serverAddress: HOSTING_ADDRESS,
    };
  });
  // Those with a story come first: a crawler that takes them in order reaches the fault at once.
  const hasStory = (site: Site) => (LIVE_SCHOOLS as readonly string[]).includes(site.unitCode);
  return [...sites.filter(hasStory), ...sites.filter((site) => !hasStory(site))];
}
