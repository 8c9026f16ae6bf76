import type { DrillReason } from '../contract/drills.ts';
import type { ReasonCode } from '../rules.ts';

/** What of the trace's own reasons a school or bureau can mend. `probable` needs no mending: it names one device. */
const reasons: Readonly<Partial<Record<string, DrillReason>>> = {
  no_candidate: 'no_session',
  several: 'shared_nat',
  second_nat: 'second_nat',
  proxy: 'second_nat',
  not_registered: 'unregistered',
  elsewhere: 'unregistered',
  no_binding: 'no_lease',
  no_lease: 'no_lease',
  lease_open: 'no_lease',
  mac_random: 'random_mac',
  nat_open: 'gap',
  nat_far: 'gap',
  nat_near: 'gap',
  coverage: 'gap',
  clock: 'clock',
  exporters: 'clock',
};

/** Why a point was not proven, in what can be mended; none for one that was, or nearly. Pure. */
export function tellReasons(point: {
  readonly verdict: string;
  readonly codes: readonly ReasonCode[];
  readonly clockOff: boolean;
}): DrillReason[] {
  if (point.verdict === 'proven' || point.verdict === 'probable') return [];
  const told = point.codes.map((code) => reasons[code]).filter((reason) => reason !== undefined);
  if (point.clockOff) told.push('clock');
  return told.length === 0 ? ['other'] : [...new Set(told)];
}

/** One finding for each school and reason: its title, what it means, and how heavy it weighs. */
export const reasonTexts: Readonly<
  Record<
    DrillReason,
    { readonly severity: 'low' | 'medium' | 'high'; readonly zh: string; readonly en: string }
  >
> = {
  no_logs: {
    severity: 'high',
    zh: '这段时间没有任何出口转换日志，溯源没有依据：请把出口设备的转换日志送来，或登记确定性转换规则',
    en: 'No translation of this school was logged at all: send the logs of its exit, or declare its fixed translation',
  },
  no_session: {
    severity: 'high',
    zh: '日志里确有的连接，溯源时找不到：转换日志不完整或时间对不上',
    en: 'A connection that is in the logs is not found by a trace: incomplete logs or wrong times',
  },
  shared_nat: {
    severity: 'medium',
    zh: '同一公网地址和端口在该时刻有多个候选：转换日志缺端口或端口复用太快，建议按端口块分配',
    en: 'Several candidates for one public address and port: log ports, or give ports in blocks',
  },
  second_nat: {
    severity: 'high',
    zh: '链条止于学校自己的出口设备：校内还有一级地址转换，没有它的日志',
    en: 'The chain ends at the school’s own gateway: a second NAT whose logs are not here',
  },
  unregistered: {
    severity: 'medium',
    zh: '找到了内网地址或网卡，但设备没有登记：请补登记',
    en: 'Address or hardware address found, but the device is not registered: register it',
  },
  no_lease: {
    severity: 'medium',
    zh: '没有地址租约或邻居表能证明该时刻是哪台设备在用：请送 DHCP 日志，或固定地址并登记',
    en: 'Neither lease nor neighbour table shows which device it was: send DHCP logs, or fix and register addresses',
  },
  random_mac: {
    severity: 'low',
    zh: '设备使用随机网卡地址，不能单独证明：请用实名认证（RADIUS）接入',
    en: 'A random hardware address proves nothing alone: sign devices in by RADIUS',
  },
  gap: {
    severity: 'medium',
    zh: '相关日志在该时刻前后有缺口或无法确认完整',
    en: 'The logs around that time have gaps, or cannot be shown to be complete',
  },
  clock: {
    severity: 'medium',
    zh: '出口或 DHCP 设备的时钟偏差过大：请打开 NTP 校时',
    en: 'The clock of the exit or DHCP server is too far off: turn NTP on',
  },
  other: {
    severity: 'low',
    zh: '演练的点不能证明，原因见演练记录',
    en: 'A point of the drill is not provable; see the record of the drill',
  },
};
