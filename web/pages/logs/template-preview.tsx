import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { useDeferredValue } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type LogSource,
  previewTemplate,
  type TemplatePattern,
  type TemplatePreview as TemplatePreviewReply,
} from '#logs/contract';
import { call } from '../../app/api.ts';
import { useLanguage } from '../../app/i18n.ts';
import { ErrorView } from '../../ui/error-view.tsx';
import { dateTime } from '../../ui/moment.ts';
import { StatusTag } from '../../ui/status-tag.tsx';
import { useFieldWords } from './field-words.ts';

interface TemplatePreviewProps {
  readonly source: LogSource;
  readonly patterns: readonly TemplatePattern[];
  readonly sample: string;
}

/** What the patterns make of the sample, asked anew while they are written. */
export function TemplatePreview({ source, patterns, sample }: TemplatePreviewProps) {
  const { t } = useTranslation();
  const written = patterns.filter(({ pattern }) => pattern.trim() !== '');
  const asked = useDeferredValue(JSON.stringify({ patterns: written, sample }));
  const query = useQuery({
    queryKey: ['logs', 'template-preview', source.id, asked],
    queryFn: ({ signal }) =>
      call(previewTemplate, { params: { id: source.id }, body: JSON.parse(asked) }, { signal }),
    enabled: written.length > 0,
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
  });
  return (
    <section aria-label={t('logReading.preview')} aria-live="polite">
      {query.isError ? <ErrorView error={query.error} /> : null}
      {written.length > 0 && query.data ? (
        <Result data={query.data} />
      ) : (
        <p>{t('logReading.previewEmpty')}</p>
      )}
    </section>
  );
}

function Result({ data }: { data: TemplatePreviewReply }) {
  const { t } = useTranslation();
  const language = useLanguage();
  return (
    <>
      {data.faults.map((fault, i) =>
        fault ? (
          <Alert
            // biome-ignore lint/suspicious/noArrayIndexKey: faults are told by the number of their pattern
            key={i}
            type="error"
            showIcon
            style={{ marginBottom: 8 }}
            title={t('logReading.fault', { pattern: i + 1, column: fault.column, words: fault[language] })}
          />
        ) : null,
      )}
      {data.lines.length === 0 ? <p>{t('logReading.previewEmpty')}</p> : null}
      <ul style={{ listStyle: 'none', padding: 0, margin: 0, display: 'grid', gap: 12 }}>
        {data.lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a sample may be alike; their place tells them apart
          <li key={i}>
            <Line line={line} />
          </li>
        ))}
      </ul>
      {data.more > 0 ? <p>{t('logReading.more', { count: data.more })}</p> : null}
    </>
  );
}

function Line({ line }: { line: TemplatePreviewReply['lines'][number] }) {
  const { t } = useTranslation();
  const language = useLanguage();
  const fields = useFieldWords();
  const at = (line.misfit?.column ?? 0) - 1;
  return (
    <>
      <div className="jd-mono jd-break">
        {at < 0 ? (
          line.line
        ) : (
          <>
            {line.line.slice(0, at)}
            <mark>{line.line.slice(at) || ' '}</mark>
          </>
        )}
      </div>
      {line.pattern === null ? (
        <StatusTag tone="warn">
          {line.misfit
            ? t('logReading.misfit', { column: line.misfit.column, words: line.misfit[language] })
            : t('logReading.unparsable')}
        </StatusTag>
      ) : (
        <>
          <StatusTag tone="ok">{t('logReading.fits', { pattern: line.pattern })}</StatusTag>{' '}
          {line.at ? <span className="jd-num">{dateTime(line.at)}</span> : null}{' '}
          {/* The time of the row stands before them. */}
          {Object.entries(line.fields)
            .filter(([name]) => name !== 'time')
            .map(([name, value]) => (
              <span key={name} className="jd-break" style={{ marginInlineEnd: 12 }}>
                {fields.nameOf(name)} <strong>{value}</strong>
              </span>
            ))}
        </>
      )}
    </>
  );
}
