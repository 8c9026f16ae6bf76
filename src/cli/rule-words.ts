import { nameOfRule } from '#findings/contract';

/** What a rule found, in both languages, and its code: by that it is searched for and filtered. */
export function ruleWords(rule: string): string {
  const { zh, en } = nameOfRule(rule);
  return `${zh} / ${en} [${rule}]`;
}
