import type { z } from 'zod';
import type { Route } from '#base/contract';
import type { ListReply } from '../ui/list-page.tsx';
import type { ListState } from '../ui/list-state.ts';
import { call } from './api.ts';
import { toListQuery } from './list-query.ts';

/** A contract's list, and which filters of the address are its own. */
export interface ListSource<Row> {
  readonly route: Route;
  readonly known: readonly string[];
  readonly fixed: Readonly<Record<string, unknown>>;
  readonly load: (state: ListState, signal: AbortSignal | undefined) => Promise<ListReply<Row>>;
}

type ItemOf<R> = R extends { items: (infer Item)[] } ? Item : never;

/**
 * Where a list page's rows come from. Because the route is named, the server can write the whole list to a file
 * (`POST /api/exports`). `fixed` are filters that the page sets whatever the address says.
 */
export function listSource<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType<{ items: unknown[]; total: number }>,
>(
  route: Route<P, Q, B, R>,
  known: readonly (keyof z.input<Q> & string)[] = [],
  fixed: Readonly<Partial<Record<keyof z.input<Q>, unknown>>> = {} as never,
): ListSource<ItemOf<z.output<R>>> {
  return {
    route,
    known,
    fixed,
    load: async (state, signal) => {
      const query = { ...toListQuery(state, known, route), ...fixed };
      const reply: unknown = await call(route as Route, { query } as never, { signal });
      const { items, total, capped } = reply as {
        items: ItemOf<z.output<R>>[];
        total: number;
        capped?: boolean;
      };
      return { rows: items, total, capped: capped ?? false };
    },
  };
}
