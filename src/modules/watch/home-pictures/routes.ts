import { createReadStream } from 'node:fs';
import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from '../contract/home-pictures.ts';
import { drawSoon } from '../draw-pictures.ts';
import { wantHome } from './draw-homes.ts';
import * as store from './store.ts';

const pictureOf = (row: store.HomePictureRow): z.input<typeof contract.homePicture> => ({
  id: row.id,
  siteId: row.site_id,
  checkId: row.check_id,
  url: row.url,
  why: row.why,
  state: row.state,
  verdict: row.verdict,
  reason: row.reason,
  hasPicture: row.has_picture,
  hasDifference: row.has_difference,
  comparedWith: row.compared_with,
  measures: row.measures,
  drawnAt: row.drawn_at,
  isAccepted: row.is_accepted,
});

/** The newest drawing after the check that saw a change on the home page; null for other pages. */
export async function pictureOfChange(ctx: Ctx, change: { check_id: string; url: string }) {
  const { items } = await store.listHomePictures(ctx, { page: 1, pageSize: 5, checkId: change.check_id });
  const drawn = items.find((one) => one.url === change.url && one.state === 'drawn');
  return drawn ? pictureOf(drawn) : null;
}

export const homePictureRoutes: Handler[] = [
  handle(contract.listHomePictures, async (ctx, { query }) => {
    const { items, ...counts } = await store.listHomePictures(ctx, query);
    return { ...counts, items: items.map(pictureOf) };
  }),
  handle(contract.wantHomePicture, async (ctx, { params }) => {
    if (!(await wantHome(ctx, params.id))) fail('watch.no_home');
    await drawSoon(ctx);
    return { isWaiting: true as const };
  }),
  handleRaw(contract.getHomePictureFile, async (app, actor, { params, query }, { reply }) => {
    const sha256 = await app.run(actor, async (ctx) => {
      const row = await store.findHomePicture(ctx, params.id);
      return (
        row?.[query.part === 'page' ? 'picture' : 'difference'] ?? fail('base.not_found', { what: params.id })
      );
    });
    const path = (await app.copies.find(sha256)) ?? fail('base.not_found', { what: sha256 });
    // Drawn from a hostile page: a picture and nothing else, whatever its bytes say.
    return reply
      .type('image/png')
      .header('content-disposition', `inline; filename="${params.id}-${query.part}.png"`)
      .header('x-content-type-options', 'nosniff')
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('cache-control', 'private, no-store')
      .send(createReadStream(path));
  }),
];
