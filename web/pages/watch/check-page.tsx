import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { type getCheck, getCheck as readCheck } from '#watch/contract';
import { call } from '../../app/api.ts';
import { EnumTag } from '../../app/enum-tag.tsx';
import { useEnumWords } from '../../app/enum-words.ts';
import { told } from '../../app/told.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { dateTime } from '../../ui/moment.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { shownUrl } from '../../ui/shown-url.ts';
import { BaselinePanel } from './baseline-panel.tsx';
import { ChangeList } from './change-list.tsx';
import { CheckAdvice } from './check-advice.tsx';
import { FileList } from './file-list.tsx';
import { RenderedPages } from './rendered-pages.tsx';

type Check = z.output<NonNullable<typeof getCheck.reply>>;

/** One check of a website: what it saw, under which names, what changed. */
export function CheckPage() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({
    queryKey: ['checks', 'one', id],
    queryFn: ({ signal }) => call(readCheck, { params: { id } }, { signal }),
    refetchInterval: (current) => (current.state.data?.state === 'running' ? 3_000 : false),
  });
  return (
    <QueryView query={query} rows={10} back={{ to: '/sites', label: t('sites.title') }}>
      {(check) => (
        <>
          <PageHeader
            title={t('crawl.check')}
            tag={<EnumTag name="checkState" value={check.state} />}
            description={check.siteName}
            back={{ to: `/sites/${check.siteId}`, label: check.siteName }}
          />
          <Panel>
            <Facts
              items={[
                [t('sites.startedAt'), dateTime(check.startedAt)],
                [t('sites.pages'), check.pages],
                [
                  t('sites.found'),
                  check.findings === 0 ? (
                    0
                  ) : (
                    <Link key="found" to="/findings" search={{ siteId: check.siteId } as never}>
                      {check.findings}
                    </Link>
                  ),
                ],
                [t('sites.reason'), told(check.reason)],
              ]}
            />
          </Panel>
          <CheckAdvice state={check.state} />
          <Looks check={check} />
          <ChangeList checkId={check.id} />
          <RenderedPages siteId={check.siteId} />
          <BaselinePanel siteId={check.siteId} />
          <FileList siteId={check.siteId} />
          <Pages check={check} />
        </>
      )}
    </QueryView>
  );
}

function Looks({ check }: { check: Check }) {
  const { t } = useTranslation();
  const words = useEnumWords();
  return (
    <Panel title={t('crawl.looks')}>
      <p className="jd-faint">{t('crawl.looksHint')}</p>
      {check.looks.length === 0 ? (
        <EmptyState title={t('crawl.looksEmpty')} hint={t('crawl.looksEmptyHint')} />
      ) : (
        <DataTable
          stacked
          size="small"
          rowKey="identity"
          dataSource={check.looks}
          columns={[
            { title: t('crawl.identity'), render: (_v, row) => words('identity', row.identity) },
            {
              title: t('crawl.verdict'),
              render: (_v, row) => <EnumTag name="lookVerdict" value={row.verdict} />,
            },
            { title: t('crawl.status'), render: (_v, row) => (row.status === 0 ? '—' : row.status) },
            {
              title: t('crawl.title'),
              render: (_v, row) => <span className="jd-break">{row.title ?? '—'}</span>,
            },
            {
              title: t('crawl.note'),
              render: (_v, row) => <span className="jd-break">{told(row.note) ?? '—'}</span>,
            },
          ]}
        />
      )}
    </Panel>
  );
}

/** Pages with findings and those that could not be read come first; the others stay in the order of the visit. */
function worstFirst(pages: Check['pageList']): Check['pageList'] {
  return pages.toSorted(
    (a, b) => b.findings - a.findings || Number(b.error !== null) - Number(a.error !== null),
  );
}

function Pages({ check }: { check: Check }) {
  const { t } = useTranslation();
  return (
    <Panel title={t('crawl.pages')}>
      {check.pageList.length === 0 ? (
        <EmptyState title={t('crawl.pagesEmpty')} hint={t('crawl.pagesEmptyHint')} />
      ) : (
        <DataTable
          stacked
          size="small"
          rowKey="url"
          dataSource={worstFirst(check.pageList)}
          columns={[
            {
              title: t('crawl.page'),
              render: (_v, row) => <span className="jd-mono jd-break">{shownUrl(row.url)}</span>,
            },
            {
              title: t('crawl.outcome'),
              render: (_v, row) =>
                row.outcome === null ? '—' : <EnumTag name="pageOutcome" value={row.outcome} />,
            },
            { title: t('crawl.status'), render: (_v, row) => (row.status === 0 ? '—' : row.status) },
            {
              title: t('crawl.findings'),
              render: (_v, row) =>
                row.findings === 0 ? (
                  0
                ) : (
                  <Link to="/findings" search={{ siteId: check.siteId, q: row.url.slice(0, 100) } as never}>
                    {row.findings}
                  </Link>
                ),
            },
            {
              title: t('crawl.note'),
              render: (_v, row) => <span className="jd-break">{told(row.error) ?? '—'}</span>,
            },
          ]}
        />
      )}
    </Panel>
  );
}
