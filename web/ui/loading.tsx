import { Skeleton } from 'antd';
import { useTranslation } from 'react-i18next';

/** The outline of what is coming, announced once to screen readers. */
export function Loading({ rows = 5 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('state.loading')} style={{ padding: 16 }}>
      <Skeleton active paragraph={{ rows }} />
    </div>
  );
}
