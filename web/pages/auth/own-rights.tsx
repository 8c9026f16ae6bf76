import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { listMyReveals, listOwnRights, listViewsOfMe } from '#auth/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { useLanguage } from '../../app/i18n.ts';
import { colon } from '../../app/punctuation.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { dateMinute } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { usePermissionWords } from './use-permission-words.ts';

type Right = RouteReply<typeof listOwnRights>['rights'][number];

/** What the reader may do and why, who looked as them, and who opened their phone number. */
export function OwnRights() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['own-rights'],
    queryFn: ({ signal }) => call(listOwnRights, {}, { signal }),
  });
  return (
    <div style={{ display: 'grid', gap: 16, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <Panel title={t('rights.mine')}>
        <QueryView query={query}>
          {({ rights }) => (rights.length === 0 ? <p>{t('rights.none')}</p> : <RightTable rights={rights} />)}
        </QueryView>
      </Panel>
      <Views />
      <Reveals />
    </div>
  );
}

function RightTable({ rights }: { rights: readonly Right[] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const { words } = usePermissionWords();
  const groundsOf = (right: Right) => {
    const roles = right.roles.map((role) => role[language]);
    const { lentBy } = right;
    if (lentBy) roles.push(t('rights.lentBy', { name: lentBy.name, until: dateMinute(lentBy.until) }));
    return roles.join(language === 'zh' ? '、' : ', ') || '—';
  };
  return (
    <DataTable
      rowKey={(right: Right) => right.permission}
      dataSource={[...rights]}
      columns={[
        {
          title: t('rights.permission'),
          key: 'permission',
          render: (_, right) => words(right.permission),
        },
        { title: t('rights.grounds'), key: 'grounds', render: (_, right) => groundsOf(right) },
      ]}
    />
  );
}

function Views() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['views-of-me'],
    queryFn: ({ signal }) => call(listViewsOfMe, { query: { pageSize: 50 } }, { signal }),
  });
  return (
    <Panel title={t('rights.viewsOfMe')}>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-soft">{t('rights.noViews')}</p>
          ) : (
            <ul>
              {items.map((one) => (
                <li key={one.startedAt}>
                  <span className="jd-num">{dateMinute(one.startedAt)}</span> {one.viewer}
                  {colon()}
                  {one.reason}
                  <span className="jd-soft"> {t('rights.looked', { count: one.looked })}</span>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}

function Reveals() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['phone-reveals'],
    queryFn: ({ signal }) => call(listMyReveals, { query: { pageSize: 50 } }, { signal }),
  });
  return (
    <Panel title={t('rights.myPhone')}>
      <QueryView query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-soft">{t('rights.noReveals')}</p>
          ) : (
            <ul>
              {items.map((one) => (
                <li key={one.id}>
                  <span className="jd-num">{dateMinute(one.at)}</span>{' '}
                  {t('rights.who', { name: one.by, unit: one.unit })}
                  {colon()}
                  {one.reason}
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Panel>
  );
}
