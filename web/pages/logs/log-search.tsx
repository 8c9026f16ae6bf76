import { FileSearchOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { searchLogs } from '#logs/contract';
import { call, type RouteInput } from '../../app/api.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { Loading } from '../../ui/loading.tsx';
import { Panel } from '../../ui/panel.tsx';
import { LogFilterForm } from './log-filter-form.tsx';
import { LogHistogram } from './log-histogram.tsx';
import { LogRows } from './log-rows.tsx';

export type LogFilter = RouteInput<typeof searchLogs>['query'];

/** A search that runs when the person asks for it: every search is audited, so none runs by itself. */
export function LogSearch() {
  const { t } = useTranslation();
  const [filter, setFilter] = useState<LogFilter>();
  return (
    <>
      <Panel>
        <LogFilterForm onSearch={setFilter} />
      </Panel>
      {filter === undefined ? (
        <Panel>
          <EmptyState
            icon={<FileSearchOutlined aria-hidden="true" />}
            title={t('logs.start')}
            hint={t('logs.startHint')}
          />
        </Panel>
      ) : (
        <>
          <LogHistogram filter={filter} />
          <Results filter={filter} />
        </>
      )}
    </>
  );
}

function Results({ filter }: { filter: LogFilter }) {
  const { t } = useTranslation();
  const query = useInfiniteQuery({
    queryKey: ['logs', 'search', filter],
    queryFn: ({ pageParam, signal }) =>
      call(
        searchLogs,
        { query: { ...filter, limit: 100, ...(pageParam === '' ? {} : { cursor: pageParam }) } },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (last) => last.cursor ?? undefined,
    // Each request is an audited search: none is repeated behind the person's back.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  });
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <section className="jd-panel jd-panel--flush" aria-label={t('logs.search')} aria-busy={query.isFetching}>
      {query.isError ? (
        <div style={{ padding: 16 }}>
          <ErrorView error={query.error} onRetry={() => void query.refetch()} />
        </div>
      ) : null}
      {query.isPending ? <Loading rows={8} /> : null}
      {query.isSuccess && rows.length === 0 ? (
        <EmptyState title={t('logs.none')} hint={t('logs.noneHint')} />
      ) : null}
      {rows.length > 0 ? <LogRows rows={rows} /> : null}
      {rows.length > 0 ? (
        <div className="jd-list__pager">
          <span className="jd-faint jd-num">{t('list.total', { count: rows.length })}</span>
          {query.hasNextPage ? (
            <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t('logs.more')}
            </Button>
          ) : (
            <span className="jd-faint">{t('logs.end')}</span>
          )}
        </div>
      ) : null}
    </section>
  );
}
