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

/** The link before the first one. */
export const genesisLink = '0'.repeat(64);

/**
 * `SHA-256(previous link ‖ segment SHA-256 ‖ canonical meta)`; both hashes as 32 bytes, the meta as RFC 8785
 * JSON in UTF-8. Whoever holds one link can prove every segment of the chain before it.
 */
export function linkOf(previous: string, segmentSha256: string, meta: LinkMeta): string {
  const text = canonicalize(meta);
  if (text === undefined) throw new TypeError('the meta of a link has no canonical form');
  return createHash('sha256')
    .update(Buffer.from(previous, 'hex'))
    .update(Buffer.from(segmentSha256, 'hex'))
    .update(text, 'utf8')
    .digest('hex');
}
