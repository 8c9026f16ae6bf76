import { z } from 'zod';
import { recordAudit } from '#audit';
import { type App, type Ctx, systemActor } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { defineJob, every } from '#base/jobs';
import { segmentIndexed } from './contract.ts';
import { type Decoded, decodeSegment } from './decode-segment.ts';
import { beatOf, bookTally } from './ledger/book-tally.ts';
import type { Beat } from './ledger/segment-tally.ts';
import { possibleTimesOf } from './odd-times.ts';
import { userTokensOf } from './pseudonyms.ts';
import { SegmentDamaged } from './segments/segment-file.ts';
import { memoryOf, ReaderMemory, readerNamed, readerOf, type SourceReader } from './source-reader.ts';
import * as catalogue from './store/catalogue.ts';
import * as redecodes from './store/redecodes.ts';
import { deletePresenceWithoutRows, deleteReplaced } from './store/replaced-rows.ts';

const actor = systemActor('logs.redecode');

/** Segments that change from old rows to new ones in one commit, and about how many bytes of raw lines. */
const batch = 100;
const batchBytes = 512 * 1024 * 1024;
/** Segments that are announced at once: their waiting is shared. */
const announcedAtOnce = 2000;
/** A search that was begun before the announcement is over by then: it may take a minute and asks piece by piece. */
const settleMs = 90_000;
/** A search that was told to leave the new rows out is over by then, so the old ones may go. */
const leaveMs = 180_000;
/** When another process is at work on the run: come again. */
const busyMs = 1000;
/** More segments than this are not told to readers at once. */
const mostHidden = 8000;

/**
 * Asks for a source's segments to be read again with its present decoder; `onlyUnread`: those that have lines which
 * could not be read (all of them, where records are read with the help of earlier ones). Audited. Fails with
 * `logs.nobody_reads`, `logs.nothing_to_redecode`, `logs.redecode_running`, `base.not_found`.
 */
export async function startRedecode(
  ctx: Ctx,
  sourceId: number,
  onlyUnread: boolean,
): Promise<redecodes.RunRow> {
  const source = await catalogue.findSource(ctx, { id: sourceId });
  if (!source) fail('base.not_found', { what: `log source ${sourceId}` });
  const reader = await readerOf(ctx, source);
  if (reader.name === '') fail('logs.nobody_reads', { name: source.name });
  const only = onlyUnread && reader.readsAlone;
  const { segments, upto } = await redecodes.extentOf(ctx, sourceId, only);
  if (upto === null) fail('logs.nothing_to_redecode', { name: source.name });
  const run = await insertRun(ctx, source, reader, { only, segments, upto });
  await recordAudit(ctx, {
    action: 'logs.redecode',
    subject: `log_source:${sourceId}`,
    unitPath: source.unit_path,
    after: { run: run.id, decoder: reader.name, onlyUnread: only, segments },
  });
  await ctx.enqueue(redecodeJob, { runId: run.id }, { key: keyOf(run.id) });
  return run;
}

async function insertRun(
  ctx: Ctx,
  source: catalogue.SourceRow,
  reader: SourceReader,
  { only, segments, upto }: { only: boolean; segments: number; upto: number },
): Promise<redecodes.RunRow> {
  try {
    return await redecodes.insertRun(ctx, {
      source_id: source.id,
      unit_path: source.unit_path,
      decoder: reader.name,
      settings: reader.settings,
      only_unread: only,
      upto,
      segments,
    });
  } catch (error) {
    if (violatedConstraint(error) !== 'one_redecode') throw error;
    fail('logs.redecode_running', { name: source.name }, error);
  }
}

const keyOf = (runId: number) => `logs.redecode:${runId}`;

/** One step of a run: a batch of segments is announced, or read and shown, or its old rows are taken away. */
export const redecodeJob = defineJob({
  name: 'logs.redecode',
  // What `waited` was asked for a later time, and runs: the queue's clock has waited for it.
  payload: z.object({ runId: z.number().int(), waited: z.boolean().default(false) }),
  maxAttempts: 25,
  run: async (app, { runId, waited }) => {
    // The claim is held by a transaction of its own, which ends with this process whatever happens to it.
    await app.run(actor, async (ctx) => {
      if (await redecodes.claimRun(ctx, runId)) return step(app, runId, waited);
      // The step before this one wakes it inside its own claim, and may not have let go of it yet.
      const runAt = new Date(ctx.clock.now().getTime() + busyMs);
      await ctx.enqueue(redecodeJob, { runId, waited }, { runAt, key: `${keyOf(runId)}:busy` });
    });
  },
});

