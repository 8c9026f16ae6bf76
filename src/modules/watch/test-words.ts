/** The test box: what the list says about a text that a person pastes. */
import type { z } from 'zod';
import type { Actor, App, Ctx } from '#base/app';
import type { testWords, wordHit } from './contract.ts';
import { createReaderPool, keyedList, type ReaderPool, readPage } from './read-page.ts';
import { applyChanges } from './word-rules.ts';
import { readWords, termListOf } from './words.ts';

const pools = new WeakMap<App, ReaderPool>();

/**
 * Scans a text or a piece of HTML as a check would, in a confined process: what people paste comes from harmful
 * pages. Throws `scan.bad_term` for words that cannot be searched.
 */
export async function tryWords(
  app: App,
  actor: Actor,
  input: z.output<NonNullable<typeof testWords.body>>,
): Promise<{ hits: z.input<typeof wordHit>[] }> {
  const words = await app.run(actor, (ctx) => wordsToTry(ctx, input));
  const reading = await readPage(
    poolOf(app),
    {
      name: input.html ? 'page.html' : 'text.txt',
      contentType: input.html ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8',
      bytes: Buffer.from(input.text, 'utf8'),
    },
    keyedList(termListOf(words.body, words.version, words.source)),
    true,
  );
  const hits = [
    ...reading.findings.map((hit) => ({ ...hit, suppressed: null })),
    ...reading.suppressed.map((hit) => ({ ...hit, suppressed: hit.reason })),
  ];
  return {
    hits: hits
      .sort((a, b) => a.start - b.start)
      .map(({ rule, severity, text, start, end, context, view, suppressed }) => ({
        rule,
        severity,
        text,
        start,
        end,
        context,
        view,
        suppressed,
      })),
  };
}

async function wordsToTry(ctx: Ctx, input: z.output<NonNullable<typeof testWords.body>>) {
  if (input.words) return { version: 0, source: 'test', body: input.words };
  const list = await readWords(ctx);
  return input.changes ? { ...list, body: applyChanges(list.body, input.changes) } : list;
}

function poolOf(app: App): ReaderPool {
  let pool = pools.get(app);
  if (!pool) {
    pool = createReaderPool({ workers: 1, onNotice: (notice) => app.log.warn(notice) });
    pools.set(app, pool);
  }
  return pool;
}

/** Ends the process behind the test box, if there is one. */
export async function closeTestBox(app: App): Promise<void> {
  await pools.get(app)?.close();
  pools.delete(app);
}
