/** Scanning of files from the web in processes of their own: a parser that is broken into finds nothing there. */
import { createHash } from 'node:crypto';
import { type ConfinedPool, createConfinedPool } from '#base/confine';
import { AppError } from '#base/errors';
import type { ScanResult, TermList } from './contract.ts';
import type { Ruleset } from './ruleset.ts';
import type { ScanTarget } from './scan-bytes.ts';

/** What goes to the process. It keeps the lists that it has compiled and asks for them when it has not. */
export interface ConfinedScan {
  readonly target: ScanTarget;
  readonly lists?: readonly TermList[];
  readonly key: string;
  /** Give back a masked copy instead of findings. */
  readonly mask?: true;
}

/** What comes back: a result, or the code and details of a failure that the file caused. */
export type ConfinedAnswer =
  | { readonly result: ScanResult }
  | { readonly masked: Uint8Array }
  | { readonly needsLists: true }
  | { readonly code: string; readonly details: Readonly<Record<string, unknown>> };

export type ScanPool = ConfinedPool<ConfinedScan, ConfinedAnswer>;

/**
 * Starts processes for scanning, text in pictures included: 180 s and 512 MB for one target unless said otherwise (a page of
 * print takes about 10 s of one processor, twelve are read of one file). Close it when done.
 */
export function createScanPool(
  options: { workers?: number; timeMs?: number; memoryMb?: number; onNotice?: (notice: string) => void } = {},
): ScanPool {
  return createConfinedPool({
    entry: new URL('./confined-entry.ts', import.meta.url),
    workers: options.workers ?? 1,
    timeMs: options.timeMs ?? 180_000,
    memoryMb: options.memoryMb ?? 512,
    addons: true,
    ...(options.onNotice ? { onNotice: options.onNotice } : {}),
  });
}

const keys = new WeakMap<Pick<Ruleset, 'lists'>, string>();

/** As `scanBytes`, in a process of the pool; fails with its codes and with `confine.timeout|memory|crashed|too_large`. */
export async function scanBytesConfined(
  pool: ScanPool,
  target: ScanTarget,
  ruleset: Pick<Ruleset, 'lists'>,
): Promise<ScanResult> {
  const answer = await ask(pool, { target, key: keyOf(ruleset) }, ruleset);
  if ('result' in answer) return answer.result;
  throw new Error('a confined scan did not answer with a result');
}

/**
 * A copy of the file with its personal numbers masked, scanned again in the process. Fails with `scan.not_maskable`,
 * `scan.mask_incomplete` (something is still found) and as `scanBytesConfined`.
 */
export async function maskBytesConfined(
  pool: ScanPool,
  target: ScanTarget,
  ruleset: Pick<Ruleset, 'lists'>,
): Promise<Uint8Array> {
  const answer = await ask(pool, { target, key: keyOf(ruleset), mask: true }, ruleset);
  if ('masked' in answer) return answer.masked;
  throw new Error('a confined masking did not answer with a copy');
}

function keyOf(ruleset: Pick<Ruleset, 'lists'>): string {
  let key = keys.get(ruleset);
  if (key === undefined) {
    key = createHash('sha256').update(JSON.stringify(ruleset.lists)).digest('hex');
    keys.set(ruleset, key);
  }
  return key;
}

async function ask(pool: ScanPool, request: ConfinedScan, ruleset: Pick<Ruleset, 'lists'>) {
  let answer = await pool.run(request);
  if ('needsLists' in answer) answer = await pool.run({ ...request, lists: ruleset.lists });
  if ('code' in answer) throw new AppError(answer.code, answer.details);
  return answer;
}
