import type { Ctx } from '#base/app';
import { newId } from '#base/id';
import { type ImportRow, inScope, type Reject } from '#units';
import { readDeviceRows, type WantedDevice } from './read-device-rows.ts';
import { claimKey, newOf } from './rules.ts';
import { type Claim, type Settled, settleClaims } from './settle-claims.ts';
import { openRegister } from './store/allocations.ts';
import { findByAssetNo, findHolders, findHoldersNow, upsertDevices } from './store/devices.ts';
import {
  changeFacts,
  type FactChange,
  type FactTable,
  type FactValues,
  factTables,
  findLiveFacts,
} from './store/facts.ts';
import { lookEverywhere } from './store/whole-view.ts';

/** A wanted device and which one of the register it is. */
export interface Placed {
  readonly wanted: WantedDevice;
  readonly id: string;
  readonly known: boolean;
}

/**
 * Stores the good rows. A row states all that holds of its device; what differs from the register becomes
 * history, from `since` of the row, or from now on, or, for a device never registered, since ever. An
 * unchanged row leaves no trace. Returns how many rows of the file now stand in the register.
 */
export async function applyDevices(ctx: Ctx, rows: readonly ImportRow[], reject: Reject): Promise<number> {
  const now = await openRegister(ctx);
  const wanted = await readDeviceRows(ctx, rows, reject);
  const placed = await keepHolders(ctx, await placeDevices(ctx, wanted));
  return (await storeWanted(ctx, placed, now, reject)).length;
}

/** Stores what does not collide with what others have; `now` is the register's. Returns the ids that it stored. */
export async function storeWanted(
  ctx: Ctx,
  wanted: readonly Placed[],
  now: string,
  reject: Reject,
): Promise<string[]> {
  const placed = refuseTwice(wanted, reject);
  const settled = await settle(ctx, placed, now, reject);
  const refusedRows = new Set([...settled.refused.keys()].map((claim) => claim.row));
  const accepted = placed.filter((one) => !refusedRows.has(one.wanted.row.row));
  await storeDevices(ctx, accepted, settled.fromNow, now);
  return accepted.map((one) => one.id);
}

/** Finds each row's device: by unit and asset number; a known number with its MAC in another unit has moved. */
async function placeDevices(ctx: Ctx, wanted: readonly WantedDevice[]): Promise<Placed[]> {
  const known = await findByAssetNo(ctx, [...new Set(wanted.map((one) => one.assetNo))]);
  const byUnit = new Map(known.map((one) => [`${one.unitId} ${one.assetNo}`, one.id]));
  const byMac = new Map(known.flatMap((one) => one.macs.map((mac) => [`${mac} ${one.assetNo}`, one.id])));
  return wanted.map((one) => {
    const moved = one.macs.flatMap((mac) => byMac.get(`${mac} ${one.assetNo}`) ?? [])[0];
    const id = byUnit.get(`${one.unit.id} ${one.assetNo}`) ?? moved;
    return { wanted: one, id: id ?? newId(), known: id !== undefined };
  });
}

/** Rows that leave the custodian as it is get the one that the register has. */
async function keepHolders(ctx: Ctx, placed: readonly Placed[]): Promise<Placed[]> {
  const keepers = placed.filter((one) => one.known && one.wanted.keepsHolder).map((one) => one.id);
  const holders = await findHoldersNow(ctx, keepers);
  return placed.map((one) =>
    one.wanted.keepsHolder
      ? { ...one, wanted: { ...one.wanted, personId: holders.get(one.id) ?? null } }
      : one,
  );
}

/** Two rows cannot mean one device: one with its old unit and one with its new. */
function refuseTwice(placed: readonly Placed[], reject: Reject): Placed[] {
  const firstRow = new Map<string, number>();
  return placed.filter(({ id, wanted }) => {
    const first = firstRow.get(id);
    if (first) reject(wanted.row, 'asset_no', 'units.duplicate_row', { first, value: wanted.assetNo });
    else firstRow.set(id, wanted.row.row);
    return !first;
  });
}

