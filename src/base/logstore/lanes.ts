/** A queue in front of the engine: so many at once, so many waiting, and a waiting one may leave. */
import { StoreError } from './errors.ts';

export interface Lane {
  /** Runs the work when a place is free. Rejects with code 202 when the queue is full, 394 when `signal` aborts. */
  enter<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createLane(places: number, maxWaiting: number): Lane {
  let running = 0;
  const waiting: (() => void)[] = [];

  function place(signal: AbortSignal): Promise<void> {
    if (running < places) {
      running++;
      return Promise.resolve();
    }
    if (waiting.length >= maxWaiting) {
      throw new StoreError(202, 'TOO_MANY_SIMULTANEOUS_QUERIES', `${maxWaiting} queries are already waiting`);
    }
    return new Promise((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener('abort', leave);
        resolve(); // the place of the one that left is handed over: `running` stays
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(turn), 1);
        reject(new StoreError(394, 'QUERY_WAS_CANCELLED', 'Cancelled while waiting'));
      };
      waiting.push(turn);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  return {
    async enter(work, signal) {
      if (signal.aborted) throw new StoreError(394, 'QUERY_WAS_CANCELLED', 'Cancelled before it began');
      await place(signal);
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
