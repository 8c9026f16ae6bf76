/** Runs in the confined process: see `createScanPool`. */
import { serveConfined } from '#base/confine-child';
import { fail, isAppError } from '#base/errors';
import { maskDocument } from './documents/mask-document.ts';
import { pictureReader } from './documents/ocr/picture-reader.ts';
import { createRuleset, type Ruleset } from './ruleset.ts';
import { type ScanTarget, scanBytes } from './scan-bytes.ts';
import type { ConfinedAnswer, ConfinedScan } from './scan-confined.ts';

let compiled: { key: string; ruleset: Ruleset } | undefined;

serveConfined(async (input: ConfinedScan): Promise<ConfinedAnswer> => {
  try {
    // A list that cannot be compiled is a fault of its words, not of this process.
    if (compiled?.key !== input.key) {
      if (!input.lists) return { needsLists: true };
      compiled = { key: input.key, ruleset: createRuleset(input.lists) };
    }
    if (input.mask) return { masked: await maskClean(input.target, compiled.ruleset) };
    return { result: await scanBytes(input.target, compiled.ruleset, pictureReader) };
  } catch (error) {
    if (isAppError(error)) return { code: error.code, details: error.details };
    throw error;
  }
});

/** A masked copy in which nothing personal is found any more; a masking may bring numbers together that were apart. */
async function maskClean(target: ScanTarget, ruleset: Ruleset): Promise<Uint8Array> {
  const once = await maskDocument(target.bytes, target.name);
  const bytes = await maskDocument(once, target.name);
  const { findings } = await scanBytes({ ...target, bytes }, ruleset, pictureReader);
  const left = findings.filter((finding) => finding.kind === 'personal-data');
  if (left.length > 0) {
    const places = [...new Set(left.map((finding) => finding.part || '-'))].slice(0, 5).join('; ');
    fail('scan.mask_incomplete', { name: target.name, places });
  }
  return bytes;
}
