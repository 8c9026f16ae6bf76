/** The inner side of `confine.ts`: what the entry of a confined process calls. */

import { serialize } from 'node:v8';

/** Answers every input of the parent with what `work` returns. An error ends the process: it may be half broken. */
export function serveConfined<I, O>(work: (input: I) => Promise<O>): void {
  process.on('message', (message: { readonly id: number; readonly input: I }) => {
    work(message.input).then(
      (output) =>
        process.send?.({ id: message.id, output: serialize(output), rss: process.memoryUsage.rss() }),
      (error: unknown) => {
        const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        process.send?.({ id: message.id, error: reason.slice(0, 500) }, () => process.exit(1));
      },
    );
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ ready: true });
}
