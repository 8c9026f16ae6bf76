import { type App, type Ctx, systemActor } from '#base/app';
import { elapsed } from '#base/clock';
import { type Decoded, decodeSegment } from './decode-segment.ts';
import { decoderOf } from './decoders/decode-line.ts';
import { type Found, findAll, finishSegment, readingOf } from './index-segment.ts';
import * as batches from './store/index-batches.ts';
import { insertTogether, RowCollector } from './store/insert-rows.ts';
import { claimOrder } from './store/memory.ts';

const actor = systemActor('logs.index');

/**
 * Records of one set, which are one insert per table: fewer cost the store several times as much per row, more cost
 * memory (about 300 bytes each). A segment of more than half of it is an insert of its own anyway.
 */
export const setRecords = 150_000;
const setSegments = 1000;
/** A run gives its place in the queue back after so long: others wait, too. */
const runMs = 15_000;

export interface IndexRun {
  /** `busy`: others index; come again. `more`: something is left; come again. `done`: nothing waits. */
  readonly ended: 'busy' | 'more' | 'done';
  /** Segments that are to be indexed by themselves, by `indexSegment`. */
  readonly alone: readonly number[];
}

/**
 * Indexes the segments that wait, set by set. A set is written down before its rows are sent and finished in one
 * transaction: broken off anywhere, the same set is sent again under the same tokens. One process at a time.
 * Throws when the store is away, and at its end when a segment could not be booked; one that cannot be read is put
 * aside.
 */
export async function indexWaiting(app: App): Promise<IndexRun> {
  const until = elapsed() + runMs;
  const alone: number[] = [];
  const troubles: unknown[] = [];
  // The claims are held by a transaction of their own, which ends with this process whatever happens to it.
  const ended = await app.run(actor, async (claim): Promise<IndexRun['ended']> => {
    if (!(await batches.claimBatches(claim))) return 'busy';
    for (let last = 0; elapsed() < until; ) {
      const set = await nextSet(app, last, alone);
      if (!set) return 'done';
      last = set.batch;
      const found = await app.run(actor, (ctx) => findSegments(ctx, set.segments));
      for (const id of orderedSources(found)) if (!(await claimOrder(claim, id))) return 'busy';
      const done = await indexSet(app, set.batch, found);
      alone.push(...done.aside);
      troubles.push(...done.troubles);
    }
    return 'more';
  });
  if (troubles.length > 0) throw troubles[0];
  return { ended, alone };
}

async function findSegments(ctx: Ctx, ids: readonly number[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const id of ids) found.push(await findAll(ctx, id));
  return found;
}

function orderedSources(found: readonly Found[]): Set<number> {
  return new Set(found.filter(({ reader }) => reader.isOrdered).map(({ source }) => source.id));
}

/** The next set after `last`: one that was broken off, or a new one. What is to go by itself is added to `alone`. */
async function nextSet(app: App, last: number, alone: number[]): Promise<batches.WaitingSet | undefined> {
  for (;;) {
    const begun = await app.run(actor, (ctx) => batches.unfinishedSet(ctx, last));
    if (begun) return begun;
    const aside: number[] = [];
    const isMade = await app.run(actor, async (ctx) => {
      const { together, single } = divide(await batches.waitingSegments(ctx, setSegments));
      for (const id of single) if (await batches.takeAlone(ctx, id)) aside.push(id);
      if (together.length > 0) await batches.makeSet(ctx, together);
      return together.length > 0;
    });
    alone.push(...aside);
    if (!isMade && aside.length === 0) return undefined;
  }
}

/** Which of the segments, oldest first, make the next set, and which go by themselves. */
export function divide(waiting: readonly batches.Waiting[]): { together: number[]; single: number[] } {
  const together: number[] = [];
  const single: number[] = [];
  const behind = new Set<number>();
  let records = 0;
  for (const { id, source_id, records: own, format, is_behind } of waiting) {
    const isOrdered = decoderOf(format)?.open !== undefined;
    if (own > setRecords / 2 || (isOrdered && (is_behind || behind.has(source_id)))) {
      single.push(id);
      if (isOrdered) behind.add(source_id);
    } else if (records + own <= setRecords) {
      together.push(id);
      records += own;
    } else break;
  }
  return { together, single };
}

interface Read {
  readonly found: Found;
  readonly figures: Decoded;
}

async function indexSet(app: App, batch: number, found: readonly Found[]) {
  const { read, contents, aside } = await readSet(app, found);
  await insertTogether(app.logstore, batch, contents);
  const troubles: unknown[] = [];
  // By source: whoever locks several sources does it in this order.
  read.sort((a, b) => a.found.source.id - b.found.source.id || a.found.segment.id - b.found.segment.id);
  try {
    await app.run(actor, async (ctx) => {
      for (const one of read) await finishSegment(ctx, one.found, one.figures);
      for (const id of aside) await batches.leaveSet(ctx, id);
    });
  } catch (error) {
    app.log.warn({ err: error, batch }, 'a set of segments is booked one by one');
    troubles.push(...(await finishOneByOne(app, read)));
    await app.run(actor, async (ctx) => {
      for (const id of aside) await batches.leaveSet(ctx, id);
    });
  }
  return { aside, troubles };
}

/** One segment that cannot be booked must not hold up the others. Answers what went wrong. */
async function finishOneByOne(app: App, read: readonly Read[]): Promise<unknown[]> {
  const troubles: unknown[] = [];
  for (const { found, figures } of read) {
    try {
      await app.run(actor, (ctx) => finishSegment(ctx, found, figures));
    } catch (error) {
      app.log.error({ err: error, segment: found.segment.id }, 'a segment cannot be booked');
      troubles.push(error);
    }
  }
  return troubles;
}

/** Reads the segments of a set; `aside`: those that could not be read, be it for their file or for their reader. */
async function readSet(app: App, found: readonly Found[]) {
  const read: Read[] = [];
  const contents: ReturnType<RowCollector['take']>[] = [];
  const aside: number[] = [];
  const memories = new Map<number, Found['memory']>();
  for (const one of found) {
    // What a reader learns from one segment of the set helps with the next of its source.
    const memory = memories.get(one.source.id) ?? one.memory;
    memories.set(one.source.id, memory);
    const chained = { ...one, memory };
    const reading = await readingOf(app, chained);
    const rows = new RowCollector(reading.facts);
    try {
      read.push({ found: chained, figures: await decodeSegment(app, reading, rows) });
      contents.push(rows.take());
    } catch (error) {
      app.log.error({ err: error, segment: one.segment.id }, 'a segment cannot be read and is put aside');
      aside.push(one.segment.id);
    }
  }
  return { read, contents, aside };
}
