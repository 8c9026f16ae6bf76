import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { registerTime } from '#addresses';
import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { newId } from '#base/id';
import { readRecords, readSheet } from '#base/sheet';
import { bulkSheet } from '../contract/bulk.ts';
import { type BulkQuestion, type RowFault, readRow } from './read-questions.ts';
import { bulkJob } from './run-bulk.ts';
import * as store from './store.ts';

/** Errors that a reply lists; the count tells of more. */
const mostFaults = 200;

interface Upload {
  readonly fileName: string;
  readonly caseNo: string;
  readonly reason: string;
  readonly zone?: string | undefined;
}

/** Reads the whole table first: a run starts only when every row can be asked. One audit entry tells of the run. */
export async function startBulk(
  app: App,
  actor: Actor,
  upload: Upload,
  content: Readable,
): Promise<{ run: store.RunRow | null; rejected: number; errors: RowFault[] }> {
  const sheet = await readSheet(await buffer(content), upload.fileName);
  const { records } = readRecords(bulkSheet, sheet);
  if (records.length === 0) fail('trace.bulk_empty');
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(upload.zone ?? '') ?? [];
  const offset =
    hours === undefined ? undefined : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
  const now = app.clock.now().getTime();
  const faults: RowFault[] = [];
  const questions: BulkQuestion[] = [];
  for (const { row, values, issues } of records) {
    faults.push(
      ...issues.map((one) => ({ row, column: one.column, message: `${one.message.zh} / ${one.message.en}` })),
    );
    const read = issues.length > 0 ? [] : readRow(row, values, offset, now);
    if ('question' in read) questions.push(read);
    else faults.push(...read);
  }
  if (faults.length > 0) {
    const rejected = new Set(faults.map((one) => one.row)).size;
    return { run: null, rejected, errors: faults.slice(0, mostFaults) };
  }
  const run = await app.run(actor, (ctx) => keepRun(ctx, upload, questions));
  return { run, rejected: 0, errors: [] };
}

async function keepRun(ctx: Ctx, upload: Upload, questions: readonly BulkQuestion[]): Promise<store.RunRow> {
  const id = newId();
  const { fileName, caseNo, reason } = upload;
  await store.insertRun(ctx, {
    id,
    fileName,
    caseNo,
    reason,
    knownAt: await registerTime(ctx),
    rows: questions.length,
  });
  await store.insertRows(ctx, id, questions);
  await recordAudit(ctx, {
    action: 'trace.bulk',
    subject: `trace_run:${id}`,
    after: { fileName, caseNo, reason, rows: questions.length },
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
