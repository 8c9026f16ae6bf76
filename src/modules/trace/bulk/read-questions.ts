/** Rows of a table as questions, or what is wrong with them. Pure. */
import { parseIp } from '#addresses';
import { findTimes, momentOf } from '../complaint/read-when.ts';
import type { Protocol, TraceQuestion } from '../engine/facts.ts';
import { readUrl } from '../read-url.ts';
import type { Words } from '../words.ts';

export interface RowFault {
  readonly row: number;
  readonly column: string;
  readonly message: Words;
}

export interface BulkQuestion {
  readonly sheetRow: number;
  /** What the table calls the row. */
  readonly ref: string;
  readonly question: Omit<TraceQuestion, 'knownAt'>;
}

type Cells = Readonly<Record<string, string>>;

/** `offset`: minutes east of UTC for times that name no zone; undefined: such a row is at fault. */
export function readRow(
  row: number,
  cells: Cells,
  offset: number | undefined,
  now: number,
): BulkQuestion | readonly RowFault[] {
  const faults: RowFault[] = [];
  const wrong: Wrong = (column, zh, en) => {
    faults.push({ row, column, message: { zh, en } });
    return null;
  };
  const place = endOf('ip', cells.ip!, cells.port!, wrong);
  const far =
    cells.dst_ip === ''
      ? { ip: null, port: portOf('dst_port', cells.dst_port!, wrong) }
      : endOf('dst_ip', cells.dst_ip!, cells.dst_port!, wrong);
  const proto = protoOf(cells.proto!);
  if (proto === undefined)
    wrong('proto', '写 tcp、udp、icmp、gre 或 esp', 'write tcp, udp, icmp, gre or esp');
  const url =
    cells.url === '' ? null : (readUrl(cells.url!) ?? wrong('url', '不是网址或域名', 'not a URL or a host'));
  const moment = momentIn(cells, offset, now, wrong);
  if (faults.length > 0 || !place?.ip || !far || !moment || proto === undefined) return faults;
  const ends = {
    ip: place.ip,
    port: place.port,
    dstIp: far.ip,
    dstPort: far.port,
    ...(url && { url: url.text }),
  };
  return {
    sheetRow: row,
    ref: cells.ref!.slice(0, 200),
    question: { ...ends, proto, at: moment.at, toleranceSeconds: moment.tolerance },
  };
}

/** `203.0.113.7`, or with its port: `203.0.113.7:51234`, `[2001:db8::1]:443`. */
function endOf(
  column: 'ip' | 'dst_ip',
  text: string,
  portText: string,
  wrong: Wrong,
): { ip: string; port: number | null } | null {
  const portColumn = column === 'ip' ? 'port' : 'dst_port';
  const plain = text.normalize('NFKC').trim();
  const [, six, four, behind] = /^(?:\[([^\]]+)\]|(\d+(?:\.\d+){3}))(?::(\d{1,5}))?$/.exec(plain) ?? [];
  const ip = parseIp(six ?? four ?? plain);
  const shown = text.slice(0, 60);
  if (!ip) wrong(column, `不是网络地址：${shown}`, `not an address: ${shown}`);
  const own = portOf(portColumn, portText, wrong);
  if (!ip) return null;
  if (behind === undefined) return { ip: ip.text, port: own };
  const port = portOf(column, behind, wrong);
  if (own !== null && own !== port)
    return wrong(portColumn, '与地址里写的端口不同', 'differs from the port in the address');
  return { ip: ip.text, port };
}

/** Null: the row names none; undefined: what it names is none. */
function protoOf(text: string): Protocol | null | undefined {
  const plain = text.trim().toLowerCase();
  // Numbers of IANA, as flow records have them.
  if (plain === '') return null;
  if (plain === 'tcp' || plain === '6') return 'tcp';
  if (plain === 'icmp' || plain === 'icmpv6' || plain === '1' || plain === '58') return 'icmp';
  if (plain === 'gre' || plain === '47') return 'gre';
  if (plain === 'esp' || plain === 'ipsec' || plain === '50') return 'esp';
  return plain === 'udp' || plain === '17' ? 'udp' : undefined;
}

