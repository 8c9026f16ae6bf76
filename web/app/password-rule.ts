import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getSignInPolicy } from '#auth/contract';
import { call } from './api.ts';

/** What a new password must be, by the policy in force. */
export function usePasswordRule(): string {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['sign-in-policies', 'current'],
    queryFn: ({ signal }) => call(getSignInPolicy, {}, { signal }),
    staleTime: 60_000,
  });
  if (data === undefined) return '';
  const { minLength: length, minClasses: kinds, history } = data;
  return t('security.passwordRule', { length, kinds, history });
}
