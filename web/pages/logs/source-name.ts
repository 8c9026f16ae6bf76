import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

const mark = 'unregistered:';

/** The name of a source as people read it; one that nobody has registered is known by its sender only. */
export function useSourceName(): (name: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (name) => {
      if (!name.startsWith(mark)) return name;
      const sender = name.slice(mark.length);
      return sender === 'others'
        ? t('logSources.unregisteredOthers')
        : t('logSources.unregistered', { sender });
    },
    [t],
  );
}
