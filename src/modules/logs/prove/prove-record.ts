import { createPublicKey } from 'node:crypto';
import { inclusionProof, recordAudit, verifyInclusion } from '#audit';
import type { Ctx } from '#base/app';
import { fail } from '#base/errors';
import type { RecordProof } from '../contract/proofs.ts';
import { segmentPath, tellDamage, visibleSegment } from '../read-record.ts';
import { linkMetaOf, linkOf } from '../segments/chain.ts';
import { verifyLink } from '../segments/link-signature.ts';
import { leafOf, leafSalt } from '../segments/merkle-leaves.ts';
import { recordNumber, runAt } from '../segments/record-stream.ts';
import { openSegment } from '../segments/segment-file.ts';
import type { SegmentRow } from '../store/catalogue.ts';
import { publicKeyOf } from '../store/chain-store.ts';
import { lineOf } from './read-catalogue.ts';

/**
 * The proof that one record is in its sealed segment, checkable by whoever trusts the signing key. It shows the run that
 * the record came in and nothing of the others. Fails with `base.not_found`, `logs.no_tree`, `logs.segment_damaged`.
 */
export async function proveRecord(ctx: Ctx, segmentId: number, seq: number): Promise<RecordProof> {
  const segment = await visibleSegment(ctx, segmentId);
  if (segment.link_version < 2) fail('logs.no_tree', { segment: segmentId });
  const found = await tellDamage(segment, async () => findLeaf(await segmentPath(ctx.app, segment), seq));
  if (!found) fail('base.not_found', { what: `record ${segmentId}:${seq}` });
  await recordAudit(ctx, {
    action: 'logs.prove_record',
    subject: `log_segment:${segmentId}`,
    unitPath: segment.unit_path,
    after: { seq },
  });
  return proofOf(segment, seq, found, await publicKeyOf(ctx, segment.signer!));
}

interface FoundLeaf {
  readonly run: Buffer;
  readonly record: Buffer;
  readonly at: number;
  readonly salt: Buffer;
  readonly leaf: number;
  readonly path: Uint8Array[];
  readonly leaves: number;
}

async function findLeaf(path: string, seq: number): Promise<FoundLeaf | undefined> {
  const file = await openSegment(path);
  try {
    const { footer } = file;
    if (footer.version === 1 || seq >= footer.records) return undefined;
    const segmentSalt = Buffer.from(footer.salt, 'hex');
    const leaves: Uint8Array[] = [];
    let found: { run: Buffer; leaf: number; number: number } | undefined;
    let before = 0;
    for (let frame = 0; frame < footer.frames.length; frame += 1) {
      const stream = await file.readFrame(frame);
      for (let at = 0; at < stream.length; ) {
        const { end, records } = runAt(stream, at);
        const run = stream.subarray(at, end);
        if (seq >= before && seq < before + records)
          found = { run, leaf: leaves.length, number: seq - before };
        leaves.push(leafOf(leafSalt(segmentSalt, leaves.length), run));
        before += records;
        at = end;
      }
    }
    if (!found) return undefined;
    const { run, leaf, number } = found;
    const record = recordNumber(run, number)!.bytes;
    return {
      run,
      record,
      at: record.byteOffset - run.byteOffset,
      salt: leafSalt(segmentSalt, leaf),
      leaf,
      path: inclusionProof(leaves, leaf),
      leaves: leaves.length,
    };
  } finally {
    await file.close();
  }
}

function proofOf(segment: SegmentRow, seq: number, found: FoundLeaf, publicKey: string): RecordProof {
  const line = lineOf(segment);
  return {
    segment: segment.id,
    seq,
    record: found.record.toString('base64'),
    at: found.at,
    run: found.run.toString('base64'),
    salt: found.salt.toString('hex'),
    leaf: found.leaf,
    leaves: found.leaves,
    path: found.path.map((node) => Buffer.from(node).toString('hex')),
    merkleRoot: segment.merkle_root!,
    sha256: segment.sha256,
    prevLink: segment.prev_link,
    link: segment.link,
    meta: linkMetaOf(line) as unknown as RecordProof['meta'],
    signature: line.signature!,
    publicKey,
    sealedAt: segment.sealed_at.toISOString(),
  };
}

/** What does not hold in a proof; null: the record was in the segment that `publicKey` signed. Never throws. */
export function faultOfProof(proof: RecordProof): 'record' | 'path' | 'link' | 'signature' | null {
  const run = Buffer.from(proof.run, 'base64');
  const record = Buffer.from(proof.record, 'base64');
  if (!run.subarray(proof.at, proof.at + record.length).equals(record)) return 'record';
  const leaf = leafOf(Buffer.from(proof.salt, 'hex'), run);
  const path = proof.path.map((node) => Buffer.from(node, 'hex'));
  const root = Buffer.from(proof.merkleRoot, 'hex');
  if (!verifyInclusion(leaf, proof.leaf, proof.leaves, path, root)) return 'path';
  const { meta } = proof;
  const isBound = meta.merkleRoot === proof.merkleRoot && meta.leaves === proof.leaves;
  if (!isBound || linkIn(proof) !== proof.link) return 'link';
  return isSigned(proof) ? null : 'signature';
}

function linkIn({ prevLink, sha256, meta }: RecordProof): string | undefined {
  try {
    return linkOf(prevLink, sha256, meta as never);
  } catch {
    // RFC 8785 knows no form of infinity, which is what a damaged number (1e999) becomes: that is no link.
    return undefined;
  }
}

function isSigned({ meta, link, signature, publicKey }: RecordProof): boolean {
  try {
    const key = createPublicKey(publicKey);
    return verifyLink(String(meta.chain), Number(meta.chainSeq), link, Buffer.from(signature, 'base64'), key);
  } catch {
    // A text that is no key has signed nothing.
    return false;
  }
}
