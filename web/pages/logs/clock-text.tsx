import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { type LogSource, looksLikeZone } from '#logs/contract';
import { StatusTag } from '../../ui/status-tag.tsx';

/** An alarm is raised above this. Milliseconds. */
const wrongMs = 5_000;

/** `1.4 s`, `3 min 20 s`, `8 h 0 min`: how far a clock is off, whatever the sign. */
export function spanText(milliseconds: number): string {
  const seconds = Math.abs(milliseconds) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}

/** Ahead or behind, in words. */
export function offsetText(offsetMs: number, t: TFunction): string {
  if (Math.abs(offsetMs) < 1000) return t('logSources.clockExact');
  const key = offsetMs > 0 ? 'logSources.clockAhead' : 'logSources.clockBehind';
  return t(key, { time: spanText(offsetMs) });
}

/** How far a source's clock is off, with what that may mean. */
export function ClockText({ clock }: { clock: LogSource['clock'] }) {
  const { t } = useTranslation();
  if (clock === null) return <span className="jd-faint">{t('logSources.clockUnknown')}</span>;
  const isWrong = clock.steady && Math.abs(clock.offsetMs) > wrongMs;
  const text = offsetText(clock.offsetMs, t);
  return (
    <>
      {isWrong ? <StatusTag tone="danger">{text}</StatusTag> : text}
      {clock.steady ? null : <div className="jd-faint">{t('logSources.clockUnsteady')}</div>}
      {isWrong && looksLikeZone(clock.offsetMs) ? (
        <div className="jd-faint">{t('logSources.clockZone')}</div>
      ) : null}
    </>
  );
}
