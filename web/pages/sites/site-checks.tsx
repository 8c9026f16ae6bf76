import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listChecks } from '#watch/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { told } from '../../app/told.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { CheckAdvice } from '../watch/check-advice.tsx';

/** The latest checks of a site; one that could not look says why. */
export function SiteChecks({ siteId }: { siteId: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['checks', siteId],
    queryFn: ({ signal }) => call(listChecks, { query: { siteId, pageSize: 10 } }, { signal }),
    refetchInterval: (current) =>
      current.state.data?.items.some((check) => check.state === 'running') ? 3_000 : false,
  });
  return (
    <Panel title={t('sites.checks')}>
      <QueryView query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('sites.checksEmpty')} hint={t('sites.checksEmptyHint')} />
          ) : (
            <>
              <CheckAdvice state={items.find(({ state }) => state !== 'running')?.state ?? 'running'} />
              <DataTable
                stacked
                size="small"
                rowKey="id"
                dataSource={items}
                columns={[
                  {
                    title: t('sites.startedAt'),
                    render: (_v, row) => (
                      <Link to="/checks/$id" params={{ id: row.id }} className="jd-num">
                        {dateTime(row.startedAt)}
                      </Link>
                    ),
                  },
                  {
                    title: t('sites.result'),
                    render: (_v, row) => <EnumTag name="checkState" value={row.state} />,
                  },
                  { title: t('sites.pages'), dataIndex: 'pages' },
                  { title: t('sites.found'), dataIndex: 'findings' },
                  { title: t('sites.took'), render: (_v, row) => tookText(row.startedAt, row.finishedAt, t) },
                  {
                    title: t('sites.reason'),
                    render: (_v, row) => (
                      <span className="jd-break" style={{ display: 'inline-block', maxWidth: 260 }}>
                        {told(row.reason)}
                      </span>
                    ),
                  },
                ]}
              />
            </>
          )
        }
      </QueryView>
    </Panel>
  );
}

function tookText(
  startedAt: string,
  finishedAt: string | null,
  t: (key: 'sites.seconds', values: { count: number }) => string,
): string {
  if (finishedAt === null) return '—';
  const seconds = Math.max(0, Math.round((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000));
  return t('sites.seconds', { count: seconds });
}
