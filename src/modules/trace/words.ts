/** Reasons and steps in words. */
import type { ReasonCode } from './rules.ts';

export interface Words {
  readonly zh: string;
  readonly en: string;
}

const reasons: Readonly<Record<ReasonCode, Words>> = {
  proven: {
    zh: '只有一个候选；地址转换、地址使用记录与设备台账在该时刻前后相互印证，日志没有缺口',
    en: 'One candidate; translation, use of the address and register agree around the time, and the logs have no gap',
  },
  no_candidate: { zh: '没有找到任何候选', en: 'No candidate was found' },
  several: {
    zh: '有多个候选，现有记录不能区分；可补充端口、协议或对端地址',
    en: 'Several candidates that the records cannot tell apart; a port, protocol or peer address may help',
  },
  second_nat: {
    zh: '内网地址本身是另一个出口：链条止于第二级地址转换，需要该校出口的转换日志',
    en: 'The inside address is itself an exit: the chain ends at a second NAT whose logs are needed',
  },
  proxy: {
    zh: '该地址是代理服务器，代理日志里没有当时的请求：不能再往下找',
    en: 'The address is a proxy whose log shows no request at that time: the chain ends there',
  },
  nat_far: {
    zh: '地址转换只有一端的记录，而且离该时刻太远，不能说明当时仍在使用',
    en: 'Only one end of the translation was recorded, too far from that time to show that it was still in use',
  },
  nat_near: {
    zh: '该时刻在地址转换记录的起止之外，只在时钟误差范围内相接',
    en: 'The time lies outside the recorded translation and touches it only within the tolerance of the clocks',
  },
  via_proxy: {
    zh: '途中经过代理服务器：代理日志说明谁在那时访问了该目的地址，但不能证明走的是哪一条连接',
    en: 'A proxy stands on the way: its log tells who was fetching from there then, not which connection was used',
  },
  no_port: {
    zh: '没有给出端口：记录里只有这一条会话，但不能证明所问的就是它',
    en: 'No port was given: the logs show this one session only, but not that it was the one that is asked for',
  },
  forwarded: {
    zh: '该地址写在 X-Forwarded-For 之类的头里，任何人都能伪造；转报它的机器不是已登记的代理，不能采信',
    en: 'The address stands in a header like X-Forwarded-For, which anybody can write, and who passed it on is no registered proxy',
  },
  forwarded_unseen: {
    zh: '转报的代理已登记，但它的日志里没有该地址当时的请求：头里的地址可能是客户端自己写的；一串地址中只有最后一个由代理写入',
    en: 'The proxy that passed it on is registered, but its log shows no request of that address then: the client may have written it; of a chain of addresses only the last one is the proxy’s',
  },
  portless: {
    zh: '这种协议没有端口：记录里只有这一条会话，但不能证明所问的就是它',
    en: 'That protocol has no ports: the logs show this one session only, but not that it was the one that is asked for',
  },
  clock: {
    zh: '途中有日志源的时钟测得不准而又不能可靠修正',
    en: 'A clock on the way was measured to be wrong and cannot be corrected reliably',
  },
  clock_untold: {
    zh: '紧挨该时刻换过使用者，而有关日志源的时钟从未测过，差几十秒就可能是另一个',
    en: 'The user changed close to that time, and the clock of that log was never measured: half a minute may decide',
  },
  rival: {
    zh: '同一端口还有一条只记到一端的转换，离该时刻很远；不大可能、但不能排除当时还在',
    en: 'Another translation of that port has one recorded end only, far from that time: unlikely to be still there, not excluded',
  },
  exporters: {
    zh: '两个日志源记下了同一条转换，时间却对不上：其中一个的时钟不对，不知是哪一个',
    en: 'Two sources tell the same translation at different times: the clock of one is wrong, and nobody knows which',
  },
  not_registered: {
    zh: '该地址或网卡没有在设备台账登记，不能指向具体设备',
    en: 'Neither the address nor the hardware address is in the register of devices',
  },
  session_older: {
    zh: '这条连接开始时，该地址还不是这台设备的：连接属于开始它的那台设备',
    en: 'When the connection began, the address was not that device’s yet: a connection is of whoever began it',
  },
  just_given: {
    zh: '这条连接开始前不到一分钟，该地址才分配给这台设备：不经分配占用它的人可能还在',
    en: 'The address had been given to that device less than a minute before the connection began: one who used it without a lease may still have been there',
  },
  elsewhere: {
    zh: '这块网卡登记在别的单位：设备可能被带到这里，也可能有人冒用了它的网卡地址，请向登记单位核实',
    en: 'That hardware address is registered at another unit: the device may have been brought here, or its address copied; ask that unit',
  },
  no_binding: {
    zh: '没有租约或台账能证明该时刻是哪台设备使用这个地址',
    en: 'Neither a lease nor the register shows which device used the address at that time',
  },
  nat_open: {
    zh: '地址转换只有一端的记录，另一端没有收到',
    en: 'Only one end of the translation was recorded',
  },
  no_lease: { zh: '没有地址租约记录，只有台账', en: 'There is no lease, only the register' },
  lease_open: {
    zh: '租约在该时刻是否仍有效没有证明',
    en: 'Nothing proves that the lease was still held at that time',
  },
  mac_random: {
    zh: '网卡地址可能是随机地址，不能单独证明设备',
    en: 'The hardware address may be random and proves little',
  },
  single_source: {
    zh: '设备只有一个来源指向，没有独立的第二来源',
    en: 'Only one source points to the device; there is no independent second one',
  },
  entered_later: {
    zh: '台账是在该时刻之后登记的，且没有写起用时间',
    en: 'The register entry was made after that time and states no start',
  },
  no_owner: { zh: '设备没有登记使用人', en: 'Nobody is registered for the device' },
  coverage: {
    zh: '相关日志在该时刻前后有缺口或无法确认完整',
    en: 'The logs around that time have gaps or cannot be shown to be complete',
  },
};

