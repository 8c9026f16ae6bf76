/** Pages opened in a browser: what only their scripts and style sheets make of them. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

/** `script`: only scripts fill it; `sample`: it was not opened for longest. */
export const renderedWhy = z.enum(['home', 'script', 'changed', 'finding', 'sample', 'asked']);

export const renderedPage = z.object({
  id: z.uuid(),
  siteId: z.uuid(),
  url: z.string(),
  /** Why another look waits; null when none does. */
  waits: renderedWhy.nullable(),
  /** How the last look ended; null before the first. */
  state: z.enum(['seen', 'failed']).nullable(),
  /** Why it failed, in words. */
  reason: z.string().nullable(),
  /** Where its scripts led visitors, when that is another site. */
  ledTo: z.string().nullable(),
  /** What stands there only in a browser, false alarms included. */
  findings: z.number().int(),
  lookedAt: time.nullable(),
});
export type RenderedPage = z.infer<typeof renderedPage>;

export const listRenderedPages = route({
  method: 'GET',
  path: '/api/rendered-pages',
  summary:
    'Pages that were opened in a browser, and how that ended: those with findings first, then those that wait, then the newest.',
  access: 'sites.read',
  query: listQuery.extend({ siteId: z.uuid().optional() }),
  reply: listOf(renderedPage),
});

export const wantRenderedPage = route({
  method: 'POST',
  path: '/api/sites/:id/rendered-page',
  summary: 'Has a page opened in a browser now; without an address the home page.',
  access: 'findings.work',
  params: idParams,
  body: z.object({ url: z.url().max(2000).optional() }),
  limit: { calls: 30, minutes: 10, of: 'actor' },
  reply: z.object({ isWaiting: z.literal(true) }),
});

export const renderedErrors = {
  'watch.no_page_read': {
    status: 409,
    zh: '网站还没有检查过，或者检查中没有读到这个网页；请先检查网站',
    en: 'The website was not checked yet, or no check read this page; check the website first',
  },
} as const;