type Wrong = (column: string, zh: string, en: string) => null;

function portOf(column: string, text: string, wrong: Wrong): number | null {
  if (text === '') return null;
  // `443.0`: a spreadsheet's number.
  const plain = text.normalize('NFKC').replace(/\.0$/, '');
  const number = Number(plain);
  const isPort = /^\d{1,5}$/.test(plain) && number >= 1 && number <= 65535;
  return isPort ? number : wrong(column, '端口应为 1–65535', 'a port is 1–65535');
}

const gaps = {
  no_date: ['没有日期', 'no date'],
  no_year: ['没有年份', 'no year'],
  no_zone: [
    '没有时区：写成 +08:00，或加“时区”列，或在上传时选择时区',
    'no zone: write +08:00, add a column zone, or choose one',
  ],
  zone_ambiguous: ['时区缩写有多种含义，请写成 +08:00', 'the zone has several meanings; write +08:00'],
  no_such_time: ['没有这个时间', 'no such time'],
  night_unclear: [
    '夜里的时刻不知属于哪一天，请用 24 小时制',
    'of that day or of the next? Write it with 24 hours',
  ],
} as const;

/** The moment of a row, and how far off it may be because of how it was written. */
function momentIn(
  cells: Cells,
  offset: number | undefined,
  now: number,
  wrong: Wrong,
): { at: number; tolerance: number } | null {
  const told = toleranceOf(cells.tolerance!, wrong);
  const zone = cells.zone === '' ? offset : zoneOf(cells.zone!, wrong);
  const text = cells.at!.normalize('NFKC').trim();
  if (zone === null || told === null) return null;
  const serial = fromSerial(text);
  const [written, ...more] = findTimes(serial?.text ?? text);
  if (!written || more.length > 0) {
    const shown = cells.at!.slice(0, 60);
    return wrong('at', `不是一个时间：${shown}`, `not one time: ${shown}`);
  }
  const moment = momentOf(written, { offset: zone }, null);
  if ('gap' in moment) return wrong('at', gaps[moment.gap][0], gaps[moment.gap][1]);
  if (moment.at > now) return wrong('at', '时间在未来', 'lies in the future');
  return { at: moment.at, tolerance: Math.max(told, written.isCoarse ? 60 : 0, serial?.tolerance ?? 0) };
}

function toleranceOf(text: string, wrong: Wrong): number | null {
  if (text === '') return 0;
  const seconds = Number(text.replace(/\s*(?:秒|s)$/i, ''));
  return seconds >= 0 && seconds <= 3600 ? seconds : wrong('tolerance', '误差为 0–3600 秒', '0–3600 seconds');
}

/** Minutes east of UTC, from what a column says; null: it says no zone, which was told. */
function zoneOf(text: string, wrong: Wrong): number | null {
  const [written] = findTimes(
    `2000-01-01 00:00:00 ${/^[+-]\d{1,2}$/.test(text.trim()) ? 'UTC' : ''}${text.trim()}`,
  );
  return written?.offset ?? wrong('zone', '写成 +08:00 或 UTC', 'write +08:00 or UTC');
}

const day = 86_400_000;

/**
 * A day as a spreadsheet stores it when nobody formatted the cell: days since 1899-12-30 (right from March 1900 on). It
 * is as exact as its digits; without a fraction the time of day is missing and the row is at fault.
 */
function fromSerial(text: string): { text: string; tolerance: number } | null {
  const [, fraction] = /^[2-9]\d{4}\.(\d{2,})$/.exec(text) ?? [];
  if (fraction === undefined) return null;
  const ms = Math.round((Number(text) - 25_569) * day);
  const exact = day / 1000 / 10 ** fraction.length;
  const seconds = new Date(Math.round(ms / 1000) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return { text: seconds, tolerance: exact > 1 ? Math.ceil(exact) : 0 };
}
