import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listDevices } from '#addresses/contract';
import { listSites } from '#sites/contract';
import { call } from '../../app/api.ts';
import { sumOf } from '../../ui/count-text.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Panel } from '../../ui/panel.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

/** Registered things that nobody answers for, or that no check could look at. */
export function UnknownAssets() {
  const { t } = useTranslation();
  const [never, away, ownerless] = useQueries({
    queries: [
      {
        queryKey: ['sites', 'count', 'unknown', 'assets'],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          call(listSites, { query: { health: 'unknown', pageSize: 1 } }, { signal }),
      },
      {
        queryKey: ['sites', 'count', 'unreachable', 'assets'],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          call(listSites, { query: { health: 'unreachable', pageSize: 1 } }, { signal }),
      },
      {
        queryKey: ['devices', 'count', 'ownerless'],
        queryFn: ({ signal }: { signal: AbortSignal }) =>
          call(listDevices, { query: { owner: 'false', pageSize: 1 } }, { signal }),
      },
    ],
  });
  const failure = never.error ?? away.error ?? ownerless.error;
  if (failure) return <ErrorView error={failure} />;
  const isKnown = never.data && away.data && ownerless.data;
  const sites = sumOf([never.data ?? { total: 0 }, away.data ?? { total: 0 }]);
  const devices = ownerless.data;
  return (
    <Panel title={t('homes.unknown')}>
      {isKnown ? null : <Loading rows={2} />}
      {isKnown && sites.total + (devices?.total ?? 0) === 0 ? (
        <StatusTag tone="ok">{t('homes.unknownNone')}</StatusTag>
      ) : null}
      <ul className="jd-todo">
        {isKnown && sites.total > 0 ? (
          <li className="jd-todo__item" style={{ justifyContent: 'space-between' }}>
            {t('homes.unknownSites')}
            <Link
              to="/sites"
              search={{ health: never.data.total > 0 ? 'unknown' : 'unreachable' }}
              className="jd-num"
            >
              {t(sites.capped ? 'homes.countedMore' : 'homes.counted', { count: sites.total })}
            </Link>
          </li>
        ) : null}
        {isKnown && devices && devices.total > 0 ? (
          <li className="jd-todo__item" style={{ justifyContent: 'space-between' }}>
            {t('homes.unknownDevices')}
            <Link to="/devices" search={{ owner: 'false' }} className="jd-num">
              {t(devices.capped ? 'homes.countedMore' : 'homes.counted', { count: devices.total })}
            </Link>
          </li>
        ) : null}
      </ul>
    </Panel>
  );
}
