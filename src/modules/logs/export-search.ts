/** The result of a search as a sealed bag: rows, raw lines, segments with their links, the question itself. */
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { recordAudit } from '#audit';
import { requireFreshFactor } from '#auth';
import { type App, type Ctx, systemActor } from '#base/app';
import { fail, isAppError } from '#base/errors';
import { defineJob } from '#base/jobs';
import { createBag, loadOrCreateKeys, type NewItem } from '#evidence';
import { settleTask } from '#tasks';
import type { LogRow } from './contract.ts';
import { type FindNames, maskNames, nameFinder } from './names-in-line.ts';
import { pseudonymsOf } from './pseudonyms.ts';
import { readRecordsOf } from './read-records.ts';
import { askForNames } from './reveal-name.ts';
import { buildQuestion, type SearchQuery } from './search/build-filter.ts';
import { walkBack } from './search/search-logs.ts';
import * as catalogue from './store/catalogue.ts';
import * as store from './store/exports.ts';

/** A bag holds no more rows: it is evidence of something, not a copy of the store. */
const maxRows = 20_000;
const actor = systemActor('logs.export');

/** Makes the bag of an export that may be made. Running it again makes nothing new. */
export const makeExportJob = defineJob({
  name: 'logs.export',
  payload: z.object({ exportId: z.uuid() }),
  maxAttempts: 3,
  run: (app, { exportId }) => makeExport(app, exportId),
});

/** Asks for a bag; one with sealed names is made at once, one with open names when a second person agrees. */
export async function requestExport(
  ctx: Ctx,
  asked: { query: SearchQuery; names: 'sealed' | 'open'; caseNo: string; reason: string },
): Promise<store.ExportRow> {
  const { filter } = await buildQuestion(ctx, asked.query);
  const unitPath = ctx.actor.unitPath;
  const id = await store.insertExport(ctx, { ...asked, unitPath, sourceIds: filter.sourceIds });
  await audit(ctx, 'logs.export_request', id, unitPath, asked);
  if (asked.names === 'sealed') await ctx.enqueue(makeExportJob, { exportId: id });
  else await askForNames(ctx, { ...asked, key: `logs:export:${id}`, unitPath, what: '导出含名字的日志' });
  return readExport(ctx, id);
}

/** Decides, with a fresh second factor. Throws `logs.own_request`, `logs.already_decided`, `logs.needs_no_decision`. */
export async function decideExport(
  ctx: Ctx,
  id: string,
  decision: { approve: boolean; note?: string | undefined },
): Promise<store.ExportRow> {
  await requireFreshFactor(ctx);
  const row = (await store.findExport(ctx, id, true)) ?? fail('base.not_found', { what: id });
  if (row.names === 'sealed') fail('logs.needs_no_decision');
  if (row.requested_by === ctx.actor.id) fail('logs.own_request');
  if (row.state !== 'waiting') fail('logs.already_decided');
  await store.decideExport(ctx, id, decision.approve ? 'approved' : 'refused', decision.note);
  const action = decision.approve ? 'logs.export_approve' : 'logs.export_refuse';
  await audit(ctx, action, id, row.unit_path, { note: decision.note ?? null });
  if (decision.approve) await ctx.enqueue(makeExportJob, { exportId: id });
  await settleTask(ctx, `logs:export:${id}`, 'done');
  return readExport(ctx, id);
}

/** The finished bag, for the one who asked and the one who agreed; audited. */
export async function findBag(ctx: Ctx, id: string): Promise<store.ExportRow> {
  const row = await readExport(ctx, id);
  if (![row.requested_by, row.decided_by].includes(ctx.actor.id)) fail('base.not_found', { what: id });
  if (row.state !== 'ready') fail('logs.export_not_ready');
  await audit(ctx, 'logs.export_read', id, row.unit_path, { sha256: row.sha256 });
  return row;
}

