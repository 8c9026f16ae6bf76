import { useTranslation } from 'react-i18next';
import type { zh } from '../words/zh/index.ts';

type Enums = (typeof zh)['enums'];
export type EnumName = keyof Enums;

export type WordOf = (name: EnumName, value: string | null | undefined) => string;

/** Words for a value of a contract's enumeration; a value that is newer than this page is shown as it is. */
export function useEnumWords(): WordOf {
  const { t } = useTranslation();
  return (name, value) => {
    if (value === null || value === undefined) return '—';
    return (t as (key: string, options: { defaultValue: string }) => string)(`enums.${name}.${value}`, {
      defaultValue: value,
    });
  };
}

/** The options of a filter or a field for an enumeration's values, in the contract's order. */
export function optionsOf(words: WordOf, name: EnumName, values: readonly string[]) {
  return values.map((value) => ({ value, label: words(name, value) }));
}
