/** Reasons are kept as `Chinese / English` in one text; whoever shows one takes the reader's half (`halfOf`). */
import { halfOf } from '#base/contract';

/** Both halves in one text. A ` / ` inside the first would be taken for the border between them. */
export const inBoth = (zh: string, en: string): string => `${zh.replaceAll(' / ', '/')} / ${en}`;

/** A reason inside another: `around` gets its half for each language. Reasons of before have one half for both. */
export function around(reason: string, put: (half: string, language: 'zh' | 'en') => string): string {
  return inBoth(put(halfOf(reason, 'zh'), 'zh'), put(halfOf(reason, 'en'), 'en'));
}
