import { LockFilled, UnlockOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface SecretProps {
  /** The opened value; null or undefined while it is sealed. */
  readonly value?: ReactNode;
  readonly label?: string;
}

/** A name that stays sealed until a second person has approved: no part of it is in the page before. */
export function Secret({ value, label }: SecretProps) {
  const { t } = useTranslation();
  if (value !== undefined && value !== null) {
    return (
      <span>
        <UnlockOutlined aria-hidden="true" /> {value}
      </span>
    );
  }
  return (
    <span className="jd-secret">
      <LockFilled aria-hidden="true" />
      {label ?? t('secret.sealed')}
    </span>
  );
}
