import { createReadStream } from 'node:fs';
import type { z } from 'zod';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import { type Handler, handle, handleRaw } from '#base/http';
import { columnsOf } from '#sites';
import { columnOf } from './column-rules.ts';
import * as contract from './contract/pictures.ts';
import { wantPicture } from './draw-pictures.ts';
import * as store from './picture-store.ts';

async function pictureOf(ctx: Ctx, findingId: string): Promise<z.input<typeof contract.findingPicture>> {
  if (!(await store.isVisible(ctx, findingId))) fail('base.not_found', { what: findingId });
  const { taken, isWaiting } = await store.readPicture(ctx, findingId);
  const nothing = { unseen: null, reason: null, drawnAt: null, pictureId: null, source: null, bagId: null };
  if (!taken) {
    const isOnPage = (await store.findDrawable(ctx, findingId)) !== undefined;
    return { ...nothing, isWaiting, state: isWaiting ? 'wanted' : isOnPage ? 'none' : 'impossible' };
  }
  const { id, state, unseen, reason, picture, source, source_start: start, source_end: end } = taken;
  return {
    state,
    isWaiting,
    unseen,
    reason,
    drawnAt: taken.drawn_at,
    pictureId: picture === null ? null : id,
    source: source === null ? null : { text: source, start: start!, end: end! },
    bagId: taken.bag_id,
  };
}

async function columnOfFinding(ctx: Ctx, findingId: string) {
  const place = (await store.placeOfFinding(ctx, findingId)) ?? fail('base.not_found', { what: findingId });
  if (place.siteId === null) return { column: null };
  const column = columnOf(await columnsOf(ctx, place.siteId), place.url);
  if (!column) return { column: null };
  return { column: { name: column.name, pathPrefix: column.path_prefix, ownerName: column.owner_name } };
}

export const pictureRoutes: Handler[] = [
  handle(contract.getFindingColumn, (ctx, { params }) => columnOfFinding(ctx, params.id)),
  handle(contract.getPicture, (ctx, { params }) => pictureOf(ctx, params.id)),
  handle(contract.wantPicture, async (ctx, { params }) => {
    await wantPicture(ctx, params.id);
    return pictureOf(ctx, params.id);
  }),
  handleRaw(contract.getPictureFile, async (app, actor, { params }, { reply }) => {
    const sha256 = await app.run(actor, async (ctx) => {
      const { taken } = await store.readPicture(ctx, params.id);
      return taken?.picture ?? fail('base.not_found', { what: params.id });
    });
    const path = (await app.files.find(sha256)) ?? fail('base.not_found', { what: sha256 });
    // Drawn from a hostile page: a picture and nothing else, whatever its bytes say.
    return reply
      .type('image/png')
      .header('content-disposition', `inline; filename="${params.id}.png"`)
      .header('x-content-type-options', 'nosniff')
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('cache-control', 'private, no-store')
      .send(createReadStream(path));
  }),
];
