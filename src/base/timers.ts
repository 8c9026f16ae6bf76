/** Timers of one process. What must survive a restart is a job or a row, never one of these. */

/** Calls `work` every `milliseconds` until the returned function is called. */
export function repeat(milliseconds: number, work: () => void): () => void {
  const timer = setInterval(work, milliseconds);
  return () => clearInterval(timer);
}

/** Calls `work` once, later, unless the returned function is called before. */
export function after(milliseconds: number, work: () => void): () => void {
  const timer = setTimeout(work, milliseconds);
  return () => clearTimeout(timer);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
