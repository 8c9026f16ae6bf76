import type { AlarmKind, AlarmRow } from '../store/alarms.ts';

interface Words {
  readonly zh: string;
  readonly en: string;
}

/** What is wrong, in a sentence of each language. */
export function alarmWords(kind: AlarmKind, name: string, detail: AlarmRow['detail']): Words {
  switch (kind) {
    case 'silence':
      return {
        zh: `日志源“${name}”自 ${detail.since} 起没有日志`,
        en: `the log source ${name} has been silent since ${detail.since}`,
      };
    case 'clock':
      return {
        zh: `日志源“${name}”的时钟偏差 ${detail.seconds} 秒`,
        en: `the clock of the log source ${name} is off by ${detail.seconds} s`,
      };
    case 'unparsable':
      if (detail.of === 'upload')
        return {
          zh: `日志源“${name}”最近导入的文件有 ${detail.lines} 行无法解析（占 ${detail.percent}%）`,
          en: `${detail.lines} lines of the files last taken for the log source ${name} could not be read (${detail.percent} %)`,
        };
      return {
        zh: `日志源“${name}”近两小时有 ${detail.lines} 行无法解析（占 ${detail.percent}%）`,
        en: `${detail.lines} lines of the log source ${name} could not be read in two hours (${detail.percent} %)`,
      };
    case 'collector':
      return {
        zh: `采集器 ${name} 自 ${detail.since} 起没有运行`,
        en: `the collector ${name} has not run since ${detail.since}`,
      };
    case 'kernel':
      return {
        zh: `采集器 ${name} 近一小时丢失 ${detail.datagrams} 个报文`,
        en: `the collector ${name} lost ${detail.datagrams} datagrams within an hour`,
      };
    case 'disk':
      return {
        zh: `采集器 ${name} 的磁盘只剩 ${detail.percent}%`,
        en: `the disk of the collector ${name} has ${detail.percent} % left`,
      };
  }
}

/** What to do about it. */
export function alarmRemedy(kind: AlarmKind): string {
  return remedies[kind];
}

const remedies: Readonly<Record<AlarmKind, string>> = {
  silence:
    '请检查设备是否开机、网络是否通、日志转发设置是否改动。恢复后本事项自动核销；停电、放假等请在日志完整性页说明。',
  clock: '请在设备上设置正确的时间和 NTP 服务器。时钟不准的日志不能用于溯源。',
  unparsable: '设备可能升级后改了日志格式。请在日志源页查看无法解析的行，选对格式或写模板，再重新解析。',
  collector: '请检查采集器所在的机器和服务。没有采集器时，UDP 日志会丢失。',
  kernel: '请按系统状态页的提示增大接收缓冲区，或让设备改用 TCP 发送。',
  disk: '请清理磁盘、扩容，或把旧日志移到另外的存储。磁盘写满后无法接收日志。',
};

export function presentAlarm(row: AlarmRow) {
  const name = row.name ?? row.collector ?? '';
  return {
    id: row.id,
    kind: row.kind,
    sourceId: row.source_id,
    source: name,
    unitName: row.unit_name,
    began: row.began,
    ended: row.ended,
    urgedAt: row.urged_at,
    words: alarmWords(row.kind, name, row.detail),
  };
}
