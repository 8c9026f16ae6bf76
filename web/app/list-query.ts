import { z } from 'zod';
import type { Route } from '#base/contract';
import type { ListState } from '../ui/list-state.ts';

/**
 * The list's state as the query of a contract list route. Filters of another list's address are cut by `known`, and so is an
 * order that the route does not have.
 */
export function toListQuery(
  state: ListState,
  known: readonly string[],
  route: Pick<Route, 'query'>,
): Record<string, unknown> {
  const filters = Object.entries(state.filters).filter(([name]) => known.includes(name));
  return {
    page: state.page,
    pageSize: state.size,
    ...(state.q === '' ? {} : { q: state.q }),
    ...(canSort(route, state.sort) ? { sort: state.sort } : {}),
    ...Object.fromEntries(filters),
  };
}

function canSort({ query }: Pick<Route, 'query'>, sort: string): boolean {
  if (sort === '' || !(query instanceof z.ZodObject)) return false;
  const schema = query.shape.sort as z.ZodType | undefined;
  return schema?.safeParse(sort).success ?? false;
}
