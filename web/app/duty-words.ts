import { useTranslation } from 'react-i18next';
import { inBrackets } from './punctuation.ts';
import { useUser } from './session.ts';

/** Who works with the notice itself and knows its duties by number: bureaus and auditors. */
const knowNumbers: readonly string[] = ['city_officer', 'county_officer', 'audit_admin', 'unit_auditor'];

/** Puts the short name of a duty of the notice (D1 to D55) where a text has only its number. */
export function useDutyWords(): (text: string) => string {
  const { t } = useTranslation();
  const { roles } = useUser();
  const withNumber = roles.some((role) => knowNumbers.includes(role));
  return (text) => nameDuties(text, (code) => t(`duties.${code}` as 'duties.D1'), withNumber);
}

/** `（D2）` becomes `（name）`, with the number behind it for those who know it; other texts stay as they are. */
export function nameDuties(text: string, nameOf: (code: string) => string, withNumber: boolean): string {
  return text.replace(
    /([（(]?)(?<![A-Za-z0-9])(D(?:[1-9]|[1-4]\d|5[0-5]))(?![A-Za-z0-9])([）)]?)/g,
    (_all, open: string, code: string, close: string) => {
      const name = nameOf(code);
      if (open !== '' && close !== '') return `${open}${name}${withNumber ? ` ${code}` : ''}${close}`;
      return `${open}${name}${withNumber ? inBrackets(code) : ''}${close}`;
    },
  );
}
