/** Hands out bags and items, and notes in the custody who got them. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { MANIFEST_NAME, SIGNATURE_BYTES, SIGNATURE_NAME, TRUST_NAME, trustBytes } from './bag-format.ts';
import { type BagManifest, bagManifestSchema, type Verification } from './contract.ts';
import { evidenceKeys } from './seal-bag.ts';
import * as store from './store.ts';
import { verifyBag } from './verify-bag.ts';
import { placeEntries } from './zip-layout.ts';

export interface HandedOut {
  readonly fileName: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly stream: Readable;
}

/** The whole bag. Fails with `base.not_found` outside the actor's scope, `evidence.lost` when its file is gone. */
export async function readBagFile(app: App, actor: Actor, id: string): Promise<HandedOut> {
  const bag = await app.run(actor, async (ctx) => {
    const row = await requireBag(ctx, id);
    await store.insertCustody(ctx, { bagId: id, unitPath: row.unit_path, act: 'bag_read' });
    return row;
  });
  const path = await filePath(app, bag);
  return { fileName: bag.file_name, bytes: bag.bytes, sha256: bag.sha256, stream: createReadStream(path) };
}

/** One item, read out of the bag's file at the place that follows from the manifest. Fails like `readBagFile`. */
export async function readItem(app: App, actor: Actor, id: string, seq: number): Promise<HandedOut> {
  const { bag, manifest } = await app.run(actor, async (ctx) => {
    const row = await requireBag(ctx, id);
    const text = await store.findManifestBytes(ctx, id);
    const parsed = bagManifestSchema.parse(JSON.parse(text!.toString('utf8')));
    const item = parsed.items[seq - 1] ?? fail('base.not_found', { what: `item ${seq}` });
    await store.insertCustody(ctx, {
      bagId: id,
      unitPath: row.unit_path,
      act: 'item_read',
      detail: item.path,
    });
    return { bag: row, manifest: { parsed, length: text!.length } };
  });
  const item = manifest.parsed.items[seq - 1]!;
  const path = await filePath(app, bag);
  const { dataAt, endAt } = placeOf(manifest.parsed, manifest.length, seq);
  // The stream's end is inclusive, so it cannot be told to read nothing.
  const stream =
    item.bytes === 0 ? Readable.from([]) : createReadStream(path, { start: dataAt, end: endAt - 1 });
  return { fileName: item.path.split('/').at(-1)!, bytes: item.bytes, sha256: item.sha256, stream };
}

/** Verifies the stored file with the installation's key; the answer goes into the custody. */
export async function checkStoredBag(app: App, actor: Actor, id: string): Promise<Verification> {
  const bag = await app.run(actor, (ctx) => requireBag(ctx, id));
  const { publicPem } = await evidenceKeys(app);
  const verified = await verifyBag(await filePath(app, bag), publicPem);
  const detail = [
    verified.result,
    ...verified.problems.slice(0, 20).map((p) => `${p.item}: ${p.problem}`),
  ].join('; ');
  await app.run(actor, (ctx) =>
    store.insertCustody(ctx, { bagId: id, unitPath: bag.unit_path, act: 'verified', detail }),
  );
  return verified;
}

/** The bag as the actor may see it; fails with `base.not_found`. */
export async function requireBag(ctx: Ctx, id: string): Promise<store.BagRow> {
  return (await store.findBag(ctx, id)) ?? fail('base.not_found', { what: `bag ${id}` });
}

async function filePath(app: App, bag: store.BagRow): Promise<string> {
  return (await app.files.find(bag.sha256)) ?? fail('evidence.lost', { file: bag.file_name });
}

function placeOf(manifest: BagManifest, manifestLength: number, seq: number) {
  const own = [
    { name: MANIFEST_NAME, bytes: manifestLength },
    { name: SIGNATURE_NAME, bytes: SIGNATURE_BYTES },
    { name: TRUST_NAME, bytes: trustBytes(manifest.publicKeyId).length },
  ];
  const entries = [...own, ...manifest.items.map((item) => ({ name: item.path, bytes: item.bytes }))];
  return placeEntries(entries.map((entry) => ({ ...entry, crc32: 0 })))[own.length + seq - 1]!;
}