async function settle(
  ctx: Ctx,
  placed: readonly Placed[],
  nowText: string,
  reject: Reject,
): Promise<Settled> {
  const now = Date.parse(nowText);
  const claims = placed.flatMap((one) => claimsOf(one, now));
  const held = await lookEverywhere(ctx, (all) =>
    findHolders(
      all,
      placed.flatMap(({ wanted: { realm, ips } }) => ips.map((ip) => ({ realm, ip }))),
      placed.flatMap(({ wanted: { macs } }) => macs),
    ),
  );
  const visible = held.map((one) => ({ ...one, assetNo: inScope(ctx, one.unitPath) ? one.assetNo : null }));
  const leaving = new Map(
    placed.map((one) => [
      one.id,
      {
        row: one.wanted.row.row,
        at: one.wanted.since?.getTime() ?? now,
        keys: new Set(claimsOf(one, now).map((claim) => claim.key)),
      },
    ]),
  );
  const settled = settleClaims(claims, visible, leaving, now);
  const rowOf = new Map(placed.map(({ wanted }) => [wanted.row.row, wanted.row]));
  for (const [claim, asset] of settled.refused) {
    const value = claim.key.split(' ').at(-1);
    const code = claim.column === 'ip' ? 'addresses.duplicate_ip' : 'addresses.duplicate_mac';
    reject(rowOf.get(claim.row)!, claim.column, code, { value, asset: asset ?? '（其他单位）' });
  }
  return settled;
}

function claimsOf({ wanted, id, known }: Placed, now: number): Claim[] {
  const { row, assetNo, realm, ips, macs, since } = wanted;
  const common = { row: row.row, deviceId: id, assetNo };
  const from = since?.getTime() ?? (known ? now : -Infinity);
  return [
    ...ips.map((ip) => ({ ...common, column: 'ip' as const, key: claimKey.ip(realm, ip), from })),
    ...macs.map((mac) => ({ ...common, column: 'mac' as const, key: claimKey.mac(mac), from })),
  ];
}

async function storeDevices(
  ctx: Ctx,
  accepted: readonly Placed[],
  fromNow: ReadonlySet<number>,
  now: string,
): Promise<void> {
  const known = accepted
    .filter((one) => one.known)
    .map(({ id, wanted }) => ({ id, from: wanted.since?.toISOString() ?? now }));
  const changes = new Map<FactTable, FactChange[]>();
  const changedIds = new Set(accepted.filter((one) => !one.known).map((one) => one.id));
  for (const table of factTables) {
    const live = await findLiveFacts(ctx, table, known);
    const list = accepted.flatMap((one) => {
      const change = changeOf(table, one, fromNow.has(one.wanted.row.row), now);
      const from = one.wanted.since?.getTime() ?? null;
      const news = newOf(live.get(one.id) ?? [], change, from);
      return news ? [{ ...change, ...news }] : [];
    });
    for (const change of list) changedIds.add(change.deviceId);
    changes.set(table, list);
  }
  await upsertDevices(
    ctx,
    accepted.filter((one) => changedIds.has(one.id)).map(({ wanted, id }) => recordOf(wanted, id)),
  );
  for (const [table, list] of changes) await changeFacts(ctx, table, list, now);
}

function changeOf(table: FactTable, one: Placed, fromNow: boolean, now: string): FactChange {
  const { wanted, id, known } = one;
  const { name, type, note, realm, ips, macs, personId, room, port } = wanted;
  const plugged = wanted.switch || port;
  const values: Record<FactTable, FactValues[]> = {
    device_state: [{ name, type, note }],
    device_ip: ips.map((ip) => ({ realm, ip })),
    device_mac: macs.map((mac) => ({ mac })),
    custody: personId || room ? [{ person_id: personId, room }] : [],
    device_port: plugged ? [{ switch: wanted.switch, port }] : [],
  };
  const from = wanted.since?.toISOString() ?? (known || fromNow ? now : null);
  return { deviceId: id, unitPath: wanted.unit.path, from, values: values[table] };
}

function recordOf(wanted: WantedDevice, id: string) {
  const { unit, row: _row, since: _since, keepsHolder: _keeps, ips, macs, ...own } = wanted;
  const [ip = null, ...otherIps] = ips;
  const [mac = null, ...otherMacs] = macs;
  const lists = { ip, otherIps: otherIps.join(' '), mac, otherMacs: otherMacs.join(' ') };
  return { id, ...own, ...lists, unitId: unit.id, unitPath: unit.path };
}
