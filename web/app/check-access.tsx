import { LockOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../ui/empty-state.tsx';
import { useCan } from './session.ts';

/** Shows the page to those who hold the permission, and to others what they lack. The server decides again. */
export function CheckAccess({ permission, children }: { permission: string; children: ReactNode }) {
  const { t } = useTranslation();
  const can = useCan();
  if (can(permission)) return children;
  return (
    <EmptyState
      icon={<LockOutlined aria-hidden="true" />}
      title={t('error.forbidden')}
      hint={t('error.forbiddenHint', { permission })}
      action={<Link to="/">{t('error.goHome')}</Link>}
    />
  );
}
