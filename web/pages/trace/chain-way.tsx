import { LockOutlined } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Trace } from '#trace/contract';
import { useEnumWords } from '../../app/enum-words.ts';
import { addressText } from '../incidents/incident-traces.tsx';
import type { Candidate } from './candidate-panel.tsx';

interface Stop {
  readonly key: string;
  readonly label: string;
  readonly value: ReactNode;
  /** The step that proves it; null: nothing does. */
  readonly step: number | null;
}

/** Where a step of a candidate is told, on the same page. */
export function stepId(candidate: number, step: number): string {
  return `trace-${candidate + 1}-${step + 1}`;
}

/** The way from the public address to the sealed person; each stop leads to the line that proves it. */
export function ChainWay({
  trace,
  candidate,
  number,
}: {
  trace: Trace;
  candidate: Candidate;
  number: number;
}) {
  const { t } = useTranslation();
  const stops = useStops(trace, candidate);
  return (
    <ol className="jd-way" aria-label={t('traceWay.title')}>
      {stops.map((stop) => (
        <li
          key={stop.key}
          className={stop.step === null ? 'jd-way__stop jd-way__stop--bare' : 'jd-way__stop'}
        >
          <span className="jd-way__label">{stop.label}</span>
          {stop.step === null ? (
            <span className="jd-way__value">{stop.value}</span>
          ) : (
            <a className="jd-way__value" href={`#${stepId(number, stop.step)}`}>
              {stop.value}
            </a>
          )}
        </li>
      ))}
    </ol>
  );
}

const passages = ['nat', 'block', 'rule', 'proxy'] as const;

function useStops(trace: Trace, candidate: Candidate): Stop[] {
  const { t } = useTranslation();
  const words = useEnumWords();
  const { steps } = candidate;
  const first = (...kinds: readonly string[]) => {
    const found = steps.findIndex((step) => kinds.includes(step.kind));
    return found < 0 ? null : found;
  };
  const passed = passages.filter((kind) => first(kind) !== null);
  const custody = first('custody');
  return [
    { key: 'outside', label: t('traceWay.outside'), value: addressText(trace.ip, trace.port), step: null },
    ...passed.map((kind) => ({
      key: kind,
      label: words('stepKind', kind),
      value: kind.toUpperCase(),
      step: first(kind),
    })),
    {
      key: 'inside',
      label: `${t('traceWay.inside')} · ${candidate.realm}`,
      value: candidate.insideIp,
      step: passed.length > 0 ? first(...passed) : null,
    },
    {
      key: 'mac',
      label: t('traceWay.seen'),
      value: candidate.mac ?? t('traceWay.unknown'),
      step: first('lease', 'sighting'),
    },
    {
      key: 'device',
      label: t('traceWay.device'),
      value: candidate.assetNo ?? t('traceWay.none'),
      step: first('register'),
    },
    { key: 'room', label: t('traceWay.room'), value: candidate.room ?? t('traceWay.none'), step: custody },
    {
      key: 'person',
      label: t('traceWay.person'),
      value: candidate.person.known ? (
        <>
          <LockOutlined aria-hidden="true" /> {t('traceWay.sealed')}
        </>
      ) : (
        t('traceWay.none')
      ),
      step: custody,
    },
  ];
}
