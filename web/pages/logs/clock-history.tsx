import { useTranslation } from 'react-i18next';
import { type LogSource, listClockOffsets } from '#logs/contract';
import { call } from '../../app/api.ts';
import { toListQuery } from '../../app/list-query.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { ClockText, spanText } from './clock-text.tsx';

/** How far the clock of a source was from ours, estimate by estimate. */
export function ClockHistory({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  return (
    <>
      <p className="jd-faint">{t('logSources.clockHint')}</p>
      <ListPage
        name="log-clock"
        label={t('logSources.clockHistory')}
        load={async (state, signal) => {
          const query = toListQuery(state, []);
          const reply = await call(listClockOffsets, { params: { id: source.id }, query }, { signal });
          return { rows: reply.items, total: reply.total, capped: reply.capped ?? false };
        }}
        rowKey={(row) => String(row.id)}
        columns={[
          {
            key: 'at',
            title: t('logSources.clockAt'),
            card: 'title',
            render: (row) => <span className="jd-num">{dateTime(row.at)}</span>,
            text: (row) => dateTime(row.at),
          },
          {
            key: 'offsetMs',
            title: t('logSources.clockOffset'),
            render: (row) => <ClockText clock={row} />,
            text: (row) => row.offsetMs,
          },
          {
            key: 'spreadMs',
            title: t('logSources.clockSpread'),
            render: (row) => <span className="jd-num">{spanText(row.spreadMs)}</span>,
            text: (row) => row.spreadMs,
          },
          {
            key: 'samples',
            title: t('logSources.clockSamples'),
            render: (row) => <span className="jd-num">{row.samples.toLocaleString()}</span>,
            text: (row) => row.samples,
          },
        ]}
        empty={<EmptyState title={t('logSources.clockNone')} hint={t('logSources.clockHint')} />}
      />
    </>
  );
}
