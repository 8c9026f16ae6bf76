import { type App, systemActor } from '#base/app';
import type { CatalogueLine, DropLine, SegmentLine } from '../contract/proofs.ts';
import type { SegmentRow } from '../store/catalogue.ts';
import * as chainStore from '../store/chain-store.ts';

const batch = 2_000;
const reader = systemActor('logs.read-catalogue');

/**
 * The whole catalogue as lines: keys and heads, the heads that entered the audit log, then every segment in the order of
 * its chain. Each batch is a short transaction: links never change, and what is sealed meanwhile is left out.
 */
export async function* readCatalogue(app: App): AsyncGenerator<CatalogueLine> {
  const start = await app.readSnapshot(reader, async (ctx) => ({
    installation: await chainStore.knownInstallation(ctx),
    heads: (await chainStore.chainHeads(ctx)).map(headOf),
    signers: await chainStore.allSigners(ctx),
    anchors: await chainStore.allAnchors(ctx),
    drops: await chainStore.allDrops(ctx),
  }));
  const { installation, heads, signers, anchors, drops } = start;
  const keys = signers.map(({ fingerprint, public_key: publicKey }) => ({ fingerprint, publicKey }));
  yield { catalogue: { installation, at: app.clock.now().toISOString(), heads, signers: keys } };
  for (const row of anchors) yield { anchor: { ...headOf(row), at: row.at.toISOString() } };
  for (const drop of drops) yield { drop };
  for (const { chain, chainSeq } of heads) yield* segmentsOf(app, chain, chainSeq);
  const known = new Set(drops.map(keyOfDrop));
  for (const drop of await app.run(reader, chainStore.allDrops))
    if (!known.has(keyOfDrop(drop))) yield { drop: { ...drop, late: true } };
}

function keyOfDrop({ plan, day, source }: DropLine): string {
  return `${plan} ${day} ${source}`;
}

async function* segmentsOf(app: App, chain: string, end: number): AsyncGenerator<CatalogueLine> {
  for (let from = 0; ; ) {
    const rows = await app.run(reader, (ctx) => chainStore.chainSegments(ctx, chain, from, end, batch));
    for (const row of rows) yield { segment: lineOf(row) };
    if (rows.length < batch) return;
    from = rows.at(-1)!.chain_seq;
  }
}

function headOf({ chain, chain_seq: chainSeq, link }: chainStore.HeadRow) {
  return { chain, chainSeq, link };
}

/** A segment as the exported catalogue, and a forwarder, tell it. */
export function lineOf(row: SegmentRow): SegmentLine {
  return {
    chain: row.chain,
    chainSeq: row.chain_seq,
    prevLink: row.prev_link,
    link: row.link,
    linkVersion: row.link_version,
    linkChain: row.link_chain,
    linkSource: row.link_source,
    sha256: row.sha256,
    merkleRoot: row.merkle_root,
    leaves: row.leaves,
    sm3: row.sm3,
    signer: row.signer,
    signature: row.signature?.toString('base64') ?? null,
    origin: row.origin,
    file: row.file,
    records: row.records,
    rawBytes: row.raw_bytes,
    firstRecv: row.first_recv.getTime(),
    lastRecv: row.last_recv.getTime(),
    ...(row.dropped_at && {
      dropped: {
        at: row.dropped_at.toISOString(),
        plan: row.drop_plan!,
        source: row.source_id,
        number: row.id,
      },
    }),
    ...(row.moved_to && { movedTo: row.moved_to }),
  };
}
