import type { Finder } from '#base/app';
import { listDevices } from './store/devices.ts';

export const findDevices: Finder = {
  kind: 'device',
  permission: 'addresses.read',
  find: async (ctx, q, limit) =>
    (await listDevices(ctx, { page: 1, pageSize: limit, q })).items.map((row) => ({
      id: row.id,
      title: `${row.asset_no} ${row.name}`,
      detail: [row.unit_name, row.room, row.ip].filter(Boolean).join(' · '),
      link: `/devices/${row.id}`,
    })),
};