/** The queue only wakes: a run whose job was lost goes on here. */
export const resumeRedecodes = every('logs.resume-redecodes', '*/5 * * * *', async (app: App) => {
  await app.run(actor, async (ctx) => {
    for (const runId of await redecodes.runningRuns(ctx)) await again(ctx, runId, 0);
  });
});

async function again(ctx: Ctx, runId: number, waitMs: number): Promise<void> {
  const runAt = new Date(ctx.clock.now().getTime() + waitMs);
  await ctx.enqueue(redecodeJob, { runId, waited: waitMs > 0 }, { runAt, key: keyOf(runId) });
}

async function step(app: App, runId: number, waited: boolean): Promise<void> {
  const now = await app.run(actor, (ctx) => lookAt(ctx, runId));
  if (!now) return;
  const { run, reader, source, waiting } = now;
  if (!reader) {
    await app.run(actor, async (ctx) => {
      await redecodes.supersedeRun(ctx, run);
      await again(ctx, runId, leaveMs);
    });
    return;
  }
  if (!waiting) return endOrGoOn(app, run, waited);
  const ready = waiting.since.getTime() + settleMs - app.clock.now().getTime();
  if (ready > 0 && !waited) return app.run(actor, (ctx) => again(ctx, runId, ready));
  await readBatch(app, { run, reader, source, segments: upToBytes(waiting.segments), beat: now.beat });
}

/** The first segments, at least one, of about so many bytes: a step must not take long. */
function upToBytes(segments: readonly catalogue.SegmentRow[]): readonly catalogue.SegmentRow[] {
  let bytes = 0;
  const end = segments.findIndex(({ raw_bytes }) => {
    bytes += raw_bytes;
    return bytes >= batchBytes;
  });
  return end < 0 ? segments : segments.slice(0, end + 1);
}

interface Standing {
  readonly run: redecodes.RunRow;
  readonly source: catalogue.SourceRow;
  readonly beat: Beat | null;
  /** Absent: the program does not read as the run began to. */
  readonly reader: SourceReader | undefined;
  readonly waiting: Awaited<ReturnType<typeof redecodes.announced>>;
}

async function lookAt(ctx: Ctx, runId: number): Promise<Standing | undefined> {
  const run = await redecodes.findRun(ctx, runId);
  const source = run && (await catalogue.findSource(ctx, { id: run.source_id }));
  if (!run || !source || run.state !== 'running') return undefined;
  const isGivenUp = run.problem === 'superseded';
  const reader = await readerNamed(ctx, source.id, run.decoder, run.settings);
  const waiting = isGivenUp ? null : await redecodes.announced(ctx, run, batch);
  const beat = await beatOf(ctx, source.id);
  // A run that was given up has only to be cleaned, whoever reads now.
  return {
    run,
    source,
    beat,
    reader: reader ?? (isGivenUp ? await readerOf(ctx, source) : undefined),
    waiting,
  };
}

interface Batch {
  readonly run: redecodes.RunRow;
  readonly source: catalogue.SourceRow;
  readonly reader: SourceReader;
  readonly beat: Beat | null;
  readonly segments: readonly catalogue.SegmentRow[];
}

