/** Import of one sheet: good rows are kept, bad rows come back as a workbook with the reasons in it. */
import type { Readable } from 'node:stream';
import { recordAudit } from '#audit';
import type { Actor, App, Ctx } from '#base/app';
import type { ImportReply, SheetSpec } from '#base/contract';
import { AppError, type Details, fail } from '#base/errors';
import { readRecords, readSheet, type SheetRecord, writeErrorWorkbook } from '#base/sheet';
import { insertImportRun } from './store.ts';

const maxBytes = 32 * 1024 * 1024;

/** A row of which every cell was understood, waiting to be checked against what is registered. */
export interface ImportRow {
  readonly row: number;
  readonly values: Readonly<Record<string, string>>;
}

/** Refuses one row: `code` is an error code of the module, `column` a field key. */
export type Reject = (row: ImportRow, column: string, code: string, details?: Details) => void;

/** What became of the accepted rows. */
export interface Stored {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
}

/**
 * Reads the sheet and hands its well-formed rows to `apply`, which checks them, calls `reject` for the bad
 * ones and stores the rest in its transaction. Everything good is stored in one transaction, with one audit
 * entry. `apply` returns how many it stored; `fields` are the columns that the file has, `ill` the rows that were
 * refused before. A row that is refused only because of another one names that one in the details as `follows`.
 * Throws only when the file as a whole cannot be read.
 */
export async function importSheet(
  app: App,
  actor: Actor,
  spec: SheetSpec,
  file: { name: string; content: Readable },
  apply: (
    ctx: Ctx,
    rows: readonly ImportRow[],
    reject: Reject,
    fields: ReadonlySet<string>,
    ill: readonly ImportRow[],
  ) => Promise<number | Stored>,
): Promise<ImportReply> {
  const sheet = await readSheet(await readAll(file.content), file.name);
  const { records, unknown, skipped, fields } = readRecords(spec, sheet);
  const errors: ImportReply['errors'] = records.flatMap((record) => record.issues.map(issueOf));
  const reject: Reject = (row, column, code, details = {}) => {
    const { follows } = details;
    errors.push({
      row: row.row,
      column,
      code,
      message: new AppError(code, details).messages().zh,
      ...(typeof follows === 'number' ? { follows } : {}),
    });
  };
  const well = records.filter((record) => record.issues.length === 0);
  const ill = records.filter((record) => record.issues.length > 0);
  const { accepted, tally } = await app.run(actor, async (ctx) => {
    const done = await apply(ctx, well, reject, new Set(fields), ill);
    const tally = typeof done === 'number' ? {} : done;
    const stored = typeof done === 'number' ? done : done.created + done.updated + done.unchanged;
    await recordAudit(ctx, {
      action: `${spec.kind}.import`,
      subject: `import:${spec.kind}`,
      after: { file: file.name, accepted: stored, rejected: records.length - stored, ...tally },
    });
    return { accepted: stored, tally };
  });
  errors.sort((a, b) => a.row - b.row);
  const workbook = errors.length > 0 ? await writeErrorWorkbook(sheet, errors, spec) : null;
  const errorSha256 = workbook ? (await app.files.put(workbook)).sha256 : null;
  const rejected = records.length - accepted;
  const id = await app.run(actor, (ctx) =>
    insertImportRun(ctx, { kind: spec.kind, fileName: file.name, accepted, rejected, errorSha256 }),
  );
  return {
    accepted,
    rejected,
    errors,
    errorWorkbook: errorSha256 ? id : null,
    ...tally,
    unknownColumns: unknown,
    otherSheets: sheet.otherSheets,
    skippedRows: skipped.slice(0, 100),
  };
}

function issueOf(issue: SheetRecord['issues'][number]): ImportReply['errors'][number] {
  return { row: issue.row, column: issue.column, code: issue.code, message: issue.message.zh };
}

async function readAll(content: Readable): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of content) {
    bytes += (piece as Uint8Array).byteLength;
    if (bytes > maxBytes) fail('base.too_large', { limit: '32 MiB' });
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces);
}
