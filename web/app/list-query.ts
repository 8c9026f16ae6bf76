import type { ListState } from '../ui/list-state.ts';

/** The list's state as the query of a contract list route. Filters of another list's address are cut by `known`. */
export function toListQuery(state: ListState, known: readonly string[] = []): Record<string, unknown> {
  const filters = Object.entries(state.filters).filter(([name]) => known.includes(name));
  return {
    page: state.page,
    pageSize: state.size,
    ...(state.q === '' ? {} : { q: state.q }),
    ...(state.sort === '' ? {} : { sort: state.sort }),
    ...Object.fromEntries(filters),
  };
}
