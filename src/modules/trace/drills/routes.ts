import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import * as contract from '../contract/drills.ts';
import { startDrill } from './run-drill.ts';
import * as store from './store.ts';

export const drillRoutes: Handler[] = [
  handle(contract.startDrill, async (ctx, { body }) => drillOf(await startDrill(ctx, body))),
  handle(contract.listDrills, async (ctx, { query }) => {
    const { items, ...counts } = await store.listDrills(ctx, query);
    return { ...counts, items: items.map(drillOf) };
  }),
  handle(contract.listDrillResults, async (ctx, { query }) => {
    const { items, ...counts } = await store.listResults(ctx, query);
    const trends = Map.groupBy(
      await store.trendsOf(
        ctx,
        items.map((row) => row.unit_id),
      ),
      (row) => row.unit_id,
    );
    return {
      ...counts,
      items: items.map((row) => ({
        unitId: row.unit_id,
        unitName: row.unit_name,
        drillId: row.drill_id,
        points: row.points,
        proven: row.proven,
        probable: row.probable,
        ambiguous: row.ambiguous,
        notProvable: row.not_provable,
        complete: row.complete,
        slowestMs: row.slowest_ms,
        provable: row.provable,
        because: row.because,
        at: row.at,
        trend: (trends.get(row.unit_id) ?? []).map(({ at, provable }) => ({ at, provable })),
      })),
    };
  }),
  handle(contract.getDrill, async (ctx, { params }) =>
    drillOf((await store.findDrill(ctx, params.id)) ?? fail('base.not_found', { what: params.id })),
  ),
  handle(contract.listDrillPoints, async (ctx, { params, query }) => {
    if (!(await store.findDrill(ctx, params.id))) fail('base.not_found', { what: params.id });
    const { items, ...counts } = await store.listPoints(ctx, params.id, query);
    return { ...counts, items: items.map(({ unit_name: unitName, ...row }) => ({ ...row, unitName })) };
  }),
];

function drillOf(row: store.DrillRow) {
  return {
    id: row.id,
    unitId: row.unit_id,
    unitName: row.unit_name,
    cause: row.cause,
    askedBy: row.asked_by_name,
    from: row.from,
    to: row.to,
    wanted: row.wanted,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    schools: row.schools,
    points: row.points,
    proven: row.proven,
    probable: row.probable,
    ambiguous: row.ambiguous,
    notProvable: row.not_provable,
  };
}
