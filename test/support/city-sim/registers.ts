/** The sheets that a bureau would import: before the simulated time, and the corrections that came afterwards. */
import type { City, Host, School } from './model.ts';
import { blocks } from './run-gateways.ts';

export interface Sheets {
  readonly units: string[];
  readonly people: string[];
  readonly allocations: string[];
  readonly devices: string[];
  /** Fixed blocks of ports. */
  readonly rules: string[];
  /** What the register is told when all is over: handovers with their date, and devices that were forgotten. */
  readonly lateDevices: string[];
}

const deviceHead = 'asset_no,name,type,unit_code,ip,mac,owner_no,room,realm,since';

export function sheetsOf(city: City): Sheets {
  const hosts = city.schools.flatMap((school) => school.hosts);
  return {
    units: [
      'code,name,kind,parent_code',
      ...city.schools.map((school) => `${school.code},模拟学校${school.code},school,${school.county}`),
    ],
    people: ['person_no,name,unit_code,post', ...hosts.flatMap(peopleOf)],
    allocations: ['cidr,unit_code,realm,role', ...countyAllocations, ...city.schools.flatMap(allocationsOf)],
    devices: [
      deviceHead,
      ...hosts.filter(isKnown).map((host) => rowOf(host, host.misnamed ?? host.holdings[0]!, '2026-03-01')),
    ],
    rules: [
      'inside,outside,port_from,port_to,block_size,algorithm,unit_code,realm',
      ...city.schools.filter((school) => school.gateway.format === 'rule').map(ruleOf),
    ],
    lateDevices: [
      deviceHead,
      ...hosts
        .filter((host) => host.holdings.length > 0 && !host.timely)
        .map((host) => rowOf(host, host.holdings[0]!, '')),
      ...hosts.filter((host) => host.misnamed).map((host) => rowOf(host, host.holdings[0]!, '2026-03-01')),
      ...hosts
        .filter((host) => host.holdings.length > 1)
        .map((host) => rowOf(host, host.holdings[1]!, clockText(host.holdings[1]!.from))),
    ],
  };
}

/** Blocks of 250 ports for each address of the inside network. */
function ruleOf({ net, code, realm, gateway }: School): string {
  return `${net}.0/24,${gateway.publicIp}/32,${blocks.from},65535,${blocks.size},sequential,${code},${realm}`;
}

const isKnown = (host: Host) => host.holdings.length > 0 && host.timely;

const countyAllocations = [
  '10.1.0.0/16,east,main,inside',
  '10.2.0.0/16,west,main,inside',
  '192.0.2.1/32,east,main,exit',
  '192.0.2.2/32,west,main,exit',
];

function allocationsOf({ code, realm, net, way, gateway, v6 }: School): string[] {
  return [
    `${net}.0/24,${code},${realm},inside`,
    ...(way === 'county' ? [] : [`${gateway.publicIp}/32,${code},main,exit`]),
    ...(v6 === null ? [] : [`${v6}::/64,${code},main,inside`]),
  ];
}

function peopleOf(host: Host): string[] {
  const all = host.misnamed ? [...host.holdings, host.misnamed] : host.holdings;
  return all.map(({ ownerNo }) => `${ownerNo},人员${ownerNo},${host.school.code},teacher`);
}

function rowOf(host: Host, { ownerNo, room }: { ownerNo: string; room: string }, since: string): string {
  const { assetNo } = host.holdings[0]!;
  const type = host.kind === 'static' || host.kind === 'proxy' ? 'server' : 'computer';
  const { code, realm } = host.school;
  return [
    assetNo,
    '设备',
    type,
    code,
    host.fixedIp ?? '',
    host.macs[0]!.mac,
    ownerNo,
    room,
    realm,
    since,
  ].join(',');
}

/** Beijing time as people write it, in whole seconds. */
function clockText(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}
