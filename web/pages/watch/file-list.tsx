import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { listAttachments } from '#watch/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { told } from '../../app/told.ts';
import { bytesText } from '../../ui/bytes-text.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { dateOnly } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { shownUrl } from '../../ui/shown-url.ts';
import { StatusTag } from '../../ui/status-tag.tsx';

/** Files that a website offers; those with findings first. */
export function FileList({ siteId }: { siteId: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['attachments', siteId],
    queryFn: ({ signal }) => call(listAttachments, { query: { siteId, pageSize: 50 } }, { signal }),
  });
  return (
    <Panel title={t('crawl.files')}>
      <p className="jd-faint">{t('crawl.filesHint')}</p>
      <QueryView query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title={t('crawl.filesEmpty')} hint={t('crawl.filesEmptyHint')} />
          ) : (
            <DataTable
              stacked
              size="small"
              rowKey="sha256"
              dataSource={items}
              columns={[
                {
                  title: t('crawl.file'),
                  render: (_v, row) => <span className="jd-mono jd-break">{shownUrl(row.url)}</span>,
                },
                {
                  title: t('crawl.outcome'),
                  render: (_v, row) =>
                    row.inNewest ? (
                      <>
                        <EnumTag name="pageOutcome" value={row.outcome} />
                        {row.error ? <div className="jd-faint jd-break">{told(row.error)}</div> : null}
                      </>
                    ) : (
                      <StatusTag tone="neutral">
                        {t('crawl.fileGone', { day: dateOnly(row.lastSeenAt) })}
                      </StatusTag>
                    ),
                },
                {
                  title: t('crawl.size'),
                  render: (_v, row) => <span className="jd-num">{bytesText(row.bytes)}</span>,
                },
                { title: t('crawl.fileFindings'), dataIndex: 'findings' },
                {
                  title: t('crawl.foundOn'),
                  render: (_v, row) => (
                    <span className="jd-mono jd-break">{row.foundOn ? shownUrl(row.foundOn) : '—'}</span>
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
