import type { Finder } from '#base/app';
import { searchSites } from './find-store.ts';

export const findSites: Finder = {
  kind: 'site',
  permission: 'sites.read',
  find: async (ctx, q, limit) =>
    (await searchSites(ctx, q, limit)).map((row) => ({
      id: row.id,
      title: row.name,
      detail: `${row.unit_name} · ${row.url}`,
      link: `/sites/${row.id}`,
    })),
};
