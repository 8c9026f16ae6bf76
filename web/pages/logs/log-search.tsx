import { FileSearchOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { searchLogs } from '#logs/contract';
import type { RouteInput } from '../../app/api.ts';
import { ApiError } from '../../app/api-error.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorView } from '../../ui/error-view.tsx';
import { useListState } from '../../ui/list-state.ts';
import { ListViews } from '../../ui/list-views.tsx';
import { Loading } from '../../ui/loading.tsx';
import { dateTime } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { ExportButton } from './export-button.tsx';
import { type FilterValues, stateOf, valuesOf, withTerm } from './log-filter.ts';
import { LogFilterForm } from './log-filter-form.tsx';
import { LogHistogram } from './log-histogram.tsx';
import { LogRows } from './log-rows.tsx';
import { LogTop } from './log-top.tsx';
import { ReadingBar, type ReadingGate } from './reading-bar.tsx';
import { useSearch } from './use-search.ts';

export type LogFilter = RouteInput<typeof searchLogs>['query'];

/** A search that runs when the person asks for it: every search is audited, so none runs by itself. */
export function LogSearch() {
  const { t } = useTranslation();
  const can = useCan();
  const [state, change] = useListState();
  const values = useMemo(() => valuesOf(state), [state]);
  const [filter, setFilter] = useState<LogFilter>();
  const gate = useRef<ReadingGate>(null);
  const search = async (next: LogFilter, given: FilterValues) => {
    if (!(await gate.current?.pass())) return;
    change(stateOf(given));
    setFilter({ ...next });
  };
  const add = (field: string, value: string | number, not = false) => {
    if (filter === undefined) return;
    const q = withTerm(filter.q ?? '', field, value, not);
    void search({ ...filter, q }, { ...values, q });
  };
  return (
    <>
      <ReadingBar gate={gate} />
      <Panel>
        <LogFilterForm values={values} onSearch={(next, given) => void search(next, given)} />
      </Panel>
      <div className="jd-toolbar" style={{ marginBottom: 16 }}>
        <ListViews
          name="logs-search"
          state={state}
          columns={state.cols === '' ? [] : state.cols.split(',')}
        />
        {filter !== undefined && can('logs.export') ? <ExportButton filter={filter} /> : null}
      </div>
      {filter === undefined ? (
        <Panel>
          <EmptyState
            icon={<FileSearchOutlined aria-hidden="true" />}
            title={t('logs.start')}
            hint={t('logs.startHint')}
          />
        </Panel>
      ) : (
        <Answer
          filter={filter}
          onAdd={add}
          onZoom={(from, to) =>
            void search({ ...filter, from, to }, { ...values, range: 'custom', from, to })
          }
        />
      )}
    </>
  );
}

interface AnswerProps {
  readonly filter: LogFilter;
  readonly onAdd: (field: string, value: string | number, not?: boolean) => void;
  readonly onZoom: (from: string, to: string) => void;
}

/** Counts and rows of a search; of one that was refused only why: nothing was searched, so nothing is said of rows. */
function Answer({ filter, onAdd, onZoom }: AnswerProps) {
  const found = useSearch(filter);
  const { t } = useTranslation();
  const client = useQueryClient();
  const isReasonless = found.error instanceof ApiError && found.error.code === 'logs.reason_needed';
  useEffect(() => {
    // It was given on this page and is too old by now: the form above asks again.
    if (isReasonless) void client.invalidateQueries({ queryKey: ['logs', 'reading'] });
  }, [client, isReasonless]);
  if (isReasonless) return <Alert showIcon type="warning" title={t('logSearch.whyFirst')} />;
  if (found.error !== null && found.rows.length === 0) {
    return (
      <Panel>
        <ErrorView error={found.error} />
      </Panel>
    );
  }
  const isTaken = found.searchedTo !== null || !found.isRunning;
  return (
    <>
      {isTaken ? (
        <>
          <LogHistogram filter={filter} onZoom={onZoom} />
          <LogTop filter={filter} onAdd={onAdd} />
        </>
      ) : null}
      <Results found={found} onAdd={onAdd} />
    </>
  );
}

interface ResultsProps {
  readonly found: ReturnType<typeof useSearch>;
  readonly onAdd: AnswerProps['onAdd'];
}

function Results({ found, onAdd }: ResultsProps) {
  const { t } = useTranslation();
  const { rows, cursor, searchedTo, isRunning, isStopped, error, more, stop } = found;
  const isDone = !isRunning && !isStopped && error === null;
  return (
    <section className="jd-panel jd-panel--flush" aria-label={t('logs.search')} aria-busy={isRunning}>
      {error === null ? null : (
        <div style={{ padding: 16 }}>
          <ErrorView error={error} />
        </div>
      )}
      {isRunning && rows.length === 0 ? <Loading rows={8} /> : null}
      {isDone && rows.length === 0 ? <EmptyState title={t('logs.none')} hint={t('logs.noneHint')} /> : null}
      {rows.length > 0 ? <LogRows rows={rows} onAdd={onAdd} /> : null}
      <div className="jd-list__pager" aria-live="polite">
        <span className="jd-faint jd-num">
          {t('list.total', { count: rows.length })}
          {searchedTo !== null && (isRunning || isStopped)
            ? ` · ${t(isStopped ? 'logSearch.stopped' : 'logSearch.searchedTo', { time: dateTime(searchedTo) })}`
            : ''}
        </span>
        {isRunning ? <Button onClick={stop}>{t('logSearch.stop')}</Button> : null}
        {!isRunning && cursor !== null ? <Button onClick={more}>{t('logs.more')}</Button> : null}
        {isDone && cursor === null && rows.length > 0 ? (
          <span className="jd-faint">{t('logs.end')}</span>
        ) : null}
      </div>
    </section>
  );
}
