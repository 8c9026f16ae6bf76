import type { Ctx } from '#base/app';
import { type ImportRow, inScope, peopleByNumber, type Reject, type UnitRef, unitsByCode } from '#units';
import { isAtOrBelow } from './nest-prefixes.ts';
import { isNotAHost, parseIp, parsePrefix } from './parse-ip.ts';
import { isGroupMac, parseMac } from './parse-mac.ts';
import { parseSince } from './rules.ts';
import { findCovers } from './store/allocations.ts';
import { lookEverywhere } from './store/whole-view.ts';

/** A row of the device sheet of which every cell is well formed and everything it names exists. */
export interface WantedDevice {
  readonly row: ImportRow;
  readonly assetNo: string;
  readonly name: string;
  readonly type: string;
  readonly unit: UnitRef;
  readonly realm: string;
  /** In the order of the cell. */
  readonly ips: readonly string[];
  readonly macs: readonly string[];
  readonly switch: string | null;
  readonly port: string | null;
  readonly personId: string | null;
  /** Whoever answers for it goes on doing so. */
  readonly keepsHolder: boolean;
  readonly room: string | null;
  readonly note: string | null;
  readonly since: Date | null;
}

/** Stands for the custodian in an exported sheet, which names nobody. */
export const unchanged = '不变';

type Refuse = (column: string, error: string, details?: Record<string, unknown>) => void;

const limits = [
  ['asset_no', '资产编号', 60],
  ['name', '设备名称', 100],
  ['room', '房间', 60],
  ['realm', '路由域', 60],
  ['switch', '交换机', 60],
  ['port', '端口', 60],
  ['note', '备注', 500],
] as const;

/** Reads the rows; refuses those with faults of their own, all faults of a row at once. */
export async function readDeviceRows(
  ctx: Ctx,
  rows: readonly ImportRow[],
  reject: Reject,
): Promise<WantedDevice[]> {
  const units = await unitsByCode(ctx);
  const numbers = [...new Set(rows.map((row) => row.values.owner_no ?? '').filter((no) => no !== ''))];
  const people = await peopleByNumber(ctx, numbers);
  const firstRow = new Map<string, number>();
  const wanted: WantedDevice[] = [];
  for (const row of rows) {
    let well = true;
    const refuse: Refuse = (column, error, details) => {
      well = false;
      reject(row, column, error, details);
    };
    const device = readRow(ctx, row, units, people, refuse);
    const { asset_no: assetNo = '', unit_code: code = '' } = row.values;
    const key = `${code} ${assetNo}`;
    const first = firstRow.get(key);
    if (first) refuse('asset_no', 'units.duplicate_row', { first, value: assetNo });
    else firstRow.set(key, row.row);
    if (well && device) wanted.push(device);
  }
  return refuseOutside(ctx, wanted, reject);
}

function readRow(
  ctx: Ctx,
  row: ImportRow,
  units: ReadonlyMap<string, UnitRef>,
  people: ReadonlyMap<string, { id: string }>,
  refuse: Refuse,
): WantedDevice | undefined {
  const { values } = row;
  for (const [column, zh, limit] of limits) {
    if ((values[column] ?? '').length > limit) refuse(column, 'units.too_long', { column: zh, limit });
  }
  const code = values.unit_code ?? '';
  const unit = units.get(code);
  if (!unit) refuse('unit_code', 'units.unknown_unit', { code });
  else if (!inScope(ctx, unit.path)) refuse('unit_code', 'units.outside_scope', { code });
  const keepsHolder = values.owner_no === unchanged;
  const owner = values.owner_no ? people.get(values.owner_no) : undefined;
  if (values.owner_no && !owner && !keepsHolder)
    refuse('owner_no', 'units.unknown_person', { no: values.owner_no });
  const addresses = {
    ips: readList(values.ip ?? '', (one) => readIp(one, refuse)),
    macs: readList(values.mac ?? '', (one) => readMac(one, refuse)),
    since: readSince(ctx, values.since ?? '', refuse),
  };
  if (!unit) return undefined;
  return {
    row,
    assetNo: values.asset_no ?? '',
    name: values.name ?? '',
    type: values.type ?? '',
    unit,
    realm: values.realm || 'main',
    personId: owner?.id ?? null,
    keepsHolder,
    room: values.room || null,
    switch: values.switch || null,
    port: values.port || null,
    note: values.note || null,
    ...addresses,
  };
}

/** A cell may hold several, as people part them. */
function readList(text: string, read: (one: string) => string | undefined): string[] {
  const parts = text.normalize('NFKC').split(/[\s;,、]+/);
  const known = parts.filter((one) => one !== '').flatMap((one) => read(one) ?? []);
  return [...new Set(known)];
}

function readIp(text: string, refuse: Refuse): string | undefined {
  const ip = parseIp(text);
  if (!ip) refuse('ip', 'addresses.bad_ip', { value: text.slice(0, 60) });
  return ip?.text;
}

function readMac(text: string, refuse: Refuse): string | undefined {
  const mac = parseMac(text);
  if (!mac) refuse('mac', 'addresses.bad_mac', { value: text.slice(0, 60) });
  else if (isGroupMac(mac)) refuse('mac', 'addresses.group_mac', { value: mac });
  return mac;
}

function readSince(ctx: Ctx, text: string, refuse: Refuse): Date | null {
  if (text === '') return null;
  const since = parseSince(text.normalize('NFKC'));
  if (!since || since > ctx.clock.now()) refuse('since', 'addresses.bad_since', { value: text.slice(0, 60) });
  return since ?? null;
}

/** Refuses addresses that no allocation of the unit or of a unit above it covers, or that name no host. */
async function refuseOutside(ctx: Ctx, wanted: WantedDevice[], reject: Reject): Promise<WantedDevice[]> {
  const places = wanted.flatMap(({ realm, ips }) => ips.map((ip) => ({ realm, ip })));
  const covers = await lookEverywhere(ctx, (all) => findCovers(all, places));
  const coverOf = new Map(covers.map((cover) => [`${cover.realm} ${cover.ip}`, cover]));
  return wanted.filter((one) =>
    one.ips.every((ip) => {
      const cover = coverOf.get(`${one.realm} ${ip}`);
      if (!cover || !isAtOrBelow(one.unit.path, cover.unitPath)) {
        reject(one.row, 'ip', 'addresses.outside_allocation', { value: ip });
        return false;
      }
      if (isNotAHost(parseIp(ip)!, parsePrefix(cover.cidr)!)) {
        reject(one.row, 'ip', 'addresses.not_a_host', { value: ip, cidr: cover.cidr });
        return false;
      }
      return true;
    }),
  );
}
