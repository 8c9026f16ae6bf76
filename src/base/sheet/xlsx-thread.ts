/** Thread entry: parses one workbook and posts the table, or the error as code and details. */
import { parentPort, workerData } from 'node:worker_threads';
import { isAppError, registerErrors } from '#base/errors';
import { sheetErrors } from './errors.ts';
import { parseXlsx } from './parse-xlsx.ts';
import type { SheetLimits } from './types.ts';

registerErrors(sheetErrors);
const { bytes, file, limits } = workerData as { bytes: Uint8Array; file: string; limits: SheetLimits };

try {
  parentPort?.postMessage({ table: await parseXlsx(bytes, file, limits) });
} catch (error) {
  if (!isAppError(error)) throw error;
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  parentPort?.postMessage({ error: { code: error.code, details: error.details, cause } });
}
