import { LockOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { listHolders } from '#auth/contract';
import { EmptyState } from '../ui/empty-state.tsx';
import { call } from './api.ts';
import { useLanguage } from './i18n.ts';
import { useCan } from './session.ts';
import { HoldersOf } from './who-can.tsx';

/**
 * Shows the page to those who hold the permission, and to others what they lack and whom to ask. The server decides
 * again.
 */
export function CheckAccess({ permission, children }: { permission: string; children: ReactNode }) {
  const can = useCan();
  return can(permission) ? children : <Lacking permission={permission} />;
}

function Lacking({ permission }: { permission: string }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { data } = useQuery({
    queryKey: ['holders', permission],
    queryFn: ({ signal }) => call(listHolders, { params: { key: permission } }, { signal }),
  });
  const name = data?.permission[language] ?? permission;
  return (
    <>
      <EmptyState
        isPage
        icon={<LockOutlined aria-hidden="true" />}
        title={t('rights.noPermission', { name })}
        hint={t('error.forbiddenHint', { permission })}
        action={<Link to="/">{t('error.goHome')}</Link>}
      />
      <section className="jd-panel" aria-label={t('rights.holdersTitle')}>
        <h2 style={{ fontSize: 16 }}>{t('rights.holdersTitle')}</h2>
        <HoldersOf permission={permission} />
      </section>
    </>
  );
}
