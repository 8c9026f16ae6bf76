import type { FastifyReply } from 'fastify';
import { type Handler, handle, handleRaw } from '#base/http';
import * as contract from './contract.ts';
import { checkStoredBag, type HandedOut, readBagFile, readItem, requireBag } from './read-bag.ts';
import { evidenceKeys } from './seal-bag.ts';
import * as store from './store.ts';

function bagOf(row: store.BagRow) {
  return {
    id: row.id,
    incidentId: row.incident_id,
    caseId: row.case_id,
    number: row.number,
    fileName: row.file_name,
    sha256: row.sha256,
    bytes: row.bytes,
    publicKeyId: row.public_key_id,
    items: row.items,
    incomplete: row.incomplete,
    sealedAt: row.sealed_at,
    sealedBy: row.sealed_by_name,
  };
}

function itemOf(row: store.ItemRow) {
  const { acquired_at: acquiredAt, clock_offset_ms: clockOffsetMs, ...rest } = row;
  const { seq, path, bytes, sha256, source, tool, collector } = rest;
  return { seq, path, bytes, sha256, source, tool, collector, acquiredAt, clockOffsetMs };
}

export const routes: Handler[] = [
  handle(contract.listBags, async (ctx, { query }) => {
    const { items, ...counts } = await store.listBags(ctx, query);
    return { ...counts, items: items.map(bagOf) };
  }),
  handle(contract.getBag, async (ctx, { params }) => {
    const bag = bagOf(await requireBag(ctx, params.id));
    const contents = (await store.listItems(ctx, params.id)).map(itemOf);
    const custody = (await store.listCustody(ctx, params.id)).map(({ at, act, actor_name: by, detail }) => ({
      at,
      act,
      by,
      detail,
    }));
    return { ...bag, contents, custody };
  }),
  handleRaw(contract.downloadBag, async (app, actor, { params }, { reply }) => {
    return send(reply, await readBagFile(app, actor, params.id), 'application/zip');
  }),
  handleRaw(contract.downloadItem, async (app, actor, { params }, { reply }) => {
    const item = await readItem(app, actor, params.id, params.seq);
    return send(reply, item, item.fileName.endsWith('.png') ? 'image/png' : 'application/octet-stream');
  }),
  handleRaw(contract.checkBag, (app, actor, { params }) => checkStoredBag(app, actor, params.id)),
  handleRaw(contract.getPublicKey, async (app) => {
    const { publicKeyId, publicPem } = await evidenceKeys(app);
    return { publicKeyId, pem: publicPem };
  }),
];

/** What is in a bag came from strangers: a browser may show a picture and must run nothing. */
function send(reply: FastifyReply, file: HandedOut, type: string): FastifyReply {
  const shown = type === 'image/png';
  return reply
    .type(type)
    .header('content-length', file.bytes)
    .header('content-disposition', `${shown ? 'inline' : 'attachment'}; filename="${file.fileName}"`)
    .header('x-content-type-options', 'nosniff')
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('etag', `"${file.sha256}"`)
    .header('cache-control', 'private, no-store')
    .send(file.stream);
}
