import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

/** What a list shows, kept in the address so that it can be linked, reloaded and gone back to. */
export interface ListState {
  readonly page: number;
  readonly size: number;
  readonly q: string;
  /** A sort key with `-` before it for descending; empty is the server's own order. */
  readonly sort: string;
  /** Which of several lists on one page; empty is the first. */
  readonly tab: string;
  /** Keys of the columns to show, with commas; empty is what this person chose before. */
  readonly cols: string;
  readonly filters: Readonly<Record<string, string>>;
}

export const pageSizes = [20, 50, 100];
const reserved = new Set(['page', 'size', 'q', 'sort', 'tab', 'cols']);

/** Reads the state out of an address's search part; a value that makes no sense falls back to its default. */
export function readListState(search: Readonly<Record<string, unknown>>): ListState {
  const page = Math.trunc(Number(search.page));
  const size = Number(search.size);
  const filters = Object.entries(search)
    .filter(([name, value]) => !reserved.has(name) && value !== undefined && value !== '')
    .map(([name, value]) => [name, String(value)] as const);
  return {
    page: Number.isInteger(page) && page > 0 ? page : 1,
    size: pageSizes.includes(size) ? size : 20,
    q: search.q === undefined ? '' : String(search.q),
    sort: typeof search.sort === 'string' ? search.sort : '',
    tab: typeof search.tab === 'string' ? search.tab : '',
    cols: typeof search.cols === 'string' ? search.cols : '',
    filters: Object.fromEntries(filters),
  };
}

/** The last page of a list that ends before the page of the address; undefined when the page has rows, or none has. */
export function lastPage(
  state: Pick<ListState, 'page' | 'size'>,
  reply: { readonly rows: readonly unknown[]; readonly total: number },
): number | undefined {
  if (reply.rows.length > 0 || reply.total === 0) return undefined;
  const last = Math.ceil(reply.total / state.size);
  return last < state.page ? last : undefined;
}

/** The reverse of `readListState`: defaults are left out, so the plain list has a plain address. */
export function writeListState(state: ListState): Record<string, string | number | undefined> {
  return {
    ...state.filters,
    page: state.page > 1 ? state.page : undefined,
    size: state.size === 20 ? undefined : state.size,
    q: state.q === '' ? undefined : state.q,
    sort: state.sort === '' ? undefined : state.sort,
    tab: state.tab === '' ? undefined : state.tab,
    cols: state.cols === '' ? undefined : state.cols,
  };
}

/** The list state of this page's address, and how to change it. Any change but the page itself returns to page 1. */
export function useListState(): [ListState, (change: Partial<ListState>) => void] {
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const state = useMemo(() => readListState(search), [search]);
  const change = useCallback(
    (next: Partial<ListState>) => {
      const page = next.page ?? 1;
      void navigate({ to: '.', search: writeListState({ ...state, ...next, page }) as never, replace: true });
    },
    [navigate, state],
  );
  return [state, change];
}
