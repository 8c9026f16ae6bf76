/** What an operator must know of a collector, in words. Pure. */
import type { Problem } from '#base/role-health';
import type { ReceiverState } from './receiver.ts';

/** Datagrams that the kernel dropped, and when that was last seen. */
export interface Loss {
  readonly at: Date;
  readonly datagrams: number;
}

export interface CollectorFacts {
  readonly receiver: ReceiverState;
  /** Receivers of datagrams beside syslog, that listen: their drops and buffers. */
  readonly datagrams?: readonly {
    readonly name: string;
    readonly drops: number | null;
    readonly buffer: number | null;
    readonly wanted: number;
  }[];
  readonly now: Date;
  readonly lastLoss: Loss | null;
  /** The disk refused the last commit of received lines. */
  readonly spoolFails: boolean;
  /** The last try to seal a spool file failed. */
  readonly sealFails: boolean;
  /** Closed spool files that wait for sealing. */
  readonly waiting: number;
  /** Spool files that did not hold what was written to them, kept aside. */
  readonly damaged: number;
}

/** A loss is told for so long after it was seen. */
const tellLossMs = 15 * 60_000;

/** Every reason for which the collector is degraded, with its remedy; none: it is well. */
export function collectorProblems(facts: CollectorFacts): Problem[] {
  const { receiver, lastLoss, now } = facts;
  const problems: Problem[] = [];
  const { udpBuffer, wantedUdpBuffer } = receiver;
  const datagrams = facts.datagrams ?? [];
  const small = datagrams.filter(({ buffer, wanted }) => buffer !== null && buffer < wanted);
  const asked = Math.max(wantedUdpBuffer, ...small.map(({ wanted }) => wanted));
  if (udpBuffer !== null && udpBuffer < wantedUdpBuffer)
    problems.push(smallBuffer('syslog', udpBuffer, asked));
  for (const { name, buffer } of small) problems.push(smallBuffer(name, buffer!, asked));
  if (lastLoss && now.getTime() - lastLoss.at.getTime() < tellLossMs) problems.push(dropped(lastLoss));
  const syslogUnseen = receiver.udpPort !== null && receiver.kernelDrops === null;
  if (syslogUnseen || datagrams.some(({ drops }) => drops === null)) problems.push(unseenDrops);
  if (facts.spoolFails) problems.push(spoolFails);
  if (facts.sealFails) problems.push(sealFails(facts.waiting));
  if (facts.damaged > 0) problems.push(damaged(facts.damaged));
  return problems;
}

function smallBuffer(name: string, granted: number, wanted: number): Problem {
  const remedy =
    process.platform === 'linux'
      ? `sysctl -w net.core.rmem_max=${wanted}`
      : `sysctl -w kern.ipc.maxsockbuf=${2 * wanted}`;
  return {
    zh: `UDP 接收缓冲区（${name}）只有 ${granted} 字节（需要 ${wanted}），日志突发时会在内核中丢失。请以 root 执行 ${remedy}，并写入 /etc/sysctl.d/，无需重启`,
    en: `the UDP receive buffer of ${name} has only ${granted} bytes of the ${wanted} wanted: bursts of logs are lost in the kernel. As root run ${remedy} and put it into /etc/sysctl.d/; no restart is needed`,
  };
}

function dropped({ at, datagrams }: Loss): Problem {
  const when = at.toISOString();
  return {
    zh: `内核丢弃了 ${datagrams} 个 UDP 报文（${when} 前数秒内），这段时间的日志不完整。请增大接收缓冲区，或让设备改用 TCP 发送`,
    en: `the kernel dropped ${datagrams} UDP datagrams in the seconds before ${when}: logs of that time are incomplete. Enlarge the receive buffer or let devices send by TCP`,
  };
}

const unseenDrops: Problem = {
  zh: '系统不提供 UDP 丢包计数，丢失的日志无法发现。请让设备改用 TCP 发送',
  en: 'the system does not tell how many UDP datagrams it drops, so losses go unseen. Let devices send by TCP',
};

const spoolFails: Problem = {
  zh: '收到的日志暂时无法写入磁盘，正在重试。请检查数据目录的剩余空间，详情见采集器日志',
  en: 'received logs cannot be written to disk at the moment and wait in memory. Check the free space of the data directory; the collector’s log says more',
};

function sealFails(waiting: number): Problem {
  return {
    zh: `${waiting} 个日志文件等待封存，上次封存失败，正在重试。详情见采集器日志`,
    en: `${waiting} spool files wait to be sealed and the last try failed; it is repeated. The collector’s log says more`,
  };
}

function damaged(count: number): Problem {
  return {
    zh: `${count} 个日志文件已损坏：能读的部分已封存，原文件以 .damaged 结尾保留在数据目录的 spool 中。请检查磁盘，备份后移走这些文件`,
    en: `${count} spool files are damaged: what could be read is sealed, the files stay in the data directory’s spool, named .damaged. Check the disk, save these files elsewhere and move them away`,
  };
}
