/** Headings of tables that others made, as the fields of a question. Pure. */
import type { readRecords } from '#base/sheet';
import { bulkSheet } from '../contract/bulk.ts';

/** What police letters, firewalls and abuse reports call their columns; compared without spaces, case, `_` and `-`. */
const names: Readonly<Record<string, readonly string[]>> = {
  ip: [
    'ip',
    'IP地址',
    '公网IP',
    '公网IP地址',
    '外网IP',
    '外网地址',
    '出口IP',
    '出口地址',
    '源IP',
    '源IP地址',
    '源地址',
    '网络地址',
    '地址',
    'srcip',
    'sourceip',
    'sourceaddress',
    'ipaddress',
    'publicip',
    'address',
  ],
  port: ['源端口', '公网端口', '外网端口', '端口号', 'srcport', 'sport', 'sourceport', 'publicport'],
  proto: ['传输协议', '协议类型', 'protocol', 'transport'],
  at: [
    '访问时间',
    '发生时间',
    '起始时间',
    '时间戳',
    '日期时间',
    // As our own results call it: they are asked again.
    '时间（北京时间）',
    '日期',
    'time',
    'timestamp',
    'datetime',
    'date',
    'eventtime',
    'when',
  ],
  zone: ['timezone', 'tz', 'utcoffset'],
  dst_ip: [
    '目的IP',
    '目的地址',
    '目的IP地址',
    '目标IP',
    '目标地址',
    '对端IP',
    'dstip',
    'destinationip',
    'destination',
    'serverip',
  ],
  dst_port: ['目的端口', '目标端口', 'dstport', 'dport', 'destinationport', 'serverport'],
  tolerance: ['误差', '误差秒', '时间误差秒', 'toleranceseconds'],
  url: ['网址URL', '链接', '域名', '主机', '主机名', 'URI', 'host', 'hostname', 'domain'],
  ref: ['序号', '编号', '案件序号', 'no', 'id', 'reference', 'row'],
};

type Sheet = Parameters<typeof readRecords>[1];

const fold = (text: string) =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-*（）()：:\u200b\ufeff]+/g, '');
const aliases = new Map(
  Object.entries(names).flatMap(([key, list]) => list.map((name) => [fold(name), key])),
);

/**
 * The sheet with headings that the fields are known by. A name of the template wins over another one for the same field,
 * and of two other names the first; the rest stays as it is and is told as not read.
 */
export function withKnownHeadings(sheet: Sheet): Sheet {
  const own = new Map(
    bulkSheet.fields.flatMap((field) =>
      [field.key, field.zh, field.en].map((name) => [fold(name), field.key] as const),
    ),
  );
  const taken = new Set(sheet.columns.flatMap((column) => own.get(fold(column)) ?? []));
  const columns = sheet.columns.map((column) => {
    const exact = own.get(fold(column));
    if (exact !== undefined) return exact;
    const key = aliases.get(fold(column));
    if (key === undefined || taken.has(key)) return column;
    taken.add(key);
    return key;
  });
  const renamed = new Map(sheet.columns.map((column, index) => [column, columns[index]!]));
  const issues = sheet.issues.map((one) => ({ ...one, column: renamed.get(one.column) ?? one.column }));
  return { ...sheet, columns, issues };
}
