/** The thread of seal-thread.ts: seals one task at a time and answers what became of it. */
import { parentPort } from 'node:worker_threads';
import { readBlocks } from '../spool/spool-file.ts';
import { sealSegment } from './seal-segment.ts';
import type { SealAnswer, SealTask } from './seal-thread.ts';

parentPort!.on('message', async ({ root, origin, path, places, options }: SealTask) => {
  let answer: SealAnswer;
  try {
    answer = { sealed: await sealSegment(root, origin, readBlocks(path, places), options) };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    answer = { failed: { message, code } };
  }
  parentPort!.postMessage(answer);
});
