import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { registerTime } from '#addresses';
import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { readRecords, readSheet } from '#base/sheet';
import { bulkSheet } from '../contract/bulk.ts';
import { withKnownHeadings } from './read-headings.ts';
import { type BulkQuestion, type RowFault, readRow } from './read-questions.ts';
import { insertFaults } from './result-store.ts';
import { bulkJob } from './run-bulk.ts';
import * as store from './store.ts';

/** Errors that a reply lists; all of them are kept with the run. */
const mostFaults = 200;

interface Upload {
  readonly fileName: string;
  readonly caseNo: string;
  readonly reason: string;
  readonly zone?: string | undefined;
  readonly knownAt?: string | undefined;
}

export interface StartedBulk {
  /** Null: not one row can be asked. */
  readonly run: store.RunRow | null;
  readonly rejected: number;
  readonly errors: readonly RowFault[];
  readonly unknownColumns: readonly string[];
}

/**
 * Reads the whole table first, in any charset and with any of the usual headings. Rows with a fault are kept with their
 * reason, the others are asked. One audit entry tells of the run. Throws `trace.bulk_empty`, `trace.future`, and as
 * `readSheet`.
 */
export async function startBulk(
  app: App,
  actor: Actor,
  upload: Upload,
  content: Readable,
): Promise<StartedBulk> {
  const sheet = withKnownHeadings(await readSheet(await buffer(content), upload.fileName));
  const { records, unknown } = readRecords(bulkSheet, sheet);
  if (records.length === 0) fail('trace.bulk_empty');
  const now = app.clock.now().getTime();
  const offset = minutesOf(upload.zone);
  const faults: FaultyRow[] = [];
  const questions: BulkQuestion[] = [];
  for (const { row, values, issues } of records) {
    const read = issues.length > 0 ? issues : readRow(row, values, offset, now);
    if ('question' in read) questions.push(read);
    else faults.push({ cells: values, faults: read });
  }
  const errors = faults.flatMap((one) => one.faults);
  const rejected = faults.length;
  const run =
    questions.length === 0 ? null : await app.run(actor, (ctx) => keepRun(ctx, upload, questions, faults));
  return { run, rejected, errors: errors.slice(0, mostFaults), unknownColumns: unknown };
}

/** Minutes east of UTC. */
function minutesOf(zone: string | undefined): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone ?? '') ?? [];
  if (hours === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

interface FaultyRow {
  readonly cells: Readonly<Record<string, string>>;
  readonly faults: readonly RowFault[];
}

async function keepRun(
  ctx: Ctx,
  upload: Upload,
  questions: readonly BulkQuestion[],
  faulty: readonly FaultyRow[],
): Promise<store.RunRow> {
  const id = newId();
  const { fileName, caseNo, reason } = upload;
  const now = await registerTime(ctx);
  const knownAt = upload.knownAt === undefined ? now : new Date(upload.knownAt);
  if (knownAt > now) fail('trace.future');
  const faults = faulty.flatMap(({ cells, faults: list }) => list.map((one) => ({ ...one, cells })));
  const counts = { rows: questions.length, faults: faulty.length };
  await store.insertRun(ctx, { id, fileName, caseNo, reason, knownAt, ...counts });
  await store.insertRows(ctx, id, questions);
  await insertFaults(ctx, id, faults);
  await recordAudit(ctx, {
    action: 'trace.bulk',
    subject: `trace_run:${id}`,
    after: { fileName, caseNo, reason, ...counts, ...(upload.knownAt && { knownAt: upload.knownAt }) },
  });
  await ctx.enqueue(bulkJob, { runId: id }, { key: `trace:bulk:${id}` });
  return (await store.findRun(ctx, id))!;
}

/** Throws `trace.bulk_over` for a run that has ended. */
export async function actOnBulk(
  ctx: Ctx,
  id: string,
  act: 'pause' | 'resume' | 'cancel',
): Promise<store.RunRow> {
  const run = (await store.findRun(ctx, id, true)) ?? fail('base.not_found', { what: id });
  if (run.state === 'done' || run.state === 'cancelled') fail('trace.bulk_over');
  await store.setState(ctx, id, ({ pause: 'paused', resume: 'running', cancel: 'cancelled' } as const)[act]);
  await recordAudit(ctx, {
    action: `trace.bulk_${act}`,
    subject: `trace_run:${id}`,
    after: { done: run.done },
  });
  if (act === 'resume') await ctx.enqueue(bulkJob, { runId: id }, { key: `trace:bulk:${id}` });
  return (await store.findRun(ctx, id))!;
}
