import { useSyncExternalStore } from 'react';
import { serverNow } from '../app/server-clock.ts';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let second = Math.floor(serverNow() / 1000);

/** The server's time in whole seconds times 1000; re-renders once a second, one timer for the whole page. */
export function useServerNow(): number {
  return useSyncExternalStore(subscribe, readSecond) * 1000;
}

function readSecond(): number {
  return second;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 250);
  tick();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  const now = Math.floor(serverNow() / 1000);
  if (now === second) return;
  second = now;
  for (const listener of listeners) listener();
}
