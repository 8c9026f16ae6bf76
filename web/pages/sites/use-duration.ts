import { useTranslation } from 'react-i18next';

/** Seconds in words: minutes, or hours with one decimal. */
export function useDuration(): (seconds: number) => string {
  const { t } = useTranslation();
  return (seconds) =>
    seconds < 5400
      ? t('siteWatch.minutes', { count: Math.max(1, Math.round(seconds / 60)) })
      : t('siteWatch.hours', { count: Math.round(seconds / 360) / 10 });
}
