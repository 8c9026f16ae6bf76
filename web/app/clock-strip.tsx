import { FieldTimeOutlined } from '@ant-design/icons';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { openClocks } from '#incidents/contract';
import { Countdown } from '../ui/countdown.tsx';
import { phoneWidth, useNarrowerThan } from '../ui/narrow.ts';
import { remainingUntil } from '../ui/remaining.ts';
import { useServerNow } from '../ui/server-time.ts';
import { call } from './api.ts';

/** Open obligations; refreshed by live events and, in case those are lost, every half minute. */
export const clocksQuery = queryOptions({
  queryKey: ['incidents', 'clocks'],
  queryFn: ({ signal }) => call(openClocks, {}, { signal }),
  refetchInterval: 30_000,
});

/** The countdown over every page while a report is owed; nothing at all while none is. */
export function ClockStrip() {
  const { t } = useTranslation();
  const { data } = useQuery(clocksQuery);
  const isPhone = useNarrowerThan(phoneWidth);
  const now = useServerNow();
  const clocks = [...(data?.clocks ?? [])].sort((a, b) => a.dueAt.localeCompare(b.dueAt));
  const first = clocks[0];
  if (first === undefined) return null;
  const shown = clocks.slice(0, isPhone ? 1 : 2);
  const isUrgent = remainingUntil(Date.parse(first.dueAt), now).urgency !== 'calm';
  return (
    <section
      className={`jd-clock-strip${isUrgent ? ' jd-clock-strip--urgent' : ''}`}
      aria-label={t('countdown.stripLabel')}
    >
      <FieldTimeOutlined aria-hidden="true" />
      <div className="jd-clock-strip__items">
        {shown.map((clock) => (
          <span key={`${clock.incidentId}${clock.to}`}>
            <Link to="/incidents/$id" params={{ id: clock.incidentId }}>
              {clock.number}
            </Link>{' '}
            {t(`countdown.${clock.to}`)}
            {clock.sentAt === null ? null : `（${t('countdown.awaitingAck')}）`}{' '}
            <Countdown dueAt={clock.dueAt} />
          </span>
        ))}
        {clocks.length > shown.length ? (
          <Link to="/incidents">{t('countdown.more', { count: clocks.length - shown.length })}</Link>
        ) : null}
      </div>
    </section>
  );
}
