/** Files and texts that somebody wants checked before they are published. Nothing of them is written anywhere. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { recordAudit } from '#audit';
import type { Actor, App } from '#base/app';
import { fail } from '#base/errors';
import { createScanPool, maskBytesConfined, type ScanPool, type ScanTarget, scanBytesConfined } from '#scan';
import type { Finding, ScanResult } from '#scan/contract';
import { DOCUMENT_BYTES_MAX } from './contract/documents.ts';
import { readWords, termListOf } from './words.ts';

const FINDINGS_MAX = 1000;

/** Two queues: a text must not wait behind forty scanned pages. */
interface Pools {
  readonly quick: ScanPool;
  readonly slow: ScanPool;
}

const pools = new WeakMap<App, Pools>();

function poolFor(app: App, name: string): ScanPool {
  let known = pools.get(app);
  if (!known) {
    const options = { workers: 1, onNotice: (notice: string) => app.log.warn(notice) };
    known = { quick: createScanPool({ ...options, timeMs: 60_000 }), slow: createScanPool(options) };
    pools.set(app, known);
  }
  return /\.(?:pdf|ofd|xps|png|jpe?g|bmp|webp|gif|tiff?|zip|rar|7z|tar|t?gz|t?[bx]z2?|cab|lzh|eml|msg|mht)$/i.test(
    name,
  )
    ? known.slow
    : known.quick;
}

/** Ends the processes behind the document check, if there are any. */
export async function closeDocumentPools(app: App): Promise<void> {
  const known = pools.get(app);
  pools.delete(app);
  await Promise.all([known?.quick.close(), known?.slow.close()]);
}

/** The bytes of an upload. Fails with `scan.too_large` as soon as there are too many. */
async function readUpload(stream: Readable, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > DOCUMENT_BYTES_MAX) fail('scan.too_large', { target: name, limit: DOCUMENT_BYTES_MAX });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Checks an uploaded file with the word list in force. Fails with the codes of `scan` and `confine.*`. */
export async function checkUpload(app: App, actor: Actor, name: string, stream: Readable) {
  return check(app, actor, { name, bytes: await readUpload(stream, name) }, 'watch.check_document');
}

/** Checks a text or the source of a page. */
export async function checkContent(
  app: App,
  actor: Actor,
  input: { readonly text: string; readonly html: boolean; readonly url?: string | undefined },
) {
  const target = {
    name: input.html ? 'page.html' : 'text.txt',
    contentType: `${input.html ? 'text/html' : 'text/plain'}; charset=utf-8`,
    bytes: Buffer.from(input.text, 'utf8'),
    url: input.url,
  };
  return check(app, actor, target, 'watch.scan_content');
}

/** A masked copy of an uploaded file. Fails with `scan.not_maskable`, `scan.mask_incomplete` and as `checkUpload`. */
export async function maskUpload(app: App, actor: Actor, name: string, stream: Readable) {
  const bytes = await readUpload(stream, name);
  if (bytes.length === 0) fail('scan.nothing', { name });
  const masked = await maskBytesConfined(poolFor(app, name), { name, bytes }, await listsOf(app, actor));
  await note(app, actor, 'watch.mask_document', bytes, {});
  return Buffer.from(masked);
}

async function check(app: App, actor: Actor, target: ScanTarget, action: string) {
  const result = await scanBytesConfined(poolFor(app, target.name), target, await listsOf(app, actor));
  // An empty document of another kind failed before: it is no document.
  if (target.bytes.length === 0) fail('scan.nothing', { name: target.name });
  const report = reportOf(result);
  await note(app, actor, action, target.bytes, { findings: report.total, complete: report.complete });
  return report;
}

async function listsOf(app: App, actor: Actor) {
  const words = await app.run(actor, (ctx) => readWords(ctx));
  return { lists: [termListOf(words.body, words.version, words.source)] };
}

/** Who checked what, told by the digest: neither name nor content of the file. */
async function note(app: App, actor: Actor, action: string, bytes: Uint8Array, more: object): Promise<void> {
  const digest = createHash('sha256').update(bytes).digest('hex');
  await app.run(actor, (ctx) =>
    recordAudit(ctx, {
      action,
      subject: `file:${digest}`,
      unitPath: actor.unitPath,
      after: { bytes: bytes.length, ...more },
    }),
  );
}

const worst = ['critical', 'high', 'medium', 'low', 'info'];

function reportOf({ findings, suppressed }: ScanResult) {
  const isUnread = (finding: Finding) => finding.rule.startsWith('unread.');
  const sorted = [...findings].sort(
    (a, b) =>
      worst.indexOf(a.severity) - worst.indexOf(b.severity) || Number(isUnread(a)) - Number(isUnread(b)),
  );
  return {
    findings: sorted
      .slice(0, FINDINGS_MAX)
      .map(({ rule, kind, severity, text, context, part, start, end }) => ({
        rule,
        kind,
        severity,
        text,
        context,
        part: part ?? '',
        start,
        end,
      })),
    total: findings.length,
    suppressed: suppressed.length,
    complete: !findings.some(isUnread),
  };
}
