import { recordAudit } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import type { ImportRow, Reject } from '#units';
import { type Placed, storeWanted } from './import-devices.ts';
import { readDeviceRows, type WantedDevice } from './read-device-rows.ts';
import { openRegister } from './store/allocations.ts';
import { type DeviceRow, findByAssetNo, findDevice, findHoldersNow, retire } from './store/devices.ts';
import { changeFacts, factTables } from './store/facts.ts';

/** A device as a form states it: all that holds from `since` on. */
export interface StatedDevice {
  readonly assetNo: string;
  readonly name: string;
  readonly type: string;
  readonly unitCode: string;
  readonly ips: readonly string[];
  readonly macs: readonly string[];
  readonly personNo?: string | undefined;
  readonly room?: string | undefined;
  readonly switch?: string | undefined;
  readonly port?: string | undefined;
  readonly realm?: string | undefined;
  readonly note?: string | undefined;
  readonly since?: string | undefined;
}

/** The fields of the form, by the columns of the sheet whose rules they follow. */
const fieldOf: Readonly<Record<string, string>> = {
  asset_no: 'assetNo',
  unit_code: 'unitCode',
  owner_no: 'personNo',
  ip: 'ips',
  mac: 'macs',
};

/** By hand the first fault ends it, at its field. */
const refuse: Reject = (_row, column, code, details) =>
  fail(code, { ...details, field: fieldOf[column] ?? column });

/** Registers a new device under the rules of the sheet. Returns it. */
export async function createDevice(ctx: Ctx, stated: StatedDevice): Promise<DeviceRow> {
  const now = await openRegister(ctx);
  const wanted = await readOne(ctx, stated);
  await refuseTaken(ctx, wanted, null);
  const id = newId();
  return store(ctx, { wanted, id, known: false }, now, undefined);
}

/**
 * States anew all that holds of a device. Without `personNo` its custodian stays, unless `noHolder`. Throws
 * `addresses.changed_meanwhile` when it is no longer at `revision`. A retired device is in use again.
 */
export async function changeDevice(
  ctx: Ctx,
  id: string,
  stated: StatedDevice & { revision: number; noHolder?: boolean | undefined },
): Promise<DeviceRow> {
  const now = await openRegister(ctx);
  const before = (await findDevice(ctx, id)) ?? fail('base.not_found', { what: id });
  if (before.revision !== stated.revision) fail('addresses.changed_meanwhile', { now: before.revision });
  const read = await readOne(ctx, stated);
  const stays = stated.personNo === undefined && stated.noHolder !== true;
  const wanted = stays ? { ...read, personId: (await findHoldersNow(ctx, [id])).get(id) ?? null } : read;
  await refuseTaken(ctx, wanted, id);
  return store(ctx, { wanted, id, known: true }, now, before);
}

/** Ends all that holds of a device from `since` (ISO; default now) on. Its past stays as it was. */
export async function retireDevice(
  ctx: Ctx,
  id: string,
  { reason, since }: { reason: string; since?: string | undefined },
): Promise<DeviceRow> {
  const now = await openRegister(ctx);
  const before = (await findDevice(ctx, id)) ?? fail('base.not_found', { what: id });
  if (before.retired_at) fail('addresses.already_retired', { at: before.retired_at.toISOString() });
  if (since !== undefined && Date.parse(since) > Date.parse(now)) {
    fail('addresses.bad_since', { value: since, field: 'since' });
  }
  const from = since ?? now;
  for (const table of factTables) {
    await changeFacts(ctx, table, [{ deviceId: id, unitPath: before.unit_path, from, values: [] }], now);
  }
  await retire(ctx, id, { at: from, reason });
  await recordAudit(ctx, {
    action: 'addresses.device_retired',
    subject: `device:${id}`,
    unitPath: before.unit_path,
    before: shown(before),
    after: { retiredAt: from, reason },
  });
  return (await findDevice(ctx, id))!;
}

async function readOne(ctx: Ctx, stated: StatedDevice): Promise<WantedDevice> {
  const { assetNo, name, type, unitCode, ips, macs, personNo, room, port, realm, note, since } = stated;
  const cells = {
    asset_no: assetNo,
    name,
    type,
    unit_code: unitCode,
    ip: ips.join(' '),
    mac: macs.join(' '),
    owner_no: personNo,
    room,
    switch: stated.switch,
    port,
    realm,
    note,
    since,
  };
  const values = Object.fromEntries(Object.entries(cells).map(([key, value]) => [key, value?.trim() ?? '']));
  const row: ImportRow = { row: 1, values };
  const [wanted] = await readDeviceRows(ctx, [row], refuse);
  return wanted ?? fail('base.invalid_input', { summary: assetNo });
}

/** The number on the sticker is one device's in a unit, retired or not. */
async function refuseTaken(ctx: Ctx, { unit, assetNo }: WantedDevice, id: string | null): Promise<void> {
  const same = (await findByAssetNo(ctx, [assetNo])).filter((one) => one.unitId === unit.id && one.id !== id);
  if (same.length > 0)
    fail('addresses.duplicate_asset', { unit: unit.name, value: assetNo, field: 'assetNo' });
}

async function store(
  ctx: Ctx,
  placed: Placed,
  now: string,
  before: DeviceRow | undefined,
): Promise<DeviceRow> {
  await storeWanted(ctx, [placed], now, refuse);
  const after = (await findDevice(ctx, placed.id)) ?? fail('base.not_found', { what: placed.id });
  if (before?.revision === after.revision) return after;
  await recordAudit(ctx, {
    action: before ? 'addresses.device_changed' : 'addresses.device_registered',
    subject: `device:${placed.id}`,
    unitPath: after.unit_path,
    ...(before ? { before: shown(before) } : {}),
    after: { ...shown(after), since: placed.wanted.since?.toISOString() ?? null },
  });
  return after;
}

function shown(row: DeviceRow) {
  const { asset_no, name, type, unit_code, ip, other_ips, mac, other_macs, room, port, note, has_owner } =
    row;
  return {
    assetNo: asset_no,
    name,
    type,
    unit: unit_code,
    ips: [ip, other_ips].filter(Boolean).join(' '),
    macs: [mac, other_macs].filter(Boolean).join(' '),
    room,
    switch: row.switch,
    port,
    note,
    hasOwner: has_owner,
  };
}
