import { recordAudit } from '#audit';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { adoptDiscovered, ignoreDiscovered } from './adopt-discovered.ts';
import * as contract from './contract/devices.ts';
import { sheetOfDevices } from './export-devices.ts';
import { lookJob } from './look-at-devices.ts';
import { isRandomMac } from './parse-mac.ts';
import { changeDevice, createDevice, retireDevice } from './save-device.ts';
import { listHistory, listSightings, namesOfHolders } from './store/device-history.ts';
import { type DeviceRow, findDevice } from './store/devices.ts';
import { type DiscoveredRow, listDiscovered } from './store/discovered.ts';

/** A device of the register as the contract shows it: without its custodian's name. */
export function deviceOf(row: DeviceRow): contract.Device {
  const ips = [row.ip, ...row.other_ips.split(' ')].filter((one): one is string => !!one);
  const macs = [row.mac, ...row.other_macs.split(' ')].filter((one): one is string => !!one);
  return {
    id: row.id,
    assetNo: row.asset_no,
    name: row.name,
    type: row.type,
    unitId: row.unit_id,
    unitCode: row.unit_code,
    unitName: row.unit_name,
    realm: row.realm,
    ip: row.ip,
    mac: row.mac,
    ips,
    macs,
    macRandom: macs.some(isRandomMac),
    room: row.room,
    switch: row.switch,
    port: row.port,
    hasOwner: row.has_owner,
    note: row.note,
    retiredAt: row.retired_at?.toISOString() ?? null,
    retiredReason: row.retired_reason,
    revision: row.revision,
  };
}

const workbookType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const missing = (what: string) => fail('base.not_found', { what });

function discoveredOf({ unit_id, unit_code, unit_name, ...row }: DiscoveredRow) {
  return { ...row, unitId: unit_id, unitCode: unit_code, unitName: unit_name, random: isRandomMac(row.mac) };
}

export const deviceRoutes: Handler[] = [
  handle(contract.createDevice, async (ctx, { body }) => deviceOf(await createDevice(ctx, body))),
  handle(contract.changeDevice, async (ctx, { params, body }) =>
    deviceOf(await changeDevice(ctx, params.id, body)),
  ),
  handle(contract.retireDevice, async (ctx, { params, body }) =>
    deviceOf(await retireDevice(ctx, params.id, body)),
  ),
  handleRaw(contract.exportDevices, async (app, actor, { query }, { reply }) => {
    const bytes = await app.run(actor, (ctx) => sheetOfDevices(ctx, query));
    return reply
      .type(query.format === 'csv' ? 'text/csv; charset=utf-8' : workbookType)
      .header('content-disposition', `attachment; filename="devices.${query.format}"`)
      .send(Buffer.from(bytes));
  }),
  handle(contract.deviceHistory, async (ctx, { params, query }) => {
    if (!(await findDevice(ctx, params.id))) missing(params.id);
    return listHistory(ctx, params.id, query);
  }),
  handle(contract.deviceSightings, async (ctx, { params, query }) => {
    if (!(await findDevice(ctx, params.id))) missing(params.id);
    return listSightings(ctx, params.id, query);
  }),
  handle(contract.deviceHolders, async (ctx, { params, body }) => {
    const device = (await findDevice(ctx, params.id)) ?? missing(params.id);
    // Above the school a name comes out of a trace only, with a second person's approval (rule 7).
    if (device.unit_id !== ctx.actor.unitId) fail('addresses.not_own_unit');
    const items = await namesOfHolders(ctx, params.id);
    await recordAudit(ctx, {
      action: 'addresses.holders_shown',
      subject: `device:${params.id}`,
      unitPath: device.unit_path,
      after: { reason: body.reason, holders: items.flatMap((one) => (one.minor ? [] : one.holder)) },
    });
    return { items };
  }),
  handle(contract.listDiscovered, async (ctx, { query }) => {
    const { items, ...counts } = await listDiscovered(ctx, query);
    return { ...counts, items: items.map(discoveredOf) };
  }),
  handle(contract.adoptDiscovered, async (ctx, { params, body }) =>
    deviceOf(await adoptDiscovered(ctx, params.id, body)),
  ),
  handle(contract.ignoreDiscovered, async (ctx, { params, body }) =>
    discoveredOf(await ignoreDiscovered(ctx, params.id, body)),
  ),
  handle(contract.lookAgain, async (ctx) => {
    await ctx.enqueue(lookJob, {}, { key: 'addresses.look' });
    return { asked: true as const };
  }),
];
