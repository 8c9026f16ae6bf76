/** 持证上岗: registered by one, verified by another; reminded of before it ends. */
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { recordAudit } from '#audit';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail } from '#base/errors';
import { certificateDue, type registerCertificate as registerRoute } from './contract.ts';
import { refreshFive } from './five-job.ts';
import { inScope } from './import-units.ts';
import { readOwnPerson } from './keep-people.ts';
import * as store from './papers-store.ts';
import { todayOf } from './people-store.ts';

type RegisterInput = z.output<NonNullable<(typeof registerRoute)['body']>>;

/** Days before the end at which it is told of. */
const reminderSteps = [90, 30, 7];
const maxScanBytes = 5 * 1024 * 1024;

/** One visible certificate. Throws `base.not_found`. */
export async function readCertificate(ctx: Ctx, id: string): Promise<store.CertificateRow> {
  return (await store.findCertificate(ctx, id)) ?? fail('base.not_found', { what: id });
}

async function readOwn(ctx: Ctx, id: string): Promise<store.CertificateRow> {
  const row = await readCertificate(ctx, id);
  if (!inScope(ctx, row.unitPath)) fail('base.not_found', { what: id });
  return row;
}

export async function registerCertificate(
  ctx: Ctx,
  personId: string,
  input: RegisterInput,
): Promise<store.CertificateRow> {
  const person = await readOwnPerson(ctx, personId);
  const ends = input.expiresOn ?? null;
  if (input.issuedOn > (await todayOf(ctx)) || (ends !== null && ends <= input.issuedOn)) {
    fail('units.certificate_dates');
  }
  const row = { ...input, expiresOn: ends, personId, unitId: person.unit_id, unitPath: person.unit_path };
  try {
    const id = await store.insertCertificate(ctx, row);
    await note(ctx, 'certificates.register', { id, unitPath: person.unit_path }, row);
    return readCertificate(ctx, id);
  } catch (error) {
    if (violatedConstraint(error) === 'one_certificate') fail('units.duplicate_certificate', {}, error);
    throw error;
  }
}

/** What the first bytes say a file is; its name and the sender's word count for nothing. */
export function scanTypeOf(head: Uint8Array): string | undefined {
  const hex = Buffer.from(head.subarray(0, 8)).toString('hex');
  if (hex.startsWith('255044462d')) return 'application/pdf';
  if (hex.startsWith('ffd8ff')) return 'image/jpeg';
  return hex === '89504e470d0a1a0a' ? 'image/png' : undefined;
}

/** Stores the scan in the file store and notes which file it is. Throws `units.scan_*`, `base.too_large`. */
export async function uploadScan(
  app: App,
  actor: Actor,
  id: string,
  content: Readable,
): Promise<store.CertificateRow> {
  // Whether the certificate is the actor's to change is asked before anything is stored.
  await app.run(actor, async (ctx) => {
    const row = await readOwn(ctx, id);
    if (row.state !== 'unverified' && row.state !== 'expired') fail('units.scan_settled');
  });
  const bytes = await readAll(content);
  if (bytes.byteLength === 0) fail('units.scan_empty');
  const type = scanTypeOf(bytes) ?? fail('units.scan_type');
  const { sha256 } = await app.files.put(bytes, maxScanBytes);
  return app.run(actor, async (ctx) => {
    const before = await readOwn(ctx, id);
    if (!(await store.setScan(ctx, id, { sha256, type, bytes: bytes.byteLength })))
      fail('units.scan_settled');
    const after = { sha256, type, bytes: bytes.byteLength, before: before.scanSha256 };
    await note(ctx, 'certificates.scan', before, after);
    return readCertificate(ctx, id);
  });
}

async function readAll(content: Readable): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of content) {
    bytes += (piece as Uint8Array).byteLength;
    if (bytes > maxScanBytes) fail('base.too_large', { limit: '5 MiB' });
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces);
}

/** Where the scan lies, for a download that is recorded first. Throws `base.not_found`. */
export async function openScan(app: App, actor: Actor, id: string): Promise<{ path: string; type: string }> {
  const row = await app.run(actor, async (ctx) => {
    const found = await readCertificate(ctx, id);
    if (found.scanSha256) await note(ctx, 'certificates.scan_read', found, { sha256: found.scanSha256 });
    return found;
  });
  const path = row.scanSha256 ? await app.files.find(row.scanSha256) : undefined;
  if (!path || !row.scanType) fail('base.not_found', { what: id });
  return { path, type: row.scanType };
}

/** A second person's verdict. Throws `units.verify_own`, `units.decided_already`. */
export async function verifyCertificate(
  ctx: Ctx,
  id: string,
  verdict: { genuine: boolean; reason?: string | undefined },
): Promise<store.CertificateRow> {
  const row = await readOwn(ctx, id);
  if ([row.registeredById, row.scanBy].includes(ctx.actor.id)) fail('units.verify_own');
  if (!verdict.genuine && !verdict.reason) fail('units.verify_reason');
  const after = { genuine: verdict.genuine, reason: verdict.reason || null };
  if (!(await store.setVerdict(ctx, id, after))) fail('units.decided_already');
  await note(ctx, 'certificates.verify', row, after);
  return readCertificate(ctx, id);
}

export async function withdrawCertificate(ctx: Ctx, id: string, reason: string): Promise<void> {
  const row = await readOwn(ctx, id);
  if (!(await store.withdrawCertificate(ctx, id, reason))) fail('units.decided_already');
  await note(ctx, 'certificates.withdraw', row, { reason });
}

async function note(
  ctx: Ctx,
  action: string,
  row: { id: string; unitPath: string; unitId?: string },
  after: object,
) {
  await recordAudit(ctx, { action, subject: `certificate:${row.id}`, unitPath: row.unitPath, after });
  if (row.unitId) await refreshFive(ctx, [row.unitId]);
}

/** Tells of certificates that end in 90, 30 or 7 days: each step once. */
export async function remindOfCertificates(app: App): Promise<void> {
  await app.run(systemActor('units.certificates'), async (ctx) => {
    for (const { id: certificateId, unitPath, ...due } of await store.takeDueReminders(ctx, reminderSteps)) {
      await ctx.emit(certificateDue, { certificateId, ...due }, unitPath);
    }
  });
}
