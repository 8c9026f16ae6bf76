/** Raw lines for an evidence bag of a module above: their bytes, how they are read, and the proof of their place. */
import type { Ctx } from '#base/app';
import { isAppError } from '#base/errors';
import type { RecordProof } from '../contract/proofs.ts';
import type { DataRow, SourceSettings } from '../decoders/row.ts';
import type { Pattern } from '../decoders/template/parse-pattern.ts';
import { type FindNames, maskNames, nameFinder } from '../names-in-line.ts';
import { pseudonymsOf } from '../pseudonyms.ts';
import { readRecord } from '../read-record.ts';
import { settingsOf } from '../rules.ts';
import { forEachRecord } from '../segments/record-stream.ts';
import { readerNamed } from '../source-reader.ts';
import * as catalogue from '../store/catalogue.ts';
import { findTemplate } from '../store/templates.ts';
import { decodeAgain } from './decode-again.ts';
import { type ContextMissing, findContext } from './find-context.ts';
import { proveRecord } from './prove-record.ts';

export interface SegmentOrigin {
  readonly segment: number;
  readonly sourceId: number;
  readonly sourceName: string;
  readonly decoder: string | null;
}

/** Which source and decoder segments are of, as far as the scope shows them. */
export async function describeSegments(ctx: Ctx, ids: readonly number[]): Promise<SegmentOrigin[]> {
  const rows = await Promise.all(ids.map((id) => catalogue.findSegment(ctx, id)));
  return rows.flatMap((row) =>
    row ? [{ segment: row.id, sourceId: row.source_id, sourceName: row.source, decoder: row.decoder }] : [],
  );
}

/** A record as a bag keeps it. */
export interface TakenRecord {
  readonly segment: number;
  readonly seq: number;
  readonly sourceId: number;
  readonly sourceName: string;
  readonly recvAt: number;
  readonly sender: string;
  readonly sha256: string;
  /** The very bytes, base64; null: the line holds a name that nobody has unsealed. */
  readonly bytes: string | null;
  /** The line as it may be shown, with tokens for names. */
  readonly shown: string;
  readonly settings: SourceSettings;
  /** Of a source with a template of its own: the patterns by their version. */
  readonly template: { readonly version: number; readonly patterns: readonly Pattern[] } | null;
  readonly proof: RecordProof | null;
  /** Why there is no proof. */
  readonly unproven: Unproven | null;
  /** The records with whose help this one is read: a half of it, templates. Absent in bags of before they were taken. */
  readonly others?: readonly TakenOther[];
  /** Why those are not here, though it takes them. */
  readonly unread?: ContextMissing | 'named' | null;
}

type Unproven = 'name' | 'neighbours' | 'no_tree';

/** A record that is taken only because another one cannot be read without it. */
export interface TakenOther {
  readonly segment: number;
  readonly seq: number;
  readonly recvAt: number;
  readonly sender: string;
  readonly sha256: string;
  readonly bytes: string;
  readonly proof: RecordProof | null;
  readonly unproven: Unproven | null;
}

/** Whether rows, read again, say what they are wanted for. */
export type SaysAll = (rows: readonly DataRow[]) => boolean;

/**
 * Takes a record with its proof. A line with a name is taken masked. A proof shows the whole run that the record came in:
 * where others are in it, who did what is nobody's business who asked for this one, and the place is stated, not shown. One that is read only together with others is taken with the few of them that make it say all (`saysAll`).
 * Audited. Fails like `readRecord`.
 */
export async function takeRecord(
  ctx: Ctx,
  place: { segment: number; seq: number; dec: string },
  why: object,
  saysAll?: SaysAll,
): Promise<TakenRecord> {
  const record = await readRecord(ctx, place.segment, place.seq, why);
  const segment = (await catalogue.findSegment(ctx, place.segment))!;
  const source = (await catalogue.findSource(ctx, { id: segment.source_id }))!;
  const find = await nameFinder(ctx, source, await pseudonymsOf(ctx.app));
  const users = find(record).filter((one) => one.kind === 'user');
  const [format, version] = place.dec.split('/');
  const template = format === 'template' ? await findTemplate(ctx, source.id, Number(version)) : undefined;
  const isNamed = users.length > 0;
  const proven = isNamed ? ({ unproven: 'name' } as const) : await prove(ctx, place);
  const taken: TakenRecord = {
    segment: place.segment,
    seq: place.seq,
    sourceId: source.id,
    sourceName: source.name,
    recvAt: record.recvAt.getTime(),
    sender: record.sender,
    sha256: record.sha256,
    bytes: isNamed ? null : record.bytes.toString('base64'),
    shown: maskNames(record.raw, users),
    settings: settingsOf(source),
    template: template ? { version: template.version, patterns: template.patterns } : null,
    proof: 'proof' in proven ? proven.proof : null,
    unproven: 'unproven' in proven ? proven.unproven : null,
  };
  return isNamed || !saysAll ? taken : withOthers(ctx, taken, { dec: place.dec, why, saysAll, find });
}

interface Wanted {
  readonly dec: string;
  readonly why: object;
  readonly saysAll: SaysAll;
  readonly find: FindNames;
}

async function withOthers(ctx: Ctx, taken: TakenRecord, wanted: Wanted): Promise<TakenRecord> {
  const reader = await readerNamed(ctx, taken.sourceId, wanted.dec, taken.settings);
  if (!reader?.isOrdered) return taken;
  const found = await findContext(ctx, taken, reader, (records) => {
    const others = records.map((one) => ({ ...one, bytes: one.bytes.toString('base64') }));
    const rows = decodeAgain({ ...taken, others }, wanted.dec);
    return typeof rows !== 'string' && wanted.saysAll(rows);
  });
  if (typeof found === 'string') return { ...taken, others: [], unread: found };
  const others: TakenOther[] = [];
  for (const { segment, seq } of found) {
    const record = await readRecord(ctx, segment, seq, wanted.why);
    if (wanted.find(record).some((one) => one.kind === 'user'))
      return { ...taken, others: [], unread: 'named' };
    const proven = await prove(ctx, { segment, seq });
    others.push({
      segment,
      seq,
      recvAt: record.recvAt.getTime(),
      sender: record.sender,
      sha256: record.sha256,
      bytes: record.bytes.toString('base64'),
      proof: 'proof' in proven ? proven.proof : null,
      unproven: 'unproven' in proven ? proven.unproven : null,
    });
  }
  return { ...taken, others, unread: null };
}

async function prove(
  ctx: Ctx,
  place: { segment: number; seq: number },
): Promise<{ proof: RecordProof } | { unproven: 'neighbours' | 'no_tree' }> {
  let proof: RecordProof;
  try {
    proof = await proveRecord(ctx, place.segment, place.seq);
  } catch (error) {
    if (isAppError(error, 'logs.no_tree')) return { unproven: 'no_tree' };
    throw error;
  }
  let records = 0;
  forEachRecord(Buffer.from(proof.run, 'base64'), () => {
    records += 1;
  });
  return records === 1 ? { proof } : { unproven: 'neighbours' };
}
