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

/** Who a record came from: an address, a certificate, or a file that somebody sent. */
export function useSenderWords(): (sender: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (sender) => {
      if (sender.startsWith('upload:')) return t('logSources.senderUpload');
      if (sender.startsWith('cert:')) return t('logSources.senderCertificate', { hash: sender.slice(5, 21) });
      return sender;
    },
    [t],
  );
}
