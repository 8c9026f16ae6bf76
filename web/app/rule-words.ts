import { useEnumWords } from './enum-words.ts';

/**
 * Words for the name of a rule (`hidden-link.display-none`): its own, else those of its family; a category that a
 * bureau made up is named after them (`term.校规`).
 */
export function useRuleWords(): (rule: string) => string {
  const words = useEnumWords();
  return (rule) => wordsOfRule((key) => words('ruleName', key), rule);
}

/** The same with `read` giving the words of a key, or the key itself when there are none. */
export function wordsOfRule(read: (key: string) => string, rule: string): string {
  const [family = '', ...rest] = rule.split('.');
  const key = [family, ...rest].join('_');
  const own = read(key);
  if (own !== key) return own;
  const general = read(family);
  if (general === family) return rule;
  return family === 'term' || family === 'offer' ? `${general} · ${rest.join('.')}` : general;
}
