import { DisconnectOutlined } from '@ant-design/icons';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';

/** Says that the network is away, and that nothing on the page is lost. */
export function OfflineBanner() {
  const { t } = useTranslation();
  const isOnline = useSyncExternalStore(
    (changed) => {
      window.addEventListener('online', changed);
      window.addEventListener('offline', changed);
      return () => {
        window.removeEventListener('online', changed);
        window.removeEventListener('offline', changed);
      };
    },
    () => navigator.onLine,
  );
  if (isOnline) return null;
  return (
    <div className="jd-offline" role="alert">
      <DisconnectOutlined aria-hidden="true" /> <strong>{t('offline.title')}</strong> {t('offline.hint')}
    </div>
  );
}
