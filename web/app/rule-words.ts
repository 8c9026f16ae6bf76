import { nameOfRule } from '#findings/contract';
import { useLanguage } from './i18n.ts';

/** Words for the name of a rule (`hidden-link.display-none`), in the reader's language. */
export function useRuleWords(): (rule: string) => string {
  const language = useLanguage();
  return (rule) => nameOfRule(rule)[language];
}
