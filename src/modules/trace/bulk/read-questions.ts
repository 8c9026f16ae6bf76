/** Rows of a table as questions, or what is wrong with them. Pure. */
import { parseIp } from '#addresses';
import { findTimes, momentOf } from '../complaint/read-when.ts';
import type { TraceQuestion } from '../engine/facts.ts';

export interface RowFault {
  readonly row: number;
  readonly column: string;
  readonly message: string;
}

export interface BulkQuestion {
  readonly sheetRow: number;
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
  const wrong = (column: string, message: string) => {
    faults.push({ row, column, message });
    return null;
  };
  const ip =
    parseIp(cells.ip!.trim()) ?? wrong('ip', `不是网络地址 / not an address: ${cells.ip!.slice(0, 60)}`);
  const dst =
    cells.dst_ip === '' ? null : (parseIp(cells.dst_ip!) ?? wrong('dst_ip', '不是网络地址 / not an address'));
  const port = portOf('port', cells.port!, wrong);
  const dstPort = portOf('dst_port', cells.dst_port!, wrong);
  const proto = (cells.proto || 'tcp').toLowerCase();
  if (proto !== 'tcp' && proto !== 'udp') wrong('proto', '写 tcp 或 udp / tcp or udp');
  const at = timeOf(cells.at!, offset, now, wrong);
  if (faults.length > 0 || !ip || at === null) return faults;
  const ends = { ip: ip.text, port, dstIp: dst?.text ?? null, dstPort };
  return { sheetRow: row, question: { ...ends, proto: proto as 'tcp' | 'udp', at, toleranceSeconds: 0 } };
}

type Wrong = (column: string, message: string) => null;

function portOf(column: string, text: string, wrong: Wrong): number | null {
  if (text === '') return null;
  const number = Number(text);
  const isPort = /^\d{1,5}$/.test(text) && number >= 1 && number <= 65535;
  return isPort ? number : wrong(column, '端口应为 1–65535 / a port is 1–65535');
}

const gaps = {
  no_date: '没有日期 / no date',
  no_year: '没有年份 / no year',
  no_zone: '没有时区：写成 +08:00，或在上传时选择时区 / no zone: write +08:00, or choose one',
  zone_ambiguous: '时区缩写有多种含义 / the zone has several meanings',
  no_such_time: '没有这个时间 / no such time',
} as const;

function timeOf(text: string, offset: number | undefined, now: number, wrong: Wrong): number | null {
  const [written, ...more] = findTimes(text);
  if (!written || more.length > 0) return wrong('at', `不是一个时间 / not one time: ${text.slice(0, 60)}`);
  const moment = momentOf(written, { offset }, null);
  if ('gap' in moment) return wrong('at', gaps[moment.gap]);
  return moment.at > now ? wrong('at', '时间在未来 / lies in the future') : moment.at;
}
