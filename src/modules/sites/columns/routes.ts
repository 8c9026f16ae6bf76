import type { Readable } from 'node:stream';
import { type Handler, handle, handleRaw } from '#base/http';
import { importSheet } from '#units';
import * as contract from '../contract/columns.ts';
import { applyColumns, changeColumn, declareColumn, removeColumn } from './declare-column.ts';
import { type ColumnRow, listColumns } from './store.ts';

const columnOf = (row: ColumnRow): contract.SiteColumn => ({
  id: row.id,
  siteId: row.site_id,
  siteName: row.site_name,
  name: row.name,
  pathPrefix: row.path_prefix,
  ownerName: row.owner_name,
  ownerNo: row.owner_no,
  ownerInPost: row.owner_in_post,
  updateDays: row.update_days,
  interactive: row.interactive,
});

export const columnRoutes: Handler[] = [
  handle(contract.listColumns, async (ctx, { query }) => {
    const { items, ...counts } = await listColumns(ctx, query);
    return { ...counts, items: items.map(columnOf) };
  }),
  handle(contract.declareColumn, async (ctx, { params, body }) =>
    columnOf(await declareColumn(ctx, params.id, body)),
  ),
  handle(contract.updateColumn, async (ctx, { params, body }) =>
    columnOf(await changeColumn(ctx, params.id, body)),
  ),
  handle(contract.removeColumn, async (ctx, { params, body }) =>
    columnOf(await removeColumn(ctx, params.id, body.reason)),
  ),
  handleRaw(contract.importColumns, (app, actor, { query }, { request }) =>
    importSheet(
      app,
      actor,
      contract.columnSheet,
      { name: query.fileName, content: request.body as Readable },
      applyColumns,
    ),
  ),
];
