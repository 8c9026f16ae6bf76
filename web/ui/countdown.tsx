import { ClockCircleOutlined, ExclamationCircleFilled, WarningFilled } from '@ant-design/icons';
import { useTranslation } from 'react-i18next';
import { dateTime } from './moment.ts';
import { clockText, remainingUntil, type Urgency } from './remaining.ts';
import { useServerNow } from './server-time.ts';

interface CountdownProps {
  /** The absolute deadline, ISO 8601 or milliseconds. */
  readonly dueAt: string | number | Date;
  /** Large figures for the incident page. */
  readonly big?: boolean;
}

const icons: Record<Urgency, typeof ClockCircleOutlined> = {
  calm: ClockCircleOutlined,
  urgent: WarningFilled,
  over: ExclamationCircleFilled,
};

/**
 * The time left to a deadline by the server's clock, running each second. Within the last half hour it is red
 * and says so; past the deadline it counts up as overdue. It has no live region: a reader would speak each second.
 */
export function Countdown({ dueAt, big = false }: CountdownProps) {
  const { t } = useTranslation();
  const now = useServerNow();
  const { urgency, seconds } = remainingUntil(new Date(dueAt).getTime(), now);
  const Icon = icons[urgency];
  return (
    <span
      className={`jd-countdown jd-countdown--${urgency}${big ? ' jd-countdown--big' : ''}`}
      role="timer"
      aria-live="off"
      title={`${t('countdown.due')} ${dateTime(dueAt)}`}
    >
      <span>
        <Icon aria-hidden="true" /> {t(`countdown.${urgency}`)}
      </span>
      <span className="jd-countdown__time">{clockText(seconds)}</span>
    </span>
  );
}
