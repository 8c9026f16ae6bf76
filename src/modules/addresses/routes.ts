import type { Readable } from 'node:stream';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { importSheet } from '#units';
import * as contract from './contract.ts';
import { applyAllocations } from './import-allocations.ts';
import { applyDevices } from './import-devices.ts';
import { isRandomMac } from './parse-mac.ts';
import { type AllocationRow, listAllocations } from './store/allocations.ts';
import { type DeviceRow, findDevice, listDevices } from './store/devices.ts';

function allocationOf(row: AllocationRow) {
  return {
    id: row.id,
    cidr: row.cidr,
    realm: row.realm,
    role: row.role,
    unitId: row.unit_id,
    unitName: row.unit_name,
    note: row.note,
    devices: row.devices,
  };
}

function deviceOf(row: DeviceRow): contract.Device {
  return {
    id: row.id,
    assetNo: row.asset_no,
    name: row.name,
    type: row.type,
    unitId: row.unit_id,
    unitName: row.unit_name,
    realm: row.realm,
    ip: row.ip,
    mac: row.mac,
    macRandom: row.mac !== null && isRandomMac(row.mac),
    room: row.room,
    hasOwner: row.has_owner,
    note: row.note,
  };
}

export const routes: Handler[] = [
  handle(contract.listAllocations, async (ctx, { query }) => {
    const { items, ...counts } = await listAllocations(ctx, query);
    return { ...counts, items: items.map(allocationOf) };
  }),
  handle(contract.listDevices, async (ctx, { query }) => {
    const { items, ...counts } = await listDevices(ctx, query);
    return { ...counts, items: items.map(deviceOf) };
  }),
  handle(contract.getDevice, async (ctx, { params }) =>
    deviceOf((await findDevice(ctx, params.id)) ?? fail('base.not_found', { what: params.id })),
  ),
  handleRaw(contract.importAllocations, (app, actor, { query }, { request }) =>
    importSheet(
      app,
      actor,
      contract.allocationSheet,
      { name: query.fileName, content: request.body as Readable },
      applyAllocations,
    ),
  ),
  handleRaw(contract.importDevices, (app, actor, { query }, { request }) =>
    importSheet(
      app,
      actor,
      contract.deviceSheet,
      { name: query.fileName, content: request.body as Readable },
      applyDevices,
    ),
  ),
];
