/** What of the network contradicts the register of devices. Pure. */
import type { SeenFault } from '#findings';
import { isAtOrBelow } from './nest-prefixes.ts';

export const deviceFindingKinds = [
  'duplicate-address',
  'stolen-address',
  'moved-device',
  'outside-allocation',
  'unregistered-device',
  'random-mac',
  'unseen-device',
] as const;
export type DeviceFindingKind = (typeof deviceFindingKinds)[number];

/** One contradiction: whose it is, and until when it was seen. */
export interface DeviceFault {
  readonly unitPath: string;
  /** The newest observation that shows it: a fault reported as fixed after that was not seen again. */
  readonly last: Date;
  readonly fault: SeenFault;
}

const severities: Readonly<Record<DeviceFindingKind, SeenFault['severity']>> = {
  'duplicate-address': 'high',
  'stolen-address': 'high',
  'moved-device': 'medium',
  'outside-allocation': 'medium',
  'unregistered-device': 'low',
  'random-mac': 'info',
  'unseen-device': 'info',
};

/** `subject` names it for ever; `words` say what it is; `evidence` are the observations, one a line. */
export function faultOf(
  kind: DeviceFindingKind,
  unitPath: string,
  last: Date,
  subject: string,
  words: string,
  evidence: readonly string[],
): DeviceFault {
  const context = [words, ...evidence].join('\n');
  const fault: SeenFault = {
    kind,
    rule: `addresses.${kind}`,
    severity: severities[kind],
    // A fragment would not tell two subjects apart.
    url: `${kind}:${unitPath}:${subject}`.replaceAll('#', '%23'),
    part: null,
    start: 0,
    end: words.length,
    text: words,
    context,
    view: 'observed',
    href: null,
  };
  return { unitPath, last, fault };
}

interface Placed {
  readonly realm: string;
  readonly ip: string;
  readonly last: Date;
}

/** Addresses in use that no allocation of their realm covers, one fault for a /24 or /64 of the unit that sees them. */
export function judgeOutside(
  used: readonly (Placed & { source: string; proof: string })[],
  isCovered: (place: Placed) => boolean,
): DeviceFault[] {
  const outside = used.filter((one) => !isCovered(one));
  const groups = Map.groupBy(outside, (one) => `${one.source} ${one.realm} ${blockAround(one.ip)}`);
  return [...groups.values()].map((group) => {
    const { source, realm, ip } = group[0]!;
    const block = blockAround(ip);
    const words = `${block}（路由域 ${realm}）有地址在用，却不在任何已分配的地址段内`;
    return faultOf(
      'outside-allocation',
      source,
      newest(group),
      `${realm}/${block}`,
      words,
      group.slice(0, 10).map((one) => one.proof),
    );
  });
}

/** Devices seen at addresses of another school than the one that registered them. */
export function judgeMoved(
  seen: readonly (Placed & {
    deviceId: string;
    assetNo: string;
    unitPath: string;
    mac: string;
    proof: string;
  })[],
  holderOf: (place: Placed) => string | undefined,
): DeviceFault[] {
  return seen.flatMap((one) => {
    const holder = holderOf(one);
    // An address of its own unit, or of one above that hands out addresses for all below.
    if (holder === undefined || isAtOrBelow(one.unitPath, holder)) return [];
    const words = `设备 ${one.assetNo}（${one.mac}）在别的单位的地址 ${one.ip} 上出现`;
    return [
      faultOf('moved-device', one.unitPath, one.last, `${one.deviceId}/${one.mac}`, words, [one.proof]),
    ];
  });
}

const newest = (list: readonly { last: Date }[]) =>
  new Date(Math.max(...list.map((one) => one.last.getTime())));

function blockAround(ip: string): string {
  if (!ip.includes(':')) return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
  const groups = ip.split('::');
  const head = groups[0]!.split(':').filter(Boolean);
  const tail = groups.length > 1 ? groups[1]!.split(':').filter(Boolean) : [];
  const full = [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  return `${full.slice(0, 4).join(':')}::/64`;
}

interface Unregistered {
  readonly unitPath: string;
  readonly realm: string;
  readonly mac: string;
  readonly ip: string | null;
  readonly hostname: string | null;
  readonly last: Date;
  readonly random: boolean;
  readonly evidence: string;
}

/** Each unregistered machine by itself; those with random addresses, which change by themselves, as one of the unit. */
export function judgeUnregistered(list: readonly Unregistered[]): DeviceFault[] {
  const lineOf = ({ mac, ip, hostname, last, evidence }: Unregistered) =>
    [mac, ip, hostname, last.toISOString(), evidence].filter(Boolean).join(' ');
  const fixed = list
    .filter((one) => !one.random)
    .map((one) =>
      faultOf(
        'unregistered-device',
        one.unitPath,
        one.last,
        `${one.realm}/${one.mac}`,
        `终端 ${one.mac} 在用，却没有登记`,
        [lineOf(one)],
      ),
    );
  const random = Map.groupBy(
    list.filter((one) => one.random),
    (one) => one.unitPath,
  );
  const rotating = [...random].map(([unitPath, group]) =>
    faultOf('random-mac', unitPath, newest(group), 'all', '有终端使用随机MAC，无法登记，也无法证明是谁', [
      `${group.length} 个`,
      ...group.slice(0, 10).map(lineOf),
    ]),
  );
  return [...fixed, ...rotating];
}
