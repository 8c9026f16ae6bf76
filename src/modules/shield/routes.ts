import type { z } from 'zod';
import { fail } from '#base/errors';
import { type Handler, handle } from '#base/http';
import { blockHost, withdrawHost } from './block-host.ts';
import * as contract from './contract.ts';
import * as store from './store.ts';

function entryOf(row: store.EntryRow): z.input<typeof contract.blockEntry> {
  return {
    id: row.id,
    host: row.host,
    reason: row.reason,
    incidentId: row.incident_id,
    addedAt: row.added_at,
    addedBy: row.added_by_name,
    withdrawnAt: row.withdrawn_at,
    withdrawnBy: row.withdrawn_by_name,
  };
}

export const routes: Handler[] = [
  handle(contract.listEntries, async (ctx, { query }) => {
    const { items, ...counts } = await store.listEntries(ctx, query);
    return { ...counts, items: items.map(entryOf) };
  }),
  handle(contract.addEntry, async (ctx, { body }) =>
    entryOf(
      await blockHost(ctx, {
        host: body.host,
        reason: body.reason,
        unitPath: ctx.actor.unitPath,
        incidentId: body.incidentId ?? null,
      }),
    ),
  ),
  handle(contract.withdrawEntry, async (ctx, { params, body }) =>
    entryOf(await withdrawHost(ctx, params.id, body.reason)),
  ),
  handle(contract.listVersions, async (ctx, { query }) => {
    const { items, ...counts } = await store.listVersions(ctx, query);
    return {
      ...counts,
      items: items.map(({ serial, at, entries, sha256, checked, checked_by: checkedBy }) => ({
        serial,
        at,
        entries,
        sha256,
        checked,
        checkedBy,
      })),
    };
  }),
  handle(contract.getZone, async (ctx, { query }, { reply }) => {
    const version = await store.findVersion(ctx, query.serial);
    if (!version) fail('base.not_found', { what: `serial ${query.serial ?? 'newest'}` });
    reply
      .type('text/dns; charset=utf-8')
      .header('etag', `"${version.sha256}"`)
      .header('content-disposition', `attachment; filename="emergency-${version.serial}.rpz"`);
    return version.zone;
  }),
];
