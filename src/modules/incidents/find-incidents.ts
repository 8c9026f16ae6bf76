import type { Finder } from '#base/app';
import { searchIncidents } from './find-store.ts';

export const findIncidents: Finder = {
  kind: 'incident',
  permission: 'incidents.read',
  find: async (ctx, q, limit) =>
    (await searchIncidents(ctx, q, limit)).map((row) => ({
      id: row.id,
      title: row.title,
      detail: `${row.number} · ${row.unit_name}`,
      link: `/incidents/${row.id}`,
    })),
};
