import { type Module, on } from '#base/app';
import { falseAlarmMarked } from '#findings/contract';
import { columnCustody } from './columns/column-people.ts';
import { columnRoutes } from './columns/routes.ts';
import { columnSheet } from './contract/columns.ts';
import { errors, permissions, siteSheet } from './contract.ts';
import { findSites } from './find-sites.ts';
import { recountFindings } from './register-site.ts';
import { routes } from './routes.ts';
import { siteCustody, siteFacts } from './site-people.ts';

export const sites: Module = {
  name: 'sites',
  errors,
  permissions,
  routes: [...routes, ...columnRoutes],
  finders: [findSites],
  sheets: [siteSheet, columnSheet],
  custody: [siteCustody, columnCustody],
  facts: siteFacts,
  on: [
    on(falseAlarmMarked, 'sites.recount', async (ctx, { siteId }) => {
      if (siteId) await recountFindings(ctx, siteId);
    }),
  ],
};
