import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { listChanges } from '#watch/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';

/** What one check saw changed, page by page. */
export function ChangeList({ checkId }: { checkId: string }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  const query = useQuery({
    queryKey: ['changes', 'of', checkId],
    queryFn: ({ signal }) => call(listChanges, { query: { checkId, pageSize: 200 } }, { signal }),
  });
  return (
    <Panel title={t('crawl.changes')}>
      <p className="jd-faint">{t('crawl.changesHint')}</p>
      <QueryView query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('crawl.changesEmpty')} hint={t('crawl.changesEmptyHint')} />
          ) : (
            <DataTable
              stacked
              size="small"
              rowKey="id"
              dataSource={items}
              columns={[
                {
                  title: t('crawl.changedPage'),
                  render: (_v, row) => (
                    <Link to="/changes/$id" params={{ id: row.id }} className="jd-mono jd-break">
                      {row.url.slice(0, 200)}
                    </Link>
                  ),
                },
                {
                  title: t('crawl.classes'),
                  render: (_v, row) => row.classes.map((one) => words('changeClass', one)).join('、'),
                },
                {
                  title: t('crawl.distance'),
                  render: (_v, row) => (
                    <span className="jd-num">{t('crawl.distanceOf', { bits: row.distance })}</span>
                  ),
                },
              ]}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}
