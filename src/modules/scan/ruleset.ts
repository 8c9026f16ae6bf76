/** The rules of one scan: word lists compiled. */
import type { Term, TermList } from './contract.ts';
import { STARTER_LIST, STARTER_TERMS } from './data/starter-terms.ts';
import { compileTerms, type TermMatcher } from './term-matcher.ts';

/**
 * Immutable: to use new lists while scans run, create another ruleset and give the next scans that one.
 */
export interface Ruleset {
  /** The lists as they were given: what another process compiles again. */
  readonly lists: readonly TermList[];
  readonly matcher: TermMatcher;
  /** `ID@VERSION` of the list that a term is from. */
  readonly listOf: (term: Term) => string | undefined;
}

/** Compiles word lists into a ruleset. Of a term that is in several lists with one category, the last counts. */
export function createRuleset(lists: readonly TermList[]): Ruleset {
  const terms = new Map<string, Term>();
  const origins = new Map<Term, string>();
  for (const list of lists) {
    for (const term of list.terms) {
      terms.set(`${term.category}\n${term.term}`, term);
      origins.set(term, `${list.id}@${list.version}`);
    }
  }
  return { lists, matcher: compileTerms([...terms.values()]), listOf: (term) => origins.get(term) };
}

/** The list without the terms that have expired before `today` (YYYY-MM-DD): this module has no clock. */
export function termsInForce(list: TermList, today: string): TermList {
  return { ...list, terms: list.terms.filter(({ expires }) => expires === undefined || expires >= today) };
}

/** The list that the product starts with; the bureau edits it. */
export const starterTermList: TermList = { ...STARTER_LIST, terms: [...STARTER_TERMS] };
