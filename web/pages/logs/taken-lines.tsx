import { ExclamationCircleOutlined } from '@ant-design/icons';
import { useQueries } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getSegment, type LogUpload, type Segment } from '#logs/contract';
import { call } from '../../app/api.ts';
import { dateTime } from '../../ui/moment.ts';
import './logs.css';

type Lines = NonNullable<NonNullable<LogUpload['result']>['lines']>;

/** What the lines of a file are that was just taken; asked again until all of them are searchable. */
export function TakenLines({ segments }: { segments: readonly number[] }) {
  const { t } = useTranslation();
  const queries = useQueries({
    queries: segments.map((id) => ({
      queryKey: ['logs', 'segment', id],
      queryFn: ({ signal }: { signal: AbortSignal }) => call(getSegment, { params: { id } }, { signal }),
      refetchInterval: ({ state }: { state: { data?: Segment | undefined } }) =>
        state.data?.indexedAt ? false : 1500,
    })),
  });
  const known = queries.flatMap(({ data }) => (data?.indexedAt ? [data] : []));
  return (
    <div aria-live="polite">
      {known.length < segments.length ? t('logFiles.indexing') : <LinesText lines={sumOf(known)} />}
    </div>
  );
}

function sumOf(segments: readonly Segment[]): Lines {
  const add = (name: 'parsed' | 'ignored' | 'unparsable' | 'ahead' | 'aged') =>
    segments.reduce((sum, one) => sum + (one[name] ?? 0), 0);
  return {
    parsed: add('parsed'),
    ignored: add('ignored'),
    unparsable: add('unparsable'),
    ahead: add('ahead'),
    aged: add('aged'),
    from: segments.flatMap((one) => one.firstTs ?? []).sort()[0] ?? null,
    to:
      segments
        .flatMap((one) => one.lastTs ?? [])
        .sort()
        .at(-1) ?? null,
  };
}

/** How many lines could be read, which times they tell, and what is odd about these. */
export function LinesText({ lines }: { lines: Lines }) {
  const { t } = useTranslation();
  const { parsed, unparsable, from, to } = lines;
  return (
    <>
      <div className="jd-num">
        {t('logFiles.read', { parsed: parsed.toLocaleString(), unparsable: unparsable.toLocaleString() })}
      </div>
      {from !== null && to !== null ? (
        <div className="jd-num">{t('logFiles.times', { from: dateTime(from), to: dateTime(to) })}</div>
      ) : null}
      <OddTimes ahead={lines.ahead} aged={lines.aged} />
    </>
  );
}

/** Lines in the future, and from longer ago than such logs are kept: most likely a clock or a zone is wrong. */
export function OddTimes({ ahead, aged }: { ahead: number; aged: number }) {
  const { t } = useTranslation();
  return (
    <>
      {ahead > 0 ? <Warning>{t('logFiles.ahead', { lines: ahead.toLocaleString() })}</Warning> : null}
      {aged > 0 ? <Warning>{t('logFiles.aged', { lines: aged.toLocaleString() })}</Warning> : null}
    </>
  );
}

/** A sentence that may take several lines, which a tag may not. */
function Warning({ children }: { children: string }) {
  return (
    <div className="jd-log-warning">
      <ExclamationCircleOutlined aria-hidden="true" /> {children}
    </div>
  );
}
