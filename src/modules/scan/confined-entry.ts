/** Runs in the confined process: see `createScanPool`. */
import { serveConfined } from '#base/confine-child';
import { isAppError } from '#base/errors';
import { pictureReader } from './documents/ocr/picture-reader.ts';
import { createRuleset, type Ruleset } from './ruleset.ts';
import { scanBytes } from './scan-bytes.ts';
import type { ConfinedAnswer, ConfinedScan } from './scan-confined.ts';

let compiled: { key: string; ruleset: Ruleset } | undefined;

serveConfined(async (input: ConfinedScan): Promise<ConfinedAnswer> => {
  try {
    // A list that cannot be compiled is a fault of its words, not of this process.
    if (compiled?.key !== input.key) {
      if (!input.lists) return { needsLists: true };
      compiled = { key: input.key, ruleset: createRuleset(input.lists) };
    }
    return { result: await scanBytes(input.target, compiled.ruleset, pictureReader) };
  } catch (error) {
    if (isAppError(error)) return { code: error.code, details: error.details };
    throw error;
  }
});
