import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** What a link binds besides the segment's own hash. Times are epoch milliseconds. */
export interface LinkMeta {
  readonly chain: string;
  readonly chainSeq: number;
  readonly origin: string;
  readonly sourceId: string;
  readonly records: number;
  readonly rawBytes: number;
  readonly firstRecv: number;
  readonly lastRecv: number;
}

/** A link of version 2: the chain is named by the installation that made it, and the Merkle root is bound. */
export interface LinkMeta2 extends LinkMeta {
  readonly version: 2;
  readonly merkleRoot: string;
  readonly leaves: number;
  /** SM3 (GB/T 32905) over the record stream, where it was asked for. */
  readonly sm3: string | null;
}

/** The link before the first one. */
export const genesisLink = '0'.repeat(64);

/**
 * `SHA-256(previous link ‖ segment SHA-256 ‖ canonical meta)`; both hashes as 32 bytes, the meta as RFC 8785
 * JSON in UTF-8. Whoever holds one link can prove every segment of the chain before it.
 */
export function linkOf(previous: string, segmentSha256: string, meta: LinkMeta | LinkMeta2): string {
  const text = canonicalize(meta);
  if (text === undefined) throw new TypeError('the meta of a link has no canonical form');
  return createHash('sha256')
    .update(Buffer.from(previous, 'hex'))
    .update(Buffer.from(segmentSha256, 'hex'))
    .update(text, 'utf8')
    .digest('hex');
}

/** A link as the catalogue keeps it. `linkChain` and `linkSource` are what the link says, not where it lies now. */
export interface LinkFacts {
  readonly linkVersion: number;
  readonly linkChain: string;
  readonly linkSource: string;
  readonly chainSeq: number;
  readonly origin: string;
  readonly records: number;
  readonly rawBytes: number;
  readonly firstRecv: number;
  readonly lastRecv: number;
  readonly merkleRoot: string | null;
  readonly leaves: number | null;
  readonly sm3: string | null;
}

/** What the link of these facts binds, by its version. */
export function linkMetaOf(facts: LinkFacts): LinkMeta | LinkMeta2 {
  const { linkChain: chain, linkSource: sourceId, chainSeq, origin, records, rawBytes } = facts;
  const { firstRecv, lastRecv, merkleRoot, leaves, sm3 } = facts;
  const meta = { chain, chainSeq, origin, sourceId, records, rawBytes, firstRecv, lastRecv };
  if (facts.linkVersion === 1) return meta;
  return { ...meta, version: 2, merkleRoot: merkleRoot ?? '', leaves: leaves ?? 0, sm3 };
}
