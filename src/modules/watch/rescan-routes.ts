import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import * as contract from './contract.ts';
import { actOnRescan, startRescan } from './rescan.ts';
import * as store from './rescan-store.ts';

function rescanOf(row: store.RescanRow) {
  return {
    id: row.id,
    unitName: row.unit_name ?? '—',
    reason: row.reason,
    wordVersion: row.word_version,
    atOnce: row.at_once,
    state: row.state,
    startedBy: row.started_by_name,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    total: row.total,
    done: row.done,
    running: row.running,
  };
}

export const rescanRoutes: Handler[] = [
  handle(contract.startRescan, async (ctx, { body }) => rescanOf(await startRescan(ctx, body))),
  handle(contract.listRescans, async (ctx, { query }) => {
    const { items, ...counts } = await store.listRescans(ctx, query);
    return { ...counts, items: items.map(rescanOf) };
  }),
  handle(contract.getRescan, async (ctx, { params }) => {
    const row = (await store.findRescan(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
    return {
      ...rescanOf(row),
      counties: await store.countByCounty(ctx, params.id),
      results: await store.countResults(ctx, params.id),
    };
  }),
  handle(contract.actOnRescan, async (ctx, { params, body }) =>
    rescanOf(await actOnRescan(ctx, params.id, body.act)),
  ),
];
