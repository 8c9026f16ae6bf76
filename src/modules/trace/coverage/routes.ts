import { type Handler, handle } from '#base/http';
import * as contract from '../contract/coverage.ts';
import { refreshCoverageJob } from './compute-coverage.ts';
import { listCoverage } from './store.ts';

export const coverageRoutes: Handler[] = [
  handle(contract.listCoverage, async (ctx, { query }) => {
    const { items, ...counts } = await listCoverage(ctx, query);
    return {
      ...counts,
      items: items.map((row) => ({
        unitId: row.unit_id,
        unitName: row.unit_name,
        nat: row.nat,
        lease: row.lease,
        sighting: row.sighting,
        allocated: row.allocated,
        ownWan: row.own_wan,
        devices: row.devices,
        seen: row.seen,
        seenRegistered: row.seen_registered,
        clockMs: row.clock_ms,
        gapHours: row.gap_hours,
        problems: row.problems,
        computedAt: row.computed_at,
      })),
    };
  }),
  handle(contract.refreshCoverage, async (ctx) => {
    // However often one clicks, it is looked at once.
    await ctx.enqueue(refreshCoverageJob, {}, { key: 'trace.refresh_coverage' });
    return { queued: true };
  }),
];
