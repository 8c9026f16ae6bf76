import { createHash } from 'node:crypto';
import { recordAudit } from '#audit';
import type { App, Ctx } from '#base/app';
import { fail, isAppError } from '#base/errors';
import { readablePath } from './archive/segment-places.ts';
import { decodeBytes } from './decoders/text.ts';
import { type LinkFacts, linkMetaOf, linkOf } from './segments/chain.ts';
import { forEachRecord, type RawRecord } from './segments/record-stream.ts';
import {
  type Footer,
  readFrames,
  readSegmentRecord,
  SegmentDamaged,
  verifySegment,
} from './segments/segment-file.ts';
import { ReaderMemory, readerOf } from './source-reader.ts';
import * as catalogue from './store/catalogue.ts';

export interface ReadRecord {
  readonly segment: number;
  readonly seq: number;
  readonly recvAt: Date;
  readonly sender: string;
  readonly raw: string;
  readonly charset: 'utf-8' | 'gb18030' | 'latin1';
  /** The very bytes of the line, as received. */
  readonly bytes: Buffer;
  /** SHA-256 of `bytes`, hexadecimal. */
  readonly sha256: string;
  readonly segmentSha256: string;
  readonly link: string;
}

/**
 * The raw record behind a row, read back from its sealed segment, with the hashes that bind it to the chain.
 * Writes an audit entry, with `why` it was read. Fails with `base.not_found` when the caller's scope has no such segment or it has no
 * such record, and with `logs.segment_damaged`.
 */
export async function readRecord(
  ctx: Ctx,
  segmentId: number,
  seq: number,
  why: object = {},
): Promise<ReadRecord> {
  const segment = await visibleSegment(ctx, segmentId);
  const record = await tellDamage(segment, async () =>
    readSegmentRecord(await segmentPath(ctx.app, segment), seq),
  );
  if (!record) fail('base.not_found', { what: `record ${segmentId}:${seq}` });
  await recordAudit(ctx, {
    action: 'logs.read_record',
    subject: `log_segment:${segmentId}`,
    unitPath: segment.unit_path,
    after: { seq, ...why },
  });
  return present(segment, seq, record);
}

/** Raw lines of a source that its decoder could not read; audited with `why`. `total` counts all of them. */
export async function listUnparsable(
  ctx: Ctx,
  sourceId: number,
  limit: number,
  why: object = {},
): Promise<{ total: number; items: ReadRecord[] }> {
  const source = await catalogue.findSource(ctx, { id: sourceId });
  if (!source) fail('base.not_found', { what: `log source ${sourceId}` });
  const segments = await catalogue.unparsableSegments(ctx, sourceId, limit);
  const items: ReadRecord[] = [];
  for (const segment of segments) {
    if (items.length >= limit) break;
    items.push(...(await unparsableOf(ctx, source, segment, limit - items.length)));
  }
  await recordAudit(ctx, {
    action: 'logs.read_unparsable',
    subject: `log_source:${sourceId}`,
    unitPath: source.unit_path,
    after: { lines: items.length, ...why },
  });
  const total = await catalogue.countUnparsable(ctx, sourceId);
  return { total, items };
}

async function unparsableOf(
  ctx: Ctx,
  source: catalogue.SourceRow,
  segment: catalogue.SegmentRow,
  limit: number,
) {
  const reader = await readerOf(ctx, source);
  // What an ordered reader knew then is not known any more: it begins anew at each segment.
  const decode = reader.open(new ReaderMemory());
  const found: ReadRecord[] = [];
  await tellDamage(segment, async () => {
    for await (const { first, stream } of readFrames(await segmentPath(ctx.app, segment))) {
      let seq = first;
      forEachRecord(stream, (record) => {
        const readable =
          decode?.(record.bytes, reader.settings, new Date(record.recvAt), record.sender) ?? null;
        if (readable === null && found.length < limit) found.push(present(segment, seq, record));
        seq += 1;
      });
      if (found.length >= limit) return;
    }
  });
  return found;
}

/** Reads a segment again from disk and compares content and link with the catalogue. */
export async function checkSegment(ctx: Ctx, segmentId: number) {
  const segment = await visibleSegment(ctx, segmentId);
  const { sha256, link } = segment;
  const problem = await problemOf(ctx, segment);
  return { intact: problem === null, problem, sha256, link };
}

async function problemOf(ctx: Ctx, segment: catalogue.SegmentRow): Promise<string | null> {
  try {
    const footer = await tellDamage(segment, async () => verifySegment(await segmentPath(ctx.app, segment)));
    if (footer.sha256 !== segment.sha256) return 'the file is sound but is not the one that was registered';
    const expected = linkOf(segment.prev_link, footer.sha256, linkMetaOf(factsOf(segment, footer)));
    return expected === segment.link ? null : 'its link in the chain differs';
  } catch (error) {
    if (isAppError(error, 'logs.segment_damaged')) return error.message;
    throw error;
  }
}

const noTree = { merkleRoot: null, leaves: null, sm3: null };

/** What the link must say: the content as the file has it, its place as the catalogue has it. */
function factsOf(segment: catalogue.SegmentRow, footer: Footer): LinkFacts {
  const { link_version: linkVersion, link_chain: linkChain, link_source: linkSource } = segment;
  const tree = footer.version === 2 ? footer : noTree;
  return { ...noTree, ...footer, ...tree, linkVersion, linkChain, linkSource, chainSeq: segment.chain_seq };
}

/** A segment of the caller's units; fails with `base.not_found`. */
export async function visibleSegment(ctx: Ctx, id: number): Promise<catalogue.SegmentRow> {
  return (await catalogue.findSegment(ctx, id)) ?? fail('base.not_found', { what: `log segment ${id}` });
}

/** Where a segment's file can be read, fetched if need be. Fails with `logs.segment_dropped`, `logs.archive_unavailable`. */
export function segmentPath(app: App, segment: catalogue.SegmentRow): Promise<string> {
  return readablePath(app, segment);
}

/** Tells a missing or damaged file as `logs.segment_damaged`. */
export async function tellDamage<T>(segment: catalogue.SegmentRow, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!missing && !(error instanceof SegmentDamaged)) throw error;
    fail('logs.segment_damaged', { segment: segment.id, problem: (error as Error).message }, error);
  }
}

/** A record as it is handed out. */
export function present(segment: catalogue.SegmentRow, seq: number, record: RawRecord): ReadRecord {
  const { text, charset } = decodeBytes(record.bytes);
  return {
    segment: segment.id,
    seq,
    recvAt: new Date(record.recvAt),
    sender: record.sender,
    raw: text,
    charset,
    bytes: Buffer.from(record.bytes),
    sha256: createHash('sha256').update(record.bytes).digest('hex'),
    segmentSha256: segment.sha256,
    link: segment.link,
  };
}
