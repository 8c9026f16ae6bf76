import { z } from 'zod';
import { usePreference } from '../app/me.ts';
import type { ListColumn } from './list-page.tsx';
import type { ListState } from './list-state.ts';

/**
 * The columns to show: those that the address names, else those that this person chose before, else all that
 * are not `extra`. The first one stays: it is the row's name.
 */
export function chooseColumns<Row>(
  columns: readonly ListColumn<Row>[],
  fromAddress: string,
  remembered: readonly string[] | undefined,
): readonly ListColumn<Row>[] {
  const wanted = fromAddress === '' ? remembered : fromAddress.split(',');
  const known = wanted?.filter((key) => columns.some((column) => column.key === key)) ?? [];
  if (known.length === 0) return columns.filter((column) => !column.extra);
  return columns.filter((column, index) => index === 0 || known.includes(column.key));
}

/** The shown columns of a list, and how to choose others; the choice is kept with the account. */
export function useColumns<Row>(
  name: string,
  columns: readonly ListColumn<Row>[],
  state: ListState,
  change: (next: Partial<ListState>) => void,
) {
  const remembered = usePreference<string[] | null>(`columns.${name}`);
  const shown = chooseColumns(columns, state.cols, remembered.value ?? undefined);
  return {
    shown,
    /** Undefined until it is known what was chosen before: a choice made earlier would not show. */
    choose: !remembered.isKnown
      ? undefined
      : async (keys: readonly string[] | null) => {
          if (state.cols !== '') change({ cols: '', page: state.page });
          await remembered.change(keys === null ? null : [...keys]);
        },
  };
}

/** Whether the rows of a list stand close together; the choice is kept with the account. */
export function useDense(name: string) {
  const remembered = usePreference<boolean>(`dense.${name}`);
  return { isDense: remembered.value ?? false, setDense: remembered.isKnown ? remembered.change : undefined };
}

/** The field of the list's item that a column shows: named, or the column's own key when the item has it. */
export function fieldOf<Row>(column: ListColumn<Row>, reply: unknown): string | undefined {
  if (column.field !== undefined) return column.field;
  const items = reply instanceof z.ZodObject ? (reply.shape.items as unknown) : undefined;
  const item = items instanceof z.ZodArray ? items.element : undefined;
  return item instanceof z.ZodObject && column.key in item.shape ? column.key : undefined;
}
