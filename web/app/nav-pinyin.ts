import { zh } from '../words/zh/index.ts';

export type NavPinyin = Readonly<Record<string, string>>;

let read: Promise<NavPinyin> | undefined;

/** Initials and full pinyin of the navigation's words; the reader is large and comes when it is first needed. */
export function readNavPinyin(): Promise<NavPinyin> {
  read ??= import('pinyin-pro').then(({ pinyin }) => {
    const entries = Object.entries(zh.nav).map(([word, name]) => {
      const syllables = pinyin(name, { toneType: 'none', type: 'array', nonZh: 'consecutive' });
      const initials = syllables.map((syllable) => syllable[0] ?? '').join('');
      return [word, `${initials} ${syllables.join('')}`.toLowerCase()] as const;
    });
    return Object.fromEntries(entries);
  });
  return read;
}
