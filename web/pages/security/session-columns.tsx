import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { liveSession } from '#auth/contract';
import type { ListColumn } from '../../ui/list-page.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { StatusTag } from '../../ui/status-tag.tsx';

export type LiveSession = z.output<typeof liveSession>;

/** How a session was opened, in words; the key of another system is shown as it is. */
export function useMethodWords(): (method: string) => string {
  const { t } = useTranslation();
  return (method) => {
    if (method === 'password') return t('auth.password');
    if (method.startsWith('sso:')) return t('sso.mark');
    return method === 'passkey' ? t('security.kind.passkey') : method;
  };
}

/** Device, address, since, last seen, and how it was opened: the same for oneself and for administrators. */
export function sessionColumns(t: TFunction, methods: (method: string) => string): ListColumn<LiveSession>[] {
  return [
    {
      key: 'device',
      title: t('security.device'),
      card: 'title',
      text: (row) => row.device,
      render: (row) => (
        <>
          {row.device || '—'}{' '}
          {row.current ? <StatusTag tone="info">{t('security.thisOne')}</StatusTag> : null}
        </>
      ),
    },
    {
      key: 'remote',
      title: t('security.address'),
      text: (row) => row.remote,
      render: (row) => <span className="jd-mono">{row.remote}</span>,
    },
    {
      key: 'startedAt',
      title: t('security.since'),
      text: (row) => dateMinute(row.startedAt),
      render: (row) => dateMinute(row.startedAt),
    },
    {
      key: 'seenAt',
      title: t('security.lastSeen'),
      text: (row) => dateMinute(row.seenAt),
      render: (row) => dateMinute(row.seenAt),
    },
    {
      key: 'method',
      title: t('security.method'),
      text: (row) => methods(row.method),
      render: (row) =>
        row.secondFactorAt && row.method !== 'passkey'
          ? `${methods(row.method)} + ${t('security.secondFactor')}`
          : methods(row.method),
    },
  ];
}
