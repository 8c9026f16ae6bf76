import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { openClocks } from '#incidents/contract';
import { Countdown } from '../ui/countdown.tsx';
import { phoneWidth, useNarrowerThan } from '../ui/narrow.ts';
import { remainingUntil } from '../ui/remaining.ts';
import { useServerNow } from '../ui/server-time.ts';
import { call } from './api.ts';
import { groupClocks } from './clock-groups.ts';
import { listComma } from './punctuation.ts';

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
  const groups = groupClocks(data?.clocks ?? []);
  const first = groups[0];
  if (first === undefined) return null;
  const shown = groups.slice(0, isPhone ? 1 : 2);
  const isUrgent = remainingUntil(Date.parse(first.dueAt), now).urgency !== 'calm';
  return (
    <section
      className={`jd-clock-strip${isUrgent ? ' jd-clock-strip--urgent' : ''}`}
      aria-label={t('countdown.stripLabel')}
    >
      <div className="jd-clock-strip__items">
        {shown.map((group) => (
          <span key={`${group.incidentId}${group.dueAt}`}>
            <Countdown dueAt={group.dueAt} />{' '}
            <Link to="/incidents/$id" params={{ id: group.incidentId }}>
              {group.number}
            </Link>{' '}
            {group.duties
              .map((duty) =>
                t(duty.isSent ? 'countdown.dutySent' : 'countdown.duty', { to: t(`countdown.${duty.to}`) }),
              )
              .join(listComma())}
          </span>
        ))}
        {groups.length > shown.length ? (
          <Link to="/incidents">{t('countdown.more', { count: groups.length - shown.length })}</Link>
        ) : null}
      </div>
    </section>
  );
}
