import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { type Language, startLanguage, useLanguage } from './i18n.ts';
import type { Appearance } from './theme.ts';

export type AppearanceChoice = Appearance | 'system';

interface Preferences {
  readonly appearance: Appearance;
  readonly choice: AppearanceChoice;
  readonly language: Language;
  /** Size of the text in percent of the usual. */
  readonly scale: FontScale;
  setScale(scale: FontScale): void;
  setChoice(choice: AppearanceChoice): void;
  setLanguage(language: Language): void;
}

export const fontScales = [100, 110, 125, 150] as const;
export type FontScale = (typeof fontScales)[number];

const PreferencesContext = createContext<Preferences | null>(null);
const appearanceKey = 'jiaodun.appearance';
const scaleKey = 'jiaodun.scale';

/** Language, appearance and text size of this browser; kept in its local storage, no account needed. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [choice, setChoiceState] = useState<AppearanceChoice>(readChoice);
  const [scale, setScaleState] = useState<FontScale>(readScale);
  const systemDark = useSystemDark();
  const language = useLanguage();
  const appearance: Appearance = choice === 'system' ? (systemDark ? 'dark' : 'light') : choice;

  useEffect(() => {
    document.documentElement.dataset.appearance = appearance;
    document.documentElement.style.colorScheme = appearance;
  }, [appearance]);

  useEffect(() => {
    document.documentElement.style.setProperty('--jd-scale', String(scale / 100));
  }, [scale]);

  const setScale = useCallback((next: FontScale) => {
    localStorage.setItem(scaleKey, String(next));
    setScaleState(next);
  }, []);
  const setChoice = useCallback((next: AppearanceChoice) => {
    localStorage.setItem(appearanceKey, next);
    setChoiceState(next);
  }, []);
  const setLanguage = useCallback((next: Language) => void startLanguage(next), []);
  const value = useMemo(
    () => ({ appearance, choice, language, scale, setScale, setChoice, setLanguage }),
    [appearance, choice, language, scale, setScale, setChoice, setLanguage],
  );
  return <PreferencesContext value={value}>{children}</PreferencesContext>;
}

export function usePreferences(): Preferences {
  const value = use(PreferencesContext);
  if (value === null) throw new Error('usePreferences is used outside PreferencesProvider');
  return value;
}

function readChoice(): AppearanceChoice {
  const stored = localStorage.getItem(appearanceKey);
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

function readScale(): FontScale {
  const stored = Number(localStorage.getItem(scaleKey));
  return fontScales.find((scale) => scale === stored) ?? 100;
}

function useSystemDark(): boolean {
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const update = () => setDark(query.matches);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, []);
  return isDark;
}
