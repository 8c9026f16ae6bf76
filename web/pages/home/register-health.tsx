import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listSites, siteHealth } from '#sites/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { countText, sumOf } from '../../ui/count-text.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Panel } from '../../ui/panel.tsx';

/** How many registered websites the last check saw in which state; never checked is said, not shown as clean. */
export function RegisterHealth() {
  const { t } = useTranslation();
  const counts = useQueries({
    queries: siteHealth.options.map((health) => ({
      queryKey: ['sites', 'count', health],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call(listSites, { query: { health, pageSize: 1 } }, { signal }).then(({ total, capped }) => ({
          health,
          total,
          capped,
        })),
    })),
  });
  const failure = counts.find((count) => count.isError)?.error;
  const known = counts.flatMap((count) => (count.data ? [count.data] : []));
  const all = sumOf(known);
  return (
    <Panel title={t('home.health')} extra={<Link to="/sites">{t('action.more')}</Link>}>
      {failure ? <ErrorView error={failure} /> : null}
      {!failure && known.length < counts.length ? <Loading rows={2} /> : null}
      {known.length === counts.length ? (
        <>
          <p className="jd-faint">
            {all.total === 0 ? t('home.sitesNone') : t('home.healthSites', { rows: countText(all) })}
          </p>
          <ul className="jd-todo">
            {known
              .filter((count) => count.total > 0)
              .map(({ health, ...ofThese }) => (
                <li key={health} className="jd-todo__item" style={{ justifyContent: 'space-between' }}>
                  <EnumTag name="siteHealth" value={health} />
                  <Link to="/sites" search={{ health }} className="jd-num" aria-label={countText(ofThese)}>
                    {countText(ofThese)}
                  </Link>
                </li>
              ))}
          </ul>
        </>
      ) : null}
    </Panel>
  );
}
