import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { useUser } from './session.ts';

/** Over every page, in the last days before the password must be changed. */
export function PasswordNotice() {
  const { t } = useTranslation();
  const { passwordDaysLeft: days, mustFirst } = useUser();
  if (days === null || days <= 0 || mustFirst !== null) return null;
  return (
    <Alert
      banner
      type="warning"
      title={
        <>
          {t('security.passwordDays', { days })} <Link to="/password">{t('user.changePassword')}</Link>
        </>
      }
    />
  );
}
