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

/** How the rows that were searched for lie over time. */
export function LogHistogram({ filter }: { filter: LogFilter }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['logs', 'histogram', filter],
    queryFn: ({ signal }) => call(logHistogram, { query: filter }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const points = useMemo(() => {
    if (query.data === undefined) return [];
    const isLong = (Date.parse(String(filter.to)) - Date.parse(String(filter.from))) / 1000 > day;
    return bucketTotals(query.data, Date.parse(String(filter.from)), Date.parse(String(filter.to))).map(
      (bucket) => ({
        label: isLong ? dateMinute(bucket.at) : timeOnly(bucket.at),
        value: bucket.rows,
      }),
    );
  }, [query.data, filter]);
  return (
    <Panel>
      <QueryView query={query} rows={3}>
        {() => (
          <Chart
            kind="bar"
            title={t('logs.histogram')}
            points={points}
            labelHeader={t('logs.bucket')}
            valueHeader={t('logs.rows')}
            height={140}
          />
        )}
      </QueryView>
    </Panel>
  );
}
