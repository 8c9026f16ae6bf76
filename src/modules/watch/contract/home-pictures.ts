/** How home pages look: drawings, and what differs from the accepted one. */
import { z } from 'zod';
import { idParams, listOf, listQuery, route, time } from '#base/contract';

/** `unsure`: it differs, and another drawing decides; `first`: there was nothing to compare with. */
export const homeVerdict = z.enum(['first', 'ordinary', 'unsure', 'differs']);
export const drawnWhy = z.enum(['learning', 'daily', 'changed', 'finding', 'confirm', 'asked']);

const part = z.number().min(0).max(1);

export const homePicture = z.object({
  id: z.uuid(),
  siteId: z.uuid(),
  checkId: z.uuid(),
  url: z.string(),
  why: drawnWhy,
  state: z.enum(['wanted', 'drawn', 'failed']),
  verdict: homeVerdict.nullable(),
  /** Why there is no picture, or why nothing is said yet. */
  reason: z.string().nullable(),
  /** False when it failed, and when its time is over. */
  hasPicture: z.boolean(),
  hasDifference: z.boolean(),
  /** The drawing with which it was compared, as long as that is kept. */
  comparedWith: z.uuid().nullable(),
  /** Shares of the page, 0 to 1; places that differ by themselves do not count. */
  measures: z
    .object({ repainted: part, firstScreen: part, touched: part, gone: part, steady: part })
    .nullable(),
  drawnAt: time.nullable(),
  /** It is what a home page is compared with. */
  isAccepted: z.boolean(),
});
export type HomePicture = z.infer<typeof homePicture>;

export const listHomePictures = route({
  method: 'GET',
  path: '/api/home-pictures',
  summary: 'Drawings of home pages and what was said of each, newest first.',
  access: 'sites.read',
  query: listQuery.extend({ siteId: z.uuid().optional(), checkId: z.uuid().optional() }),
  reply: listOf(homePicture),
});

export const getHomePictureFile = route({
  method: 'GET',
  path: '/api/home-pictures/:id/file',
  summary: 'A drawing of a home page (PNG), or what differs in it; personal numbers are painted over.',
  access: 'sites.read',
  params: idParams,
  query: z.object({ part: z.enum(['page', 'difference']).default('page') }),
  produces: 'file',
});

export const wantHomePicture = route({
  method: 'POST',
  path: '/api/sites/:id/home-picture',
  summary: 'Has the home page drawn now.',
  access: 'findings.work',
  params: idParams,
  limit: { calls: 30, minutes: 10, of: 'actor' },
  reply: z.object({ isWaiting: z.literal(true) }),
});

export const homePictureErrors = {
  'watch.no_home': {
    status: 409,
    zh: '这个网站的首页还没有读到过，没有可画的网页；请先检查网站',
    en: 'The home page of this website was never read: there is nothing to draw; check the website first',
  },
  'watch.picture_gone': {
    status: 409,
    zh: '这张图不是这个网站的，或者已过保存期；请刷新后按最新的图认可',
    en: 'This picture is not of this website, or its time is over; reload and accept the newest one',
  },
} as const;
