import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { compareSites } from '#sites/contract';
import { call, type RouteReply } from '../../app/api.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';

type Row = RouteReply<typeof compareSites>['items'][number];

/** The websites of each place below; what is not known stands in a column of its own. */
export function SiteComparison() {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['sites', 'comparison'],
    queryFn: ({ signal }) => call(compareSites, { query: { pageSize: 50 } }, { signal }),
  });
  const count = (key: 'sites' | 'faulty' | 'unknown' | 'openFindings', title: string) => ({
    key,
    title,
    dataIndex: key,
    className: 'jd-num',
  });
  return (
    <Panel title={t('homes.compare')} extra={<Link to="/sites">{t('action.more')}</Link>}>
      <QueryView query={query} rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-faint">{t('homes.compareNone')}</p>
          ) : (
            <DataTable<Row>
              aria-label={t('homes.compare')}
              rowKey="id"
              size="small"
              dataSource={items}
              columns={[
                { key: 'name', title: t('homes.compareUnit'), dataIndex: 'name' },
                count('faulty', t('homes.compareFaulty')),
                count('unknown', t('homes.compareUnknown')),
                count('openFindings', t('homes.compareFindings')),
                count('sites', t('homes.compareSites')),
              ]}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}
