import type { Readable } from 'node:stream';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { importSheet } from '#units';
import * as contract from './contract.ts';
import { deviceOf, deviceRoutes } from './device-routes.ts';
import { applyAllocations } from './import-allocations.ts';
import { applyDevices } from './import-devices.ts';
import { type AllocationRow, listAllocations } from './store/allocations.ts';
import { findDevice, listDevices } from './store/devices.ts';

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

export const routes: Handler[] = [
  ...deviceRoutes,
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
