/** The rules of one scan: word lists compiled, and which hosts are a site's own. */
import type { Term, TermList } from './contract.ts';
import { STARTER_LIST, STARTER_TERMS } from './data/starter-terms.ts';
import { compileTerms, type TermMatcher } from './term-matcher.ts';

export interface Ruleset {
  /** The lists as they were given: what another process compiles again. */
  readonly lists: readonly TermList[];
  readonly matcher: TermMatcher;
}

/** Compiles word lists into a ruleset. Of a term that is in several lists with one category, the last counts. */
export function createRuleset(lists: readonly TermList[]): Ruleset {
  const terms = new Map<string, Term>();
  for (const list of lists) for (const term of list.terms) terms.set(`${term.category}\n${term.term}`, term);
  return { lists, matcher: compileTerms([...terms.values()]) };
}

/** The list that the product starts with; the bureau edits it. */
export const starterTermList: TermList = { ...STARTER_LIST, terms: [...STARTER_TERMS] };
