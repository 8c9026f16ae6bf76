/** What a visitor sees where a finding is. */
import { z } from 'zod';
import { idParams, route, time } from '#base/contract';

/** Why a visitor does not see the spot. `absent`: it is no more in the page; `only-source`: only in its source. */
export const unseen = z.enum([
  'display-none',
  'visibility-hidden',
  'transparent',
  'tiny',
  'off-screen',
  'clipped',
  'same-colour',
  'in-title',
  'not-drawn',
  'only-source',
  'absent',
  'beyond',
]);

/** `none`: never looked; `impossible`: the finding is in a file or in the network, not on a page. */
export const pictureState = z.enum(['none', 'impossible', 'wanted', 'seen', 'unseen', 'failed']);

export const findingPicture = z.object({
  /** Of the newest look; with `isWaiting` another one is under way. */
  state: pictureState,
  isWaiting: z.boolean(),
  unseen: unseen.nullable(),
  /** Why there is no picture, in words. */
  reason: z.string().nullable(),
  drawnAt: time.nullable(),
  /** Changes with every picture: for its address. */
  pictureId: z.uuid().nullable(),
  /** The source around the spot, and where in it the spot stands; null for personal data. */
  source: z.object({ text: z.string(), start: z.number().int(), end: z.number().int() }).nullable(),
  /** The sealed bag that holds this picture. */
  bagId: z.uuid().nullable(),
});

export const getPicture = route({
  method: 'GET',
  path: '/api/findings/:id/picture',
  summary: 'How the place of a finding looks to a visitor, or why none sees it.',
  access: 'findings.read',
  params: idParams,
  reply: findingPicture,
});

export const getPictureFile = route({
  method: 'GET',
  path: '/api/findings/:id/picture/file',
  summary: 'The newest picture (PNG) with the spot framed; personal numbers are painted over.',
  access: 'findings.read',
  params: idParams,
  produces: 'file',
});

export const wantPicture = route({
  method: 'POST',
  path: '/api/findings/:id/picture',
  summary: 'Has the page drawn now.',
  access: 'findings.work',
  params: idParams,
  limit: { calls: 30, minutes: 10, of: 'actor' },
  reply: findingPicture,
});

export const getFindingColumn = route({
  method: 'GET',
  path: '/api/findings/:id/column',
  summary:
    'The declared column on whose page a finding stands, with its owner; null when none is declared there.',
  access: 'findings.read',
  params: idParams,
  reply: z.object({
    column: z
      .object({ name: z.string(), pathPrefix: z.string(), ownerName: z.string().nullable() })
      .nullable(),
  }),
});

export const pictureErrors = {
  'watch.no_page': {
    status: 409,
    zh: '这个问题不在网页上（在文件里，或属于网络），没有网页可以画；请看“位置”一栏',
    en: 'This finding is in a file or in the network, not on a page: there is nothing to draw; see its place',
  },
} as const;
