import { type App, type Ctx, systemActor } from '#base/app';
import { bookClock } from './clock/book-clock.ts';
import { segmentIndexed } from './contract.ts';
import { type Decoded, decodeSegment, type Reading } from './decode-segment.ts';
import { readAgainKey } from './decoders/netflow.ts';
import { beatOf, bookTally } from './ledger/book-tally.ts';
import type { Beat } from './ledger/segment-tally.ts';
import { possibleTimesOf } from './odd-times.ts';
import { userTokensOf } from './pseudonyms.ts';
import { askToReadWaiting } from './read-waiting.ts';
import { memoryOf, type ReaderMemory, readerOf, type SourceReader } from './source-reader.ts';
import * as catalogue from './store/catalogue.ts';
import { takeAlone } from './store/index-batches.ts';
import { claimOrder, waitingBefore, writeMemory } from './store/memory.ts';

const actor = systemActor('logs.index');

/**
 * Decodes a sealed segment into the log store, marks it indexed with its counts and emits
 * `logs.segment_indexed`. Idempotent: every insert carries a token made of segment, table and record number.
 * Where records are read with the help of earlier ones, earlier segments of the source that still wait are indexed
 * first. `false`: another process is at work on them, or they belong to a set that is indexed together
 * (`indexWaiting`); come again. Throws when the file is damaged or the store is away; the job then comes again, too.
 */
export async function indexSegment(app: App, segmentId: number): Promise<boolean> {
  const found = await app.run(actor, (ctx) => findAll(ctx, segmentId));
  if (found.segment.indexed_at) return true;
  if (found.reader.isOrdered) return indexInOrder(app, found.source.id, segmentId);
  return indexOne(app, found);
}

/** A sealed segment with all that it takes to read it. */
export interface Found {
  readonly segment: catalogue.SegmentRow;
  readonly source: catalogue.SourceRow;
  readonly reader: SourceReader;
  readonly memory: ReaderMemory;
  readonly beat: Beat | null;
}

/** Throws when there is no such segment. */
export async function findAll(ctx: Ctx, segmentId: number): Promise<Found> {
  const segment = await catalogue.findSegment(ctx, segmentId);
  const source = segment && (await catalogue.findSource(ctx, { id: segment.source_id }));
  if (!segment || !source) throw new Error(`no segment has the number ${segmentId}`);
  const reader = await readerOf(ctx, source);
  const memory = await memoryOf(ctx, source, reader);
  return { segment, source, reader, memory, beat: await beatOf(ctx, source.id) };
}

/** The order is held by a transaction of its own, which ends with this process whatever happens to it. */
async function indexInOrder(app: App, sourceId: number, upto: number): Promise<boolean> {
  return app.run(actor, async (ctx) => {
    if (!(await claimOrder(ctx, sourceId))) return false;
    for (const id of await waitingBefore(ctx, sourceId, upto)) {
      if (!(await indexOne(app, await app.run(actor, (inner) => findAll(inner, id))))) return false;
    }
    return true;
  });
}

async function indexOne(app: App, found: Found): Promise<boolean> {
  if (!(await app.run(actor, (ctx) => takeAlone(ctx, found.segment.id)))) return false;
  const figures = await decodeSegment(app, await readingOf(app, found));
  await app.run(actor, (ctx) => finishSegment(ctx, found, figures));
  return true;
}

/** How a segment is read. */
export async function readingOf(
  app: App,
  { segment, source, reader, memory, beat }: Found,
): Promise<Reading> {
  return {
    file: segment.file,
    facts: {
      segmentId: segment.id,
      sourceId: source.id,
      realm: source.realm,
      decoder: reader.name,
      userToken: await userTokensOf(app, source),
    },
    decode: reader.open(memory),
    settings: reader.settings,
    times: possibleTimesOf(source),
    beat,
  };
}

/** Makes the rows of a segment count, once: they are in the store. */
export async function finishSegment(ctx: Ctx, found: Found, figures: Decoded): Promise<void> {
  const { segment, source, memory, beat } = found;
  if (!(await catalogue.markIndexed(ctx, segment.id, figures))) return;
  await writeMemory(ctx, source, memory.changes);
  if (memory.changes.has(readAgainKey)) await askToReadWaiting(ctx, source.id);
  await bookTally(ctx, segment, figures.ledger, beat);
  await bookClock(ctx, segment, figures.clock);
  const { firstTs, lastTs } = figures;
  const payload = { segmentId: segment.id, sourceId: segment.source_id, from: firstTs, to: lastTs };
  await ctx.emit(segmentIndexed, payload, segment.unit_path);
}
