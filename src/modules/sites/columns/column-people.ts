/** Columns hang on people, too: who leaves hands them over with the rest. */
import { recordAudit } from '#audit';
import type { Custody } from '#base/app';
import { findColumnsOf, replaceOwner } from './owner-store.ts';

export const columnCustody: Custody = {
  kind: 'site_column',
  permission: 'sites.read',
  heldBy: async (ctx, personId, limit) => {
    const rows = await findColumnsOf(ctx, personId, limit);
    return {
      total: rows[0]?.n ?? 0,
      items: rows.map(({ n: _, siteId, ...row }) => ({ ...row, link: `/sites/${siteId}` })),
    };
  },
  handOver: async (ctx, transfer) => {
    const columns = await replaceOwner(ctx, transfer);
    for (const { id, siteId, unitPath } of columns) {
      await recordAudit(ctx, {
        action: 'site-columns.hand_over',
        subject: `site:${siteId}`,
        unitPath,
        before: { id, ownerId: transfer.from },
        after: { id, ownerId: transfer.to },
      });
    }
    return columns.length;
  },
};
