import { useTranslation } from 'react-i18next';
import { type LogSource, listClockOffsets } from '#logs/contract';
import { call } from '../../app/api.ts';
import { toListQuery } from '../../app/list-query.ts';
import { useCan } from '../../app/session.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ListPage } from '../../ui/list-page.tsx';
import { dateTime } from '../../ui/moment.ts';
import { StatusTag } from '../../ui/status-tag.tsx';
import { ReadClock, WithdrawReading } from './clock-reading.tsx';
import { ClockText, spanText } from './clock-text.tsx';

/** How far the clock of a source was from ours, estimate by estimate and reading by reading. */
export function ClockHistory({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const mayRead = useCan()('logs.sources');
  return (
    <>
      <p className="jd-faint">{t('logSources.clockHint')}</p>
      <ListPage
        name="log-clock"
        label={t('logSources.clockHistory')}
        load={async (state, signal) => {
          const query = toListQuery(state, [], listClockOffsets);
          const reply = await call(listClockOffsets, { params: { id: source.id }, query }, { signal });
          return { rows: reply.items, total: reply.total, capped: reply.capped ?? false };
        }}
        rowKey={(row) => String(row.id)}
        {...(mayRead && { tools: <ReadClock source={source} /> })}
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
            key: 'origin',
            title: t('logSources.clockOrigin'),
            render: (row) =>
              row.origin === 'lines' ? (
                t('logSources.clockByLines')
              ) : (
                <>
                  {t('logSources.clockByReading', { name: row.toldBy })}
                  <div className="jd-faint">{row.note}</div>
                </>
              ),
            text: (row) => row.origin,
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
          {
            key: 'withdrawn',
            title: t('logSources.clockState'),
            render: (row) =>
              row.withdrawn !== null ? (
                <StatusTag tone="neutral">
                  {t('logSources.clockWithdrawn', { at: dateTime(row.withdrawn) })}
                </StatusTag>
              ) : row.origin === 'reading' && mayRead ? (
                <WithdrawReading source={source} id={row.id} />
              ) : (
                t('logSources.clockCounts')
              ),
            text: (row) => row.withdrawn ?? '',
          },
        ]}
        empty={<EmptyState title={t('logSources.clockNone')} hint={t('logSources.clockReadHint')} />}
      />
    </>
  );
}
