import { createPublicKey } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { recordAudit } from '#audit';
import { type Actor, type App, type Ctx, systemActor } from '#base/app';
import { violatedConstraint } from '#base/db';
import { fail, isAppError } from '#base/errors';
import { syncDirectory } from '#base/files';
import type { ForwardedSegment, ForwardReceipt } from '../contract/forward.ts';
import { registeredKeys } from '../installation-keys.ts';
import { indexWaitingJob, indexWaitingKey } from '../jobs.ts';
import { segmentsDir } from '../places.ts';
import { differenceOf } from '../prove/check-file.ts';
import { linkMetaOf, linkOf } from '../segments/chain.ts';
import { verifyLink } from '../segments/link-signature.ts';
import { signReceipt } from '../segments/receipt.ts';
import { SegmentDamaged, verifySegment } from '../segments/segment-file.ts';
import * as catalogue from '../store/catalogue.ts';
import { ensureSigner, installationId } from '../store/chain-store.ts';
import * as store from '../store/forward-store.ts';
import { sourceHere } from './forwarded-source.ts';
import { partPath } from './take-bytes.ts';

/**
 * Takes over one segment whose file has arrived: next in its chain, hanging on the one before, signed by an accepted key,
 * its content what the link says. The same segment again gets a receipt again. Everything else is refused by name, told
 * on the forwarder's row, and written to the audit log once.
 */
export async function receiveSegment(
  app: App,
  actor: Actor,
  segment: ForwardedSegment,
): Promise<ForwardReceipt> {
  try {
    const before = await app.run(actor, (ctx) => check(ctx, segment));
    if (before.isKnown) return await app.run(actor, (ctx) => receiptFor(ctx, segment));
    await checkContent(app, segment);
    return await app.run(actor, (ctx) => takeOver(ctx, segment));
  } catch (error) {
    if (isAppError(error)) await tellRefusal(app, actor, segment.installation, error);
    throw error;
  }
}

/** Who sends, and whether this is what comes next. */
async function check(ctx: Ctx, segment: ForwardedSegment) {
  const forwarder = await forwarderOf(ctx, segment.installation);
  const { installation: chain, chainSeq, link } = segment;
  const head = await catalogue.lockChain(ctx, chain);
  if (chainSeq <= head.chain_seq) {
    if ((await store.linkAt(ctx, chain, chainSeq)) !== link) fail('logs.forward_forked', { place: chainSeq });
    return { forwarder, head, isKnown: true };
  }
  if (chainSeq > head.chain_seq + 1)
    fail('logs.forward_gap', { expected: head.chain_seq + 1, given: chainSeq });
  if (segment.prevLink !== head.link) fail('logs.forward_forked', { place: chainSeq });
  await demandSignature(ctx, forwarder.id, segment);
  return { forwarder, head, isKnown: false };
}

/** The forwarder of a chain in the caller's own unit. Fails with `logs.forward_foreign`. */
export async function forwarderOf(ctx: Ctx, installation: string): Promise<store.ForwarderRow> {
  const forwarder = await store.findForwarder(ctx, installation);
  if (forwarder?.unit_path !== ctx.actor.unitPath) fail('logs.forward_foreign', { installation });
  return forwarder;
}

async function demandSignature(ctx: Ctx, forwarderId: string, segment: ForwardedSegment): Promise<void> {
  const { chainSeq: place, link, signer, signature, installation } = segment;
  const isOld = segment.linkVersion === 1;
  const linkChain = isOld ? 'main' : installation;
  if (linkOf(segment.prevLink, segment.sha256, linkMetaOf({ ...segment, linkChain })) !== link)
    fail('logs.forward_bad_signature', { place });
  // A link of version 1 has no signature; the next signed one covers it, because it hangs on it.
  if (isOld) return;
  const key = (await store.keysOf(ctx, forwarderId)).find(({ fingerprint }) => fingerprint === signer);
  if (!key?.accepted_at) fail('logs.forward_unknown_key', { fingerprint: signer });
  const bytes = Buffer.from(signature ?? '', 'base64');
  if (!verifyLink(installation, place, link, bytes, createPublicKey(key.public_key)))
    fail('logs.forward_bad_signature', { place });
  await ensureSigner(ctx, key.fingerprint, key.public_key);
}

