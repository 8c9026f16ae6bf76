/** Proofs that sealed logs are whole: the exported catalogue, its check, and the proof of one record. */
import { z } from 'zod';
import { route, time } from '#base/contract';
import { readingQuery } from './reading.ts';

const count = z.number().int();

/** One segment as its link binds it. Times are epoch milliseconds, the signature is base64. */
export interface SegmentLine {
  readonly chain: string;
  readonly chainSeq: number;
  readonly prevLink: string;
  readonly link: string;
  readonly linkVersion: number;
  readonly linkChain: string;
  readonly linkSource: string;
  readonly sha256: string;
  readonly merkleRoot: string | null;
  readonly leaves: number | null;
  readonly sm3: string | null;
  readonly signer: string | null;
  readonly signature: string | null;
  readonly origin: string;
  readonly file: string;
  readonly records: number;
  readonly rawBytes: number;
  readonly firstRecv: number;
  readonly lastRecv: number;
  /** Dropped when its retention had ended: when, and by which plan that two people agreed to. */
  readonly dropped?: {
    readonly at: string;
    readonly plan: string;
    /** Of which source, and its number: what the digest of the day is made of. */
    readonly source?: number;
    readonly number?: number;
  };
  /** Where its file lies when it has moved. */
  readonly movedTo?: string;
}

/** The end of a chain. */
export interface ChainHead {
  readonly chain: string;
  readonly chainSeq: number;
  readonly link: string;
}

/** What is kept of a day (of receipt, UTC) of a source that was dropped. */
export interface DropLine {
  readonly plan: string;
  readonly day: string;
  readonly source: number;
  readonly segments: number;
  readonly records: number;
  /** SHA-256 over the hashes of these segments, one a line, by their numbers. */
  readonly digest: string;
  /** Decided while the catalogue was being read: not every segment of it is called dropped there. */
  readonly late?: boolean;
}

/**
 * One line of an exported catalogue (NDJSON): who and which ends, heads kept in the audit log, what was dropped, then
 * every segment.
 */
export type CatalogueLine =
  | {
      readonly catalogue: {
        readonly installation: string;
        readonly at: string;
        readonly heads: readonly ChainHead[];
        readonly signers: readonly { readonly fingerprint: string; readonly publicKey: string }[];
      };
    }
  | { readonly anchor: ChainHead & { readonly at: string } }
  | { readonly drop: DropLine }
  | { readonly segment: SegmentLine };

export const chainProblem = z.object({
  code: z.enum([
    'segment_missing',
    'link_differs',
    'signature_bad',
    'signer_unknown',
    'rolled_back',
    'forked',
    'head_differs',
    'file_missing',
    'file_cut',
    'file_appended',
    'file_damaged',
    'file_other',
    'unreadable',
    'drop_differs',
  ]),
  chain: z.string(),
  /** Place in the chain. */
  chainSeq: count,
  /** Name of the file, and what is wrong with it, where that is known. */
  detail: z.string(),
});
export type ChainProblem = z.infer<typeof chainProblem>;

export const chainCheck = z.object({
  chains: z.array(
    z.object({ chain: z.string(), segments: count, records: count, chainSeq: count, link: z.string() }),
  ),
  signed: count,
  files: count,
  /** Segments whose retention had ended: only the catalogue tells of them. */
  dropped: count,
  /** Days and sources whose digests of what was dropped were recomputed. */
  droppedDays: count,
  /** Segments whose files have moved and were not read here. */
  elsewhere: count,
  intact: z.boolean(),
  problems: z.array(chainProblem),
  /** More problems than are listed. */
  more: count,
});
export type ChainCheck = z.infer<typeof chainCheck>;

export const exportCatalogue = route({
  method: 'GET',
  path: '/api/logs/catalogue',
  summary:
    'The catalogue of all sealed segments with links, signatures and keys, checkable offline (NDJSON).',
  access: 'logs.verify',
  produces: 'file',
});

export const verifyChains = route({
  method: 'GET',
  path: '/api/logs/verify',
  summary:
    'Recomputes every link of every chain and compares with signatures, heads and the audit log’s anchors.',
  access: 'logs.verify',
  reply: chainCheck,
});

export const recordProof = z.object({
  segment: count,
  seq: count,
  /** The record’s bytes, base64, and where they lie in the run. */
  record: z.string(),
  at: count,
  /** The leaf: the run as it lies in the record stream (base64), its salt and its place. */
  run: z.string(),
  salt: z.string(),
  leaf: count,
  leaves: count,
  path: z.array(z.string()),
  merkleRoot: z.string(),
  sha256: z.string(),
  prevLink: z.string(),
  link: z.string(),
  /** What the link binds besides (RFC 8785 JSON is hashed). */
  meta: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  signature: z.string(),
  publicKey: z.string(),
  sealedAt: time,
});
export type RecordProof = z.infer<typeof recordProof>;

export const proveRecordRoute = route({
  method: 'GET',
  path: '/api/logs/segments/:id/records/:seq/proof',
  summary: 'Proves one record: its run, the path to the segment’s Merkle root, the signed link. Audited.',
  access: 'logs.read',
  params: z.object({ id: z.coerce.number().int().min(1), seq: z.coerce.number().int().min(0) }),
  query: z.object(readingQuery),
  reply: recordProof,
});

export const proofPermissions = {
  'logs.verify': {
    zh: '校验全部封存日志、导出封存目录',
    en: 'Verify all sealed logs and export their catalogue',
  },
} as const;

export const proofErrors = {
  'logs.whole_city_only': {
    status: 403,
    zh: '封存链贯穿全市各单位，只有全市范围的账号能导出或校验整条链；本单位的封存段请在分段页逐个校验',
    en: 'A chain runs through the segments of all units: only accounts of the whole city export or verify it. Verify the segments of your unit one by one',
  },
  'logs.no_tree': {
    status: 409,
    zh: '封存段 {segment} 由旧版本封存，没有 Merkle 根，不能单独证明一行；请校验整个封存段',
    en: 'Segment {segment} was sealed by an older version without a Merkle root: a single line of it cannot be proven. Verify the whole segment',
  },
} as const;
