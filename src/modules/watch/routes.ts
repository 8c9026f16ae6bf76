import type { z } from 'zod';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import * as contract from './contract.ts';
import { looksOf } from './crawl-list-store.ts';
import { crawlRoutes } from './crawl-routes.ts';
import { startCheck } from './request-check.ts';
import { rescanRoutes } from './rescan-routes.ts';
import * as store from './store.ts';
import { wordRoutes } from './word-routes.ts';

function checkOf(row: store.CheckRow): z.input<typeof contract.check> {
  return {
    id: row.id,
    siteId: row.site_id,
    siteName: row.site_name,
    state: row.state,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    pages: row.pages,
    bytes: row.bytes,
    findings: row.findings,
    reason: row.reason,
  };
}

export const routes: Handler[] = [
  ...crawlRoutes,
  handle(contract.startCheck, async (ctx, { params }) => checkOf(await startCheck(ctx, params.id))),
  handle(contract.listChecks, async (ctx, { query }) => {
    const { items, ...counts } = await store.listChecks(ctx, query);
    return { ...counts, items: items.map(checkOf) };
  }),
  handle(contract.getCheck, async (ctx, { params }) => {
    const row = (await store.findCheck(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
    const looks = await looksOf(ctx, params.id);
    return { ...checkOf(row), pageList: await store.listPages(ctx, params.id), looks };
  }),
  ...wordRoutes,
  ...rescanRoutes,
];
