/** The records with whose help another one was read: the first half of a split line, the templates of a flow. */
import type { Ctx } from '#base/app';
import { isAppError } from '#base/errors';
import type { Memory } from '../decoders/row.ts';
import { segmentPath, tellDamage } from '../read-record.ts';
import { forEachRecord, type RawRecord } from '../segments/record-stream.ts';
import { readFrames } from '../segments/segment-file.ts';
import { ReaderMemory, type SourceReader } from '../source-reader.ts';
import * as catalogue from '../store/catalogue.ts';
import { segmentsBeside } from '../store/segment-neighbours.ts';
import { pickNeeded } from './pick-records.ts';

/** A record with its place. */
export interface PlacedRecord extends RawRecord {
  readonly segment: number;
  readonly seq: number;
}

/** Segments on each side of a record's own that are looked through; flows announce their templates every few minutes. */
const mostBeside = 3;

export type ContextMissing = 'not_found' | 'dropped';

/**
 * The few records of the source with which `isEnough` holds for the record at `place`: those before it, and where none of
 * them help, those after it, since a flow that waited was read once its template came. `not_found`, or `dropped` when a
 * segment that was looked through is not kept any more.
 */
export async function findContext(
  ctx: Ctx,
  place: { readonly segment: number; readonly seq: number },
  reader: SourceReader,
  isEnough: (records: readonly PlacedRecord[]) => boolean,
): Promise<PlacedRecord[] | ContextMissing> {
  const own = (await catalogue.findSegment(ctx, place.segment))!;
  const around = await tellingRecords(ctx, own, reader);
  let known = around.filter((one) => one.seq < place.seq);
  let isGone = false;
  const add = async (side: 'before' | 'after') => {
    for (const id of await segmentsBeside(ctx, own.source_id, { id: own.id, side }, mostBeside)) {
      const segment = (await catalogue.findSegment(ctx, id))!;
      const found = await tellingRecords(ctx, segment, reader).catch((error: unknown) => {
        if (!isAppError(error, 'logs.segment_dropped')) throw error;
        isGone = true;
        return [];
      });
      known = side === 'before' ? [...found, ...known] : [...known, ...found];
      if (isEnough(known)) return;
    }
  };
  if (!isEnough(known)) await add('before');
  if (!isEnough(known)) known = [...known, ...around.filter((one) => one.seq > place.seq)];
  if (!isEnough(known)) await add('after');
  return pickNeeded(known, isEnough) ?? (isGone ? 'dropped' : 'not_found');
}

/** The records of a segment of which the reader remembered something. */
async function tellingRecords(
  ctx: Ctx,
  segment: catalogue.SegmentRow,
  reader: SourceReader,
): Promise<PlacedRecord[]> {
  const memory = new NotingMemory();
  const decode = reader.open(memory);
  const found: PlacedRecord[] = [];
  const path = await segmentPath(ctx.app, segment);
  await tellDamage(segment, async () => {
    for await (const { first, stream } of readFrames(path)) {
      let seq = first;
      forEachRecord(stream, (record) => {
        memory.isChanged = false;
        decode?.(record.bytes, reader.settings, new Date(record.recvAt), record.sender);
        if (memory.isChanged)
          found.push({ ...record, bytes: Buffer.from(record.bytes), segment: segment.id, seq });
        seq += 1;
      });
    }
  });
  return found;
}

class NotingMemory implements Memory {
  readonly #memory = new ReaderMemory();
  isChanged = false;

  get(key: string): unknown {
    return this.#memory.get(key);
  }

  set(key: string, value: unknown): void {
    this.#memory.set(key, value);
    this.isChanged = true;
  }
}
