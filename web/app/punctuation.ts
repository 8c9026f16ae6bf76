import { currentLanguage } from './i18n.ts';

/** `text` in brackets behind what it explains, as the reader's language sets them. */
export function inBrackets(text: string): string {
  return currentLanguage() === 'zh' ? `（${text}）` : ` (${text})`;
}

/** What stands between the words of a list: 、 or a comma. */
export function listComma(): string {
  return currentLanguage() === 'zh' ? '、' : ', ';
}

/** Between a name and what it names. */
export function colon(): string {
  return currentLanguage() === 'zh' ? '：' : ': ';
}
