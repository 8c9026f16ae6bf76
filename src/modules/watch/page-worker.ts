/** Runs in the confined process: decodes, scans and follows the markup of one fetched page. See `read-page.ts`. */
import { serveConfined } from '#base/confine-child';
import { isAppError } from '#base/errors';
import { createRuleset, type Ruleset, scanBytes } from '#scan';
import { createFactsReader, type FactsReader } from './page-facts.ts';
import type { ReadAnswer, ReadRequest } from './read-page.ts';

/** What is shown of a page to the rule that knows firewalls' pages. */
const SAMPLE = 4000;

let compiled: { key: string; ruleset: Ruleset } | undefined;

serveConfined(async (input: ReadRequest): Promise<ReadAnswer> => {
  try {
    // A list that cannot be compiled is a fault of its words, not of this process.
    if (compiled?.key !== input.key) {
      if (!input.lists) return { needsLists: true };
      compiled = { key: input.key, ruleset: createRuleset(input.lists) };
    }
    let text = '';
    let facts: FactsReader | undefined;
    const { url } = input.target;
    const { findings, suppressed, charset } = await scanBytes(
      input.target,
      compiled.ruleset,
      undefined,
      (decoded) => {
        text = decoded;
        if (url !== undefined && isMarkup(decoded)) facts = createFactsReader(url);
        return facts;
      },
    );
    const read = facts?.result();
    return {
      findings,
      suppressed: input.wantSuppressed ? suppressed : [],
      charset: charset ?? null,
      links: read?.links ?? [],
      sample: input.wantSample ? text.slice(0, SAMPLE) : '',
      // Its links are among those of the page: they come over once.
      facts: read ? { ...read.facts, links: [] } : null,
    };
  } catch (error) {
    if (isAppError(error)) return { code: error.code, details: error.details };
    throw error;
  }
});

/** Markup is followed whatever the server calls it: browsers do. */
function isMarkup(text: string): boolean {
  return /<(?:a|html|!doctype|frame|iframe|meta|area)[\s>]/i.test(text);
}
