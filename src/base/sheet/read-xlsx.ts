import { Worker } from 'node:worker_threads';
import { AppError, fail } from '#base/errors';
import { unreadable } from './issues.ts';
import type { XlsxTable } from './parse-xlsx.ts';
import type { SheetLimits } from './types.ts';

type Answer =
  | { table: XlsxTable }
  | { error: { code: string; details: Record<string, unknown>; cause?: string } };

/**
 * Parses a workbook in a thread of its own with a heap and a time limit, so that a hostile file can neither
 * stop the event loop nor exhaust the process. Throws what `parseXlsx` throws, `sheet.too_large` on time-out
 * or exhausted heap.
 */
export async function readXlsxInThread(
  bytes: Uint8Array,
  file: string,
  limits: SheetLimits,
): Promise<XlsxTable> {
  const thread = new Worker(new URL('./xlsx-thread.ts', import.meta.url), {
    workerData: { bytes, file, limits },
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
    execArgv: [],
    env: {},
    stdin: false,
  });
  try {
    const answer = await waitForAnswer(thread, file, limits);
    if ('table' in answer) return answer.table;
    throw new AppError(answer.error.code, answer.error.details, answer.error.cause);
  } finally {
    await thread.terminate();
  }
}

function waitForAnswer(thread: Worker, file: string, limits: SheetLimits): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timeout = AbortSignal.timeout(limits.milliseconds);
    timeout.addEventListener('abort', () => settle(() => tooLong(limits)));
    thread.once('message', resolve);
    thread.once('error', (error) => settle(() => broken(error, file)));
    thread.once('exit', (code) => settle(() => broken(new Error(`thread ended with ${code}`), file)));
    function settle(failure: () => never): void {
      try {
        failure();
      } catch (error) {
        reject(error);
      }
    }
  });
}

function tooLong(limits: SheetLimits): never {
  return fail('sheet.too_large', { what: 'milliseconds', value: '∞', limit: limits.milliseconds });
}

function broken(error: Error & { code?: string }, file: string): never {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return fail('sheet.too_large', { what: 'memory', value: '> 1 GiB', limit: '1 GiB' }, error);
  }
  return unreadable(file, '工作簿无法解析', 'the workbook cannot be parsed', error);
}