/** Reads the whole file. A wrong one is thrown away: it has to come again from its start. */
async function checkContent(app: App, segment: ForwardedSegment): Promise<void> {
  const path = partPath(app, segment.installation, segment.sha256);
  const problem = await problemOf(path, segment);
  if (problem === null) return;
  await rm(path, { force: true });
  fail('logs.forward_damaged', { place: segment.chainSeq, problem });
}

async function problemOf(path: string, segment: ForwardedSegment): Promise<string | null> {
  try {
    return differenceOf(await verifySegment(path), segment);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'the file is not here';
    if (!(error instanceof SegmentDamaged)) throw error;
    return error.message.replaceAll(path, segment.origin);
  }
}

async function takeOver(ctx: Ctx, segment: ForwardedSegment): Promise<ForwardReceipt> {
  // Again, under the lock of the chain: two of the same may have been read at once.
  const { forwarder, isKnown } = await check(ctx, segment);
  if (isKnown) return receiptFor(ctx, segment);
  const { installation, chainSeq, link, source, signature, ...rest } = segment;
  const day = new Date(segment.firstRecv).toISOString().slice(0, 10).replaceAll('-', '/');
  const file = `${day}/${installation}-${segment.origin}.jds`;
  await catalogue.insertSegment(ctx, {
    ...rest,
    chain: installation,
    chainSeq,
    link,
    file,
    linkChain: segment.linkVersion === 1 ? 'main' : installation,
    signature: signature === null ? null : Buffer.from(signature, 'base64'),
    sourceId: await sourceHere(ctx, forwarder, source),
    unitPath: forwarder.unit_path,
  });
  await catalogue.moveChain(ctx, installation, chainSeq, link);
  await store.noteHeard(ctx, forwarder.id, chainSeq);
  await store.setProblem(ctx, forwarder.id, null);
  await ctx.enqueue(indexWaitingJob, {}, { key: indexWaitingKey });
  // Last before the commit: a file without its row is harmless and comes again, a row without its file is not.
  const target = join(segmentsDir(ctx.app), file);
  await mkdir(dirname(target), { recursive: true });
  await rename(partPath(ctx.app, installation, segment.sha256), target);
  await syncDirectory(dirname(target));
  return receiptFor(ctx, segment);
}

async function receiptFor(ctx: Ctx, { installation, chainSeq, link }: ForwardedSegment) {
  const keys = await registeredKeys(ctx);
  const receivedAt = ctx.clock.now().toISOString();
  const facts = { installation, chainSeq, link, city: await installationId(ctx), receivedAt };
  const signature = signReceipt(facts, keys.privateKey).toString('base64');
  return { ...facts, publicKey: keys.publicPem, signature };
}

/** A refusal is kept in a transaction of its own: the one that failed is gone. */
async function tellRefusal(app: App, actor: Actor, installation: string, error: Error & { code: string }) {
  await app.run(systemActor('logs.forward'), async (ctx) => {
    const forwarder = await store.findForwarder(ctx, installation);
    if (!forwarder || forwarder.unit_path !== actor.unitPath) return;
    if (!(await store.setProblem(ctx, forwarder.id, `${error.code}: ${error.message}`))) return;
    await recordAudit(ctx, {
      action: 'logs.forward_refused',
      subject: `log_forwarder:${forwarder.id}`,
      unitPath: forwarder.unit_path,
      after: { code: error.code, message: error.message, token: actor.id },
    });
  });
}

/** Tells a chain that another unit's forwarder has. */
export function tellTaken(installation: string, error: unknown): never {
  if (violatedConstraint(error) === 'forwarder_chain_key')
    fail('logs.forward_foreign', { installation }, error);
  throw error;
}

export { tellRefusal };
