import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordAudit } from '#audit';
import type { App, Ctx } from '#base/app';
import { fail } from '#base/errors';
import { manifestBytes } from './bag-format.ts';
import { bagSealed } from './contract.ts';
import { createBag, type NewItem } from './create-bag.ts';
import { type EvidenceKeys, loadOrCreateKeys } from './keys.ts';
import * as store from './store.ts';

interface BagToSeal {
  readonly unitPath: string;
  readonly incidentId: string;
  /** The case's number as people write it; it stands in the bag and in its file name. */
  readonly caseId: string;
  readonly items: readonly NewItem[];
  /** What could not be taken, as a capture tells it. */
  readonly incomplete?: readonly { item: string; problem: string }[];
}

interface SealedBagFile {
  readonly id: string;
  readonly number: number;
  readonly fileName: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The keys of this installation, in its data directory. */
export function evidenceKeys(app: Pick<App, 'config'>): Promise<EvidenceKeys> {
  return loadOrCreateKeys(join(app.config.dataDir, 'keys'));
}

/**
 * Seals the case's next bag: makes and verifies the file, keeps it in the file store, and writes its rows, the first
 * custody event, the audit entry and `evidence.bag_sealed` in the caller's transaction. Fails as `createBag` does.
 */
export async function sealBag(ctx: Ctx, input: BagToSeal): Promise<SealedBagFile> {
  const last = await store.lastBag(ctx, input.incidentId);
  const number = last.number + 1;
  const fileName = `bag-${input.caseId.replace(/[^A-Za-z0-9._-]+/g, '-')}-${number}.zip`;
  const { privateKey } = await evidenceKeys(ctx.app);
  const work = join(ctx.app.config.dataDir, 'evidence-work');
  await mkdir(work, { recursive: true, mode: 0o700 });
  const dir = await mkdtemp(join(work, 'seal-'));
  try {
    const sealed = await createBag({
      caseId: input.caseId,
      number,
      items: input.items,
      privateKey,
      createdAt: last.now,
      outFile: join(dir, fileName),
      ...('sha256' in last ? { previous: { number: last.number, sha256: last.sha256 } } : {}),
      ...(input.incomplete ? { incomplete: input.incomplete } : {}),
    });
    const stored = await ctx.app.files.put(createReadStream(sealed.file));
    if (stored.sha256 !== sealed.sha256) fail('evidence.lost', { file: fileName });
    const { sha256, bytes, manifest } = sealed;
    const id = await store.insertBag(ctx, {
      unitPath: input.unitPath,
      incidentId: input.incidentId,
      fileName,
      sha256,
      bytes,
      manifest,
      manifestBytes: manifestBytes(manifest),
      sealedAt: last.now,
    });
    await store.insertCustody(ctx, { bagId: id, unitPath: input.unitPath, act: 'sealed', detail: sha256 });
    await recordAudit(ctx, {
      action: 'evidence.seal',
      subject: `bag:${id}`,
      unitPath: input.unitPath,
      after: { incidentId: input.incidentId, fileName, sha256, bytes, items: manifest.items.length },
    });
    const incomplete = (manifest.incomplete ?? []).length > 0;
    await ctx.emit(
      bagSealed,
      { bagId: id, incidentId: input.incidentId, sha256, incomplete },
      input.unitPath,
    );
    return { id, number, fileName, sha256, bytes };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
