import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { listRenderedPages, type RenderedPage, wantRenderedPage } from '#watch/contract';
import { call } from '../../app/api.ts';
import { useEnumWords } from '../../app/enum-words.ts';
import { useCan } from '../../app/session.ts';
import { told } from '../../app/told.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { StatusTag } from '../../ui/status-tag.tsx';

/** The pages of a site that were opened in a browser, and what showed only there; asks again while some wait. */
export function RenderedPages({ siteId }: { siteId: string }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['rendered-pages', siteId],
    queryFn: ({ signal }) => call(listRenderedPages, { query: { siteId, pageSize: 20 } }, { signal }),
    refetchInterval: (state) =>
      state.state.data?.items.some(({ waits }) => waits === 'asked') ? 5_000 : false,
  });
  return (
    <Panel title={t('rendered.title')} extra={<OpenNow siteId={siteId} />}>
      <p className="jd-faint">{t('rendered.hint')}</p>
      <QueryView query={query} rows={3}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="jd-faint">{t('rendered.none')}</p>
          ) : (
            <DataTable
              stacked
              size="small"
              rowKey="id"
              dataSource={items}
              columns={[
                {
                  title: t('rendered.page'),
                  render: (_v, row) => <span className="jd-mono jd-break">{row.url.slice(0, 200)}</span>,
                },
                { title: t('rendered.result'), render: (_v, row) => <Result page={row} /> },
                {
                  title: t('rendered.when'),
                  render: (_v, row) => (row.lookedAt ? dateTime(row.lookedAt) : '—'),
                },
              ]}
            />
          )
        }
      </QueryView>
    </Panel>
  );
}

function Result({ page }: { page: RenderedPage }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <>
      {page.state === 'seen' && page.findings === 0 ? t('rendered.clean') : null}
      {page.findings > 0 ? (
        <StatusTag tone="danger">{t('rendered.found', { count: page.findings })}</StatusTag>
      ) : null}
      {page.ledTo ? <div className="jd-break">{t('rendered.away', { to: page.ledTo })}</div> : null}
      {page.reason ? <div className="jd-break">{told(page.reason)}</div> : null}
      {page.waits ? (
        <div className="jd-faint">{t('rendered.waiting', { why: words('renderedWhy', page.waits) })}</div>
      ) : null}
    </>
  );
}

function OpenNow({ siteId }: { siteId: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const client = useQueryClient();
  const want = useMutation({
    mutationFn: () => call(wantRenderedPage, { params: { id: siteId }, body: {} }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['rendered-pages', siteId] }),
  });
  if (!can('findings.work')) return null;
  return (
    <>
      {want.error ? <ErrorView error={want.error} /> : null}
      <Button size="small" loading={want.isPending} onClick={() => want.mutate()}>
        {t('rendered.now')}
      </Button>
    </>
  );
}
