import { systemActor } from '#base/app';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { verifyTree } from './make-checkpoint.ts';
import * as store from './store.ts';

export const routes: Handler[] = [
  handle(contract.listEntries, async (ctx, { query }) => {
    const { items, total } = await store.listEntries(ctx, query);
    return {
      total,
      items: items.map((row) => ({
        id: row.leaf_index ?? -1,
        at: row.at,
        actorId: row.actor_id,
        actorName: row.actor_name,
        action: row.action,
        subject: row.subject,
        before: row.before,
        after: row.after,
        leaf: row.leaf.toString('hex'),
      })),
    };
  }),
  handle(contract.listCheckpoints, async (ctx, { query }) => {
    const rows = await store.listCheckpoints(ctx, query.pageSize, (query.page - 1) * query.pageSize);
    return {
      total: await store.countCheckpoints(ctx),
      items: rows.map((row) => ({
        size: row.size,
        root: row.root.toString('hex'),
        at: row.at,
        signature: row.signature.toString('base64'),
      })),
    };
  }),
  // The tree covers every unit, so it can only be recomputed as the system; the answer holds no content.
  handleRaw(contract.verifyChain, (app) => app.run(systemActor('audit.verify'), verifyTree)),
];
