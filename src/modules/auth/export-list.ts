/**
 * Takes a list out as a file. The list's own handler is run page by page as the caller, in one read-only
 * snapshot: the file has the rows, the order and the masking of the screen, and nothing that the caller could
 * not see there.
 */
import { z } from 'zod';
import { recordAudit } from '#audit';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { sqlState } from '#base/db';
import { AppError, fail, isAppError } from '#base/errors';
import type { Handler, Input } from '#base/http';
import { strictOf } from '#base/http-body';
import { checkInput } from '#base/http-issues';
import { defineJob } from '#base/jobs';
import { type ExportCell, streamSheet } from '#base/sheet';
import { findUnit } from '#units';
import { actorOfAccount } from './authenticate.ts';
import {
  type ExportColumn,
  type ExportRequest,
  exportAtOnce,
  exportEnded,
  exportHours,
  exportWithReason,
} from './contract.ts';
import type { ExportRow, MadeFile } from './export-store.ts';
import * as store from './export-store.ts';
import { cellsOf, fieldsOf, itemOf, plainColumns, watermarkLine } from './export-table.ts';
import { findMark } from './preferences-store.ts';
import { requirePerson } from './require-person.ts';
import { findAccount } from './store.ts';

/** Rows that are read and written at a time. */
const batchSize = 2_000;

interface ExportableList {
  readonly handler: Handler & { readonly run: NonNullable<Handler['run']> };
  readonly item: z.ZodObject;
  readonly query: Record<string, unknown>;
  readonly columns: readonly ExportColumn[];
}

/** The list that a request means, checked as a request to it would be. Throws what that would throw. */
function openList(app: App, actor: Actor, request: ExportRequest): ExportableList {
  const handler = app.modules
    .flatMap((module) => module.routes ?? [])
    .find(({ route }) => route.path === request.list && route.method === 'GET');
  const item = handler && itemOf(handler.route);
  if (!handler?.run || !item) fail('auth.not_a_list', { list: request.list });
  const { access } = handler.route;
  if (access !== 'signed-in' && access !== 'public' && !actor.permissions.has(access))
    fail('base.forbidden', { permission: access });
  const { page: _page, pageSize: _size, ...filters } = request.query;
  const query = checkInput('query', strictOf(handler.route.query)!, filters);
  if (!('data' in query)) {
    const issues = query.issues.map(({ path, message }) => ({ path: `query.${path}`, message }));
    fail('base.invalid_input', { part: 'query', summary: query.summary, issues });
  }
  const known = fieldsOf(item);
  const columns = request.columns ?? plainColumns(item);
  for (const { field } of columns)
    if (!known.includes(field))
      fail('auth.unknown_export_field', { list: request.list, field, known: known.join(', ') });
  return {
    handler: handler as ExportableList['handler'],
    item,
    query: query.data as Record<string, unknown>,
    columns,
  };
}

async function readPage(ctx: Ctx, list: ExportableList, page: number, pageSize: number) {
  const input = { params: undefined, query: { ...list.query, page, pageSize }, body: undefined };
  const never = new Proxy({} as never, {
    get: () => fail('auth.not_a_list', { list: list.handler.route.path }),
  });
  const reply = await list.handler.run(ctx, input as unknown as Input<never, never, never>, never);
  return list.handler.route.reply!.parse(reply) as { items: unknown[]; total: number; capped?: boolean };
}

/** How many rows the list has for this caller; counted up to the list's own limit. */
async function countRows(app: App, actor: Actor, list: ExportableList): Promise<number> {
  try {
    return await app.readSnapshot(actor, async (ctx) => (await readPage(ctx, list, 1, 1)).total);
  } catch (error) {
    // A list whose every reading is recorded writes, which a snapshot refuses (SQLSTATE 25006).
    if (sqlState(error) === '25006') fail('auth.not_a_list', { list: list.handler.route.path }, error);
    throw error;
  }
}

