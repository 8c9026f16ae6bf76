/** ClickHouse: what one search may take of the machine, and how it is told when it wants more. */
import { ClickHouseError } from '@clickhouse/client';
import type { App } from '#base/app';
import { fail } from '#base/errors';
import type { QueryParams } from '#base/logstore/client';

const searchSettings = {
  max_execution_time: 60,
  max_memory_usage: 512 * 1024 * 1024,
  max_bytes_before_external_group_by: 256 * 1024 * 1024,
  max_rows_to_read: 3_000_000_000,
  // One of the two processors stays with the indexer.
  max_threads: 1,
} as const;

/** Why the store stopped a query by itself, by the engine's error code. */
const stops: Readonly<Record<string, string>> = {
  '158': '3 000 000 000 rows',
  '159': '60 s',
  '241': '512 MiB',
  '307': 'bytes',
  '396': 'rows',
};

/** One search asks five tables: so forty people may wait. */
const mostWaiting = 200;

/**
 * Counts over all rows of a search run one at a time in this process: the store reads two things at once, and one of
 * the two places stays for single questions (traces, the first page of a search).
 */
class OneAtATime {
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= mostWaiting) fail('logs.search_busy');
    this.#waiting += 1;
    const turn = this.#last.then(work);
    // The next one waits for the end of this one, however it ends; its own caller is told the error.
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }
}

const counts = new OneAtATime();

interface Question {
  readonly sql: string;
  readonly params: QueryParams;
  readonly signal?: AbortSignal | undefined;
}

/** Asks the store within the limits of a search. Fails with `logs.search_too_large` and `logs.search_busy`. */
export async function askStore<T>(app: App, { sql, params, signal }: Question): Promise<T[]> {
  const options = { settings: searchSettings, ...(signal && { signal }) };
  try {
    return await app.logstore.query<T>(sql, params, options);
  } catch (error) {
    if (signal?.aborted) fail('logs.search_stopped', {}, error);
    if (!(error instanceof ClickHouseError)) throw error;
    const limit = stops[error.code];
    if (limit !== undefined) fail('logs.search_too_large', { limit }, error);
    if (error.code === '202') fail('logs.search_busy', {}, error);
    throw error;
  }
}

/** A count over all rows of a search: waits for its turn. */
export function countInStore<T>(app: App, question: Question): Promise<T[]> {
  return counts.run(async () => {
    if (question.signal?.aborted) fail('logs.search_stopped');
    return askStore<T>(app, question);
  });
}
