import type { Finder } from '#base/app';
import { listPeople } from './people-store.ts';
import { listUnits } from './store.ts';

/** What the global search finds here: by name, number, pinyin initials and full pinyin. */
export const finders: readonly Finder[] = [
  {
    kind: 'unit',
    permission: 'units.read',
    find: async (ctx, q, limit) =>
      (await listUnits(ctx, { page: 1, pageSize: limit, q })).items.map((row) => ({
        id: row.id,
        title: row.name,
        detail: [row.code, row.parent_name].filter(Boolean).join(' · '),
        link: `/units/${row.id}`,
      })),
  },
  {
    kind: 'person',
    permission: 'people.read',
    find: async (ctx, q, limit) =>
      (await listPeople(ctx, { page: 1, pageSize: limit, q })).items.map((row) => ({
        id: row.id,
        title: row.name,
        detail: `${row.unit_name} · ${row.person_no}`,
        link: `/people?q=${encodeURIComponent(row.person_no)}`,
      })),
  },
];
