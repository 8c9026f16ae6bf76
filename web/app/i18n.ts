import i18next from 'i18next';
import { useSyncExternalStore } from 'react';
import { initReactI18next } from 'react-i18next';
import { z } from 'zod';
import { zh } from '../words/zh/index.ts';
import { tellIssue } from './zod-words.ts';

export type Language = 'zh' | 'en';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words';
    returnNull: false;
    resources: { words: typeof zh };
  }
}

const languageKey = 'jiaodun.language';

/** The language that this browser chose, Chinese unless it said otherwise. */
export function storedLanguage(): Language {
  return localStorage.getItem(languageKey) === 'en' ? 'en' : 'zh';
}

/** Loads the catalogue of `language`, switches the page and Zod's messages to it, and remembers it. */
export async function startLanguage(language: Language): Promise<void> {
  if (!i18next.isInitialized) {
    await i18next.use(initReactI18next).init({
      lng: 'zh',
      fallbackLng: 'zh',
      ns: ['words'],
      defaultNS: 'words',
      resources: { zh: { words: zh } },
      interpolation: { escapeValue: false },
    });
    // `jitless`: Zod's compiled parsers need `eval`, which the CSP forbids.
    z.config({ localeError: (issue) => tellIssue(issue), jitless: true });
  }
  if (language === 'en' && !i18next.hasResourceBundle('en', 'words')) {
    const { en } = await import('../words/en/index.ts');
    i18next.addResourceBundle('en', 'words', en);
  }
  await i18next.changeLanguage(language);
  localStorage.setItem(languageKey, language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** The current language, for components that choose words outside the catalogue (server messages). */
export function useLanguage(): Language {
  return useSyncExternalStore(
    (changed) => {
      i18next.on('languageChanged', changed);
      return () => i18next.off('languageChanged', changed);
    },
    () => currentLanguage(),
  );
}

export function currentLanguage(): Language {
  return i18next.language === 'en' ? 'en' : 'zh';
}
