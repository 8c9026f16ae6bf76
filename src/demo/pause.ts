import { setTimeout as wait } from 'node:timers/promises';

/** Waits; throws the signal's reason when it is aborted meanwhile. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal });
}
