import type { z } from 'zod';
import type { NatSizing, natSizingQuery } from '../contract/sizing.ts';
import { gatewayLines } from './gateway-lines.ts';

type Asked = z.output<typeof natSizingQuery>;
type Volume = NatSizing['perSession'];

/** Measured: 100 million NAT rows of random content, the worst case for compression, 29.1 bytes each. */
const indexBytesPerRow = 29.1;
/** Measured on a campus (h3cflowd, USTC): 172.8 million lines a day are 2.5 GB compressed. */
const rawBytesPerLine = 2.5e9 / 172.8e6;
/** The same campus: 1000 new sessions a second of about 500 people. */
const sessionsPerDevice = 2;
/** A session is told at its begin and at its end. */
const linesPerSession = 2;
/** Blocks given and taken back in a day, by device. */
const blockEventsPerDevice = 10;
/** Ports below 1024 are not handed out (RFC 7422 §2 excludes the well-known ports, too). */
const usablePorts = 65_536 - 1024;
const secondsPerDay = 86_400;
const [smallestBlock, largestBlock] = [64, 4096];
/** Ports rest for 120 s before another session has them (RFC 6888 REQ-8): a fifth more than are open at once. */
const headroom = 1.2;
/** A first block for the usual, more when a device is busier: blocks that stay empty cost public addresses. */
const blocksPerDevice = 4;

/** What logging every session costs against port blocks, and the blocks to configure. Sizes in bytes. Pure. */
export function sizeNat(asked: Asked): NatSizing {
  const sessionsPerSecond = asked.sessionsPerSecond || asked.devices * sessionsPerDevice;
  const perSession = volumeOf(sessionsPerSecond * secondsPerDay * linesPerSession, asked.days);
  const perBlock = volumeOf(asked.devices * blockEventsPerDevice, asked.days);
  const blockSize = blockOf(asked.portsAtOnce);
  const portsPerDevice = blockSize * blocksPerDevice;
  const devicesPerAddress = Math.floor(usablePorts / portsPerDevice);
  // Half of the blocks that a device may have: few devices are at their busiest at one time.
  const online = Math.ceil((asked.devices * asked.onlinePercent) / 100);
  const dynamicPerAddress = Math.floor(usablePorts / (blockSize * (blocksPerDevice / 2)));
  const ratio = perSession.rows / perBlock.rows;
  const sizing = {
    asked: { ...asked, sessionsPerSecond },
    perSession,
    perBlock,
    ratio: Math.round(ratio * 10) / 10,
    blockSize,
    blocksPerDevice,
    portsPerDevice,
    devicesPerAddress,
    publicAddresses: Math.ceil(online / dynamicPerAddress),
    publicAddressesDeterministic: Math.ceil(asked.devices / devicesPerAddress),
    advice: ratio >= 10 ? ('blocks' as const) : ('either' as const),
  };
  return { ...sizing, why: reasonsOf(sizing), gateways: gatewayLines(sizing) };
}

function volumeOf(rowsPerDay: number, days: number): Volume {
  const rows = rowsPerDay * days;
  const indexBytes = Math.round(rows * indexBytesPerRow);
  const rawBytes = Math.round(rows * rawBytesPerLine);
  return {
    rowsPerDay,
    bytesPerDay: Math.round(rowsPerDay * (indexBytesPerRow + rawBytesPerLine)),
    rows,
    indexBytes,
    rawBytes,
  };
}

/** The power of two of which `blocksPerDevice` hold the ports of a device at its busiest. */
function blockOf(portsAtOnce: number): number {
  const wanted = (portsAtOnce * headroom) / blocksPerDevice;
  const power = 2 ** Math.ceil(Math.log2(wanted));
  return Math.min(largestBlock, Math.max(smallestBlock, power));
}

type Figures = Omit<NatSizing, 'why' | 'gateways'>;

function reasonsOf({ asked, perSession, perBlock, ratio, blockSize }: Figures): NatSizing['why'] {
  const times = Math.round(ratio).toLocaleString('en-US');
  return [
    {
      zh: `逐会话记录每天 ${amount(perSession.rowsPerDay, 'zh')} 行，留存 ${asked.days} 天共 ${size(perSession)}；端口块每天 ${amount(perBlock.rowsPerDay, 'zh')} 行，共 ${size(perBlock)}，约为前者的 1/${times}。`,
      en: `Every session logged: ${amount(perSession.rowsPerDay, 'en')} rows a day, ${size(perSession)} in ${asked.days} days. Port blocks: ${amount(perBlock.rowsPerDay, 'en')} rows a day, ${size(perBlock)}: 1/${times} of it.`,
    },
    {
      zh: 'RFC 6888：REQ-12 要求不默认记录目的地址和端口，REQ-14 要求端口分配方式使日志尽量少，REQ-4 要求能限制每个用户的端口数。成块分配同时做到后两条。',
      en: 'RFC 6888: destinations should not be logged by default (REQ-12), ports should be given so that logs stay small (REQ-14), and ports per user must be limitable (REQ-4). Blocks do both of the latter.',
    },
    {
      zh: '端口收回后至少 120 秒再给别人（RFC 6888 REQ-8）：这样时钟相差一分钟以内也不会认错人。请不要关闭这一项。',
      en: 'A port rests for 120 s before another user has it (RFC 6888 REQ-8): clocks that differ by less than a minute then name nobody wrongly. Keep it on.',
    },
    {
      zh: `RFC 7422 的确定性分配不需要逐条日志：端口块由内网地址算出，只要如实登记规则和起止时间。块大小仍建议 ${blockSize}，但公网地址按全部设备计算。`,
      en: `RFC 7422: with blocks worked out from the inside address there is nothing to log but the rule and its dates. The block stays ${blockSize}; public addresses are counted for all devices.`,
    },
    {
      zh: '没有端口的举报，无论哪种记录都只能得到许多候选：网站和服务器应当记录对方端口（RFC 6302）。',
      en: 'A complaint without a port gives many candidates with either: servers should log the source port (RFC 6302).',
    },
  ];
}

function amount(rows: number, language: 'zh' | 'en'): string {
  const units: [number, string][] =
    language === 'zh'
      ? [
          [1e8, ' 亿'],
          [1e4, ' 万'],
        ]
      : [
          [1e9, ' billion'],
          [1e6, ' million'],
        ];
  const unit = units.find(([least]) => rows >= least);
  if (!unit) return Math.round(rows).toLocaleString('en-US');
  return `${Math.round((rows / unit[0]) * 10) / 10}${unit[1]}`;
}

function size({ indexBytes, rawBytes }: Volume): string {
  const bytes = indexBytes + rawBytes;
  const names = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  const step = Math.min(names.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${Math.round((bytes / 1000 ** step) * 10) / 10} ${names[step]}`;
}
