/** Reads fetched bytes in processes of their own: decoding, scanning, links, all in one go. */
import { createHash } from 'node:crypto';
import { type ConfinedPool, createConfinedPool } from '#base/confine';
import { AppError } from '#base/errors';
import type { ScanTarget } from '#scan';
import type { Finding, Suppressed, TermList } from '#scan/contract';
import type { PageFacts } from './page-facts.ts';
import { firstLinks } from './page-links.ts';
import { WALL_PAGE_MAX } from './rules.ts';

/** What goes to the process. It keeps the lists that it has compiled and asks for them when it has not. */
export interface ReadRequest {
  readonly target: ScanTarget;
  readonly key: string;
  readonly lists?: readonly TermList[];
  readonly wantSuppressed?: boolean;
  /** Whether the first characters of its text are asked for: only short pages are a firewall's. */
  readonly wantSample?: boolean;
}

export interface PageReading {
  readonly findings: readonly Finding[];
  readonly suppressed: readonly Suppressed[];
  /** Null for documents. */
  readonly charset: string | null;
  /** Absolute addresses, whatever host they are on. */
  readonly links: readonly string[];
  /** The first characters of a short page's decoded text; empty for a longer one. */
  readonly sample: string;
  /** Null for what is no page. */
  readonly facts: PageFacts | null;
}

export type ReadAnswer =
  | PageReading
  | { readonly needsLists: true }
  | { readonly code: string; readonly details: Readonly<Record<string, unknown>> };

export type ReaderPool = ConfinedPool<ReadRequest, ReadAnswer>;

/** A word list with the key under which processes remember it. */
export interface KeyedList {
  readonly key: string;
  readonly list: TermList;
}

export function keyedList(list: TermList): KeyedList {
  return { list, key: createHash('sha256').update(JSON.stringify(list)).digest('hex') };
}

/** Raise it when the reader finds more than before: then every page is read again once. */
const READER = '9';

/** Names what pages are read with: the words and the reader. */
export function readWithOf(words: KeyedList): string {
  return `${READER}:${words.key}`;
}

/** Starts the processes when the first page comes. Close it when done. */
export function createReaderPool(
  options: { workers?: number; onNotice?: (notice: string) => void } = {},
): ReaderPool {
  return createConfinedPool({
    entry: new URL('./page-worker.ts', import.meta.url),
    workers: options.workers ?? 2,
    timeMs: 30_000,
    memoryMb: 512,
    // Measured over so many pages of 14 KB in the mean: memory levels off at 243 MB; a fresh process is cold.
    // It starts, compiles the list and warms up in a second of processor time: at 5000 that was a tenth of all reading.
    maxInputs: 20_000,
    patienceMs: 10,
    ...(options.onNotice ? { onNotice: options.onNotice } : {}),
  });
}

/** Reads one target. Fails with the codes of `scan` for the file's faults, and with `confine.*`. */
export async function readPage(
  pool: ReaderPool,
  target: ScanTarget,
  words: KeyedList,
  wantSuppressed = false,
): Promise<PageReading> {
  const wantSample = target.bytes.length <= WALL_PAGE_MAX;
  const request = { target, key: words.key, wantSuppressed, wantSample };
  let answer = await pool.run(request);
  if ('needsLists' in answer) answer = await pool.run({ ...request, lists: [words.list] });
  if ('findings' in answer) {
    const { facts, links } = answer;
    return facts ? { ...answer, facts: { ...facts, links: firstLinks(links) } } : answer;
  }
  if ('code' in answer) throw new AppError(answer.code, answer.details);
  throw new Error('a reader process asked twice for its word lists');
}
