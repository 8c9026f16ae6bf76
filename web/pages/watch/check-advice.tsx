import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

/** What to do about a check that could not look: who must let it through, and how it is asked for again. */
export function CheckAdvice({ state }: { state: string }) {
  const { t } = useTranslation();
  if (state !== 'blocked' && state !== 'unreachable' && state !== 'failed') return null;
  return (
    <Alert
      type="warning"
      showIcon
      style={{ marginBlockEnd: 16 }}
      title={t(`crawl.advice.${state}`)}
      description={
        <>
          <p>{t(`crawl.adviceHow.${state}`)}</p>
          <p>{t('crawl.adviceAgain')}</p>
        </>
      }
    />
  );
}
