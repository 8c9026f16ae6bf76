import { RedoOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Space } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type LogSource, listUnparsable, type Redecode } from '#logs/contract';
import { call } from '../../app/api.ts';
import { useCan } from '../../app/session.ts';
import { dateTime } from '../../ui/moment.ts';
import { Facts, Panel } from '../../ui/panel.tsx';
import { QueryView } from '../../ui/query-view.tsx';
import { RawText } from '../../ui/raw-text.tsx';
import { StatusTag, type Tone } from '../../ui/status-tag.tsx';
import { useDecoderWords } from './decoder-words.ts';
import { ReadingBar, type ReadingGate } from './reading-bar.tsx';
import { StaleRows, useDecoding, useReadAgain } from './stale-rows.tsx';
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
  const words = useDecoderWords();
  const query = useDecoding(source);
  const mayStart = can('logs.sources') && source.state === 'active';
  return (
    <Panel title={t('logReading.tab')}>
      <QueryView query={query} rows={3}>
        {({ decoder, made, run }) => (
          <>
            <Facts
              items={[
                [t('logReading.decoder'), words(decoder)],
                [t('logReading.made'), <Made key="made" made={made} />],
                [t('logReading.run'), run ? <Run key="run" run={run} /> : null],
              ]}
            />
            <StaleRows source={source} />
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
  const words = useDecoderWords();
  if (made.length === 0) return t('logReading.noRows');
  return made.map(({ decoder, segments, records, unparsable }) => (
    <div key={decoder} className="jd-num">
      {t('logReading.madeBy', {
        decoder: words(decoder),
        segments: segments.toLocaleString(),
        records: records.toLocaleString(),
        unread: unparsable.toLocaleString(),
      })}
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
  const words = useDecoderWords();
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
      <StatusTag tone={tones[run.state]}>{t(`logReading.${run.state}`)}</StatusTag> {words(run.decoder)}{' '}
      <span className="jd-num">{dateTime(run.ended ?? run.began)}</span>
      <div className="jd-num">{t('logReading.progress', figures)}</div>
      {/* Both figures are of the segments that are done: before the first one they say nothing. */}
      {run.segmentsDone > 0 ? <div className="jd-num">{t('logReading.unreadChange', change)}</div> : null}
      {run.problem ? <div className="jd-break">{run.problem}</div> : null}
    </div>
  );
}

function ReadAgain({ source, unread, running }: { source: LogSource; unread: number; running: boolean }) {
  const { t } = useTranslation();
  const start = useReadAgain(source);
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

/** Raw lines, in which not every name can be masked: shown when somebody asks for them and says why. */
function UnreadPanel({ source, onTry }: { source: LogSource; onTry: (sample: string) => void }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const gate = useRef<ReadingGate>(null);
  const query = useQuery({
    enabled: isOpen,
    queryKey: ['logs', 'unparsable', source.id],
    queryFn: ({ signal }) =>
      call(listUnparsable, { params: { id: source.id }, query: { limit: shownLines } }, { signal }),
    refetchOnWindowFocus: false,
    staleTime: 60_000,
  });
  if (source.unparsable === 0)
    return (
      <Panel title={t('logReading.unread')}>
        <p>{t('logReading.unreadNone')}</p>
      </Panel>
    );
  return (
    <Panel title={t('logReading.unread')}>
      <p className="jd-faint">{t('logSources.samplesUnmasked')}</p>
      <ReadingBar gate={gate} />
      {isOpen ? null : (
        <Button
          onClick={async () => {
            if (await gate.current?.pass()) setOpen(true);
          }}
        >
          {t('logReading.unreadShow')}
        </Button>
      )}
      {isOpen ? (
        <QueryView query={query} rows={3}>
          {({ total, items }) =>
            items.length === 0 ? (
              <p>
                {total === 0
                  ? t('logReading.unreadNone')
                  : t('logReading.unreadOld', { total: total.toLocaleString() })}
              </p>
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
      ) : null}
    </Panel>
  );
}
