/** Raw lines for an evidence bag of a module above: their bytes, how they are read, and the proof of their place. */
import type { Ctx } from '#base/app';
import { isAppError } from '#base/errors';
import type { RecordProof } from '../contract/proofs.ts';
import type { SourceSettings } from '../decoders/row.ts';
import type { Pattern } from '../decoders/template/parse-pattern.ts';
import { maskNames, nameFinder } from '../names-in-line.ts';
import { pseudonymsOf } from '../pseudonyms.ts';
import { readRecord } from '../read-record.ts';
import { settingsOf } from '../rules.ts';
import { forEachRecord } from '../segments/record-stream.ts';
import * as catalogue from '../store/catalogue.ts';
import { findTemplate } from '../store/templates.ts';
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
  readonly unproven: 'name' | 'run_too_long' | 'names_in_run' | 'no_tree' | null;
}

/** A proof shows the whole run that a record came in: a longer one holds too much that is nobody's business. */
const longestRun = 64 * 1024;

/**
 * Takes a record with its proof. A line with a name is taken masked, and so is the proof of one whose neighbours hold
 * names. Audited. Fails like `readRecord`.
 */
export async function takeRecord(
  ctx: Ctx,
  place: { segment: number; seq: number; dec: string },
  why: object,
): Promise<TakenRecord> {
  const record = await readRecord(ctx, place.segment, place.seq, why);
  const segment = (await catalogue.findSegment(ctx, place.segment))!;
  const source = (await catalogue.findSource(ctx, { id: segment.source_id }))!;
  const find = await nameFinder(ctx, source, await pseudonymsOf(ctx.app));
  const users = find(record).filter((one) => one.kind === 'user');
  const [format, version] = place.dec.split('/');
  const template = format === 'template' ? await findTemplate(ctx, source.id, Number(version)) : undefined;
  const isNamed = users.length > 0;
  const proven = isNamed ? ({ unproven: 'name' } as const) : await prove(ctx, place, find);
  return {
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
}

async function prove(
  ctx: Ctx,
  place: { segment: number; seq: number },
  find: Awaited<ReturnType<typeof nameFinder>>,
): Promise<{ proof: RecordProof } | { unproven: 'run_too_long' | 'names_in_run' | 'no_tree' }> {
  let proof: RecordProof;
  try {
    proof = await proveRecord(ctx, place.segment, place.seq);
  } catch (error) {
    if (isAppError(error, 'logs.no_tree')) return { unproven: 'no_tree' };
    throw error;
  }
  const run = Buffer.from(proof.run, 'base64');
  if (run.length > longestRun) return { unproven: 'run_too_long' };
  let hasNames = false;
  forEachRecord(run, (record) => {
    if (hasNames) return;
    const raw = Buffer.from(record.bytes).toString('utf8');
    const names = find({ bytes: record.bytes, raw, recvAt: new Date(record.recvAt), sender: record.sender });
    hasNames = names.some((one) => one.kind === 'user');
  });
  return hasNames ? { unproven: 'names_in_run' } : { proof };
}
