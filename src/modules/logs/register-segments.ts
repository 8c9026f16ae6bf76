import type { Ctx } from '#base/app';
import { indexSegmentJob } from './jobs.ts';
import { linkOf } from './segments/chain.ts';
import type { SealedSegment } from './segments/seal-segment.ts';
import * as catalogue from './store/catalogue.ts';

/** All segments of an installation hang in one chain, so that none can vanish unnoticed. */
const chain = 'main';

export interface SealedForSource {
  readonly sealed: SealedSegment;
  readonly source: { readonly id: number; readonly unit_path: string };
}

/**
 * Puts sealed segments into the catalogue, links them to the chain and asks for their index, all in the
 * caller's transaction. Returns their ids in the same order.
 */
export async function registerSegments(ctx: Ctx, segments: readonly SealedForSource[]): Promise<number[]> {
  const head = await catalogue.lockChain(ctx, chain);
  const ids: number[] = [];
  let { chain_seq: chainSeq, link } = head;
  for (const { sealed, source } of segments) {
    chainSeq += 1;
    const prevLink = link;
    link = linkOf(prevLink, sealed.sha256, metaOf(sealed, source.id, chainSeq));
    const id = await catalogue.insertSegment(ctx, {
      ...sealed,
      chain,
      chainSeq,
      prevLink,
      link,
      sourceId: source.id,
      unitPath: source.unit_path,
    });
    await ctx.enqueue(indexSegmentJob, { segmentId: id }, { key: `logs.index:${id}` });
    ids.push(id);
  }
  await catalogue.moveChain(ctx, chain, chainSeq, link);
  return ids;
}

function metaOf(sealed: SealedSegment, sourceId: number, chainSeq: number) {
  const { origin, records, rawBytes, firstRecv, lastRecv } = sealed;
  return { chain, chainSeq, origin, sourceId: String(sourceId), records, rawBytes, firstRecv, lastRecv };
}
