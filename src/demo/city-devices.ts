/** The devices of the synthetic city: about fifty in a school, with register entries that the logs agree with. */
import type { Device, Network, Person, Unit } from './city-model.ts';
import { COMPUTER_ROOMS, NETWORK_ROOM, REALM, ROOMS } from './names.ts';
import type { Chance } from './seeded.ts';

type Kind = Device['type'];

interface Share {
  readonly type: Kind;
  readonly label: string;
  readonly count: number;
}

/** How many of each kind a school has (50 in all), and a bureau's office (10 in all). */
const SCHOOL_SHARES: readonly Share[] = [
  { type: 'server', label: '服务器', count: 1 },
  { type: 'switch', label: '交换机', count: 3 },
  { type: 'ap', label: '无线接入点', count: 4 },
  { type: 'printer', label: '打印机', count: 2 },
  { type: 'other', label: '考勤机', count: 1 },
  { type: 'computer', label: '计算机', count: 39 },
];
const BUREAU_SHARES: readonly Share[] = [
  { type: 'server', label: '服务器', count: 2 },
  { type: 'switch', label: '交换机', count: 2 },
  { type: 'printer', label: '打印机', count: 1 },
  { type: 'computer', label: '计算机', count: 5 },
];

/** Schools take equipment into use before a term begins. */
const TERM_BEGINS = ['2023-08-28', '2024-02-19', '2024-08-26', '2025-02-17'];

/**
 * Every unit's devices. Fixed equipment has addresses from .10 in its /22's first /24, computers from .100
 * (given by DHCP as reservations). MAC addresses are under 00:00:5e (IANA), globally administered unicast,
 * clear of the VRRP ranges 00:00:5e:00:01:xx and 00:00:5e:00:02:xx (RFC 9568 §7.3).
 */
export function addDevices(
  units: readonly Unit[],
  people: readonly Person[],
  networks: readonly Network[],
  chance: Chance,
): Device[] {
  const devices: Device[] = [];
  units.forEach((unit, u) => {
    const network = networks[u]!;
    const staff = people.filter((person) => person.unitCode === unit.code);
    const admin = staff.find((person) => person.post === 'network_admin')!;
    let fixed = 10;
    let dynamic = 100;
    for (const share of unit.kind === 'school' ? SCHOOL_SHARES : BUREAU_SHARES) {
      for (let n = 1; n <= share.count; n++) {
        const serial = devices.length + 1;
        const computer = share.type === 'computer';
        const host = computer ? dynamic++ : fixed++;
        devices.push({
          assetNo: `ZC${String(serial).padStart(6, '0')}`,
          name: `${share.label}${String(n).padStart(2, '0')}`,
          type: share.type,
          unitCode: unit.code,
          ip: `${network.prefix}.${network.third}.${host}`,
          mac: macOf(serial),
          ownerNo: computer ? staff[n % staff.length]!.personNo : admin.personNo,
          room: roomOf(share.type, n, chance),
          realm: REALM,
          note: '',
          since: chance.pick(TERM_BEGINS),
        });
      }
    }
  });
  return devices;
}

/** From its 28th computer on, a school's are in the two computer rooms; a bureau has none of those. */
function roomOf(type: Kind, number: number, chance: Chance): string {
  if (type === 'printer') return ROOMS[1]!;
  if (type !== 'computer') return NETWORK_ROOM;
  return chance.pick(number < 28 ? ROOMS : COMPUTER_ROOMS);
}

function macOf(serial: number): string {
  const tail = (0x100000 + serial * 251).toString(16).padStart(6, '0');
  return `00:00:5e:${tail.slice(0, 2)}:${tail.slice(2, 4)}:${tail.slice(4, 6)}`;
}
