import { useTranslation } from 'react-i18next';
import type { zh } from '../../words/zh/index.ts';

type Known = keyof (typeof zh)['unitTree']['tables'];

/** Registers in words, those that a reader would not miss summed up as “other records”. */
export function useTableWords() {
  const { t, i18n } = useTranslation();
  const known = (table: string): Known => {
    const key = table.replace('.', '_');
    return i18n.exists(`unitTree.tables.${key}`) ? (key as Known) : 'other';
  };
  return {
    sum: (items: readonly { readonly table: string; readonly rows: number }[]) => {
      const sums = new Map<Known, number>();
      for (const { table, rows } of items) sums.set(known(table), (sums.get(known(table)) ?? 0) + rows);
      const last = (key: Known) => (key === 'other' ? 1 : 0);
      return [...sums]
        .sort(([a, x], [b, y]) => last(a) - last(b) || y - x)
        .map(([key, rows]) => ({ key, rows, what: t(`unitTree.tables.${key}`) }));
    },
  };
}
