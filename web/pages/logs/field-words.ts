import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type EnumName, useEnumWords } from '../../app/enum-words.ts';

/** Fields whose values are words of programs. */
const enumOf: Readonly<Record<string, EnumName>> = {
  kind: 'rowKind',
  event: 'logEvent',
  direction: 'logDirection',
  action: 'logAction',
  by: 'logBy',
  proto: 'logProto',
};

export interface FieldWords {
  /** `客户端地址`; the field's own name when there are no words for it. */
  readonly nameOf: (field: string) => string;
  /** With the name that a query takes: `客户端地址 cli`. */
  readonly fullNameOf: (field: string) => string;
  readonly valueOf: (field: string, value: string | number) => string;
}

/** What the named values of log rows are, in words. */
export function useFieldWords(): FieldWords {
  const { t } = useTranslation();
  const words = useEnumWords();
  return useMemo(() => {
    const nameOf = (field: string) =>
      (t as (key: string, options: { defaultValue: string }) => string)(`logFields.${field}`, {
        defaultValue: field.replace(/^extra\./, ''),
      });
    return {
      nameOf,
      fullNameOf: (field) => {
        const name = nameOf(field);
        return name === field ? field : `${name} ${field}`;
      },
      valueOf: (field, value) => {
        const name = enumOf[field];
        return name === undefined ? String(value) : words(name, String(value));
      },
    };
  }, [t, words]);
}
