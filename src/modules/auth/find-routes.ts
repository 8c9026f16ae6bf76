import type { App, Ctx, Finder, Found } from '#base/app';
import { type Handler, handle } from '#base/http';
import * as contract from './contract.ts';

/** Asks every finder that the caller may use, in one transaction as the caller. */
async function findAnything(ctx: Ctx, q: string, limit: number) {
  const groups: { kind: string; items: readonly Found[] }[] = [];
  for (const finder of findersOf(ctx.app)) {
    if (!ctx.actor.permissions.has(finder.permission)) continue;
    const items = await finder.find(ctx, q, limit);
    if (items.length > 0) groups.push({ kind: finder.kind, items: items.slice(0, limit) });
  }
  return groups;
}

function findersOf(app: App): Finder[] {
  return app.modules.flatMap((module) => module.finders ?? []);
}

export const findRoutes: Handler[] = [
  handle(contract.findAnything, async (ctx, { query }) => ({
    groups: (await findAnything(ctx, query.q, query.limit)).map(({ kind, items }) => ({
      kind,
      items: [...items],
    })),
  })),
];
