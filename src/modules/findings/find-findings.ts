import type { Finder } from '#base/app';
import { searchFindings } from './find-store.ts';

export const findFindings: Finder = {
  kind: 'finding',
  permission: 'findings.read',
  find: async (ctx, q, limit) =>
    (await searchFindings(ctx, q, limit)).map((row) => ({
      id: row.id,
      title: row.text.slice(0, 80),
      detail: `${row.site_name ?? row.unit_name} · ${row.url.slice(0, 120)}`,
      link: `/findings/${row.id}`,
    })),
};
