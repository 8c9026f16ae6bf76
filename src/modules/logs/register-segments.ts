import type { Ctx } from '#base/app';
import { registeredKeys } from './installation-keys.ts';
import { indexWaitingJob, indexWaitingKey } from './jobs.ts';
import { linkMetaOf, linkOf } from './segments/chain.ts';
import { signLink } from './segments/link-signature.ts';
import type { SealedSegment } from './segments/seal-segment.ts';
import * as catalogue from './store/catalogue.ts';
import { installationId } from './store/chain-store.ts';

/** All segments that an installation seals hang in one chain, so that none can vanish unnoticed. */
export const ownChain = 'main';

export interface SealedForSource {
  readonly sealed: SealedSegment;
  readonly source: { readonly id: number; readonly unit_path: string };
}

/**
 * Puts sealed segments into the catalogue, links them to the chain, signs the links and asks for their index, all in
 * the caller's transaction. Returns their ids in the same order.
 */
export async function registerSegments(ctx: Ctx, segments: readonly SealedForSource[]): Promise<number[]> {
  const keys = await registeredKeys(ctx);
  const linkChain = await installationId(ctx);
  const head = await catalogue.lockChain(ctx, ownChain);
  const ids: number[] = [];
  let { chain_seq: chainSeq, link } = head;
  for (const { sealed, source } of segments) {
    chainSeq += 1;
    const prevLink = link;
    const named = { linkVersion: 2, linkChain, linkSource: String(source.id), chainSeq };
    link = linkOf(prevLink, sealed.sha256, linkMetaOf({ ...sealed, ...named }));
    const id = await catalogue.insertSegment(ctx, {
      ...sealed,
      ...named,
      chain: ownChain,
      prevLink,
      link,
      signer: keys.fingerprint,
      signature: signLink(linkChain, chainSeq, link, keys.privateKey),
      sourceId: source.id,
      unitPath: source.unit_path,
    });
    ids.push(id);
  }
  await ctx.enqueue(indexWaitingJob, {}, { key: indexWaitingKey });
  await catalogue.moveChain(ctx, ownChain, chainSeq, link);
  return ids;
}
