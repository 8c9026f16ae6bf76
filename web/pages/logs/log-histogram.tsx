import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { logHistogram } from '#logs/contract';
import { call } from '../../app/api.ts';
import { Chart } from '../../ui/chart.tsx';
import { dateMinute, timeOnly } from '../../ui/moment.ts';
import { Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { bucketTotals } from './bucket-totals.ts';
import type { LogFilter } from './log-search.tsx';

const day = 86_400;

interface LogHistogramProps {
  readonly filter: LogFilter;
  /** A piece of the time was chosen. */
  readonly onZoom: (from: string, to: string) => void;
}

/** How the rows that were searched for lie over time; choosing a bar searches its time only. */
export function LogHistogram({ filter, onZoom }: LogHistogramProps) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['logs', 'histogram', filter],
    queryFn: ({ signal }) => call(logHistogram, { query: filter }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  });
  const buckets = useMemo(
    () =>
      query.data === undefined
        ? []
        : bucketTotals(query.data, Date.parse(String(filter.from)), Date.parse(String(filter.to))),
    [query.data, filter],
  );
  const points = useMemo(() => {
    const isLong = (Date.parse(String(filter.to)) - Date.parse(String(filter.from))) / 1000 > day;
    return buckets.map(({ at, rows }) => ({ label: isLong ? dateMinute(at) : timeOnly(at), value: rows }));
  }, [buckets, filter]);
  const step = (query.data?.bucketSeconds ?? 0) * 1000;
  return (
    <Panel>
      <QueryView query={query} rows={3}>
        {() => (
          <>
            <Chart
              kind="bar"
              title={t('logs.histogram')}
              points={points}
              labelHeader={t('logs.bucket')}
              valueHeader={t('logs.rows')}
              height={140}
              onPick={(index) => {
                const { at } = buckets[index]!;
                onZoom(new Date(at).toISOString(), new Date(at + step).toISOString());
              }}
            />
            <p className="jd-faint" style={{ margin: '4px 0 0' }}>
              {t('logSearch.zoom')}
            </p>
          </>
        )}
      </QueryView>
    </Panel>
  );
}