/** Writes the file. The rows are those of one moment, however long the writing takes. */
async function makeFile(
  app: App,
  actor: Actor,
  list: ExportableList,
  request: ExportRequest,
): Promise<MadeFile> {
  return app.readSnapshot(actor, async (ctx) => {
    const mark = await findMark(ctx);
    const unit = actor.unitId ? await findUnit(ctx, { id: actor.unitId }) : undefined;
    let rows = 0;
    async function* batches(): AsyncGenerator<ExportCell[][]> {
      for (let page = 1; ; page += 1) {
        const { items } = await readPage(ctx, list, page, batchSize);
        rows += items.length;
        yield items.map((item) => cellsOf(item, list.columns, request.language));
        if (items.length < batchSize) break;
      }
      const facts = { mark, unit: unit?.name ?? '—', at: app.clock.now(), rows };
      yield [[watermarkLine(facts, request.language)]];
    }
    const columns = list.columns.map((column) => column.title);
    const file = await app.copies.put(
      streamSheet({ name: request.title, columns, batches: batches() }, request.format),
    );
    return { ...file, rows };
  });
}

function auditOf(request: ExportRequest, row: ExportRow) {
  return {
    subject: `export:${row.id}`,
    unitPath: row.unit_path,
    after: {
      list: request.list,
      title: request.title,
      query: request.query,
      columns: request.columns?.map(({ field }) => field) ?? 'all',
      format: request.format,
      reason: request.reason ?? row.reason,
      rows: row.rows ?? row.expected_rows,
      sha256: row.sha256,
    },
  };
}

/**
 * Makes the file at once, or queues it when it is long. Throws `auth.export_reason_needed` over 1,000 rows
 * without a reason, `auth.not_a_list`, `auth.unknown_export_field`, and what the list itself would.
 */
export async function requestExport(app: App, actor: Actor, request: ExportRequest): Promise<ExportRow> {
  requirePerson(actor);
  const list = openList(app, actor, request);
  const expected = await countRows(app, actor, list);
  if (expected > exportWithReason && request.reason === undefined)
    fail('auth.export_reason_needed', { rows: expected, limit: exportWithReason });
  const file = expected > exportAtOnce ? null : await makeFile(app, actor, list, request);
  return app.run(actor, async (ctx) => {
    const row = await store.insertExport(ctx, request, expected, file, exportHours);
    await recordAudit(ctx, {
      action: file ? 'auth.export_list' : 'auth.queue_export',
      ...auditOf(request, row),
    });
    if (!file) await ctx.enqueue(makeExport, { exportId: row.id });
    return row;
  });
}

/** A queued export: as the account that asked, with the rights that it has now. */
export const makeExport = defineJob({
  name: 'auth.make_export',
  payload: z.object({ exportId: z.uuid() }),
  maxAttempts: 3,
  run: async (app, { exportId }) => {
    const queued = await app.run(systemActor('auth.export'), (ctx) => store.lockQueued(ctx, exportId));
    if (!queued) return;
    const outcome = await tryToMake(app, queued);
    await app.run(systemActor('auth.export'), async (ctx) => {
      if (!(await store.lockQueued(ctx, exportId))) return;
      const row = await store.finishExport(ctx, exportId, outcome, exportHours);
      await recordAudit(ctx, {
        action: row.state === 'ready' ? 'auth.export_list' : 'auth.export_failed',
        ...auditOf(queued.request, row),
      });
      await ctx.emit(
        exportEnded,
        {
          exportId,
          accountId: row.account_id,
          title: queued.request.title,
          rows: row.rows ?? 0,
          expiresAt: row.expires_at?.toISOString() ?? null,
          problem: row.problem,
        },
        row.unit_path,
      );
    });
  },
});

/** A refusal (rights taken away since, a filter that no longer fits) ends the export with its words. */
async function tryToMake(
  app: App,
  queued: ExportRow,
): Promise<MadeFile | { problem: { zh: string; en: string } }> {
  try {
    const actor = await app.run(systemActor('auth.export'), async (ctx) => {
      const account = await findAccount(ctx, { id: queued.account_id });
      if (!account || account.disabled) throw new AppError('base.unauthenticated');
      return actorOfAccount(ctx, account);
    });
    return await makeFile(app, actor, openList(app, actor, queued.request), queued.request);
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { problem: error.messages() };
  }
}

/** Takes away files whose time is over; who took out what, and why, stays. */
export async function removeExpired(app: App): Promise<void> {
  const gone = await app.run(systemActor('auth.export'), store.expireExports);
  for (const sha256 of gone) await app.copies.forget(sha256);
}
