import type { z } from 'zod';
import type { ProbeRules, ruleLevel } from '#watch/contract';

type Levels = ProbeRules['levels'];
type Level = z.output<typeof ruleLevel>;

/** `{ tls: { expired: 'high' } }` of `{ 'tls.expired': 'high' }`: as a page and a form show them, family by family. */
export function levelsByFamily(levels: Levels): Record<string, Record<string, Level>> {
  const families: Record<string, Record<string, Level>> = {};
  for (const [rule, level] of Object.entries(levels)) {
    const [family = '', name = ''] = rule.split('.');
    families[family] = { ...families[family], [name]: level };
  }
  return families;
}

/** The way back. */
export function levelsOf(families: Readonly<Record<string, Readonly<Record<string, Level>>>>): Levels {
  const rows = Object.entries(families).flatMap(([family, rules]) =>
    Object.entries(rules).map(([name, level]) => [`${family}.${name}`, level] as const),
  );
  return Object.fromEntries(rows);
}