/** Writes the new rows of a batch, unseen; then they count and the old ones do not, in one commit. */
async function readBatch(app: App, work: Batch): Promise<void> {
  const { run, segments, beat } = work;
  // Segments picked out of many are read with what is known now; a run through all of them learns as it goes.
  const memory = run.only_unread
    ? await app.run(actor, (ctx) => memoryOf(ctx, work.source, work.reader))
    : new ReaderMemory(new Map(Object.entries(run.memory)));
  const decoded: { segment: catalogue.SegmentRow; figures: Decoded }[] = [];
  const damaged: string[] = [];
  for (const segment of segments) {
    const figures = await readAgain(app, work, segment, memory);
    if (figures) decoded.push({ segment, figures });
    else damaged.push(`segment ${segment.id} is damaged or missing and keeps its rows`);
  }
  await app.run(actor, async (ctx) => {
    for (const { segment, figures } of decoded) {
      await redecodes.switchSegment(ctx, run, segment.id, figures);
      await bookTally(ctx, segment, figures.ledger, beat);
      const { firstTs, lastTs } = figures;
      const payload = { segmentId: segment.id, sourceId: segment.source_id, from: firstTs, to: lastTs };
      await ctx.emit(segmentIndexed, payload, segment.unit_path);
    }
    await redecodes.saveProgress(ctx, run, {
      doneTo: segments.at(-1)!.id,
      segments: segments.length,
      records: sumOf(decoded, ({ segment }) => segment.records),
      before: sumOf(decoded, ({ segment }) => segment.unparsable ?? 0),
      after: sumOf(decoded, ({ figures }) => figures.unparsable),
      memory: run.only_unread ? {} : memory.all(),
      problem: damaged.length > 0 ? damaged.join('; ') : null,
    });
    await again(ctx, run.id, 0);
  });
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

/** `null` when the segment's file is damaged or missing: what it gave before is all that there is. */
async function readAgain(
  app: App,
  { run, source, reader, beat }: Batch,
  segment: catalogue.SegmentRow,
  memory: ReaderMemory,
): Promise<Decoded | null> {
  try {
    return await decodeSegment(app, {
      file: segment.file,
      movedTo: segment.moved_to,
      facts: {
        segmentId: segment.id,
        sourceId: source.id,
        realm: run.settings.realm,
        decoder: markOf(run),
        reading: run.id,
        userToken: await userTokensOf(app, source),
      },
      decode: reader.open(memory),
      settings: reader.settings,
      times: possibleTimesOf(source),
      beat,
    });
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!isMissing && !(error instanceof SegmentDamaged)) throw error;
    app.log.warn({ err: error, segment: segment.id }, 'a segment cannot be read again');
    return null;
  }
}

/** What the rows of a run have in `dec`: no two readings of a segment have the same. */
function markOf(run: Pick<redecodes.RunRow, 'id' | 'decoder'>): string {
  return `${run.decoder}#${run.id}`;
}

/** Takes away what no reader meets any more, announces the next batch, or ends the run when nothing is left. */
async function endOrGoOn(app: App, run: redecodes.RunRow, waited: boolean): Promise<void> {
  const remains = await app.run(actor, (ctx) => redecodes.remains(ctx, run));
  const now = app.clock.now().getTime();
  let hidden = 0;
  let wait = 0;
  for (const { state, segments, first, last, at } of remains) {
    const rest = waited ? 0 : at.getTime() + leaveMs - now;
    if (rest > 0) {
      hidden += segments.length;
      wait = Math.max(wait, rest);
      continue;
    }
    const go = state === 'switched' ? 'others' : 'marked';
    const rows = { sourceId: run.source_id, segments, from: first, to: last, mark: markOf(run), go } as const;
    await deleteReplaced(app.logstore, rows);
    await app.run(actor, (ctx) => redecodes.markCleaned(ctx, run, segments));
  }
  const begun = await app.run(actor, async (ctx) => {
    const more = hidden < mostHidden ? await redecodes.announceNext(ctx, run, announcedAtOnce) : 0;
    if (more > 0) await again(ctx, run.id, settleMs);
    else if (wait > 0) await again(ctx, run.id, wait);
    return more > 0 || wait > 0;
  });
  if (!begun) await end(app, run);
}

async function end(app: App, run: redecodes.RunRow): Promise<void> {
  const received = await app.run(actor, (ctx) => redecodes.receivedIn(ctx, run));
  if (received) {
    const window = { from: received.first, to: received.last };
    await deletePresenceWithoutRows(app.logstore, run.source_id, window);
  }
  await app.run(actor, async (ctx) => {
    await redecodes.endRun(ctx, run);
    if (run.problem === 'superseded') await startRedecode(ctx, run.source_id, run.only_unread);
  });
}
