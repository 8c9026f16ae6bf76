import { RedoOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { App, Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getDecoding, type LogSource, listUnparsable, type Redecode, startRedecode } from '#logs/contract';
import { call } from '../../app/api.ts';
import { wordsForError } from '../../app/api-error.ts';
import { useLanguage } from '../../app/i18n.ts';
import { useCan } from '../../app/session.ts';
import { dateTime } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { RawText } from '../../ui/raw-text.tsx';
import { StatusTag, type Tone } from '../../ui/status-tag.tsx';
import { useSourceDone } from './source-acts.tsx';
import { TemplatePanel } from './template-panel.tsx';

/** How a source's lines are read: by which decoder, which lines could not be read, its own pattern, reading again. */
export function SourceReading({ source }: { source: LogSource }) {
  const [sample, setSample] = useState('');
  return (
    <>
      <DecodingPanel source={source} />
      <UnreadPanel source={source} onTry={setSample} />
      <TemplatePanel source={source} sample={sample} onSample={setSample} />
    </>
  );
}

function DecodingPanel({ source }: { source: LogSource }) {
  const { t } = useTranslation();
  const can = useCan();
  const query = useQuery({
    queryKey: ['logs', 'decoding', source.id],
    queryFn: ({ signal }) => call(getDecoding, { params: { id: source.id } }, { signal }),
    refetchInterval: ({ state }) => (state.data?.run?.state === 'running' ? 2000 : false),
  });
  const mayStart = can('logs.sources') && source.state === 'active';
  return (
    <Panel title={t('logReading.tab')}>
      <QueryView query={query} rows={3}>
        {({ decoder, made, run }) => (
          <>
            <Facts
              items={[
                [t('logReading.decoder'), <code key="decoder">{decoder || '—'}</code>],
                [t('logReading.made'), <Made key="made" made={made} />],
                [t('logReading.run'), run ? <Run key="run" run={run} /> : null],
              ]}
            />
            {mayStart ? (
              <ReadAgain source={source} unread={source.unparsable} running={run?.state === 'running'} />
            ) : null}
          </>
        )}
      </QueryView>
    </Panel>
  );
}

interface MadeBy {
  readonly decoder: string;
  readonly segments: number;
  readonly records: number;
  readonly unparsable: number;
}

function Made({ made }: { made: readonly MadeBy[] }) {
  const { t } = useTranslation();
  if (made.length === 0) return t('logReading.noRows');
  return made.map(({ decoder, segments, records, unparsable }) => (
    <div key={decoder} className="jd-num">
      <code>{decoder || '—'}</code>
      {`: ${segments.toLocaleString()} ${t('logReading.segments')} · ${records.toLocaleString()} ${t('logReading.records')} · `}
      {`${unparsable.toLocaleString()} ${t('logReading.unparsable')}`}
    </div>
  ));
}

const tones: Record<Redecode['state'], Tone> = {
  running: 'waiting',
  done: 'ok',
  superseded: 'neutral',
  failed: 'danger',
};

function Run({ run }: { run: Redecode }) {
  const { t } = useTranslation();
  const figures = {
    done: run.segmentsDone.toLocaleString(),
    all: run.segments.toLocaleString(),
    records: run.recordsDone.toLocaleString(),
  };
  const change = {
    before: run.unparsableBefore.toLocaleString(),
    after: run.unparsableAfter.toLocaleString(),
  };
  return (
    <div aria-live="polite">
      <StatusTag tone={tones[run.state]}>{t(`logReading.${run.state}`)}</StatusTag> <code>{run.decoder}</code>{' '}
      <span className="jd-num">{dateTime(run.ended ?? run.began)}</span>
      <div className="jd-num">{t('logReading.progress', figures)}</div>
      <div className="jd-num">{t('logReading.unreadChange', change)}</div>
      {run.problem ? <div className="jd-break">{run.problem}</div> : null}
    </div>
  );
}

function ReadAgain({ source, unread, running }: { source: LogSource; unread: number; running: boolean }) {
  const { t } = useTranslation();
  const done = useSourceDone();
  const language = useLanguage();
  const { message } = App.useApp();
  const start = useMutation({
    mutationFn: (onlyUnread: boolean) =>
      call(startRedecode, { params: { id: source.id }, body: { onlyUnread } }),
    onSuccess: () => done(t('logReading.started')),
    onError: (error) => void message.error(wordsForError(error)[language]),
  });
  const isBusy = running || start.isPending;
  return (
    <>
      <p>{t('logReading.againHint')}</p>
      <Space wrap>
        <Button
          icon={<RedoOutlined aria-hidden="true" />}
          disabled={isBusy || source.records === 0}
          onClick={() => start.mutate(false)}
        >
          {t('logReading.againAll')}
        </Button>
        <Button disabled={isBusy || unread === 0} onClick={() => start.mutate(true)}>
          {t('logReading.againUnread')}
        </Button>
      </Space>
    </>
  );
}

/** Enough to write a pattern by. */
const shownLines = 20;

function UnreadPanel({ source, onTry }: { source: LogSource; onTry: (sample: string) => void }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ['logs', 'unparsable', source.id],
    queryFn: ({ signal }) =>
      call(listUnparsable, { params: { id: source.id }, query: { limit: shownLines } }, { signal }),
    refetchOnWindowFocus: false,
    staleTime: 60_000,
  });
  return (
    <Panel title={t('logReading.unread')}>
      <QueryView query={query} rows={3}>
        {({ total, items }) =>
          items.length === 0 ? (
            <p>{t('logReading.unreadNone')}</p>
          ) : (
            <>
              <p>{t('logReading.unreadTotal', { total: total.toLocaleString() })}</p>
              <RawText label={t('logReading.unread')}>{items.map((item) => item.raw).join('\n')}</RawText>
              {source.format === 'template' ? (
                <Button
                  style={{ marginTop: 8 }}
                  onClick={() => onTry(items.map((item) => item.raw).join('\n'))}
                >
                  {t('logReading.toSample')}
                </Button>
              ) : null}
            </>
          )
        }
      </QueryView>
    </Panel>
  );
}
