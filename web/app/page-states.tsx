import { CompassOutlined } from '@ant-design/icons';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../ui/empty-state.tsx';
import { ErrorView } from '../ui/error-view.tsx';
import { Loading } from '../ui/loading.tsx';

/** While a page's code or data is on its way. */
export function PageLoading() {
  return <Loading rows={8} />;
}

/** An address that no page has. */
export function PageMissing() {
  const { t } = useTranslation();
  return (
    <EmptyState
      isPage
      icon={<CompassOutlined aria-hidden="true" />}
      title={t('error.notFound')}
      hint={t('error.notFoundHint')}
      action={<Link to="/">{t('error.goHome')}</Link>}
    />
  );
}

/** A page that threw: what happened, and a way on. */
export function PageFailed({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <div style={{ maxWidth: 640, margin: '48px auto', padding: 16 }}>
      <h1 style={{ fontSize: 20 }}>{t('error.pageFailed')}</h1>
      <p className="jd-faint">{t('error.pageFailedHint')}</p>
      <ErrorView error={error} />
      <Button style={{ marginTop: 16 }} onClick={() => location.reload()}>
        {t('action.reload')}
      </Button>
    </div>
  );
}
