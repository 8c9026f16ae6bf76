import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import * as contract from '../contract/rendered.ts';
import { drawSoon } from '../draw-pictures.ts';
import { wantPage } from './look-at-pages.ts';
import { listRendered } from './store.ts';

export const renderedRoutes: Handler[] = [
  handle(contract.listRenderedPages, async (ctx, { query }) => {
    const { items, ...counts } = await listRendered(ctx, query);
    return {
      ...counts,
      items: items.map((row) => ({
        id: row.id,
        siteId: row.site_id,
        url: row.url,
        waits: row.why,
        state: row.state,
        reason: row.reason,
        ledTo: row.led_to,
        findings: row.findings,
        lookedAt: row.looked_at,
      })),
    };
  }),
  handle(contract.wantRenderedPage, async (ctx, { params, body }) => {
    if (!(await wantPage(ctx, params.id, body.url ?? null))) fail('watch.no_page_read');
    await drawSoon(ctx);
    return { isWaiting: true as const };
  }),
];
