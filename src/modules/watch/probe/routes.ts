import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { type Handler, handle } from '#base/http';
import { readSite } from '#sites';
import * as contract from '../contract.ts';
import { readRules, saveRules } from './probe-rules.ts';
import { probeNow } from './request-probe.ts';
import { uptime } from './rules.ts';
import * as store from './wall-store.ts';

export const probeRoutes: Handler[] = [
  handle(contract.getWall, async (ctx, { query }) => {
    const { items, ...totals } = await store.listTiles(ctx, query);
    const isWhole = !query.state && !query.unitId && query.page === 1 && items.length === totals.total;
    const counts = isWhole ? countsOf(items) : { ...noTiles, ...(await store.countTiles(ctx)) };
    return { ...totals, counts, items: items.map(tileOf) };
  }),
  handle(contract.getSiteWatch, async (ctx, { params }) => siteWatchOf(ctx, params.id)),
  handle(contract.probeNow, (ctx, { params }) => probeNow(ctx, params.id)),
  handle(contract.listProbes, async (ctx, { params, query }) => {
    await readSite(ctx, params.id);
    return store.listProbes(ctx, params.id, query);
  }),
  handle(contract.listTimeline, async (ctx, { params, query }) => {
    await readSite(ctx, params.id);
    const { items, ...totals } = await store.listTimeline(ctx, params.id, query);
    return {
      ...totals,
      items: items.map(({ finding_id: findingId, ...rest }) => ({ ...rest, findingId })),
    };
  }),
  handle(contract.getProbeRules, (ctx) => readRules(ctx)),
  handle(contract.saveProbeRules, (ctx, { body }) => saveRules(ctx, body)),
];

type Counts = Record<contract.Tile['state'], number>;
const noTiles = Object.fromEntries(contract.tileState.options.map((state) => [state, 0])) as Counts;

/** A wall that is shown whole tells its counts itself. */
function countsOf(items: readonly store.TileRow[]): Counts {
  const counts = { ...noTiles };
  for (const { state } of items) counts[state] += 1;
  return counts;
}

function tileOf(row: store.TileRow): z.input<typeof contract.tile> {
  return {
    id: row.id,
    name: row.name,
    host: row.host,
    unitName: row.unit_name,
    countyId: row.county_id,
    countyName: row.county_name,
    state: row.state,
    result: row.result,
    since: row.since,
    openFindings: row.open_findings,
    unreadPages: row.unread_pages,
    certExpiresAt: row.cert_expires_at,
  };
}

const nothingYet: store.WatchRow = {
  verdict: 'unknown',
  result: null,
  status: null,
  ms: null,
  reason: null,
  since: null,
  probed_at: null,
  next_probe_at: new Date(0),
  looked_at: null,
  facts: {},
};

async function siteWatchOf(ctx: Ctx, siteId: string): Promise<z.input<typeof contract.siteWatch>> {
  const site = await readSite(ctx, siteId);
  const { rules } = await readRules(ctx);
  const found = await store.findWatch(ctx, siteId);
  const row = found ?? nothingYet;
  const days = await store.listDays(ctx, siteId);
  const outages = await store.listOutages(ctx, siteId);
  const uptimeOf = (count: number) => {
    const some = days.slice(-count);
    const sum = (key: 'opened' | 'failed') => some.reduce((total, day) => total + day[key], 0);
    return uptime(sum('opened'), sum('failed'));
  };
  return {
    siteId,
    availability: row.verdict,
    result: row.result,
    status: row.status,
    ms: row.ms,
    reason: row.reason,
    since: row.since,
    probedAt: row.probed_at,
    nextProbeAt: found && !site.retired_at ? row.next_probe_at : null,
    lookedAt: row.looked_at,
    uptimeDay: uptimeOf(1),
    uptimeWeek: uptimeOf(7),
    uptimeMonth: uptimeOf(30),
    days,
    outages: outages.map((one) => ({
      id: one.id,
      beganAt: one.began_at,
      endedAt: one.ended_at,
      result: one.result,
      reason: one.reason,
      confirmed: one.confirmed,
      probes: one.probes,
    })),
    facts: { unread: [], remarks: [], filesAt: null, ...row.facts },
    secondVantage: ctx.app.config.watchSecondVantage !== undefined,
    limitSeconds: rules.limitSeconds,
    weeklyPercent: rules.weeklyPercent,
  };
}
