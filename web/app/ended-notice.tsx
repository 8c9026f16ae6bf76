import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { getSession } from '#auth/contract';
import { call } from './api.ts';

/** Why this browser's session is over, when it was not simply signed out: the person should know. */
export function EndedNotice() {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['session-end'],
    queryFn: ({ signal }) => call(getSession, {}, { signal, quietSignIn: true }),
    staleTime: 0,
    gcTime: 0,
  });
  const reason = data?.user === null ? data.ended?.reason : undefined;
  if (reason === undefined || reason === 'signed_out') return null;
  return (
    <Alert
      showIcon
      type={reason === 'expired' || reason === 'ended' ? 'info' : 'warning'}
      title={t(`security.ended.${reason}`)}
      style={{ marginBottom: 16 }}
    />
  );
}
