/**
 * Sealing beside the receivers, on a thread of its own. On theirs it loses datagrams: a turn of the event loop reads 32 of a
 * socket at most (libuv), and a piece that is hashed and compressed makes a turn some milliseconds long, so that far fewer
 * than 50,000 a second are read while a file is sealed (figures in bench/results.md).
 */
import { Worker } from 'node:worker_threads';
import type { BlockPlace } from '../spool/spool-file.ts';
import type { SealedSegment, SealOptions } from './seal-segment.ts';

export interface SealTask {
  /** Directory of the segments. */
  readonly root: string;
  readonly origin: string;
  /** The spool file, and where in it the records stand. */
  readonly path: string;
  readonly places: readonly BlockPlace[];
  readonly options: SealOptions;
}

export type SealAnswer =
  | { readonly sealed: SealedSegment }
  | { readonly failed: { readonly message: string; readonly code: string | undefined } };

let thread: Worker | null = null;
let last: Promise<unknown> = Promise.resolve();

/** Seals blocks of a spool file into one segment, one task after the other. Rejects as `sealSegment` does. */
export function sealInThread(task: SealTask): Promise<SealedSegment> {
  const turn = last.then(() => ask(task));
  // A failure is its caller's; the next task stands for itself.
  last = turn.catch(() => undefined);
  return turn;
}

async function ask(task: SealTask): Promise<SealedSegment> {
  thread ??= start();
  const worker = thread;
  // It keeps the process alive only while it has something to seal.
  worker.ref();
  const answer = await answerOf(worker, task).finally(() => worker.unref());
  if ('sealed' in answer) return answer.sealed;
  const { message, code } = answer.failed;
  throw Object.assign(new Error(message), code === undefined ? {} : { code });
}

function answerOf(worker: Worker, task: SealTask): Promise<SealAnswer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number) => done(() => reject(new Error(`the sealing thread ended with ${code}`)));
    const broke = (error: Error) => done(() => reject(error));
    const answered = (answer: SealAnswer) => done(() => resolve(answer));
    const done = (settle: () => void) => {
      worker.off('message', answered).off('error', broke).off('exit', ended);
      settle();
    };
    worker.on('message', answered).on('error', broke).on('exit', ended);
    worker.postMessage(task);
  });
}

/** One that ended is replaced at the next task. */
function start(): Worker {
  // Options of this process (what `node -e` runs, a profiler) are not the thread's.
  const worker = new Worker(new URL('./seal-worker.ts', import.meta.url), { execArgv: [] });
  worker.once('exit', () => {
    if (thread === worker) thread = null;
  });
  return worker;
}