async function makeExport(app: App, id: string): Promise<void> {
  const row = await app.run(actor, (ctx) => store.findExport(ctx, id));
  if (row?.state !== 'queued' && row?.state !== 'failed') return;
  const work = join(app.config.dataDir, 'evidence-work');
  await mkdir(work, { recursive: true, mode: 0o700 });
  const dir = await mkdtemp(join(work, 'logs-'));
  try {
    const made = await sealExport(app, row, dir);
    await app.run(actor, async (ctx) => {
      await store.finishExport(ctx, id, made);
      await audit(ctx, 'logs.export_make', id, row.unit_path, made);
    });
  } catch (error) {
    const problem = isAppError(error) ? Object.values(error.messages()).join(' / ') : 'internal error';
    await app.run(actor, (ctx) => store.failExport(ctx, id, problem));
    throw error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function sealExport(app: App, row: store.ExportRow, dir: string) {
  const { rows, cut } = await findAll(app, row);
  const segments = await writeRaw(app, row, rows, join(dir, 'raw.ndjson'));
  const now = app.clock.now();
  const facts = { ...row, madeAt: now.toISOString(), found: rows.length, maxRows, cut };
  const item = (path: string, content: { bytes: Uint8Array } | { file: string }): NewItem => ({
    path: `items/${path}`,
    ...content,
    source: 'jiaodun logs',
    tool: 'logs.export/1',
    collector: hostname(),
    acquiredAt: now,
  });
  const json = (value: unknown) => ({ bytes: Buffer.from(`${JSON.stringify(value, null, 1)}\n`) });
  const fileName = `logs-${row.case_no.replace(/[^A-Za-z0-9._-]+/g, '-')}-${row.id.slice(-8)}.zip`;
  const { privateKey } = await loadOrCreateKeys(join(app.config.dataDir, 'keys'));
  const bag = await createBag({
    caseId: row.case_no,
    number: 1,
    items: [
      item('question.json', json(facts)),
      item('rows.ndjson', {
        bytes: Buffer.from(rows.map((one) => `${JSON.stringify(one)}\n`).join('')),
      }),
      item('raw.ndjson', { file: join(dir, 'raw.ndjson') }),
      item('segments.json', json(segments)),
    ],
    privateKey,
    createdAt: now,
    outFile: join(dir, fileName),
    ...(cut === null ? {} : { incomplete: [{ item: 'rows', problem: cut }] }),
  });
  const stored = await app.files.put(createReadStream(bag.file));
  if (stored.sha256 !== bag.sha256) fail('evidence.lost', { file: fileName });
  return { fileName, sha256: bag.sha256, bytes: bag.bytes, rows: rows.length, cut };
}

/** The rows of the sources that the asker could see when asking. */
async function findAll(app: App, row: store.ExportRow): Promise<{ rows: LogRow[]; cut: string | null }> {
  const question = await app.run(actor, (ctx) => buildQuestion(ctx, row.query));
  const allowed = new Set(row.source_ids);
  const filter = {
    ...question.filter,
    sourceIds: question.filter.sourceIds.filter((id) => allowed.has(id)),
  };
  const rows: LogRow[] = [];
  if (filter.sourceIds.length === 0) return { rows, cut: null };
  const walk = walkBack(app, { ...question, filter }, { limit: maxRows, after: undefined });
  for (;;) {
    const step = await walk.next();
    if (!step.done) {
      rows.push(...step.value.rows);
      continue;
    }
    const { cursor, searchedTo } = step.value;
    const cut =
      cursor === null ? null : `only the newest ${rows.length} rows, back to ${searchedTo.toISOString()}`;
    return { rows, cut };
  }
}

/** Each raw line once, with its hash, and the segments that they come from. */
async function writeRaw(app: App, row: store.ExportRow, rows: readonly LogRow[], path: string) {
  const wanted = new Map<number, Set<number>>();
  for (const { segment, seq } of rows) wanted.set(segment, (wanted.get(segment) ?? new Set()).add(seq));
  const out = await open(path, 'wx', 0o600);
  const segments: object[] = [];
  try {
    for (const [id, seqs] of [...wanted].sort(([a], [b]) => a - b)) {
      const { segment, find } = await app.run(actor, (ctx) => segmentOf(ctx, id));
      for await (const record of readRecordsOf(app, segment, seqs)) {
        const names = row.names === 'sealed' ? find(record) : [];
        const { bytes, ...told } = record;
        const raw = maskNames(record.raw, names);
        const exact = row.names === 'open' ? { bytes: bytes.toString('base64') } : {};
        await out.write(`${JSON.stringify({ ...told, raw, ...exact, masked: names.length })}\n`);
      }
      const { unit_path: _unit, file: _file, signature, ...facts } = segment;
      segments.push({ ...facts, signature: signature?.toString('base64') ?? null });
    }
    await out.sync();
  } finally {
    await out.close();
  }
  return segments;
}

async function segmentOf(ctx: Ctx, id: number): Promise<{ segment: catalogue.SegmentRow; find: FindNames }> {
  const segment =
    (await catalogue.findSegment(ctx, id)) ?? fail('base.not_found', { what: `log segment ${id}` });
  const source = await catalogue.findSource(ctx, { id: segment.source_id });
  if (!source) fail('base.not_found', { what: `log source ${segment.source_id}` });
  return { segment, find: await nameFinder(ctx, source, await pseudonymsOf(ctx.app)) };
}

async function readExport(ctx: Ctx, id: string): Promise<store.ExportRow> {
  return (await store.findExport(ctx, id)) ?? fail('base.not_found', { what: id });
}

async function audit(ctx: Ctx, action: string, id: string, unitPath: string, after: object): Promise<void> {
  await recordAudit(ctx, { action, subject: `log_export:${id}`, unitPath, after });
}
