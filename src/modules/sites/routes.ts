import type { Readable } from 'node:stream';
import { type Handler, handle, handleRaw } from '#base/http';
import { importSheet } from '#units';
import { compareSites } from './compare-store.ts';
import * as contract from './contract.ts';
import { applySites } from './import-sites.ts';
import { correctSite, readSite, registerSite } from './register-site.ts';
import { restoreSite, retireSite } from './retire-site.ts';
import { listSites, type SiteRow } from './store.ts';

type SiteReply = Omit<contract.Site, 'lastCheckedAt' | 'firstReadAt' | 'retired'> & {
  lastCheckedAt: Date | null;
  firstReadAt: Date | null;
  retired: { at: Date; byName: string; reason: string } | null;
};

function siteOf(row: SiteRow): SiteReply {
  return {
    id: row.id,
    unitId: row.unit_id,
    unitName: row.unit_name,
    name: row.name,
    url: row.url,
    host: row.host,
    resolveTo: row.resolve_to,
    icpNo: row.icp_no,
    policeNo: row.police_no,
    managerName: row.manager_name,
    headName: row.head_name,
    orphaned: row.orphaned,
    orphanedSince: row.orphaned_since,
    serverAddress: row.server_address,
    health: row.health,
    lastCheckedAt: row.last_checked_at,
    openFindings: row.open_findings,
    unreadPages: row.unread_pages,
    revision: row.revision,
    firstReadAt: row.first_read_at,
    retired: row.retired_at && {
      at: row.retired_at,
      byName: row.retired_by_name ?? '',
      reason: row.retired_reason ?? '',
    },
  };
}

export const routes: Handler[] = [
  handle(contract.listSites, async (ctx, { query }) => {
    const { items, ...counts } = await listSites(ctx, query);
    return { ...counts, items: items.map(siteOf) };
  }),
  handle(contract.compareSites, async (ctx, { query }) => {
    const { items, ...counts } = await compareSites(ctx, query);
    return {
      ...counts,
      items: items.map(({ open_findings: openFindings, ...row }) => ({ ...row, openFindings })),
    };
  }),
  handle(contract.getSite, async (ctx, { params }) => siteOf(await readSite(ctx, params.id))),
  handle(contract.registerSite, async (ctx, { body }) => siteOf(await registerSite(ctx, body))),
  handle(contract.updateSite, async (ctx, { params, body }) =>
    siteOf(await correctSite(ctx, params.id, body)),
  ),
  handle(contract.retireSite, async (ctx, { params, body }) =>
    siteOf(await retireSite(ctx, params.id, body.reason)),
  ),
  handle(contract.restoreSite, async (ctx, { params, body }) =>
    siteOf(await restoreSite(ctx, params.id, body.reason)),
  ),
  handleRaw(contract.importSites, (app, actor, { query }, { request }) =>
    importSheet(
      app,
      actor,
      contract.siteSheet,
      { name: query.fileName, content: request.body as Readable },
      applySites,
    ),
  ),
];