export function reasonWords(code: ReasonCode): Words {
  return reasons[code];
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);

/** What the way to the candidates was. */
export const pathWords = {
  skippedNat: (ip: string, realm: string): Words => ({
    zh: `${ip} 是本网（${realm}）直接使用的地址，不需要查地址转换`,
    en: `${ip} is used directly inside our network (${realm}); no translation was looked up`,
  }),
  notOurs: (ip: string): Words => ({
    zh: `${ip} 不在已登记的地址分配内`,
    en: `${ip} is in no registered allocation`,
  }),
  noProto: (found: readonly string[]): Words => ({
    zh: `没有给出协议，TCP 与 UDP 都查了${found.length === 0 ? '' : `；该时刻的转换记录是 ${found.join('、')} 的`}`,
    en: `No protocol was given: TCP and UDP were both looked up${found.length === 0 ? '' : `; the translations at that time are of ${found.join(' and ')}`}`,
  }),
  noPort: {
    zh: '没有给出端口，同一公网地址的所有会话都是候选',
    en: 'Without a port every session of the address is a candidate',
  },
  noSession: {
    zh: '该时刻没有这个公网地址和端口的转换记录',
    en: 'There is no translation of this public address and port at that time',
  },
  noSessionOfAddress: {
    zh: '该时刻没有这个公网地址的转换记录',
    en: 'There is no translation of this public address at that time',
  },
  askSchool: (ip: string, unitName: string | null): Words => ({
    zh: `${ip} 后面还有一级地址转换，没有收到它的日志，请向${unitName ?? '该出口的使用单位'}查询`,
    en: `Behind ${ip} is another NAT whose logs are not here; ask ${unitName ?? 'the unit that uses this exit'}`,
  }),
  clockCorrected: (offsetMs: number, marginMs: number): Words => ({
    zh: `日志源时钟测得${offsetMs > 0 ? '快' : '慢'} ${seconds(Math.abs(offsetMs))} 秒，已按此修正，另留 ${seconds(marginMs)} 秒误差`,
    en: `A source's clock was measured ${seconds(Math.abs(offsetMs))} s ${offsetMs > 0 ? 'ahead' : 'behind'}; corrected, with ${seconds(marginMs)} s of tolerance`,
  }),
  clockUnsure: (marginMs: number): Words => ({
    zh: `日志源时钟测得不稳或离该时刻太久，按 ${seconds(marginMs)} 秒误差计算`,
    en: `A source's clock was unsteady or measured long before or after; ${seconds(marginMs)} s of tolerance were used`,
  }),
  askedTolerance: (given: number): Words => ({
    zh: `所问时间按 ${given} 秒误差计算`,
    en: `The asked time was taken to be right within ${given} s`,
  }),
  tooMany: (shown: number, all: number): Words => ({
    zh: `候选太多，只详查前 ${shown} 个（共 ${all} 个）`,
    en: `Too many candidates: ${shown} of ${all} were looked into`,
  }),
} as const;

/** The same with its fraction of a second where it has one: as exact as it was asked. */
export function exactTime(at: Date): string {
  const fraction = at.toISOString().slice(19, 23);
  return fraction === '.000' ? localTime(at) : localTime(at).replace(' +', `${fraction} +`);
}

/** A time as the raw lines of this region show it: China Standard Time, to the second. */
export function localTime(at: Date | number): string {
  return `${new Date(new Date(at).getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')} +08:00`;
}
