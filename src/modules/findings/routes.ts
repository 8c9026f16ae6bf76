import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import * as contract from './contract.ts';
import { reportFixed, reportManyFixed } from './report-fixed.ts';
import * as store from './store.ts';
import { suppressionOf } from './suppression-reply.ts';
import { suppressionsOf } from './suppression-store.ts';
import { workRoutes } from './work-routes.ts';

type FindingReply = Omit<contract.Finding, 'foundAt' | 'lastSeenAt' | 'fixedAt' | 'closedAt' | 'dueAt'> & {
  foundAt: Date;
  lastSeenAt: Date;
  fixedAt: Date | null;
  closedAt: Date | null;
  dueAt: Date | null;
};

function findingOf(row: store.FindingRow): FindingReply {
  return {
    id: row.id,
    unitId: row.unit_id,
    unitName: row.unit_name,
    siteId: row.site_id,
    siteName: row.site_name,
    kind: row.kind,
    rule: row.rule,
    severity: row.severity,
    url: row.url,
    part: row.part,
    start: row.start_offset,
    end: row.end_offset,
    text: row.text,
    context: row.context,
    view: row.view,
    href: row.href,
    state: row.state,
    foundAt: row.found_at,
    lastSeenAt: row.last_seen_at,
    fixedAt: row.fixed_at,
    closedAt: row.closed_at,
    timesSeen: row.times_seen,
    timesReturned: row.times_returned,
    timesSuppressed: row.times_suppressed,
    dueAt: row.due_at,
    orderId: row.rectification_id,
  };
}

export const routes: Handler[] = [
  handle(contract.listFindings, async (ctx, { query }) => {
    const { items, ...counts } = await store.listFindings(ctx, query);
    return { ...counts, items: items.map(findingOf) };
  }),
  handle(contract.getFinding, async (ctx, { params }) => {
    const row = (await store.findFinding(ctx, params.id)) ?? fail('base.not_found', { what: params.id });
    const proposed = await suppressionsOf(ctx, params.id);
    return { ...findingOf(row), suppressions: proposed.map((one) => suppressionOf(ctx, one)) };
  }),
  handle(contract.reportFixed, async (ctx, { params, body }) =>
    findingOf(await reportFixed(ctx, params.id, body.note)),
  ),
  handle(contract.reportManyFixed, (ctx, { body }) => reportManyFixed(ctx, body.findingIds, body.note)),
  ...workRoutes,
];
