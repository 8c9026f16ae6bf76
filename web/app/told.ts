import { halfOf } from '#base/contract';
import { currentLanguage } from './i18n.ts';

/** The reader's half of a reason that is kept as `Chinese / English`; one of before, kept in Chinese only, as it is. */
export function told(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : halfOf(text, currentLanguage());
}
